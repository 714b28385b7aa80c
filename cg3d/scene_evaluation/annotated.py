"""A scene of which it is known what is in it, wherever that knowledge comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scenes.boxes import Box, box_around

NOTHING, UNTOLD = -1, -2  # of a point: of no object; nobody says, so that it counts nowhere


@dataclass(frozen=True)
class TrueObject:
    """What is known of one thing.

    Attributes:
        id: of its points, 0 or more.
        name: in plain words; None: an object, but nobody says which.
        box: around it, where the annotation has one of its own; None: that around its points.
    """

    id: int
    name: str | None
    box: Box | None = None


@dataclass(frozen=True)
class AnnotatedScene:
    """A cloud and what is in it; lengths are in metres.

    Attributes:
        name: of the scene, unique in its source.
        cloud: N points.
        ids: (N,) int32, of each point the id of its object, `NOTHING` or `UNTOLD`.
        objects: with distinct ids, each of at least one point.
        up: (3,) of length 1, where it is known; None: as the detector finds it.
    """

    name: str
    cloud: PointCloud
    ids: np.ndarray
    objects: tuple[TrueObject, ...]
    up: tuple[float, float, float] | None = None

    def boxes(self, up: np.ndarray) -> list[Box]:
        """One an object: its own, else the narrowest upright one around its points."""
        return [each.box or box_around(self.points_of(each), up) for each in self.objects]

    def points_of(self, thing: TrueObject) -> np.ndarray:
        """(n, 3) float64 of its measured points."""
        own: np.ndarray = self.cloud.xyz[(self.ids == thing.id) & self.measured()].astype(np.float64)
        return own

    def measured(self) -> np.ndarray:
        """(N,) bool: the points with finite coordinates."""
        return finite_rows(self.cloud.xyz)


@dataclass(frozen=True)
class Scenes:
    """Scenes that are read or made one after the other, since they are large.

    Attributes:
        source: where they come from, in words.
        count: how many.
        names: of everything that may be in them, sorted; what is to be told apart where a user names no labels.
        each: the scenes themselves, to be gone through once.
    """

    source: str
    count: int
    names: tuple[str, ...]
    each: Iterator[AnnotatedScene]

    def first(self, count: int | None) -> Scenes:
        """So many of them; None: all."""
        if count is None or count >= self.count:
            return self
        return replace(self, count=count, each=islice(self.each, count))


def without_small(ids: np.ndarray, least: int) -> np.ndarray:
    """Ids (N,) in which objects of fewer than `least` points are `UNTOLD`: too little of them is seen to ask for."""
    numbers, counts = np.unique(ids, return_counts=True)
    small = numbers[(counts < least) & (numbers >= 0)]
    return np.where(np.isin(ids, small), UNTOLD, ids).astype(np.int32)
