"""The path under which `to_point_cloud` was published; `from cg3d_runtime import to_point_cloud` is the short one."""

from cg3d_runtime.scans.pointcloud2 import to_point_cloud as to_point_cloud
