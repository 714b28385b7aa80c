"""What a bundle makes of one annotated scene, kept as far as the figures need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cg3d.evaluation.own_labels import FOREIGN, key
from cg3d.scene_evaluation.annotated import AnnotatedScene
from cg3d.scene_evaluation.boxes import box_ious
from cg3d.scene_evaluation.overlaps import Overlaps
from cg3d.scene_evaluation.precision import UNNAMED, NamedBoxes
from cg3d.scene_evaluation.proposals import proposals_of
from cg3d_runtime.errors import ScanError
from cg3d_runtime.labels import Label
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import as_up
from cg3d_runtime.scenes.scene import Scene

REFUSED = -2  # index of the label of an object that the runtime refused to name


@dataclass(frozen=True)
class Findings:
    """One scene; T true and F found objects.

    Attributes:
        name: of the scene.
        boxes: true and found ones, with their labels and scores.
        points_iou: (T, F) intersection over union of their points.
        unknown: (F,) bool: told that no label fits.
        misses: of each true object why it was not found, see `overlaps.MISSES`.
        f_score: of the segments, see `Overlaps.f_score`.
        proposed: (T,) best intersection over union with any proposal, before names choose among them.
        proposals: how many there were.
        oracle: (T,) index of the label that its own true points are given, or `REFUSED`.
        guessed: (F,) index of a label by chance.
        ms: milliseconds that the scene took.
    """

    name: str
    boxes: NamedBoxes
    points_iou: np.ndarray
    unknown: np.ndarray
    misses: tuple[str, ...]
    f_score: float
    proposed: np.ndarray
    proposals: int
    oracle: np.ndarray
    guessed: np.ndarray
    ms: float


def find(scene: AnnotatedScene, recognizer: Recognizer, rng: np.random.Generator) -> Findings:
    """Detect the objects of a scene, and compare them with what is there.

    Args:
        recognizer: opened with the labels to choose from.
        rng: of the guesses.
    Raises:
        ScanError: the runtime refuses the scene; the message begins with its name.
    """
    labels = recognizer.labels
    try:
        found = recognizer.detect(scene.cloud, units="m", top=1)
        proposed = Overlaps.of(scene, proposals_of(scene.cloud))
    except ScanError as error:
        raise ScanError(f"{scene.name}: {error}") from error
    up = np.array(found.up if scene.up is None else scene.up)
    overlaps = Overlaps.of(scene, [np.flatnonzero(found.segments == k) for k in range(len(found.objects))])
    return Findings(
        name=scene.name,
        boxes=_boxes(scene, found, up, labels),
        points_iou=overlaps.iou(),
        unknown=np.array([each.unknown for each in found.objects], dtype=bool),
        misses=overlaps.misses(),
        f_score=overlaps.f_score(),
        proposed=proposed.iou().max(axis=1, initial=0),
        proposals=len(proposed.found),
        oracle=np.array([_named(scene.points_of(each), up, recognizer) for each in scene.objects], dtype=np.int64),
        guessed=rng.integers(len(labels), size=len(found.objects)),
        ms=sum(found.ms.values()),
    )


def _boxes(scene: AnnotatedScene, found: Scene, up: np.ndarray, labels: Sequence[Label]) -> NamedBoxes:
    places = {label.name: place for place, label in enumerate(labels)}
    return NamedBoxes(
        true=label_indices([each.name for each in scene.objects], labels),
        found=np.array([places[each.label] for each in found.objects], dtype=np.int64),
        scores=np.array([each.score for each in found.objects], dtype=np.float64),
        iou=box_ious(scene.boxes(up), [each.box for each in found.objects], up),
    )


def label_indices(names: Sequence[str | None], labels: Sequence[Label]) -> np.ndarray:
    """(T,) int64: the first label that has each name among its phrases; `UNNAMED` where none has it, or there is no name."""
    known = {key(phrase): place for place, label in reversed(list(enumerate(labels))) for phrase in label.phrases}
    return np.array([UNNAMED if name is None else known.get(key(name), FOREIGN) for name in names], dtype=np.int64)


def _named(xyz: np.ndarray, up: np.ndarray, recognizer: Recognizer) -> int:
    """The label that true points are given, as `Recognizer` names a scan."""
    try:
        answer = recognizer(PointCloud(xyz.astype(np.float32), up=as_up(up)), units="m", top=1)
    except ScanError:
        return REFUSED
    return [label.name for label in recognizer.labels].index(answer.label)
