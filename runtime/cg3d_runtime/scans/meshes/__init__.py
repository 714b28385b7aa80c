"""Mesh files, made plain before trimesh reads them: what it would read wrongly, or open by itself, never reaches it.

reader     any mesh file, as parts or as samples of its surface
surface    triangle meshes, and points sampled from them
gltf/ obj/ stl off   what each format needs before trimesh
handed     what trimesh is handed, and what is kept back
scene      from what trimesh returns to parts in one frame
references files that a mesh refers to; textures: its pictures
decoding   text encodings
"""
