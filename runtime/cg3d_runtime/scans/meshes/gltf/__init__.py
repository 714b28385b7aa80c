"""glTF 2.0, rewritten so that trimesh reads plain triangles and floats.

reader     the rewriting; file: the container; checks: what is refused by name
accessors  arrays; triangles: strips and fans; skins: joints and morph targets; materials: base colours
"""
