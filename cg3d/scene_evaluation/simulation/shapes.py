"""Surfaces of objects, standing and in metres, as dense as a camera must see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cg3d.scene_evaluation.simulation.settings import Setting
from cg3d.scene_evaluation.simulation.stock import Stock, usual_length

FEWEST_POINTS = 256  # of an object: fewer are no surface
_NEIGHBOURS = 24
_FARTHEST = 7.0  # median distances of the nearest neighbour, up to which a surface lies between two points
_TRIES = 40  # objects looked at for each that is wanted
_BOX_POINTS = 8192


@dataclass(frozen=True)
class Thing:
    """An object that stands on the plane y = 0, about the vertical axis through the origin.

    Attributes:
        name: None: an unnamed box.
        xyz: (N, 3) metres, y up.
    """

    name: str | None
    xyz: np.ndarray

    def turned(self, degrees: float) -> np.ndarray:
        """Its points, turned about the vertical."""
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        rotation = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        points: np.ndarray = self.xyz @ rotation.T
        return points


def draw_things(
    stock: Stock, numbers: np.ndarray, setting: Setting, count: int, rng: np.random.Generator
) -> list[Thing]:
    """Objects at random of a size that the setting has room for; fewer where hardly any have one.

    Args:
        numbers: those of the stock that may be drawn, at least one.
    """
    things: list[Thing] = []
    for _ in range(_TRIES * count):
        if len(things) == count:
            break
        number = int(rng.choice(numbers))
        thing = _standing(stock, number, setting, rng)
        if thing is not None:
            things.append(thing)
    return things


def _standing(stock: Stock, number: int, setting: Setting, rng: np.random.Generator) -> Thing | None:
    """An object of the stock; None where it does not fit the setting."""
    xyz = stock.load(number, rng).astype(np.float64)
    longest = float(np.ptp(xyz, axis=0).max()) if len(xyz) >= FEWEST_POINTS else 0.0
    if longest == 0:
        return None
    name = stock.names[number]
    length = longest if stock.is_metric[number] else usual_length(name) or setting.usual
    if not setting.sizes[0] <= length <= setting.sizes[1]:
        return None
    return Thing(name, _grounded(xyz * (length / longest)))


def draw_boxes(setting: Setting, count: int, rng: np.random.Generator) -> list[Thing]:
    """Boxes of nothing in particular, of sizes as objects have."""
    return [Thing(None, _box(rng.uniform(setting.sizes[0], setting.sizes[1] / 2, 3), rng)) for _ in range(count)]


def _box(sides: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points spread evenly over its six faces."""
    areas = sides.prod() / sides
    axis = rng.choice(3, _BOX_POINTS, p=areas / areas.sum())
    points = rng.uniform(-0.5, 0.5, (_BOX_POINTS, 3))
    points[np.arange(_BOX_POINTS), axis] = rng.choice((-0.5, 0.5), _BOX_POINTS)
    return _grounded(points * sides)


def _grounded(xyz: np.ndarray) -> np.ndarray:
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    middle = (low + high) / 2
    grounded: np.ndarray = xyz - (middle[0], low[1], middle[2])
    return grounded


def filled(xyz: np.ndarray, spacing: float, rng: np.random.Generator) -> np.ndarray:
    """A surface with points between those that are known of it: in triangles of neighbours, so none lies outside its edges.

    Args:
        xyz: (N, 3) on the surface, at least 25.
        spacing: metres between neighbours, about.
    Returns:
        (M, 3).
    """
    distances, neighbours = cKDTree(xyz).query(xyz, k=_NEIGHBOURS + 1)
    usual = float(np.median(distances[:, 1]))
    count = int(_area(len(xyz), usual) / spacing**2) + len(xyz)
    own = rng.integers(len(xyz), size=count)
    first, second = rng.integers(1, _NEIGHBOURS + 1, (2, count))
    near = np.maximum(distances[own, first], distances[own, second]) <= _FARTHEST * usual
    own, first, second = own[near], first[near], second[near]
    shares = rng.random((2, len(own), 1))
    shares = np.where(shares.sum(axis=0) > 1, 1 - shares, shares)
    start = xyz[own]
    between = [share * (xyz[neighbours[own, k]] - start) for share, k in zip(shares, (first, second), strict=True)]
    points: np.ndarray = start + between[0] + between[1]
    return points


def _area(count: int, nearest: float) -> float:
    """Of a surface on which so many points lie at random; half have a neighbour nearer than exp(-density pi d^2) = 1 / 2."""
    return count * np.pi * max(nearest, 1e-6) ** 2 / float(np.log(2))
