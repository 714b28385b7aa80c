"""The built-in objects as a data set: a source to pack, or samples made on demand."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cg3d.data.samples import ObjectInfo, Sample, SampleSpec, SourceObject, labels_of, make_sample, with_article
from cg3d.data.surface import Surface, surface_of
from cg3d.objects import CATEGORIES, Solid, colour_words, make_object
from cg3d_runtime.errors import DataError

CAPTIONS = (
    "{name}",
    "{coloured}",
    "a photo of {coloured}",
    "a 3D scan of {name}",
    "{coloured}, seen by a depth camera",
    "a point cloud of {name}",
)
MORE_CAPTIONS = (  # two of them are drawn for each object
    "a 3D model of {name}",
    "a rendering of {coloured}",
    "{name} in front of a plain background",
    "the shape of {name}",
    "{coloured}, scanned from all sides",
    "an everyday object: {name}",
    "one object: {coloured}",
    "{name}, seen by a robot",
)
LIGHT = SampleSpec(views=2, image_size=128, drawn_points=4096)
SEEDS = 2**32  # seeds of objects lie below; those of the example scans above


@dataclass(frozen=True)
class ParametricObject(SourceObject):
    """A category and a seed, with or without colour."""

    category: str
    seed: int
    info: ObjectInfo
    coloured: bool = True

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        mesh = make_object(self.category, self.seed)
        return surface_of([mesh.coloured_corners() if self.coloured else mesh.uncoloured()], count, rng)


def parametric_objects(
    count_per_category: int, seed: int = 0, coloured: bool = True, categories: Sequence[str] | None = None
) -> list[ParametricObject]:
    """`count_per_category` objects of every category; the same seed gives the same objects.

    Args:
        count_per_category: 1 or more.
        seed: any integer >= 0.
        coloured: False leaves the shape alone: no colours, and captions without colour words.
        categories: keys of `CATEGORIES`; None takes all. An object does not depend on which others are chosen.
    Raises:
        DataError: count below 1; no category, or one that is not known.
    """
    if count_per_category < 1:
        raise DataError(f"objects a category must be 1 or more, got {count_per_category}.")
    chosen = list(CATEGORIES) if categories is None else _known(categories)
    return [_object(name, seed, k, coloured) for k in range(count_per_category) for name in chosen]


def split_names(text: str) -> list[str] | None:
    """The names between the commas of a text; None where there is none."""
    return [name.strip() for name in text.split(",") if name.strip()] or None


def _known(categories: Sequence[str]) -> list[str]:
    """The distinct categories, in the order given."""
    if not categories:
        raise DataError(f"no category was chosen; name one or more of: {', '.join(CATEGORIES)}.")
    for name in categories:
        if name not in CATEGORIES:
            near = difflib.get_close_matches(name, CATEGORIES)
            hint = f"The nearest known: {', '.join(near)}." if near else f"Known: {', '.join(CATEGORIES)}."
            raise DataError(f"category {name!r} is not known. {hint}")
    return list(dict.fromkeys(categories))


def _object(category: str, seed: int, number: int, coloured: bool) -> ParametricObject:
    own_seed = int(np.random.default_rng([seed, number]).integers(SEEDS))
    mesh = make_object(category, own_seed)
    info = ObjectInfo(
        id=f"{category.replace(' ', '_')}-{own_seed:08x}{'' if coloured else '-plain'}",
        label=category,
        captions=_captions(category, mesh, own_seed, colour_words(mesh) if coloured else []),
        licence="Apache-2.0",
        source="cg3d",
        set="parametric",
        units="m",
    )
    return ParametricObject(category, own_seed, info, coloured)


def _captions(category: str, mesh: Solid, own_seed: int, colours: list[str]) -> tuple[str, ...]:
    """Captions of an object: its name, its kind, and its colours where it has some."""
    more = np.random.default_rng([own_seed, len(category)]).permutation(len(MORE_CAPTIONS))[:2]
    forms = [*CAPTIONS, *(MORE_CAPTIONS[k] for k in more)]
    colour = f"{colours[0]} " if colours else ""
    words = {"name": with_article(category), "coloured": with_article(f"{colour}{category}")}
    said = [form.format(**words) for form in forms]
    if len(colours) > 1:
        said.append(with_article(f"{colours[0]} and {colours[1]} {category}"))
    if mesh.kind:
        said += [with_article(mesh.kind), f"a photo of {with_article(colour + mesh.kind)}"]
    return tuple(dict.fromkeys(said))


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


def synthesise(
    count_per_category: int,
    seed: int = 0,
    spec: SampleSpec = LIGHT,
    coloured: bool = True,
    categories: Sequence[str] | None = None,
) -> ParametricSamples:
    """Built-in training data that needs no files; arguments and errors as `parametric_objects`."""
    return ParametricSamples(parametric_objects(count_per_category, seed, coloured, categories), spec)
