"""OBJ, rewritten in the one form that every version of trimesh reads right.

reader   the rewriting; text: its lines; faces: indices; colours: of vertices; materials: MTL libraries
"""
