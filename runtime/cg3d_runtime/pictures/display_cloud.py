"""A point cloud as pictures keep it: thinned, with 16 bit positions and 8 bit colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cg3d_runtime.preparation.turning import rotation
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scans.upward import Up

LAST_STEP = 65535  # the largest uint16
CELLS_CUT = 1.5  # cells of a unit grid that a unit of surface runs through, averaged over its directions


class Frame(NamedTuple):
    """Where to look to see a cloud whole; what lies far off the rest of it may fall outside."""

    centre: np.ndarray  # (3,) float64, in the frame of the file
    radius: float  # of a ball around the centre, above 0
    height: tuple[float, float]  # lowest and highest value along the upward axis
    spacing: float  # between neighbouring points, roughly; in radii


@dataclass(frozen=True)
class DisplayCloud:
    """Points in random order, so that the first M of them are a fair sample for any M.

    Attributes:
        steps: (M, 3) uint16, positions in the frame of the file: xyz = origin + step * steps.
        rgb: (M, 3) uint8, or None where the scan has no colour.
        origin: (3,) float64, the lowest corner of the bounding box.
        step: the length of one step, the same on all axes, above 0.
        up: the direction that points up, as `PointCloud` has it.
        scanned: number of points in the scan.
        objects: (M,) int32, of a scene, the number of each point's object, -1 for none; else None.
    """

    steps: np.ndarray
    rgb: np.ndarray | None
    origin: np.ndarray
    step: float
    up: Up
    scanned: int
    objects: np.ndarray | None = None

    @classmethod
    def from_cloud(cls, cloud: PointCloud, most: int) -> DisplayCloud:
        """Keep at most `most` of a cloud's finite points, picked at random but the same ones every time."""
        finite = np.flatnonzero(finite_rows(cloud.xyz))
        kept = np.random.default_rng(0).choice(finite, min(most, len(finite)), replace=False)
        return cls.of_rows(cloud, kept)

    @classmethod
    def of_rows(cls, cloud: PointCloud, rows: np.ndarray) -> DisplayCloud:
        """Keep some of a cloud's points, (M,) indices of finite ones in random order."""
        xyz = cloud.xyz[rows].astype(np.float64)
        origin = xyz.min(axis=0, initial=np.inf) if len(xyz) else np.zeros(3)
        step = float((xyz - origin).max(initial=0.0)) / LAST_STEP or 1.0  # one point, or many in one place
        steps = np.rint((xyz - origin) / step).astype(np.uint16)
        return cls(steps, None if cloud.rgb is None else _as_bytes(cloud.rgb[rows]), origin, step, cloud.up, len(cloud))

    def __len__(self) -> int:
        return len(self.steps)

    def thinned(self, most: int) -> DisplayCloud:
        """The first `most` points, in memory of their own."""
        rgb, objects = (None if each is None else each[:most].copy() for each in (self.rgb, self.objects))
        return replace(self, steps=self.steps[:most].copy(), rgb=rgb, objects=objects)

    def xyz(self) -> np.ndarray:
        """Positions in the frame of the file, (M, 3) float64; at most half a step off on each axis."""
        positions: np.ndarray = self.origin + self.step * self.steps
        return positions

    def turn(self) -> np.ndarray:
        """The rotation that sets the scan upright, z up, as a (3, 3) matrix for column vectors."""
        return rotation(self.up, "z")

    def frame(self) -> Frame:
        """Look at the middle of all but the outermost hundredth of the points; needs at least one point."""
        xyz = self.xyz()
        low, high = np.percentile(xyz, (1, 99), axis=0)
        centre = (low + high) / 2
        radius = float(np.percentile(np.linalg.norm(xyz - centre, axis=1), 99)) * 1.05
        heights = np.percentile((xyz @ self.turn().T)[:, 2], (1, 99))
        radius = max(radius, self.step)
        return Frame(centre, radius, (float(heights[0]), float(heights[1])), _spacing((xyz - centre) / radius))


def _spacing(points: np.ndarray) -> float:
    """The side of each point's share of the surface, which the cells of a grid that hold points measure."""
    cells_per_unit = np.clip(np.sqrt(len(points)) / 8, 2, 16)
    cells = np.floor(points.clip(-2, 2) * cells_per_unit).astype(np.int64) + 64
    occupied = len(np.unique(cells @ (1, 128, 128 * 128)))
    area = occupied / CELLS_CUT / cells_per_unit**2
    return float(np.sqrt(area / len(points)))


def _as_bytes(rgb: np.ndarray) -> np.ndarray:
    """Colours in [0, 1] as bytes; what is no number becomes black."""
    as_bytes: np.ndarray = np.rint(np.nan_to_num(rgb, nan=0.0).clip(0, 1) * 255).astype(np.uint8)
    return as_bytes


# sRGB bytes, evenly spaced from bottom to top; lightness rises, and all are visible on white and on black.
HEIGHT_COLOURS = ((66, 82, 175), (44, 132, 190), (58, 172, 150), (150, 198, 96), (244, 190, 76))


def height_colours(heights: np.ndarray, low: float, high: float) -> np.ndarray:
    """Colour heights (N,) between `low` and `high`: (N, 3) float64 in [0, 1]; what lies beyond gets the end's colour."""
    position = (heights - low) / max(high - low, np.finfo(np.float64).tiny)
    stops = np.array(HEIGHT_COLOURS) / 255
    positions = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(position, positions, channel) for channel in stops.T], axis=1)
