"""Preparation of scans as the fixed number of points that a model reads; training and robot share it, bit for bit.

prepare    the rules, in the order in which they are applied
sampling   farthest point sampling
voxel_grid thinning of large clouds
scan       reading and preparing one scan, with times and notes
"""
