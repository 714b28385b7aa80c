"""Metrics against values worked out by hand and against slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.evaluation.metrics import (
    LabelScore,
    answers,
    class_mean,
    confused,
    confusion_matrix,
    label_scores,
    ranks,
    share_within,
)
from cg3d.evaluation.ranking import BLOCK, rank_gallery, rank_scores

SCORES = np.array([[4.0, 1, 2, 3], [1, 2, 3, 4], [9, 8, 7, 6], [5, 5, 5, 5], [5, 5, 5, 5]])
TRUTH = np.array([0, 0, 2, 0, 3])

seeds = st.integers(0, 2**32 - 1)


def test_ranks_by_hand() -> None:
    np.testing.assert_array_equal(ranks(SCORES, TRUTH), [0, 3, 2, 0, 3])  # of equal scores the first label is better
    np.testing.assert_array_equal(answers(SCORES), [0, 3, 0, 0, 0])


def test_shares_by_hand() -> None:
    places = np.array([0, 3, 2, 0, 3])
    assert [share_within(places, k) for k in (1, 3, 5)] == [2 / 5, 3 / 5, 1]


def test_confusion_by_hand() -> None:
    matrix = confusion_matrix(np.array([0, 0, 2, 2, 2]), np.array([0, 1, 1, 1, 2]), 4)
    np.testing.assert_array_equal(matrix, [[1, 1, 0, 0], [0, 0, 0, 0], [0, 2, 1, 0], [0, 0, 0, 0]])
    labels = ["bowl", "cup", "jug", "mug"]
    scores = label_scores(matrix, labels)
    assert scores == (LabelScore("bowl", 2, 1), LabelScore("jug", 3, 1))
    assert class_mean(scores) == (1 / 2 + 1 / 3) / 2
    assert confused(matrix, labels) == {"bowl": {"bowl": 1, "cup": 1}, "jug": {"cup": 2, "jug": 1}}


@given(seeds, st.integers(1, 40), st.integers(1, 12))
def test_ranks_are_places_in_the_sorted_list(seed: int, objects: int, labels: int) -> None:
    rng = np.random.default_rng(seed)
    scores, truth = rng.integers(0, 4, (objects, labels)) / 4, rng.integers(0, labels, objects)
    expected = [
        sorted(range(labels), key=lambda label: (-row[label], label)).index(own)
        for row, own in zip(scores, truth, strict=True)
    ]
    np.testing.assert_array_equal(ranks(scores, truth), expected)
    np.testing.assert_array_equal(ranks(scores, truth) == 0, answers(scores) == truth)


def test_average_precision_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7, 0.6], [0.1, 0.5, 0.5, 0.2]])
    relevant = np.array([[True, False, True, False], [False, False, True, True]])
    first, precision = rank_scores(scores, relevant)
    np.testing.assert_array_equal(first, [0, 1])
    np.testing.assert_allclose(precision, [(1 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2], rtol=1e-12)


def test_a_query_that_can_find_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="every query needs a relevant item"):
        rank_scores(np.ones((2, 3)), np.array([[True, False, False], [False, False, False]]))


def slow_ranking(scores: np.ndarray, relevant: np.ndarray) -> tuple[list[float], float]:
    """R@1, R@5, R@10 and mAP by their definitions."""
    places = []
    for row, wanted in zip(scores, relevant, strict=True):
        order = sorted(range(len(row)), key=lambda item: (-row[item], item))
        places.append([place for place, item in enumerate(order, start=1) if wanted[item]])
    recall = [sum(any(place <= k for place in found) for found in places) / len(places) for k in (1, 5, 10)]
    precision = [sum(n / place for n, place in enumerate(found, start=1)) / len(found) for found in places]
    return recall, sum(precision) / len(places)


@settings(max_examples=60)
@given(seeds, st.integers(1, 30), st.integers(1, 30), st.integers(1, 5))
def test_ranking_is_its_definition(seed: int, queries: int, items: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    gallery, offered = rng.integers(-2, 3, (items, 3)).astype(np.float32), rng.integers(0, groups, items)
    wanted, rows = rng.choice(offered, queries), rng.integers(-2, 3, (queries, 3)).astype(np.float32)
    result = rank_gallery(rows, gallery, wanted, offered)
    recall, precision = slow_ranking(rows @ gallery.T, wanted[:, None] == offered)
    assert [result.recall_at_1, result.recall_at_5, result.recall_at_10] == pytest.approx(recall, rel=1e-12)
    assert result.mean_average_precision == pytest.approx(precision, rel=1e-12)


@settings(max_examples=40)
@given(seeds, st.integers(2, 30))
def test_a_scan_never_finds_itself(seed: int, items: int) -> None:
    """Ranking without oneself is ranking in the gallery that lacks one."""
    rng = np.random.default_rng(seed)
    gallery, labels = rng.integers(-2, 3, (items, 3)).astype(np.float32), rng.integers(0, 2, items)
    asked = np.flatnonzero(np.bincount(labels)[labels] > 1)
    if not len(asked):
        return
    result = rank_gallery(gallery[asked], gallery, labels[asked], labels, own_indices=asked)
    alone = []
    for place in asked:
        others = np.delete(np.arange(items), place)
        alone.append(slow_ranking(gallery[[place]] @ gallery[others].T, labels[[place]][:, None] == labels[others]))
    assert result.recall_at_1 == pytest.approx(np.mean([recall[0] for recall, _ in alone]), rel=1e-12)
    assert result.mean_average_precision == pytest.approx(np.mean([precision for _, precision in alone]), rel=1e-12)


def test_many_queries_are_ranked_in_blocks() -> None:
    rng = np.random.default_rng(0)
    rows, labels = rng.integers(-3, 4, (2 * BLOCK + 7, 4)).astype(np.float32), rng.integers(0, 3, 2 * BLOCK + 7)
    result = rank_gallery(rows, rows, labels, labels, own_indices=np.arange(len(rows)))
    scores, relevant = rows @ rows.T, labels[:, None] == labels
    np.fill_diagonal(scores, -np.inf)
    np.fill_diagonal(relevant, False)
    first, precision = rank_scores(scores, relevant)
    assert (result.queries, result.recall_at_5) == (len(rows), (first < 5).mean())
    assert result.mean_average_precision == pytest.approx(precision.mean(), rel=1e-12)
