"""Which way is up in a scene, and which of its planes are floors, tables, ceilings and walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.answer import CONVENTION, GIVEN, SUPPORT
from cg3d_runtime.scenes.planes import Plane, is_over, outline
from cg3d_runtime.scenes.scene import CEILING, FLOOR, TABLE, WALL

_LEVEL = np.cos(np.radians(12))  # from here on a plane is level
_STEEP = np.sin(np.radians(12))  # up to here it is upright
_AHEAD = 0.5  # cosine to the convention's up that a plane must have to say what up is: cameras rarely roll over
_RATHER = 10.0  # times as much below a plane as above: it is upside down
_FLOOR_AREA, _WALL_AREA, _SUPPORT_AREA, _TOP_AREA = 1.5, 1.0, 0.08, 0.5  # square metres
_BELOW, _BEHIND = 0.05, 0.08  # shares of the cells that may lie below a floor, and behind a wall
_STANDING = 0.01  # share of a support's cells that must have something above them
_SAME_HEIGHT = 2.0  # sizes of a cell
_SAG = 12.0  # sizes of a cell by which a part of a plane may lie below the rest
_INSIDE = 0.5  # share of it within the outline of the rest
_ROOM = 1.8  # metres from a floor to a ceiling
_FILLED = 0.4  # of the share that the best filled one has
_TALL = 0.5  # metres: what is higher above a support does not stand on it


@dataclass(frozen=True)
class Support:
    """A plane with a meaning.

    Attributes:
        kind: "floor", "table", "ceiling" or "wall".
        plane: its normal is up, or of a ceiling or a wall towards the rest.
    """

    kind: str
    plane: Plane


@dataclass(frozen=True)
class Ground:
    """How a scene lies in space.

    Attributes:
        up: (3,) of length 1.
        source: who said so: "given", "support", or "convention" where no plane tells.
        supports: what is level from the lowest to the highest, then walls.
    """

    up: np.ndarray
    source: str
    supports: tuple[Support, ...]


def find_ground(planes: list[Plane], centres: np.ndarray, sizes: np.ndarray, up: np.ndarray, is_given: bool) -> Ground:
    """Read planes as floors, tables, ceilings and walls.

    Args:
        planes: the largest first.
        centres: (V, 3) of all cells, metres.
        sizes: (V,) of the cells, metres.
        up: (3,) of length 1: what is known of up, or only usual for such files.
        is_given: whether it is known.
    """
    source = GIVEN if is_given else CONVENTION
    found = None if is_given else _up(planes, centres, sizes, up)
    if found is not None:
        up, source = found, SUPPORT
    level = sorted((plane.facing(up) for plane in planes if abs(plane.normal @ up) >= _LEVEL), key=_height)
    level = [plane for plane in level if not _is_sag(plane, level, centres, sizes)]
    largest = max(level, key=_cells, default=None)
    filled = [_filled(plane, centres, sizes) for plane in level]
    supports = [
        _support(plane, level[0], centres, sizes)
        for plane, share in zip(level, filled, strict=True)
        if _area(plane, centres, sizes) >= _SUPPORT_AREA
        and (
            plane is level[0]
            or plane is largest
            or (share >= _FILLED * max(filled) and _supports(plane, centres, sizes))
        )
    ]
    walls = [wall for plane in planes if (wall := _wall(plane, centres, sizes, up))]
    return Ground(up, source, (*supports, *walls))


def _up(planes: list[Plane], centres: np.ndarray, sizes: np.ndarray, usual: np.ndarray) -> np.ndarray | None:
    """Away from the largest plane that may be level, the nearer to what is usual the better; None where there is none.

    That is one within 60 degrees of what is usual, or else one with hardly anything on one side: an unusual frame. Things
    are on top of it, unless it is a ceiling, which has a floor below.
    """
    tilted = [plane for plane in planes if abs(plane.normal @ usual) >= _AHEAD]
    tilted.sort(
        key=lambda plane: -len(plane.own) * (plane.normal @ usual) ** 2
    )  # a camera that looks down sees walls lean
    flat = next(iter(tilted), None) or next(
        (plane for plane in planes if min(_sides(plane, centres, sizes)) <= _BELOW), None
    )
    if flat is None:
        return None
    up = flat.facing(usual).normal
    above, below = _sides(flat.facing(up), centres, sizes)
    has_floor = any(_is_far_below(plane, flat.facing(up)) for plane in planes)
    return -up if below > _RATHER * above and not has_floor else up


def _is_far_below(plane: Plane, flat: Plane) -> bool:
    return bool(abs(plane.normal @ flat.normal) >= _LEVEL) and flat.offset - plane.facing(flat.normal).offset >= _ROOM


def _sides(plane: Plane, centres: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """Shares of all cells before a plane, on the side of its normal, and behind it."""
    heights = plane.heights(centres)
    return float((heights > 2 * sizes).mean()), float((heights < -2 * sizes).mean())


def _area(plane: Plane, centres: np.ndarray, sizes: np.ndarray) -> float:
    """Of the squares along the plane that its cells lie in; a slice through a hollow box has many cells and few squares."""
    side = _spacing(plane, sizes)
    return len(np.unique(_squares(plane, centres[plane.own], side))) * side * side


def _spacing(plane: Plane, sizes: np.ndarray) -> float:
    """What hardly any cell of a plane is larger than."""
    return float(np.quantile(sizes[plane.own], 0.9))


def _squares(plane: Plane, centres: np.ndarray, side: float) -> np.ndarray:
    """(N,) numbers of the squares along a plane in which points lie."""
    column, row = np.floor(centres @ plane.across() / side).astype(np.int64).T
    numbers: np.ndarray = column * (1 << 32) + row
    return numbers


def _cells(plane: Plane) -> int:
    return len(plane.own)


def _height(plane: Plane) -> float:
    return plane.offset


def _is_sag(plane: Plane, level: list[Plane], centres: np.ndarray, sizes: np.ndarray) -> bool:
    """Whether it is a part of a larger plane that bends in a camera's eyes: at its height, or just below what is seen of it."""
    own = centres[plane.own]
    for larger in level:
        rise = float(np.median(larger.heights(own) / sizes[plane.own]))
        is_near = abs(rise) <= _SAME_HEIGHT or (-_SAG <= rise < 0 and is_over(larger, centres, own).mean() > _INSIDE)
        if is_near and len(larger.own) > len(plane.own):
            return True
    return False


