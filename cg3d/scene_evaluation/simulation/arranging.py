"""Objects put on a support, upright, at random, so that none reaches into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cg3d.scene_evaluation.simulation.footprints import footprint, gap, pushed_to
from cg3d.scene_evaluation.simulation.settings import Setting
from cg3d.scene_evaluation.simulation.shapes import Thing

_TRIES = 80  # places for an object, before it is left out
_ROUNDING = 1e-6  # metres


@dataclass(frozen=True)
class Placed:
    """An object at its place.

    Attributes:
        name: None: an unnamed box.
        xyz: (N, 3) metres, y up, above the plane y = 0.
        outline: (n, 2) around it on x and z; no two of a scene overlap.
    """

    name: str | None
    xyz: np.ndarray
    outline: np.ndarray


def arrange(
    things: Sequence[Thing], setting: Setting, radius: float, sides: tuple[float, float], rng: np.random.Generator
) -> list[Placed]:
    """Put objects on a support; those for which no place is found are left out.

    Args:
        radius: of the disc about the origin that their middles are in.
        sides: of the support along x and z.
    """
    placed: list[Placed] = []
    for thing in things:
        xyz = thing.turned(rng.uniform(0, 360))
        outline = footprint(xyz)
        shift = _place(outline, [each.outline for each in placed], setting, radius, np.array(sides) / 2, rng)
        if shift is not None:
            placed.append(Placed(thing.name, xyz + np.array([shift[0], 0, shift[1]]), outline + shift))
    return placed


def _place(
    outline: np.ndarray,
    others: Sequence[np.ndarray],
    setting: Setting,
    radius: float,
    half: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray | None:
    """A shift (2,) to where it is on the support and apart from the others; None where none is found."""
    for _ in range(_TRIES):
        if others and rng.random() < setting.touching:
            shift = pushed_to(outline, others[int(rng.integers(len(others)))], _direction(rng), setting.apart)
        else:
            shift = _direction(rng) * radius * np.sqrt(rng.random())
        moved = outline + shift
        is_on = (np.abs(moved) <= half).all() and np.linalg.norm(moved.mean(axis=0)) <= radius
        if is_on and all(gap(moved, other) >= setting.apart - _ROUNDING for other in others):
            return shift
    return None


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])
