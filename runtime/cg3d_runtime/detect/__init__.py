"""The command `cg3d-detect`.

cli        its options, and the way through a run
outputs    the files that it writes: coloured points, segments, pictures
"""
