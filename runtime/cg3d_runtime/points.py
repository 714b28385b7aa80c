"""The point cloud that every part of the SDK passes around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.errors import ScanError

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")


@dataclass(frozen=True)
class PointCloud:
    """Points in the frame of their file.

    Attributes:
        xyz: (N, 3) float32, any unit; may still hold non-finite rows, which `prepare` drops.
        rgb: (N, 3) float32 in [0, 1], sRGB, or None where the scan has no colour.
        up: the axis of `xyz` that points up in the world, one of x, y, z, -x, -y, -z.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None = None
    up: str = "z"

    def __post_init__(self) -> None:
        if self.xyz.ndim != 2 or self.xyz.shape[1] != 3 or self.xyz.dtype != np.float32:
            raise ScanError(f"xyz must be float32 of shape (N, 3), got {self.xyz.dtype} of shape {self.xyz.shape}.")
        if self.rgb is not None and (self.rgb.shape != self.xyz.shape or self.rgb.dtype != np.float32):
            raise ScanError(
                f"rgb must be float32 of shape {self.xyz.shape} like xyz, "
                f"got {self.rgb.dtype} of shape {self.rgb.shape}."
            )
        if self.up not in UP_AXES:
            raise ScanError(f"up must be one of {', '.join(UP_AXES)}, got {self.up!r}.")

    def __len__(self) -> int:
        return len(self.xyz)
