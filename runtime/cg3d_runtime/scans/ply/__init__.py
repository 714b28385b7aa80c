"""PLY: points, meshes and Gaussian splats.

reader header tables   the file, what it says it holds, its numbers
lists                  rows that differ in length
splats                 Gaussian splats as points
"""
