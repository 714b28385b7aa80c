"""Depth images: one view of a depth camera, as points.

image: the scan itself, and how it is read; camera: intrinsics, camera_file: in files; cloud: from pixels to points;
values: which pixels are measurements; masks: which are the object; arrays, pgm, exr: pixels from files; exr_process: what
opens OpenEXR's.
"""

from cg3d_runtime.scans.depth.image import (
    DEPTH_SUFFIXES,
    DepthImage,
    Intrinsics,
    parse_intrinsics,
    read_depth,
)

__all__ = ["DEPTH_SUFFIXES", "DepthImage", "Intrinsics", "parse_intrinsics", "read_depth"]
