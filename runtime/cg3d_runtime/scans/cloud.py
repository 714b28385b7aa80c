"""The point cloud that every part of the SDK passes around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.measured import as_unit_rgb, measured_xyz
from cg3d_runtime.scans.upward import Up, as_up


@dataclass(frozen=True)
class PointCloud:
    """Points in the frame of their file.

    Attributes:
        xyz: (N, 3), any unit. Given in any number type, kept as float32: moved to start at the origin where float32 would blur
            the shape, with NaN in rows that are no measurement (`measured_xyz`). `prepare` drops rows that are not finite.
        rgb: (N, 3) float32 in [0, 1], sRGB, or None where the scan has no colour. Other number types are brought to that.
        up: the direction in `xyz` that points up in the world: one of x, y, z, -x, -y, -z, or three numbers (a unit vector once
            it is here).
        notes: what is odd about how it was written, one line each that goes on after the file's name.
        in_metres: whether the format, or whoever made it, says that `xyz` is in metres.
    Raises:
        ScanError: other shapes, or no direction.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None = None
    up: Up = "z"
    notes: tuple[str, ...] = ()
    in_metres: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.xyz, np.ndarray) or not isinstance(self.rgb, np.ndarray | None):
            raise ScanError(
                f"xyz and rgb must be NumPy arrays, got {type(self.xyz).__name__} and {type(self.rgb).__name__}."
            )
        if self.xyz.ndim != 2 or self.xyz.shape[1] != 3 or self.xyz.dtype.kind not in "fiu":
            raise ScanError(f"xyz must be numbers of shape (N, 3), got {self.xyz.dtype} of shape {self.xyz.shape}.")
        if self.rgb is not None and (self.rgb.shape != self.xyz.shape or self.rgb.dtype.kind not in "fiu"):
            raise ScanError(
                f"rgb must be numbers of shape {self.xyz.shape} like xyz, got {self.rgb.dtype} of shape {self.rgb.shape}."
            )
        object.__setattr__(self, "up", as_up(self.up))
        xyz, notes = measured_xyz(self.xyz)
        object.__setattr__(self, "xyz", xyz)
        object.__setattr__(self, "notes", tuple(dict.fromkeys((*self.notes, *notes))))
        if self.rgb is not None and self.rgb.dtype != np.float32:
            object.__setattr__(self, "rgb", as_unit_rgb(self.rgb))

    def __len__(self) -> int:
        return len(self.xyz)
