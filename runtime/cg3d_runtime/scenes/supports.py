"""Which way is up in a scene, and which of its planes are floors, tables and walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.answer import CONVENTION, GIVEN, SUPPORT
from cg3d_runtime.scenes.planes import Plane
from cg3d_runtime.scenes.scene import FLOOR, TABLE, WALL

_LEVEL = np.cos(np.radians(12))  # from here on a plane is level
_STEEP = np.sin(np.radians(12))  # up to here it is upright
_AHEAD = 0.5  # cosine to the convention's up that a plane must have to say what up is: cameras rarely roll over
_FLOOR_AREA, _WALL_AREA, _SUPPORT_AREA, _TOP_AREA = 1.5, 1.0, 0.08, 0.5  # square metres
_BELOW, _BEHIND = 0.05, 0.08  # shares of the cells that may lie below a floor, and behind a wall
_STANDING = 0.01  # share of a support's cells that must have something above them
_TALL = 0.5  # metres: what is higher above a support does not stand on it


@dataclass(frozen=True)
class Support:
    """A plane with a meaning.

    Attributes:
        kind: "floor", "table" or "wall".
        plane: its normal is up, or of a wall towards the rest.
    """

    kind: str
    plane: Plane


@dataclass(frozen=True)
class Ground:
    """How a scene lies in space.

    Attributes:
        up: (3,) of length 1.
        source: who said so: "given", "support", or "convention" where no plane tells.
        supports: floors and tables from the lowest to the highest, then walls.
    """

    up: np.ndarray
    source: str
    supports: tuple[Support, ...]


def find_ground(planes: list[Plane], centres: np.ndarray, side: float, up: np.ndarray, is_given: bool) -> Ground:
    """Read planes as floors, tables and walls.

    Args:
        planes: the largest first.
        centres: (V, 3) of all cells, metres.
        side: of a cell.
        up: (3,) of length 1: what is known of up, or only usual for such files.
        is_given: whether it is known.
    """
    source = GIVEN if is_given else CONVENTION
    if not is_given and (level := next((plane for plane in planes if abs(plane.normal @ up) >= _AHEAD), None)):
        up, source = level.facing(up).normal, SUPPORT
    level = [plane.facing(up) for plane in planes if abs(plane.normal @ up) >= _LEVEL]
    lowest = min(level, key=lambda plane: plane.offset, default=None)
    supports = [
        Support(_level_kind(plane, centres, side), plane)
        for plane in sorted(level, key=lambda plane: plane.offset)
        if _supports(plane, centres, side, plane is lowest)
    ]
    walls = [wall for plane in planes if (wall := _wall(plane, centres, side, up))]
    return Ground(up, source, (*supports, *walls))


def _area(plane: Plane, centres: np.ndarray, side: float) -> float:
    """Of the squares along the plane that its cells lie in; a slice through a hollow box has many cells and few squares."""
    return len(np.unique(_squares(plane, centres[plane.own], side))) * side * side


def _squares(plane: Plane, centres: np.ndarray, side: float) -> np.ndarray:
    """(N,) numbers of the squares along a plane in which points lie."""
    column, row = np.floor(centres @ plane.across() / side).astype(np.int64).T
    numbers: np.ndarray = column * (1 << 32) + row
    return numbers


def _level_kind(plane: Plane, centres: np.ndarray, side: float) -> str:
    nothing_below = (plane.heights(centres) < -2 * side).mean() <= _BELOW
    return FLOOR if nothing_below and _area(plane, centres, side) >= _FLOOR_AREA else TABLE


def _supports(plane: Plane, centres: np.ndarray, side: float, is_lowest: bool) -> bool:
    """Whether things stand on it; the top of a box is none, however large."""
    area = _area(plane, centres, side)
    if area < _SUPPORT_AREA:
        return False
    return is_lowest or area >= _TOP_AREA or _share_covered(plane, centres, side) >= _STANDING


def _share_covered(plane: Plane, centres: np.ndarray, side: float) -> float:
    """Share of its cells, seen from above, over which something rises."""
    heights = plane.heights(centres)
    above = (heights > 3 * side) & (heights < _TALL)
    numbers = _squares(plane, centres, 2 * side)
    own = np.unique(numbers[plane.own])
    return float(np.isin(own, numbers[above]).mean())


def _wall(plane: Plane, centres: np.ndarray, side: float, up: np.ndarray) -> Support | None:
    """An upright plane with nearly everything on one side."""
    if abs(plane.normal @ up) > _STEEP or _area(plane, centres, side) < _WALL_AREA:
        return None
    heights = plane.heights(centres)
    before, behind = (heights > 2 * side).mean(), (heights < -2 * side).mean()
    facing = plane if before >= behind else Plane(-plane.normal, -plane.offset, plane.own)
    return Support(WALL, facing) if min(before, behind) <= _BEHIND else None
