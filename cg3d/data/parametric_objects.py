"""The built-in parametric objects as a data set: a source to pack, or samples made on demand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cg3d.data.parametric import CATEGORIES, colour_word, make_object
from cg3d.data.samples import ObjectInfo, Sample, SampleSpec, SourceObject, labels_of, make_sample, with_article
from cg3d.data.surface import Surface, surface_of
from cg3d_runtime.errors import DataError

CAPTIONS = (
    "{name}",
    "{coloured}",
    "a photo of {coloured}",
    "a 3D scan of {name}",
    "{coloured}, seen by a depth camera",
    "a point cloud of {name}",
)
LIGHT = SampleSpec(views=2, image_size=128, drawn_points=4096)
SEEDS = 2**32  # seeds of objects lie below; those of the example scans above


@dataclass(frozen=True)
class ParametricObject(SourceObject):
    """A category and a seed."""

    category: str
    seed: int
    info: ObjectInfo

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """See `SourceObject`."""
        return surface_of([make_object(self.category, self.seed).coloured_corners()], count, rng)


def parametric_objects(count_per_category: int, seed: int = 0) -> list[ParametricObject]:
    """`count_per_category` objects of every category; the same seed gives the same objects.

    Raises:
        DataError: count below 1.
    """
    if count_per_category < 1:
        raise DataError(f"objects a category must be 1 or more, got {count_per_category}.")
    return [_object(name, seed, k) for k in range(count_per_category) for name in CATEGORIES]


def _object(category: str, seed: int, number: int) -> ParametricObject:
    own_seed = int(np.random.default_rng([seed, number]).integers(SEEDS))
    colour = colour_word(make_object(category, own_seed))
    words = {"name": with_article(category), "coloured": with_article(f"{colour} {category}")}
    info = ObjectInfo(
        id=f"{category.replace(' ', '_')}-{own_seed:08x}",
        label=category,
        captions=tuple(caption.format(**words) for caption in CAPTIONS),
        licence="Apache-2.0",
        source="cg3d",
        set="parametric",
        units="m",
    )
    return ParametricObject(category, own_seed, info)


@dataclass
class ParametricSamples:
    """An `ObjectSet` that makes each sample when it is first asked for and keeps it."""

    objects: list[ParametricObject]
    spec: SampleSpec = LIGHT
    _made: dict[int, Sample] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.infos = [source.info for source in self.objects]
        self.labels = labels_of(self.infos)

    def __len__(self) -> int:
        return len(self.objects)

    def __getitem__(self, index: int) -> Sample:
        if index not in self._made:
            self._made[index] = make_sample(self.objects[index], self.spec)
        return self._made[index]


def synthesise(count_per_category: int, seed: int = 0, spec: SampleSpec = LIGHT) -> ParametricSamples:
    """Built-in training data that needs no files.

    Raises:
        DataError: count below 1.
    """
    return ParametricSamples(parametric_objects(count_per_category, seed), spec)
