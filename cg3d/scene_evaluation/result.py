"""The result of an evaluation of scenes, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cg3d.scene_evaluation import figures
from cg3d.scene_evaluation.figures import LOOSE_BOX, TIGHT_BOX, Estimate, estimate
from cg3d.scene_evaluation.findings import Findings
from cg3d.scene_evaluation.overlaps import MISSES
from cg3d.scene_evaluation.precision import UNNAMED
from cg3d_runtime.recognizer import Recognizer


@dataclass(frozen=True)
class SceneScore:
    """One scene: its true and found objects, how many of the true ones were found and named right, and its time."""

    scene: str
    objects: int
    found: int
    recalled: int
    named_right: int
    f_score: float
    ms: float


@dataclass(frozen=True)
class SceneEvaluation:
    """Detection of objects in scenes. A figure is None where nothing was asked for it.

    Attributes:
        bundle, source: what was measured.
        backend, precision: what ran the point encoder.
        scenes, objects, named: how many; of the objects, those that have a label.
        ap25, ap50: mean average precision by label, of boxes with an intersection over union of at least 0.25 and 0.5.
        recall, best_overlap: objects found, whatever their names: share with an overlap of points of at least 0.5, mean of it.
        proposal_recall, proposals: the same share before names chose among the proposals, and how many a scene has.
        precision_of_found: share of the found objects that are one.
        f_score: of the segments.
        named_right, unknown: of objects that were found, the share whose name is right, and that which is told as unknown.
        oracle: share of objects named right where their true points are given.
        chance, chance_ap25, chance_ap50: the share that a guess names right; average precision of the found boxes with names
            by chance.
        seconds: a scene.
        missed: how many objects were not found, by reason; see `overlaps.MISSES`.
        each: the scenes.
        labels: to choose from, each with its phrases.
        provenance: what it takes to repeat the figures.
    """

    bundle: str
    source: str
    backend: str
    precision: str
    scenes: int
    objects: int
    named: int
    ap25: Estimate | None
    ap50: Estimate | None
    recall: Estimate | None
    best_overlap: Estimate | None
    proposal_recall: Estimate | None
    proposals: Estimate | None
    precision_of_found: Estimate | None
    f_score: Estimate | None
    named_right: Estimate | None
    unknown: Estimate | None
    oracle: Estimate | None
    chance: float
    chance_ap25: Estimate | None
    chance_ap50: Estimate | None
    seconds: Estimate | None
    missed: dict[str, int]
    each: tuple[SceneScore, ...]
    labels: dict[str, str]
    provenance: dict[str, Any]

    def to_json(self, indent: int | None = None) -> str:
        """One JSON object; on one line without `indent`."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=indent)

    def table(self) -> str:
        """Figures below each other, why objects were missed, then what was measured."""
        return "\n\n".join("\n".join(block) for block in (self._figures(), self._missed(), self._sums()) if block)

    def _figures(self) -> list[str]:
        shares = (
            ("AP at IoU 0.25", self.ap25),
            ("AP at IoU 0.5", self.ap50),
            ("objects found (recall at 0.5)", self.recall),
            ("objects among the proposals", self.proposal_recall),
            ("found objects that are one", self.precision_of_found),
            ("best overlap", self.best_overlap),
            ("F-score of segments", self.f_score),
            ("found and named right", self.named_right),
            ("found and told as unknown", self.unknown),
            ("oracle: true points named right", self.oracle),
            ("chance: AP at IoU 0.25", self.chance_ap25),
            ("chance: AP at IoU 0.5", self.chance_ap50),
        )
        return [f"{name:32}{_percent(each)}" for name, each in shares] + [
            f"{'chance: named right':32}{self.chance:6.1%}"
        ]

    def _missed(self) -> list[str]:
        count = sum(self.missed.values())
        if not count:
            return []
        return [f"missed: {count}"] + [f"  {why:6} {n:4d}  {MISSES[why]}" for why, n in self.missed.items() if n]

    def _sums(self) -> list[str]:
        counts = f"{self.scenes} scenes of {self.source}, {self.objects} objects, {self.named} with a label"
        what = f"{len(self.labels)} labels on {self.backend} in {self.precision}"
        return [counts, f"{what}, {_number(self.proposals)} proposals and {_number(self.seconds)} s a scene"]


def evaluation_of(
    found: Sequence[Findings], recognizer: Recognizer, *, source: str, provenance: dict[str, Any]
) -> SceneEvaluation:
    """The figures of what was found in scenes, at least one, by a recogniser."""
    labels = recognizer.labels
    true = np.concatenate([scene.boxes.true for scene in found])
    return SceneEvaluation(
        bundle=recognizer.bundle.manifest.name,
        source=source,
        backend=recognizer.backend.name,
        precision=recognizer.backend.precision,
        scenes=len(found),
        objects=len(true),
        named=int((true != UNNAMED).sum()),
        ap25=estimate(figures.box_precision(LOOSE_BOX), found),
        ap50=estimate(figures.box_precision(TIGHT_BOX), found),
        recall=estimate(figures.recall, found),
        best_overlap=estimate(figures.best_overlap, found),
        proposal_recall=estimate(figures.proposal_recall, found),
        proposals=estimate(figures.proposals, found),
        precision_of_found=estimate(figures.precision, found),
        f_score=estimate(figures.f_score, found),
        named_right=estimate(figures.named_right, found),
        unknown=estimate(figures.told_unknown, found),
        oracle=estimate(figures.oracle_right, found),
        chance=1 / len(labels),
        chance_ap25=estimate(figures.chance_precision(LOOSE_BOX), found),
        chance_ap50=estimate(figures.chance_precision(TIGHT_BOX), found),
        seconds=estimate(figures.seconds, found),
        missed=figures.missed(found),
        each=tuple(map(_score, found)),
        labels={label.name: "; ".join(label.phrases) for label in labels},
        provenance=provenance,
    )


def _score(scene: Findings) -> SceneScore:
    return SceneScore(
        scene=scene.name,
        objects=len(scene.boxes.true),
        found=len(scene.boxes.found),
        recalled=scene.misses.count(""),
        named_right=int(figures.right_names(scene).sum()),
        f_score=scene.f_score,
        ms=round(scene.ms, 1),
    )


def _percent(each: Estimate | None) -> str:
    if each is None:
        return "     -"
    return f"{each.value:6.1%}" + ("" if each.error is None else f" +- {each.error:5.1%}")


def _number(each: Estimate | None) -> str:
    return "-" if each is None else f"{each.value:.1f}"
