"""Scenes in numbers: functions of what was found in each, and how far they would scatter over other scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cg3d.scene_evaluation.findings import Findings
from cg3d.scene_evaluation.overlaps import FOUND, MISSES
from cg3d.scene_evaluation.precision import UNNAMED, mean_average_precision

LOOSE_BOX, TIGHT_BOX = 0.25, 0.5  # intersection over union of boxes


@dataclass(frozen=True)
class Estimate:
    """A figure and its standard error over scenes; None of fewer than two scenes."""

    value: float
    error: float | None


Figure = Callable[[Sequence[Findings]], float | None]


def estimate(figure: Figure, scenes: Sequence[Findings]) -> Estimate | None:
    """A figure of all scenes, with the error that leaving each out in turn tells (jackknife); None where there is none."""
    value = figure(scenes)
    if value is None:
        return None
    without = [figure([*scenes[:place], *scenes[place + 1 :]]) for place in range(len(scenes))]
    told = np.array([each for each in without if each is not None])
    if len(told) < 2:
        return Estimate(value, None)
    spread = float(((told - told.mean()) ** 2).sum())
    return Estimate(value, float(np.sqrt(spread * (len(told) - 1) / len(told))))


def box_precision(least: float) -> Figure:
    """Mean average precision of named boxes."""
    return lambda scenes: mean_average_precision([scene.boxes for scene in scenes], least)


def chance_precision(least: float) -> Figure:
    """The same of the very boxes that were found, with names by chance."""
    return lambda scenes: mean_average_precision([replace(s.boxes, found=s.guessed) for s in scenes], least)


def recall(scenes: Sequence[Findings]) -> float | None:
    """Share of the true objects that were found, whatever their names."""
    return _share([_is_found(scene) for scene in scenes])


def proposal_recall(scenes: Sequence[Findings]) -> float | None:
    """Share of the true objects that some proposal had found, before names chose."""
    return _share([scene.proposed >= FOUND for scene in scenes])


def precision(scenes: Sequence[Findings]) -> float | None:
    """Share of the found objects that are one, whatever their names."""
    return _share([scene.points_iou.max(axis=0, initial=0) >= FOUND for scene in scenes])


def best_overlap(scenes: Sequence[Findings]) -> float | None:
    """Mean over true objects of the intersection over union with the found one that fits it best."""
    best = np.concatenate([scene.points_iou.max(axis=1, initial=0) for scene in scenes] or [np.empty(0)])
    return float(best.mean()) if len(best) else None


def named_right(scenes: Sequence[Findings]) -> float | None:
    """Share of the found objects that have a label, whose best label is theirs."""
    return _share([right_names(scene) for scene in scenes])


def told_unknown(scenes: Sequence[Findings]) -> float | None:
    """Share of the same objects that are told as unknown."""
    return _share(
        [scene.unknown[scene.points_iou[_asked(scene)].argmax(axis=1)] for scene in scenes if any(_asked(scene))]
    )


def oracle_right(scenes: Sequence[Findings]) -> float | None:
    """Share of all true objects that have a label whose own points, cut out by the annotation, are named right."""
    return _share([(scene.oracle == scene.boxes.true)[scene.boxes.true != UNNAMED] for scene in scenes])


def f_score(scenes: Sequence[Findings]) -> float | None:
    """Mean over scenes of that of the segments."""
    return _mean([scene.f_score for scene in scenes])


def seconds(scenes: Sequence[Findings]) -> float | None:
    """Mean over scenes."""
    return _mean([scene.ms / 1e3 for scene in scenes])


def proposals(scenes: Sequence[Findings]) -> float | None:
    """Mean over scenes of their number."""
    return _mean([scene.proposals for scene in scenes])


def missed(scenes: Sequence[Findings]) -> dict[str, int]:
    """How many true objects were not found, for each reason."""
    counts = Counter(reason for scene in scenes for reason in scene.misses if reason)
    return {reason: counts[reason] for reason in MISSES}


def right_names(scene: Findings) -> np.ndarray:
    """Of each object that was found and has a label, whether it is named right."""
    asked = _asked(scene)
    right: np.ndarray = _answers(scene)[asked] == scene.boxes.true[asked]
    return right


def _is_found(scene: Findings) -> np.ndarray:
    return np.array([not reason for reason in scene.misses], dtype=bool)


def _asked(scene: Findings) -> np.ndarray:
    """(T,) bool: objects that were found and have a label."""
    asked: np.ndarray = _is_found(scene) & (scene.boxes.true != UNNAMED)
    return asked


def _answers(scene: Findings) -> np.ndarray:
    """(T,) the label of the found object that fits each true one best."""
    if not len(scene.boxes.found):
        return np.full(len(scene.boxes.true), UNNAMED)
    labels: np.ndarray = scene.boxes.found[scene.points_iou.argmax(axis=1)]
    return labels


def _share(parts: Sequence[np.ndarray]) -> float | None:
    """Of all that is asked in any scene."""
    counted = np.concatenate(parts) if parts else np.empty(0, bool)
    return float(counted.mean()) if len(counted) else None


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
