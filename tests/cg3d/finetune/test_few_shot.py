"""Episodes and the methods that play them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cg3d.finetune.few_shot import (
    FewShotScores,
    MethodScore,
    Protocol,
    draw_episodes,
    eligible_labels,
    logistic_regression,
    nearest_class_mean,
    play,
)
from cg3d_runtime.errors import DataError


@given(st.data())
def test_episodes_are_disjoint_and_of_their_labels(data: st.DataObject) -> None:
    ways, shots, queries = (data.draw(st.integers(low, 4)) for low in (2, 1, 1))
    counts = data.draw(st.lists(st.integers(shots + queries, 12), min_size=ways, max_size=6))
    truth = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(np.repeat(np.arange(len(counts)), counts))
    seed, protocol = data.draw(st.integers(0, 2**32)), Protocol(ways, shots, queries, episodes=3)
    episodes = list(draw_episodes(truth, protocol, seed))
    assert len(episodes) == 3
    for episode, again in zip(episodes, draw_episodes(truth, protocol, seed), strict=True):
        assert (episode.support.shape, episode.query.shape) == ((ways, shots), (ways, queries))
        drawn = np.concatenate([episode.support, episode.query], axis=1)
        assert len(np.unique(drawn)) == drawn.size  # no object twice: what is asked was never learned
        labels = truth[drawn]
        assert (labels == labels[:, :1]).all()
        assert len(np.unique(labels[:, 0])) == ways
        np.testing.assert_array_equal(drawn, np.concatenate([again.support, again.query], axis=1))


def test_another_seed_draws_other_episodes() -> None:
    truth, protocol = np.repeat(np.arange(6), 10), Protocol(3, 2, 4, 1)
    (first,), (other,) = (draw_episodes(truth, protocol, seed) for seed in (0, 1))
    assert not np.array_equal(first.support, other.support)


def test_more_episodes_begin_with_the_same_ones() -> None:
    truth = np.repeat(np.arange(6), 10)
    few, many = (list(draw_episodes(truth, Protocol(3, 2, 4, episodes), 0)) for episodes in (2, 5))
    for one, other in zip(few, many, strict=False):
        np.testing.assert_array_equal(one.query, other.query)


def test_nearest_class_mean_by_hand() -> None:
    support = torch.tensor([[[1.0, 0.0], [0.6, 0.8]], [[0.0, -1.0], [0.0, -1.0]]])  # means point to (2, 1) and (0, -1)
    query = torch.tensor([[[1.0, 0.0], [0.0, -1.0]], [[0.6, -0.8], [0.8, -0.6]]])
    # Cosines of (0.6, -0.8): 0.4 / sqrt(5) and 0.8. Of (0.8, -0.6): 1 / sqrt(5) = 0.45 and 0.6.
    assert nearest_class_mean(support, query).tolist() == [[0, 1], [1, 1]]


def test_strong_penalty_makes_logistic_regression_compare_with_means() -> None:
    """As the penalty grows, the weights become the ways' means less the mean of all, which is the origin."""
    support = F.normalize(torch.randn(4, 5, 8, generator=torch.Generator().manual_seed(0)), dim=-1)
    query = F.normalize(torch.randn(4, 6, 8, generator=torch.Generator().manual_seed(1)), dim=-1)
    expected = ((query - support.mean(dim=(0, 1))) @ support.mean(dim=1).T).argmax(dim=-1)
    assert torch.equal(logistic_regression(support, query, strength=100.0), expected)


def test_separate_labels_are_told_apart_and_noise_is_not() -> None:
    labels = [name for name in "abcdef" for _ in range(20)]
    protocol, generator = Protocol(5, 5, 15, 10), torch.Generator().manual_seed(0)
    noise = torch.randn(120, 16, generator=generator)
    apart = torch.eye(16)[torch.arange(6).repeat_interleave(20)] + 0.05 * noise
    scores = play(F.normalize(apart, dim=-1), labels, protocol, seed=0, strength=1e-3)
    assert scores == {name: MethodScore(1.0, 0.0) for name in ("nearest class mean", "logistic regression")}
    for score in play(F.normalize(noise, dim=-1), labels, protocol, seed=0, strength=1e-3).values():
        assert score.mean == pytest.approx(0.2, abs=0.08)
        assert 0 < score.deviation < 0.1


def test_labels_with_too_few_objects_are_left_out() -> None:
    labels = ["mug"] * 3 + ["fork"] * 2 + ["bowl"] * 4
    assert eligible_labels(labels, Protocol(2, 1, 2, 1)) == ["bowl", "mug"]


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        (
            Protocol(3, 1, 2, 1),
            "2 of 3 labels have the 3 objects that 1 shots and 2 queries need, 3 ways need 3 of them. "
            "The most have: bowl 4, mug 3, fork 2. Use --set queries=1 or less, fewer ways, or add objects.",
        ),
        (Protocol(2, 4, 1, 1), "Use fewer ways or shots"),
        (Protocol(4, 1, 1, 1), "Use fewer ways or shots"),
    ],
)
def test_too_few_labels_are_explained(protocol: Protocol, message: str) -> None:
    with pytest.raises(DataError, match=message):
        eligible_labels(["mug"] * 3 + ["fork"] * 2 + ["bowl"] * 4, protocol)


def test_table() -> None:
    methods = {"nearest class mean": MethodScore(0.5, 0.025), "logistic regression": MethodScore(1.0, 0.0)}
    assert FewShotScores(Protocol(5, 1, 20, 10), ("bowl", "mug"), 3, methods).table().splitlines() == [
        "5-way 1-shot, 20 queries a label, 10 episodes over 2 labels",
        "nearest class mean    50.0% ± 2.5%",
        "logistic regression  100.0% ± 0.0%",
        "chance                20.0%",
    ]