def _support(plane: Plane, lowest: Plane, centres: np.ndarray, sizes: np.ndarray) -> Support:
    """A level plane with its meaning."""
    (above, below), is_large = _sides(plane, centres, sizes), _area(plane, centres, sizes) >= _FLOOR_AREA
    if is_large and below <= _BELOW:
        return Support(FLOOR, plane)
    if is_large and above <= _BELOW and plane.offset - lowest.offset >= _ROOM:
        return Support(CEILING, Plane(-plane.normal, -plane.offset, plane.own))
    return Support(TABLE, plane)


def _supports(plane: Plane, centres: np.ndarray, sizes: np.ndarray) -> bool:
    """Whether things stand on it; the top of a box is none, however large."""
    return _area(plane, centres, sizes) >= _TOP_AREA or _share_covered(plane, centres, sizes) >= _STANDING


def _filled(plane: Plane, centres: np.ndarray, sizes: np.ndarray) -> float:
    """Share of its outline in which its cells lie; a plane through many things at one height has them here and there."""
    hull = outline(plane, centres)
    return _area(plane, centres, sizes) / hull.volume if hull else 0.0  # of a flat hull, volume is area


def _share_covered(plane: Plane, centres: np.ndarray, sizes: np.ndarray) -> float:
    """Share of its cells, seen from above, over which something rises."""
    heights = plane.heights(centres)
    above = (heights > 3 * sizes) & (heights < _TALL)
    numbers = _squares(plane, centres, 2 * _spacing(plane, sizes))
    own = np.unique(numbers[plane.own])
    return float(np.isin(own, numbers[above]).mean())


def _wall(plane: Plane, centres: np.ndarray, sizes: np.ndarray, up: np.ndarray) -> Support | None:
    """An upright plane with nearly everything on one side."""
    if abs(plane.normal @ up) > _STEEP or _area(plane, centres, sizes) < _WALL_AREA:
        return None
    before, behind = _sides(plane, centres, sizes)
    facing = plane if before >= behind else Plane(-plane.normal, -plane.offset, plane.own)
    return Support(WALL, facing) if min(before, behind) <= _BEHIND else None
