"""What training data is made of: one named object as points, pictures and captions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cg3d.data.render import render_views
from cg3d.data.surface import Surface
from cg3d.data.views import views_around

FILL_GREY = 0.6  # drawn where an object has no colour


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of an object before its shape is loaded."""

    id: str  # unique in its data set; letters, digits, - and _
    label: str  # the name in plain words
    captions: tuple[str, ...]  # at least one
    licence: str = "unknown"  # SPDX identifier where there is one
    source: str = "unknown"
    set: str = ""
    units: str = "unit"  # "m" where coordinates are metres


@dataclass(frozen=True)
class Sample:
    """One object, ready for training.

    Attributes:
        info: name, captions, origin.
        points: (P, 6) float32 xyz in the object's own unit, y up, and sRGB in [0, 1], spread evenly over the surface.
        views: (V, H, W, 3) uint8 pictures on white, from V sides.
        has_colour: False where the colour is only a fill.
    """

    info: ObjectInfo
    points: np.ndarray
    views: np.ndarray
    has_colour: bool

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def label(self) -> str:
        return self.info.label

    @property
    def captions(self) -> tuple[str, ...]:
        return self.info.captions


class ObjectSet(Protocol):
    """A data set in memory, in shards, or made on demand: samples by number, and what is known without loading them."""

    infos: Sequence[ObjectInfo]
    labels: Sequence[str]  # distinct and sorted; a label's place is its id

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


class SourceObject(Protocol):
    """An object still in its original form; crosses process borders, so it holds names, not arrays."""

    @property
    def info(self) -> ObjectInfo: ...

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """Up to `count` points spread evenly over the surface, in random order, y up."""
        ...


@dataclass(frozen=True)
class SampleSpec:
    """The shape of samples."""

    points: int = 4096  # P
    views: int = 6  # V
    image_size: int = 224  # H = W, pixels
    drawn_points: int = 16384  # points in the pictures; at least `points`


def make_sample(source: SourceObject, spec: SampleSpec) -> Sample:
    """Sample the surface and draw it; depends on the object's id, shape and `spec` only."""
    rng = np.random.default_rng(number_of(source.info.id))
    surface = source.surface(max(spec.drawn_points, spec.points), rng)
    rgb = np.full_like(surface.xyz, FILL_GREY) if surface.rgb is None else surface.rgb
    points = np.concatenate([surface.xyz, rgb], axis=1)
    start = float(rng.uniform(0, 360))  # no set has a canonical front
    views = render_views(points, views_around(spec.views, start=start), spec.image_size, surface.normals)
    return Sample(source.info, np.resize(points, (spec.points, 6)), views, surface.rgb is not None)


def number_of(text: str) -> int:
    """A number in [0, 2**64) that depends on `text` only: the seed of whatever must not change between runs."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def label_numbers(objects: ObjectSet) -> np.ndarray:
    """(N,) int64: the place of each object's label in `objects.labels`."""
    numbers = {label: number for number, label in enumerate(objects.labels)}
    return np.array([numbers[info.label] for info in objects.infos], dtype=np.int64)


def labels_of(infos: Sequence[ObjectInfo]) -> list[str]:
    """The distinct labels, sorted."""
    return sorted({info.label for info in infos})


def with_article(words: str) -> str:
    """A name as one says it: "an airplane", "a pile of coins", but "scissors"."""
    head = words.split(" of ")[0]
    if head.endswith("s") and not head.endswith(("ss", "us", "is")):
        return words
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"
