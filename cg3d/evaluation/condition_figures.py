"""Recognition in each condition that a robot's scans meet, and how often a wrong answer passes for a good one there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cg3d.data.samples import Sample, sample_cloud
from cg3d.evaluation.conditions import CLEAN, CONDITIONS, as_scanned
from cg3d.evaluation.encoders import Encode, batches, embed_accepted
from cg3d.evaluation.metrics import FEWEST_RIGHT, Share, keeping, ranks, share_within
from cg3d.evaluation.perturbations import distinct
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.labels.vocabulary import Vocabulary

KEEP = 0.9  # of the right answers on clean scans, by the second threshold
REFUSED = np.iinfo(np.int64).max  # a rank
OWN, KEEPING = "the bundle's", "keeps nine in ten right answers on clean scans"


@dataclass(frozen=True)
class Threshold:
    """A score under which an answer is "unknown", and where it comes from."""

    name: str
    value: float


@dataclass(frozen=True)
class Told:
    """What a threshold does in a condition.

    Attributes:
        wrong: share of all scans whose answer is wrong and not told as unknown.
        withheld: share of the right answers that are told as unknown; None where no answer is right.
    """

    wrong: Share
    withheld: float | None


@dataclass(frozen=True)
class ConditionFigures:
    """Recognition in one condition.

    Attributes:
        name, baseline: of the condition, and of the one that it is compared with.
        scans: how many; several an object where there are several seeds.
        refused: of them, too few points; neither right nor wrong.
        top1, top5: share of scans whose label is among the best 1, 5.
        ratio: top-1 over that of the baseline; None where nothing is recognised there.
        told: in the order of the thresholds.
    """

    name: str
    baseline: str
    scans: int
    refused: int
    top1: Share
    top5: Share
    ratio: float | None
    told: tuple[Told, ...]


@dataclass(frozen=True)
class ConditionReport:
    """Every condition.

    Attributes:
        thresholds: the bundle's own, where it has one, and the one that `KEEP` asks for, where 20 clean scans are named right.
        conditions: in the order of `CONDITIONS`.
        seeds: of what is random; each object was scanned once for each of them.
    """

    thresholds: tuple[Threshold, ...]
    conditions: tuple[ConditionFigures, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class _Answers:
    """Scans of one condition.

    Attributes:
        rank: (M,) of the true labels, see `ranks`; `REFUSED` for a refused scan.
        assurance: (M,) what the runtime compares with the threshold; -inf for refused scans.
    """

    rank: np.ndarray
    assurance: np.ndarray


def condition_report(
    samples: Iterable[Sample],
    encode_clouds: Encode,
    vocabulary: Vocabulary,
    truth: np.ndarray,
    manifest: Manifest,
    seeds: Sequence[int] = (0,),
) -> ConditionReport:
    """Recognise every object in every condition; once for each seed, where the condition leaves something to chance.

    Args:
        samples: M objects, in order.
        encode_clouds: from B clouds to (B, D) unit rows.
        vocabulary: as the runtime makes it of the list, with its rivals.
        truth: (M,) indices of the objects' labels.
        manifest: of the bundle; what it says of temperature and threshold is used as the runtime uses it.
        seeds: of all that is random, at least one.
    """
    found = _recognised(samples, encode_clouds, vocabulary, truth, manifest.score_scale, seeds)
    thresholds = _thresholds(found[CLEAN], manifest)
    top1 = {name: share_within(each.rank, 1) for name, each in found.items()}
    figures = tuple(_figures(name, each, thresholds, top1, len(truth)) for name, each in found.items())
    return ConditionReport(thresholds, figures, tuple(seeds))


def _recognised(
    samples: Iterable[Sample],
    encode_clouds: Encode,
    vocabulary: Vocabulary,
    truth: np.ndarray,
    scale: float,
    seeds: Sequence[int],
) -> dict[str, _Answers]:
    parts: dict[str, list[_Answers]] = {name: [] for name in CONDITIONS}
    done = 0
    for batch in batches(samples):
        clouds = [(sample.info, distinct(sample_cloud(sample))) for sample in batch]
        expected = truth[done : done + len(batch)]
        for name, condition in CONDITIONS.items():
            for seed in seeds if condition.chance else seeds[:1]:
                scans = [as_scanned(cloud, info.units, name, info.id, seed) for info, cloud in clouds]
                parts[name].append(_answers(embed_accepted(encode_clouds, scans), vocabulary, expected, scale))
        done += len(batch)
    return {
        name: _Answers(np.concatenate([p.rank for p in each]), np.concatenate([p.assurance for p in each]))
        for name, each in parts.items()
    }


def _answers(rows: Sequence[np.ndarray | None], vocabulary: Vocabulary, truth: np.ndarray, scale: float) -> _Answers:
    """What the runtime makes of encoded scans, None where one is refused."""
    rank, assurance = np.full(len(rows), REFUSED), np.full(len(rows), -np.inf)
    for place, row in enumerate(rows):
        if row is not None:
            rank[place] = ranks((vocabulary.matrix @ row)[None], truth[place : place + 1])[0]
            assurance[place] = vocabulary.judge(row, scale).assurance
    return _Answers(rank, assurance)


def _thresholds(clean: _Answers, manifest: Manifest) -> tuple[Threshold, ...]:
    own = manifest.confidence.unknown_threshold if manifest.confidence else None
    right = clean.assurance[clean.rank == 0]
    kept = keeping(right, KEEP) if len(right) >= FEWEST_RIGHT else None
    return tuple(Threshold(name, value) for name, value in ((OWN, own), (KEEPING, kept)) if value is not None)


def _figures(
    name: str, found: _Answers, thresholds: Sequence[Threshold], top1: dict[str, float], objects: int
) -> ConditionFigures:
    baseline = CONDITIONS[name].baseline
    return ConditionFigures(
        name=name,
        baseline=baseline,
        scans=len(found.rank),
        refused=int((found.rank == REFUSED).sum()),
        top1=Share.of(found.rank < 1, objects),
        top5=Share.of(found.rank < 5, objects),
        ratio=top1[name] / top1[baseline] if top1[baseline] else None,
        told=tuple(_told(found, threshold.value, objects) for threshold in thresholds),
    )


def _told(found: _Answers, threshold: float, objects: int) -> Told:
    unknown, right = found.assurance < threshold, found.rank == 0  # as `Vocabulary.judge` tells it
    withheld = float(unknown[right].mean()) if right.any() else None
    return Told(Share.of(~right & ~unknown, objects), withheld)
