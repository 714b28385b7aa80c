"""The command `cg3d-detect`.

cli        its options, and the way through a run
printer    scenes on stdout, everything else on stderr
outputs    the files that it writes: coloured points, segments
"""
