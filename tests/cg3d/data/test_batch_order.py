"""Which objects make up each step, at random and with hard negatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cg3d.data.batches.hard_negatives import ROWS, label_neighbours, require_negatives
from cg3d.data.batches.order import BatchOrder, OrderSpec
from cg3d.data.samples import ObjectInfo
from cg3d_runtime.errors import DataError

GROUP = 8  # labels that mean nearly the same


def unit_rows(count: int, seed: int = 0) -> torch.Tensor:
    features = torch.from_numpy(np.random.default_rng(seed).normal(size=(count, 8)))
    return torch.nn.functional.normalize(features, dim=1)


def steps_of(order: BatchOrder, first: int, count: int) -> np.ndarray:
    return np.stack([objects for _, objects in islice(order.from_step(first), count)])


@st.composite
def orders(draw: st.DrawFn) -> tuple[BatchOrder, np.ndarray, int]:
    """An order, its labels, and the places of a step that hold hard negatives."""
    size = draw(st.integers(1, 12))
    kinds = draw(st.integers(1, 20))
    skew = draw(st.sampled_from([0.1, 1.0, 10.0]))  # from nearly one label to nearly equal ones
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.choice(kinds, size=draw(st.integers(size, 150)), p=rng.dirichlet(np.full(kinds, skew)))
    share = draw(st.sampled_from([0.0, 0.3, 0.5, 1.0]))
    neighbours = label_neighbours(unit_rows(kinds), draw(st.integers(1, 20)))
    return (
        BatchOrder(labels, size, draw(st.integers(0, 99)), OrderSpec("none", neighbours, share)),
        labels,
        round(share * size),
    )


@given(orders())
def test_an_epoch_visits_no_object_twice(drawn: tuple[BatchOrder, np.ndarray, int]) -> None:
    order, labels, _ = drawn
    for epoch in (0, 1):
        objects = steps_of(order, epoch * order.steps_per_epoch, order.steps_per_epoch)
        assert len(np.unique(objects)) == objects.size == len(labels) - len(labels) % objects.shape[1]


@given(orders(), st.integers(0, 40))
def test_a_step_depends_on_its_number_only(drawn: tuple[BatchOrder, np.ndarray, int], first: int) -> None:
    order = drawn[0]
    whole, resumed = list(islice(order.from_step(0), first + 5)), list(islice(order.from_step(first), 5))
    for (epoch, objects), (epoch_again, again) in zip(whole[first:], resumed, strict=True):
        assert epoch == epoch_again and (objects == again).all()
    assert [epoch for epoch, _ in whole] == [step // order.steps_per_epoch for step in range(len(whole))]


@given(orders())
def test_a_label_fills_at_most_one_place_more_than_an_even_spread(drawn: tuple[BatchOrder, np.ndarray, int]) -> None:
    order, labels, hard = drawn
    steps = labels[steps_of(order, 0, order.steps_per_epoch)[:, :hard]]
    for label, count in zip(*np.unique(steps, return_counts=True), strict=True):
        assert (steps == label).sum(axis=1).max() <= -(-count // len(steps)) + 1


def test_without_hard_negatives_an_epoch_is_a_permutation() -> None:
    order = BatchOrder(np.zeros(22, int), 5, 3, OrderSpec())
    for epoch in (0, 1):
        expected = np.random.default_rng([3, epoch]).permutation(22)[:20].reshape(4, 5)
        assert (steps_of(order, 4 * epoch, 4) == expected).all()


def grouped(hard_negatives: float, seed: int = 0) -> tuple[BatchOrder, np.ndarray]:
    """256 objects of 64 labels in eight groups, sixteen a step; the neighbours of a label are the others of its group."""
    labels = np.repeat(np.arange(8 * GROUP), 4)
    others = [[label // GROUP * GROUP + (label + k) % GROUP for k in range(1, GROUP)] for label in range(8 * GROUP)]
    return BatchOrder(labels, 16, seed, OrderSpec("none", np.array(others), hard_negatives)), labels


def test_hard_batches_hold_the_labels_near_each_other() -> None:
    order, labels = grouped(1.0)
    for batch in labels[steps_of(order, 0, 32)]:
        assert (np.unique(batch, return_counts=True)[1] == 2).all()
        assert len(np.unique(batch)) == GROUP and len(np.unique(batch // GROUP)) == 1


def test_half_hard_batches_are_random_in_the_other_half() -> None:
    half, labels = grouped(0.5)
    hard, rest = np.split(steps_of(half, 0, 16), 2, axis=1)
    shuffled = steps_of(grouped(0.0)[0], 0, 16)
    assert (rest == shuffled[:, 8:]).all()
    assert set(hard.flat) == set(shuffled[:, :8].flat)
    groups = [len(np.unique(labels[part] // GROUP)) for part in hard]
    assert np.mean(groups) < 3 < 5 < np.mean([len(np.unique(labels[part] // GROUP)) for part in shuffled[:, :8]])


def test_rare_labels_are_met_all_through_an_epoch() -> None:
    labels = np.repeat(np.arange(40), np.arange(1, 41))
    order = BatchOrder(labels, 10, 0, OrderSpec("none", label_neighbours(unit_rows(40), 10), 1.0))
    epochs = labels[steps_of(order, 0, 50 * order.steps_per_epoch)].reshape(50, order.steps_per_epoch, 10)
    when = np.nonzero(epochs < 10)[1] / order.steps_per_epoch
    assert np.histogram(when, bins=4, range=(0, 1))[0] / len(when) == pytest.approx(0.25, abs=0.04)


def test_hard_negatives_need_neighbours_that_are_other_labels() -> None:
    for neighbours in (None, np.array([[0, 1], [1, 0]])):
        with pytest.raises(ValueError, match=r"hard_negatives needs neighbours: an \(L, k\) array of other labels"):
            BatchOrder(np.array([0, 1, 0, 1]), 2, 0, OrderSpec("none", neighbours, 0.5))


@pytest.mark.parametrize(("labels", "count"), [(1, 4), (5, 2), (5, 31), (ROWS + 30, 5)])
def test_neighbours_are_the_nearest_other_labels(labels: int, count: int) -> None:
    features = unit_rows(labels)
    found = label_neighbours(features, count)
    assert found.shape == (labels, min(count, labels - 1))
    cosines = (features @ features.T).numpy()
    for label in range(0, labels, 50):
        nearest = sorted(set(range(labels)) - {label}, key=lambda other, own=label: -cosines[own, other])
        assert found[label].tolist() == nearest[:count]


def test_labels_of_one_text_are_each_others_neighbours() -> None:
    features = torch.eye(3)[[0, 0, 1, 0, 2]]
    assert label_neighbours(features, 3).tolist() == [[1, 3, 2], [0, 3, 2], [0, 1, 3], [0, 1, 2], [0, 1, 2]]


@dataclass
class Named:
    """Objects of which only the names are known."""

    infos: list[ObjectInfo]


MUGS = Named([ObjectInfo(str(number), "mug", ("a mug", f"a mug with {number} dots")) for number in range(3)])
THINGS = Named([ObjectInfo(name, name, ("a thing",)) for name in ("bowl", "cup")])


def test_one_label_leaves_nothing_to_tell_apart() -> None:
    expected = (
        "all 3 objects carry the one label 'mug'; contrastive learning needs at least two different labels. "
        "Add objects of other labels, or set positives=caption or positives=self."
    )
    with pytest.raises(DataError, match=re.escape(expected)):
        require_negatives(MUGS, "label")
    require_negatives(MUGS, "caption")
    require_negatives(MUGS, "self")


def test_one_caption_leaves_nothing_to_tell_apart() -> None:
    expected = (
        "all 2 objects carry the one caption 'a thing'; contrastive learning needs at least two different captions. "
        "Add objects of other captions, or set positives=self."
    )
    with pytest.raises(DataError, match=re.escape(expected)):
        require_negatives(THINGS, "caption")
    require_negatives(THINGS, "label")
    require_negatives(THINGS, "self")
