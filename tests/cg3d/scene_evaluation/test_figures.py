"""Figures of scenes, held to cases worked out by hand and to slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="scenes need SciPy")

from cg3d.scene_evaluation import figures
from cg3d.scene_evaluation.annotated import NOTHING, UNTOLD, AnnotatedScene, TrueObject, without_small
from cg3d.scene_evaluation.figures import Estimate, estimate
from cg3d.scene_evaluation.findings import REFUSED, Findings, label_indices
from cg3d.scene_evaluation.overlaps import LOOSE, LOST, MERGED, SPLIT, Overlaps
from cg3d.scene_evaluation.precision import UNNAMED, NamedBoxes, average_precision, mean_average_precision
from cg3d_runtime.labels import Label
from cg3d_runtime.scans.cloud import PointCloud

SEED = st.integers(0, 2**31)


def scene_of(ids: list[int], names: tuple[str | None, ...] = ("mug", "bowl")) -> AnnotatedScene:
    xyz = np.arange(3 * len(ids), dtype=np.float32).reshape(-1, 3)
    return AnnotatedScene("s", PointCloud(xyz), np.array(ids), tuple(TrueObject(k, n) for k, n in enumerate(names)))


def boxes(true: list[int], found: list[int], scores: list[float], iou: list[list[float]]) -> NamedBoxes:
    return NamedBoxes(np.array(true), np.array(found), np.array(scores), np.array(iou).reshape(len(true), len(found)))


# Average precision


def test_average_precision_by_hand() -> None:
    scores, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    assert average_precision(scores, right, 2) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(scores, right, 4) == pytest.approx((1 + 2 / 3) / 4)  # two were never found
    # A wrong one first: the precision at the first hit is that of the later ones, which is higher.
    assert average_precision(scores, np.array([False, True, True, True]), 3) == pytest.approx(3 / 4)
    assert average_precision(np.empty(0), np.empty(0, bool), 3) == 0


def slow_average_precision(scores: np.ndarray, right: np.ndarray, total: int) -> float:
    """Area under the best precision at each recall or a higher one, in steps of one object."""
    ranked = [right[k] for k in sorted(range(len(scores)), key=lambda k: (-scores[k], k))]
    points = [(sum(ranked[: n + 1]) / total, sum(ranked[: n + 1]) / (n + 1)) for n in range(len(ranked))]
    return (
        sum(max((p for r, p in points if r >= (step + 1) / total - 1e-12), default=0) for step in range(total)) / total
    )


@given(SEED, st.integers(1, 12), st.integers(0, 20))
def test_average_precision_is_that_of_a_slow_reference(seed: int, total: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, count) / 4  # with equal ones
    right = np.zeros(count, bool)
    right[rng.permutation(count)[: rng.integers(0, min(count, total) + 1)]] = True
    found = average_precision(scores, right, total)
    assert found == pytest.approx(slow_average_precision(scores, right, total))
    assert 0 <= found <= 1


def test_each_true_box_makes_one_box_right() -> None:
    twice = boxes([0], [0, 0], [0.9, 0.8], [[0.6, 0.7]])
    assert mean_average_precision([twice], 0.5) == 1.0
    assert mean_average_precision([boxes([0, 0], [0, 0], [0.9, 0.8], [[0.6, 0.7], [0, 0]])], 0.5) == 0.5


def test_labels_weigh_alike_and_wrong_names_count_against_them() -> None:
    scene = boxes([0, 0, 1], [0, 1, 1], [0.9, 0.8, 0.7], [[0.9, 0, 0], [0, 0.9, 0], [0, 0, 0.9]])
    # Label 0: one of two found. Label 1: the surest box is wrong, the second right.
    assert mean_average_precision([scene], 0.5) == pytest.approx((0.5 + 0.5) / 2)
    assert mean_average_precision([boxes([], [0], [0.9], [])], 0.5) is None


def test_what_lies_on_an_object_without_a_label_is_left_out() -> None:
    foreign = boxes([0, UNNAMED], [0, 0], [0.9, 0.8], [[0, 0.9], [0.9, 0]])
    assert mean_average_precision([foreign], 0.5) == 1.0
    elsewhere = boxes([0, UNNAMED], [0, 0], [0.9, 0.8], [[0, 0.9], [0.1, 0]])
    assert mean_average_precision([elsewhere], 0.5) == 0.5


def test_scores_are_compared_over_all_scenes() -> None:
    right, wrong = boxes([0], [0], [0.5], [[1.0]]), boxes([0], [0], [0.9], [[0.0]])
    assert mean_average_precision([right, wrong], 0.5) == pytest.approx(0.25)


# Overlaps of points


def test_overlaps_by_hand() -> None:
    scene = scene_of([0, 0, 0, 0, 1, 1, NOTHING, NOTHING, UNTOLD])
    found = [np.array([0, 1, 2, 8]), np.array([4, 5, 6, 7]), np.array([6])]
    overlaps = Overlaps.of(scene, found)
    np.testing.assert_allclose(overlaps.iou(), [[3 / 4, 0, 0], [0, 2 / 4, 0]])
    assert overlaps.found.tolist() == [3, 4, 1]  # without the point of which nobody says
    assert overlaps.f_score() == pytest.approx(2 * (3 + 2) / (6 + 8))
    assert overlaps.misses() == ("", "")


def test_points_without_coordinates_count_nowhere() -> None:
    scene = scene_of([0, 0, 1, 1])
    scene.cloud.xyz[1] = np.nan
    assert Overlaps.of(scene, [np.array([0, 1])]).iou()[0, 0] == 1


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([[0, 1, 2, 3, 4, 5, 6, 7, 8]], MERGED),
        ([[0], [1], [2], [3]], SPLIT),
        ([], LOST),
        ([[0]], LOST),
        ([[0, 1, 2, 3, *range(8, 20)]], LOOSE),
    ],
)
def test_why_an_object_was_missed(found: list[list[int]], reason: str) -> None:
    scene = scene_of([0] * 4 + [1] * 4 + [NOTHING] * 12)
    assert Overlaps.of(scene, [np.array(each) for each in found]).misses()[0] == reason


def test_f_score_at_its_ends() -> None:
    scene = scene_of([0, 0, 1, 1])
    assert Overlaps.of(scene, [np.array([0, 1]), np.array([2, 3])]).f_score() == 1
    assert Overlaps.of(scene, []).f_score() == 0
    assert Overlaps.of(scene_of([NOTHING] * 3, ()), []).f_score() == 1


@given(SEED)
@settings(max_examples=30)
def test_overlaps_are_those_of_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(UNTOLD, 2, 40)
    found = [np.flatnonzero(rng.random(40) < 0.4) for _ in range(3)]
    overlaps = Overlaps.of(scene_of(ids.tolist()), found)
    told = {k for k in range(40) if ids[k] != UNTOLD}
    for row in range(2):
        for column, points in enumerate(found):
            true, own = {k for k in told if ids[k] == row}, set(points.tolist()) & told
            assert overlaps.iou()[row, column] == pytest.approx(len(true & own) / max(len(true | own), 1))
    assert 0 <= overlaps.f_score() <= 1


def test_small_objects_are_not_asked_for() -> None:
    assert without_small(np.array([0, 0, 0, 1, NOTHING]), 2).tolist() == [0, 0, 0, UNTOLD, NOTHING]


# Figures over scenes


def findings(true: list[int], found: list[int], iou: list[list[float]], oracle: list[int]) -> Findings:
    """Objects whose boxes overlap as their points do."""
    named = boxes(true, found, [0.9 - 0.1 * k for k in range(len(found))], iou)
    best = named.iou.max(axis=1, initial=0)
    return Findings(
        name="s",
        boxes=named,
        points_iou=named.iou,
        unknown=np.array([k == 0 for k in range(len(found))], dtype=bool),
        misses=tuple("" if each >= 0.5 else LOST for each in best),
        f_score=float(best.mean()) if len(best) else 1.0,
        proposed=np.maximum(best, 0.5),
        proposals=len(found) + 1,
        oracle=np.array(oracle),
        guessed=np.zeros(len(found), np.int64),
        ms=500.0,
    )


TWO = (
    findings([0, 1, UNNAMED], [0, 0], [[0.8, 0], [0, 0.6], [0, 0.1]], [0, 1, 0]),
    findings([1], [], [[]], [REFUSED]),
)


def test_figures_by_hand() -> None:
    assert figures.recall(TWO) == 2 / 4
    assert figures.proposal_recall(TWO) == 1
    assert figures.precision(TWO) == 1
    assert figures.named_right(TWO) == 1 / 2
    assert figures.told_unknown(TWO) == 1 / 2
    assert figures.oracle_right(TWO) == 2 / 3
    assert figures.best_overlap(TWO) == pytest.approx((0.8 + 0.6 + 0.1 + 0) / 4)
    assert figures.seconds(TWO) == 0.5
    assert figures.missed(TWO) == {MERGED: 0, SPLIT: 0, LOST: 2, LOOSE: 0}
    assert figures.box_precision(0.5)(TWO) == pytest.approx((1 + 0) / 2)


def test_nothing_asked_is_no_figure() -> None:
    nothing = [findings([], [], [], [])]
    for figure in (figures.recall, figures.named_right, figures.oracle_right, figures.box_precision(0.5)):
        assert estimate(figure, nothing) is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_the_error_of_a_mean_is_the_usual_one(values: list[float]) -> None:
    scenes = [findings([0], [0], [[value]], [0]) for value in values]
    told = estimate(figures.best_overlap, scenes)
    assert told is not None and told.error is not None
    assert told.value == pytest.approx(np.mean(values))
    assert told.error == pytest.approx(np.std(values, ddof=1) / np.sqrt(len(values)), abs=1e-9)


def test_one_scene_has_no_error() -> None:
    assert estimate(figures.recall, TWO[:1]) == Estimate(2 / 3, None)


def test_names_are_found_among_phrases() -> None:
    labels = [Label("cup", ("cup", "coffee mug")), Label("bowl", ("bowl",)), Label("mug", ("mug", "cup"))]
    assert label_indices(["Coffee_Mug", "cup", "bowl", "fork", None], labels).tolist() == [0, 0, 1, UNNAMED, UNNAMED]
