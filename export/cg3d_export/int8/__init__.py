"""INT8: measured ranges, quantised graphs, and whether they are worth keeping.

products  the matrix products that INT8 is about, and those that are left out
collect   ranges measured on objects; ranges: calibration.json
quantise  a graph with its ranges as an INT8 graph
trial     faster and as accurate, or dropped
export    the INT8 files of an export
cli       `cg3d int8-ranges`
"""
