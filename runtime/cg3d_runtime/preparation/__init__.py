"""Preparation of scans as the fixed number of points that a model reads; training and robot share it, bit for bit.

prepare             the rules, in the order in which they are applied
voxel_grid strays   thinning of large clouds; points that belong to nothing
sampling filling    farthest point sampling; places between the points of sparse scans
turning             from up in the scan to up in the model
support upright     the surface that an object stands on; a scan with the right side up
extent              how long it is
quality             what a scan is like, for naming
scan                reading and preparing one scan, with times and notes
"""
