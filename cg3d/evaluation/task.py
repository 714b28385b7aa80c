"""The task of an evaluation: its objects, and its labels in their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.enough_points import too_few_points
from cg3d.data.samples import ObjectInfo, labels_of
from cg3d.data.shards import Dataset, data_sha256
from cg3d.data.split import Selection, split_by_object
from cg3d.evaluation.names import require_known
from cg3d.evaluation.own_labels import FOREIGN, places_of
from cg3d.evaluation.protocols import PROTOCOLS, SPELLINGS, Protocol, require_labels
from cg3d.evaluation.templates import templates
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label

RUN_SPLITS = ("learned", "held-out")  # as the run behind the bundle split its data
SOURCE_SPLITS = ("train", "val", "test")  # as the data's source has it
SPLITS = ("all", *RUN_SPLITS, *SOURCE_SPLITS)


@dataclass(frozen=True)
class EvaluationRequest:
    """The evaluation that a user asks for; None means the protocol's own.

    Attributes:
        protocol: a key of `PROTOCOLS`.
        templates, spelling, split: see `cg3d.evaluation.templates`, `SPELLINGS` and `SPLITS`.
        objects: a random subset of so many, at least 1; None: all.
        seed: of the subset.
        own_labels: a robot's list to choose from instead of the labels of the data, see `cg3d.evaluation.own_labels`; only the
            objects that it names are recognised, and spelling has no say. Empty: those of the protocol.
    """

    protocol: str = "own"
    templates: str | None = None
    spelling: str | None = None
    split: str | None = None
    objects: int | None = None
    seed: int = 0
    own_labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Task:
    """A protocol applied to data.

    Attributes:
        request: what was asked for.
        split, templates, spelling: the request's, or the protocol's own where it leaves them open.
        texts: the templates themselves.
        labels: (L) names of the candidates in label order, as the data or the robot's list spell them.
        objects: (M) what is recognised, M at least 1.
        truth: (M,) int64 indices of the objects' labels in `labels`.
        warnings: where the data differ from what the protocol expects.
    """

    request: EvaluationRequest
    split: str
    templates: str
    spelling: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    objects: Selection
    truth: np.ndarray
    warnings: tuple[str, ...]

    def label_texts(self) -> list[Label]:
        """The labels as the text encoder gets them; built by hand, since a name of the data may hold any character."""
        if self.request.own_labels:
            return list(self.request.own_labels)
        return [Label(label, (SPELLINGS[self.spelling](label),)) for label in self.labels]


def make_task(request: EvaluationRequest, dataset: Dataset, data: Path, manifest: Manifest) -> Task:
    """Choose objects and labels.

    Args:
        dataset, data: the packed data and their folder.
        manifest: of the bundle that is measured.
    Raises:
        DataError: an unknown name, labels that are not the protocol's, no object of the split, the split of a run that
            these data do not belong to, or a robot's list that names no object or comes with a protocol or spelling.
    """
    _require_labels_once(request)
    protocol = _protocol(request.protocol)
    split, spelling = request.split or protocol.split, request.spelling or protocol.spelling
    require_known("split", split, SPLITS)
    require_known("spelling", spelling, SPELLINGS)
    template_set = request.templates or protocol.templates
    texts = templates(template_set, manifest.text.templates)
    of_set, warnings = _of_set(dataset.infos, protocol)
    labels = protocol.labels or tuple(labels_of([dataset.infos[index] for index in of_set]))
    indices = _of_split(dataset, of_set, split, data, manifest)
    require_labels(protocol, (dataset.infos[index].label for index in indices))
    if request.own_labels:
        labels = tuple(label.name for label in request.own_labels)
        indices, unnamed = _named(dataset, indices, request.own_labels, split)
        warnings += unnamed
    objects = Selection(dataset, _subset(indices, request))
    warnings += _differences(protocol, len(objects), len(labels))
    warnings += filter(None, [too_few_points(dataset, manifest.prepare.points)])
    truth = _label_indices(objects.infos, labels, request.own_labels, split)
    return Task(request, split, template_set, spelling, texts, labels, objects, truth, tuple(warnings))


def _protocol(name: str) -> Protocol:
    require_known("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


def _require_labels_once(request: EvaluationRequest) -> None:
    if request.own_labels and (request.protocol != "own" or request.spelling):
        chosen = f"protocol {request.protocol}" if request.protocol != "own" else f"spelling {request.spelling}"
        raise DataError(
            f"a label list of your own and {chosen}: both say which labels there are. Leave --labels or the other out."
        )


def _named(
    dataset: Dataset, candidates: Sequence[int], labels: Sequence[Label], split: str
) -> tuple[list[int], tuple[str, ...]]:
    """Those of the candidates that a label names, and a warning that counts the others."""
    places = places_of([dataset.infos[index].label for index in candidates], labels, split)
    named = [index for index, place in zip(candidates, places, strict=True) if place != FOREIGN]
    if len(named) == len(candidates):
        return named, ()
    others = {dataset.infos[index].label for index in set(candidates) - set(named)}
    count = len(candidates) - len(named)
    return named, (f"{count} of {len(candidates)} objects left out, which no label names: {_first(others)}",)


def _first(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:10]) + (f", and {len(ordered) - 10} more" if len(ordered) > 10 else "")


def _label_indices(infos: Sequence[ObjectInfo], labels: Sequence[str], own: Sequence[Label], split: str) -> np.ndarray:
    """(M,) the index of each object's label, by a robot's own list where there is one."""
    if own:
        return places_of([info.label for info in infos], own, split)
    indices = {label: index for index, label in enumerate(labels)}
    return np.array([indices[info.label] for info in infos], dtype=np.int64)


def _of_set(infos: Sequence[ObjectInfo], protocol: Protocol) -> tuple[list[int], list[str]]:
    """The objects that say they are of the protocol's set; all, with a warning, where none says so."""
    everything = list(range(len(infos)))
    if protocol.name == "own":
        return everything, []
    marked = [index for index in everything if infos[index].set.casefold() == protocol.name]
    if marked:
        return marked, []
    found = _counted(info.set for info in infos)
    return everything, [f"no object is marked as of the set {protocol.name}, so all are taken; sets found: {found}"]


