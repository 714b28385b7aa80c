"""Background clutter: support plane, wall, stray points.

Lengths are in radii of the object's bounding sphere, whose middle is the origin; y is up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.drawing.views import View
from cg3d_runtime.scans.cloud import PointCloud

SURFACE = 4.0  # area of a typical object: gives clutter the density of the object
MARGIN = 0.2  # the least side of a patch of table
FAR = (1.5, 20.0)  # where far strays are
ROUGHNESS = 0.012  # standard deviation of a flat surface's points about it


@dataclass(frozen=True)
class Scene:
    """An object and its surroundings.

    Attributes:
        xyz: (S, 3) points.
        rgb: (S, 3) in [0, 1], or None where the object has no colour.
        own: (S,) bool, True for the points of the object.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None
    own: np.ndarray

    @classmethod
    def of(cls, cloud: PointCloud) -> Scene:
        return cls(cloud.xyz, cloud.rgb, np.ones(len(cloud), bool))

    def take(self, index: np.ndarray) -> Scene:
        return Scene(self.xyz[index], None if self.rgb is None else self.rgb[index], self.own[index])

    def moved(self, xyz: np.ndarray) -> Scene:
        return Scene(xyz, self.rgb, self.own)

    def with_clutter(self, xyz: np.ndarray, rng: np.random.Generator) -> Scene:
        """Add points (K, 3) of another thing, in nearly one colour."""
        xyz = xyz.astype(self.xyz.dtype)
        rgb = None
        if self.rgb is not None:
            rgb = (rng.random(3) + rng.normal(0, 0.03, (len(xyz), 3))).clip(0, 1).astype(np.float32)
        return joined([self, Scene(xyz, rgb, np.zeros(len(xyz), bool))])


def joined(scenes: list[Scene]) -> Scene:
    """All points of scenes that all have colour or all have none."""
    rgb = None if scenes[0].rgb is None else np.concatenate([scene.rgb for scene in scenes])
    return Scene(np.concatenate([scene.xyz for scene in scenes]), rgb, np.concatenate([scene.own for scene in scenes]))


def support(xyz: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """The remainder of the table or floor under and around an object (N, 3), as an imperfect removal leaves it.

    Args:
        share: of the object's points that it may have, 0 to 1; at its density that decides how far it reaches.
    Returns:
        (K, 3) points, K <= share * N: a whole rectangle, or patches of one.
    """
    foot = xyz[:, 1].min()
    standing = xyz[xyz[:, 1] < foot + 0.1].mean(axis=0)
    width, depth = _sides(share, rng)
    across = rng.uniform(-0.5, 0.5, (round(share * len(xyz)), 2)) * (width, depth)
    slope = rng.normal(0, 0.03, 2)
    height = foot + across @ slope + rng.normal(0, ROUGHNESS, len(across))
    middle = standing[[0, 2]] + rng.normal(0, 0.15, 2)
    plane = np.column_stack([across[:, 0] + middle[0], height, across[:, 1] + middle[1]])
    return plane if rng.random() < 0.5 else plane[_patches(across, rng)]


def table(xyz: np.ndarray, sides: float, rng: np.random.Generator) -> np.ndarray:
    """The patch of table that a box cut around a standing object (N, 3) leaves under it, as dense as the object.

    Args:
        sides: of the patch, in those of the object seen from above.
    Returns:
        (K, 3) points, K <= 2 * N.
    """
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    sides_of_patch = np.maximum((high - low) * sides, MARGIN)
    count = min(2 * len(xyz), int(len(xyz) * sides_of_patch[0] * sides_of_patch[2] / SURFACE))
    across = rng.uniform(-0.5, 0.5, (count, 3)) * sides_of_patch + (low + high) / 2
    across[:, 1] = low[1] + rng.normal(0, ROUGHNESS * rng.random(), count)
    patch: np.ndarray = across
    return patch


def wall(xyz: np.ndarray, view: View, share: float, rng: np.random.Generator) -> np.ndarray:
    """Part of a wall behind an object (N, 3), up to 30 degrees askew to a view; `share` and result as for `support`."""
    askew = np.radians(view.azimuth + rng.uniform(-30, 30))
    towards, right = np.array([np.sin(askew), 0, np.cos(askew)]), np.array([np.cos(askew), 0, -np.sin(askew)])
    behind = (xyz @ towards).min() - rng.uniform(0.02, 0.4)
    width, height = _sides(share, rng)
    across = rng.uniform(-0.5, 0.5, (round(share * len(xyz)), 2)) * (width, height)
    across = across if rng.random() < 0.5 else across[_patches(across, rng)]
    across = across + rng.uniform(-0.5, 0.5, 2)
    from_wall = behind + rng.normal(0, ROUGHNESS, (len(across), 1))
    wall: np.ndarray = across[:, :1] * right + across[:, 1:] * (0, 1, 0) + from_wall * towards
    return wall


def outliers(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) stray points: half the time anywhere up to a third of a radius outside the object's sphere, else far away."""
    towards = rng.normal(size=(count, 3))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    is_near = rng.random() < 0.5
    return towards * (1.33 * rng.random((count, 1)) ** (1 / 3) if is_near else rng.uniform(*FAR, (count, 1)))


def _sides(share: float, rng: np.random.Generator) -> tuple[float, float]:
    """Of a rectangle that `share` of an object's points cover as densely as the rest do the object."""
    stretched = rng.uniform(0.7, 1.4)
    side = float(np.sqrt(share * SURFACE))
    return side * stretched, side / stretched


def _patches(across: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(K,) bool: the points (K, 2) in one to four round patches."""
    if len(across) == 0:
        return np.zeros(0, bool)
    inside = np.zeros(len(across), bool)
    for centre in across[rng.integers(len(across), size=rng.integers(1, 5))]:
        inside |= ((across - centre) ** 2).sum(axis=1) < rng.uniform(0.1, 0.4) ** 2
    return inside
