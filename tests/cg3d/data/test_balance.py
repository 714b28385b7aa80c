"""Labels seen more evenly than the data hold them: frequencies, and nothing that depends on workers or where one starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d.data.batches.balance import BALANCES, draw_balanced
from cg3d.data.batches.batches import ItemSpec, TrainBatches
from cg3d.data.batches.order import BatchOrder, OrderSpec
from cg3d.data.shards import Dataset
from cg3d.finetune.config import load_finetune_config
from cg3d.finetune.full import _keys
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import PrepareSpec

sizes = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def labels_of(counts: list[int]) -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


@given(sizes, st.integers(1, 300), st.sampled_from(list(BALANCES)), st.integers(0, 2**32))
def test_shares_of_an_epoch(counts: list[int], count: int, balance: str, seed: int) -> None:
    labels = labels_of(counts)
    drawn = draw_balanced(labels, count, balance, np.random.default_rng(seed))
    expected = np.array(counts, float) ** BALANCES[balance]
    expected *= count / expected.sum()
    found = np.bincount(labels[drawn], minlength=len(counts))
    assert len(drawn) == count and (np.abs(found - expected) < 1 + 1e-6).all()


@given(sizes, st.integers(1, 300), st.sampled_from(list(BALANCES)))
def test_no_object_comes_again_before_all_of_its_label_have_come(counts: list[int], count: int, balance: str) -> None:
    labels = labels_of(counts)
    drawn = Counter(draw_balanced(labels, count, balance, np.random.default_rng(0)).tolist())
    for label in range(len(counts)):
        times = [drawn[int(place)] for place in np.flatnonzero(labels == label)]
        assert max(times) - min(times) <= 1


def test_shares_are_exact_over_many_epochs() -> None:
    labels = labels_of([90, 9, 1])
    order = BatchOrder(labels, 10, 3, OrderSpec("labels"))
    drawn = np.concatenate([objects for _, objects in islice(order.from_step(0), 3000)])
    np.testing.assert_allclose(np.bincount(labels[drawn]) / len(drawn), 1 / 3, atol=1e-3)
    times = np.bincount(drawn, minlength=100)[labels == 0]
    assert times.min() / times.mean() > 0.8 and times.max() / times.mean() < 1.2  # none is forgotten


def test_without_balance_every_epoch_visits_each_object_once() -> None:
    labels = labels_of([90, 9, 1])
    plain, named = BatchOrder(labels, 10, 3, OrderSpec()), BatchOrder(labels, 10, 3, OrderSpec("none"))
    one, other = ([objects for _, objects in islice(order.from_step(0), 20)] for order in (plain, named))
    np.testing.assert_array_equal(one, other)
    assert sorted(np.concatenate(one[:10]).tolist()) == list(range(100))


@pytest.mark.parametrize("balance", ["labels", "sqrt"])
def test_a_step_depends_on_its_number_only(balance: str) -> None:
    order = BatchOrder(labels_of([20, 5, 3]), 4, seed=1, spec=OrderSpec(balance))
    whole = [objects.tolist() for _, objects in islice(order.from_step(0), 25)]
    assert [objects.tolist() for _, objects in islice(order.from_step(9), 16)] == whole[9:]


def test_batches_of_processes_and_of_a_resumed_run(packed: Path) -> None:
    """The parts of two processes are the batch of one, and what comes again is changed anew."""

    def batches(size: int, first: int = 0, **options: int) -> list[tuple[list[str], np.ndarray]]:
        items, order = ItemSpec(PrepareSpec(192), 32), OrderSpec("labels")
        made = TrainBatches(Dataset.open(packed), size, items, order, seed=5, **options)
        return [(batch["ids"], batch["points"].numpy()) for batch in islice(made.steps(first), 5 - first)]

    whole, left, right = batches(8), batches(4, rank=0, world_size=2), batches(4, rank=1, world_size=2)
    for (ids, points), parts in zip(whole, zip(left, right, strict=True), strict=True):
        assert ids == parts[0][0] + parts[1][0]
        np.testing.assert_array_equal(points, np.concatenate([part[1] for part in parts]))
    for one, other in zip(whole[2:], batches(8, first=2), strict=True):
        assert one[0] == other[0] and np.array_equal(one[1], other[1])


def test_finetuning_draws_labels_equally() -> None:
    labels = labels_of([60, 3, 1])
    config = load_finetune_config("full", ["data.balance=labels", "epochs=6", "batch_size=8"])
    keys = [key for batch in _keys(labels, config) for key in batch]
    assert len(set(keys)) == len(keys) and min(version for version, _ in keys) == 1  # each is another change
    np.testing.assert_allclose(np.bincount(labels[[index for _, index in keys]]) / len(keys), 1 / 3, atol=0.02)
    plain = load_finetune_config("full", ["epochs=2", "batch_size=8"])
    epochs = [{index for _, index in islice(_keys_flat(labels, plain), at, at + 64)} for at in (0, 64)]
    assert epochs == [set(range(64))] * 2


def _keys_flat(labels: np.ndarray, config: object) -> object:
    return (key for batch in _keys(labels, config) for key in batch)


def test_settings(configure: Callable) -> None:
    assert configure("data.balance=sqrt").data.balance == "sqrt"
    with pytest.raises(CheckpointError, match=r"data\.balance must be one of none, sqrt, labels; got 'equal'"):
        configure("data.balance=equal")
    with pytest.raises(CheckpointError, match=r"data\.balance must be one of none, sqrt, labels; got 'equal'"):
        load_finetune_config("full", ["data.balance=equal"])
