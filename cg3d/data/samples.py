"""Samples, the unit of training data: one named object as points, pictures and captions."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cg3d.data.drawing.render import render_views
from cg3d.data.drawing.views import views_around
from cg3d.data.pictures import fit_pictures
from cg3d.data.surface import Surface
from cg3d_runtime.errors import Cg3dError, DataError
from cg3d_runtime.scans.cloud import PointCloud

FILL_GREY = 0.6  # drawn where an object has no colour


@dataclass(frozen=True)
class ObjectInfo:
    """The facts of an object that are known before its shape is loaded."""

    id: str  # unique in its data set; letters, digits, - and _
    label: str  # the name in plain words
    captions: tuple[str, ...]  # at least one
    licence: str = "unknown"  # SPDX identifier where there is one
    source: str = "unknown"
    set: str = ""
    units: str = "unit"  # "m" where coordinates are metres
    split: str = ""  # "train", "val" or "test" as the source has it; empty where it has none


@dataclass(frozen=True)
class Sample:
    """One object, ready for training.

    Attributes:
        info: name, captions, origin.
        points: (P, 6) float32 xyz in the object's own unit, y up, and sRGB in [0, 1], spread evenly over the surface.
        views: (V, H, W, 3) uint8 pictures on white, from V sides.
        has_colour: False where the colour is only a fill.
        lost_colour: why it is, where the object's file names a colour; else empty. Not kept in shards.
    """

    info: ObjectInfo
    points: np.ndarray
    views: np.ndarray
    has_colour: bool
    lost_colour: str = ""

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

    @property
    def infos(self) -> Sequence[ObjectInfo]: ...

    @property
    def labels(self) -> Sequence[str]:
        """Distinct and sorted; the index of a label is its id."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


class SourceObject(ABC):
    """An object still in its original form; crosses process borders, so it holds names, not arrays."""

    info: ObjectInfo

    def problem(self) -> str | None:
        """The reason why it cannot be packed, as far as it is known without reading it; None: none is known."""
        return None

    def described(self) -> ObjectInfo:
        """`info`, with the label and captions where only the object's own file has them.

        Raises:
            Cg3dError, OSError: they cannot be read; the message names their file.
        """
        return self.info

    @abstractmethod
    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """Up to `count` points spread evenly over the surface, in random order, y up.

        Raises:
            Cg3dError, OSError: it cannot be read; the message names its file.
        """

    def pictures(self, count: int) -> np.ndarray | None:
        """The object's own pictures from `count` sides, (count, H, W, 3) uint8; None: pictures are to be drawn.

        Raises:
            Cg3dError, OSError: they cannot be read; the message names their file.
        """
        return None


@dataclass(frozen=True)
class UnreadableObject(SourceObject):
    """A line of a source that names no object, kept so that it can be reported, or skipped and counted."""

    info: ObjectInfo
    reason: str  # one sentence that names the file

    def problem(self) -> str:
        return self.reason

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        raise DataError(self.reason)


@dataclass(frozen=True)
class SampleSpec:
    """The shape of samples."""

    points: int = 4096  # P
    views: int = 6  # V
    image_size: int = 224  # H = W, pixels
    drawn_points: int = 16384  # points in the pictures; at least `points`
    renderer: str = "torch"  # a key of `cg3d.data.drawing.render.RENDERERS`


def make_sample(source: SourceObject, spec: SampleSpec, device: str = "cpu") -> Sample:
    """Sample the surface and draw it; depends on the object's id, shape and `spec` only.

    Args:
        source: the object.
        spec: the shape of the sample.
        device: where its pictures are drawn.
    Raises:
        DataError: the object cannot be read; the message names it and its file.
    """
    try:
        return _sample(source, spec, device)
    except Exception as error:  # of tens of thousands of files from strangers, one will meet a fault nobody thought of
        reason = str(error) if isinstance(error, (Cg3dError, OSError)) else repr(error)
        raise DataError(f"object {source.info.id} cannot be read: {reason}") from error


def _sample(source: SourceObject, spec: SampleSpec, device: str) -> Sample:
    rng = np.random.default_rng(number_of(source.info.id))
    surface = source.surface(max(spec.drawn_points, spec.points), rng)
    rgb = np.full_like(surface.xyz, FILL_GREY) if surface.rgb is None else surface.rgb
    points = np.concatenate([surface.xyz, rgb], axis=1)
    views = views_around(spec.views, start=float(rng.uniform(0, 360)))  # no set has a canonical front
    pictures = source.pictures(spec.views)
    if pictures is None:
        drawn = render_views(points, views, spec.image_size, surface.normals, spec.renderer, device)
    else:
        drawn = fit_pictures(pictures, spec.image_size)
    has_colour = surface.rgb is not None
    return Sample(source.described(), np.resize(points, (spec.points, 6)), drawn, has_colour, surface.lost_colour)


def plain_words(name: str) -> str:
    """A data set's name for a class in plain words: `night_stand` as "night stand"."""
    return " ".join(name.replace("_", " ").split())


def safe_id(text: str) -> str:
    """`text` as an id: letters, digits, - and _, at most 90; a hash follows where that loses something of it.

    A dot would end WebDataset's key, a slash or a longer name tar's plain header.
    """
    kept = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return kept if kept == text and len(text) <= 90 else f"{kept[:81]}-{number_of(text) >> 32:08x}"


def number_of(text: str) -> int:
    """A number in [0, 2**64) that depends on `text` only: the seed of whatever must not change between runs."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def label_numbers(objects: ObjectSet) -> np.ndarray:
    """(N,) int64: the index of each object's label in `objects.labels`."""
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


def sample_cloud(sample: Sample) -> PointCloud:
    """The whole object as a point cloud, without the fill where it has no colour."""
    points = np.array(sample.points)
    return PointCloud(points[:, :3].copy(), points[:, 3:].copy() if sample.has_colour else None, up="y")