def _of_split(dataset: Dataset, candidates: Sequence[int], split: str, data: Path, manifest: Manifest) -> Sequence[int]:
    """Those of the candidates that are in a split, at least one."""
    if split in RUN_SPLITS:
        inside = _of_run(dataset, split, data, manifest)
    else:
        inside = {index for index, info in enumerate(dataset.infos) if split in ("all", info.split)}
    selected = [index for index in candidates if index in inside]
    if not selected:
        found = _counted(dataset.infos[index].split for index in candidates)
        raise DataError(f"{data} has no object of split {split}; splits found: {found}. Use --split all.")
    return selected


def _of_run(dataset: Dataset, split: str, data: Path, manifest: Manifest) -> set[int]:
    known = manifest.provenance.get("data")
    trained_on = known if isinstance(known, dict) else {}
    if trained_on.get("sha256") != data_sha256(data):
        source = " ".join(str(trained_on.get("source", "unknown")).split())
        raise DataError(
            f"{data} is not what {manifest.name} was trained on ({source}), so it has no {split} objects. Use --split all."
        )
    learned, held_out = split_by_object(dataset, trained_on["held_out"], trained_on["seed"])
    selected = learned if split == "learned" else held_out
    if not len(selected):
        raise DataError(
            f"the run behind {manifest.name} held out no objects. Name other data, or use --split all to measure what it knows."
        )
    return set(selected.indices)


def _subset(indices: Sequence[int], request: EvaluationRequest) -> Sequence[int]:
    """A random part, in the order of the data, that depends on the seed and the number of objects only."""
    if request.objects is None or request.objects >= len(indices):
        return indices
    chosen = np.random.default_rng(request.seed).permutation(len(indices))[: request.objects]
    return [indices[k] for k in sorted(chosen)]


def _differences(protocol: Protocol, objects: int, labels: int) -> list[str]:
    counts = ((objects, protocol.objects, "objects"), (labels, protocol.label_count, "labels"))
    return [
        f"{found:,} {what}; {protocol.name} has {expected:,}, so the figures are not comparable with published ones"
        for found, expected, what in counts
        if expected not in (None, found)
    ]


def _counted(names: Iterable[str]) -> str:
    """Names with their numbers, the most frequent first."""
    return ", ".join(f"{name or 'unmarked'} {count}" for name, count in Counter(names).most_common(10))
