"""Where the objects of simulated scenes come from: packed data, or the built-in objects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.built_in import SEEDS, parametric_objects
from cg3d.data.shards import Dataset
from cg3d.objects import CATEGORIES, make_object
from cg3d_runtime.errors import DataError

BUILT_IN_POINTS = 32_768  # of the surface of a built-in object
_SEED = 2026  # of the built-in objects whose lengths are the usual ones


@dataclass(frozen=True)
class Stock:
    """Objects to draw from.

    Attributes:
        source: where they come from, in words.
        names: of each.
        is_metric: of each, whether its points are in metres.
        load: points (N, 3) of the object of a number, y up; the generator is used where objects are made.
    """

    source: str
    names: Sequence[str]
    is_metric: Sequence[bool]
    load: Callable[[int, np.random.Generator], np.ndarray]

    def numbers_of(self, names: Collection[str]) -> np.ndarray:
        """The objects that have one of these names."""
        return np.flatnonzero([name in names for name in self.names])


def packed_stock(folder: Path) -> Stock:
    """The objects of packed data.

    Raises:
        DataError: as `Dataset.open`.
    """
    dataset = Dataset.open(folder)
    if not len(dataset):
        raise DataError(f"{folder}: holds no objects; pack some, or leave --data out for the built-in ones.")

    def load(number: int, rng: np.random.Generator) -> np.ndarray:
        return np.unique(dataset[number].points[:, :3], axis=0)

    infos = dataset.infos
    return Stock(folder.resolve().name, [i.label for i in infos], [i.units == "m" for i in infos], load)


def built_in_stock() -> Stock:
    """One object of every category, another one each time."""
    names = list(CATEGORIES)

    def load(number: int, rng: np.random.Generator) -> np.ndarray:
        (thing,) = parametric_objects(1, int(rng.integers(SEEDS)), categories=[names[number]])
        return thing.surface(BUILT_IN_POINTS, rng).xyz

    return Stock("built-in objects", names, [True] * len(names), load)


def usual_length(name: str) -> float | None:
    """Metres: the longest side of a built-in object of that name; None where there is none."""
    if name not in CATEGORIES:
        return None
    return float(np.ptp(make_object(name, _SEED).coloured_corners().vertices, axis=0).max())
