"""How well a bundle recognises packed objects, measured through the robot's own runtime."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cg3d.data.batches import cloud_of
from cg3d.data.samples import ObjectSet, Sample
from cg3d.data.shards import Dataset
from cg3d.data.split import split_by_object
from cg3d.provenance import data_sha256
from cg3d_runtime.errors import DataError
from cg3d_runtime.manifest import Manifest
from cg3d_runtime.recognizer import Recognizer

SPLITS = ("all", "learned", "held-out")
TOP = 5

Track = Callable[[Iterable[Sample], int], Iterable[Sample]]  # passes the objects through and shows how many are done


@dataclass(frozen=True)
class LabelScore:
    """One label: its objects, and how many were recognised."""

    label: str
    objects: int
    correct: int


@dataclass(frozen=True)
class Evaluation:
    """Zero-shot recognition of labelled objects.

    Attributes:
        bundle, data, split: what was measured.
        backend, precision: what ran.
        objects: how many.
        top1, top3, top5: share of objects whose label is among the best 1, 3, 5.
        class_mean: top-1 averaged over labels, so that frequent ones count no more.
        chance: top-1 of a guess, 1 / labels.
        labels: every label that has objects, by name.
    """

    bundle: str
    data: str
    split: str
    backend: str
    precision: str
    objects: int
    top1: float
    top3: float
    top5: float
    class_mean: float
    chance: float
    labels: tuple[LabelScore, ...]

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def table(self) -> str:
        """Labels with the worst first, then the sums."""
        worst_first = sorted(self.labels, key=lambda score: (score.correct / score.objects, score.label))
        width = max(len(score.label) for score in worst_first)
        lines = [
            f"{s.label:{width}}  {s.correct:5d} of {s.objects:5d}  {s.correct / s.objects:6.1%}" for s in worst_first
        ]
        sums = f"top-1 {self.top1:.1%}  top-3 {self.top3:.1%}  top-5 {self.top5:.1%}  class mean {self.class_mean:.1%}"
        what = f"{self.objects} objects ({self.split}) on {self.backend} in {self.precision}"
        return "\n".join([*lines, "", f"{sums}  chance {self.chance:.1%}", what])


def evaluate(
    bundle: str | os.PathLike[str] | None,
    data: Path,
    *,
    split: str = "all",
    backend: str = "auto",
    precision: str = "auto",
    track: Track = lambda samples, count: samples,
) -> Evaluation:
    """Recognise every object of a split among all labels of the data set.

    Args:
        bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
        data: a folder that `cg3d data pack` wrote.
        split: all; or learned or held-out, as the run behind the bundle split this very data.
        backend, precision: as in `Recognizer.open`.
        track: shows progress.
    Raises:
        DataError: no packed data there, an unknown split, or other data than the bundle was trained on.
        BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    if split not in SPLITS:
        raise DataError(f"split {split!r} is not known; choose one of {', '.join(SPLITS)}.")
    dataset = Dataset.open(data)
    with Recognizer.open(bundle, labels=list(dataset.labels), backend=backend, precision=precision) as recognizer:
        manifest = recognizer.bundle.manifest
        samples = _select(dataset, data, split, manifest)
        objects = track((samples[index] for index in range(len(samples))), len(samples))
        ranks = [_rank(recognizer, sample) for sample in objects]
        labels = _by_label(samples, ranks)
        return Evaluation(
            bundle=manifest.name,
            data=data.resolve().name,
            split=split,
            backend=recognizer.backend.name,
            precision=recognizer.backend.precision,
            objects=len(ranks),
            **{f"top{k}": _share(ranks, k) for k in (1, 3, TOP)},
            class_mean=_class_mean(labels),
            chance=1 / len(dataset.labels),
            labels=labels,
        )


def _select(dataset: Dataset, data: Path, split: str, manifest: Manifest) -> ObjectSet:
    """The objects of a split, at least one."""
    if split == "all":
        return dataset
    trained_on = manifest.provenance.get("data", {})
    if trained_on.get("sha256") != data_sha256(data):
        raise DataError(
            f"{data} is not what {manifest.name} was trained on ({trained_on.get('source', 'unknown')}), so it has no "
            f"{split} objects. Use --split all."
        )
    learned, held_out = split_by_object(dataset, trained_on["held_out"], trained_on["seed"])
    selected = learned if split == "learned" else held_out
    if not len(selected):
        raise DataError(f"the run behind {manifest.name} held no objects back. Use --split all.")
    return selected


def _rank(recognizer: Recognizer, sample: Sample) -> int:
    """The place of the object's own label in the answer, from 0; TOP where it is not among the first."""
    names = [candidate.label for candidate in recognizer(cloud_of(sample), top=TOP).top]
    return names.index(sample.label) if sample.label in names else TOP


def _share(ranks: Sequence[int], k: int) -> float:
    return sum(rank < k for rank in ranks) / len(ranks)


def _by_label(samples: ObjectSet, ranks: Sequence[int]) -> tuple[LabelScore, ...]:
    objects = Counter(info.label for info in samples.infos)
    correct = Counter(info.label for info, rank in zip(samples.infos, ranks, strict=True) if rank == 0)
    return tuple(LabelScore(label, objects[label], correct[label]) for label in sorted(objects))


def _class_mean(labels: Sequence[LabelScore]) -> float:
    return sum(score.correct / score.objects for score in labels) / len(labels)
