"""Point encoders, by name in `point_encoder.POINT_ENCODERS`.

point_encoder                             the table of them, and how one is built
pointmlp point_transformer pointnet pointnet2   the architectures
pointwise geometry                        layers and neighbourhoods that they share
neighbourhood_max cloud_by_cloud folded_blocks  PointMLP's memory and speed on a CPU
"""
