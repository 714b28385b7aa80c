from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.training.losses import Rows, symmetric_infonce


def unit_rows(count: int, width: int = 5, seed: int = 0) -> torch.Tensor:
    return F.normalize(torch.randn(count, width, generator=torch.Generator().manual_seed(seed)), dim=-1)


def loss_of(rows: torch.Tensor, columns: torch.Tensor, scale: float, texts: list[str]) -> torch.Tensor:
    """The loss of one process."""
    keys = torch.tensor([texts.index(text) for text in texts])
    return symmetric_infonce(Rows(rows, rows), Rows(columns, columns), scale, Rows(keys, keys))


def slow_one_way(rows: torch.Tensor, columns: torch.Tensor, scale: float, texts: list[str]) -> float:
    """InfoNCE as a loop over pairs, in Python floats."""
    total = 0.0
    for i, row in enumerate(rows):
        logits = [scale * sum(a * b for a, b in zip(row.tolist(), column.tolist(), strict=True)) for column in columns]
        log_sum = math.log(sum(math.exp(logit) for logit in logits))
        positives = [j for j in range(len(columns)) if texts[j] == texts[i]]
        total += sum(log_sum - logits[j] for j in positives) / len(positives)
    return total / len(rows)


@settings(max_examples=30)
@given(texts=st.lists(st.sampled_from("abc"), min_size=2, max_size=6), scale=st.floats(0.5, 20))
def test_loss_is_that_of_loops_over_pairs(texts: list[str], scale: float) -> None:
    rows, columns = unit_rows(len(texts), seed=1), unit_rows(len(texts), seed=2)
    slow = (slow_one_way(rows, columns, scale, texts) + slow_one_way(columns, rows, scale, texts)) / 2
    assert loss_of(rows, columns, scale, texts).item() == pytest.approx(slow, rel=1e-4)


def test_distinct_texts_give_clips_own_loss() -> None:
    rows, columns = unit_rows(6, seed=1), unit_rows(6, seed=2)
    logits, target = 10 * rows @ columns.T, torch.arange(6)
    clip = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    torch.testing.assert_close(loss_of(rows, columns, 10.0, list("abcdef")), clip)


def test_equal_texts_do_not_push_each_other_away() -> None:
    """Four objects of one text, all in one place: nothing to gain, so no gradient."""
    rows = unit_rows(1).repeat(4, 1).requires_grad_()
    loss_of(rows, rows.detach(), 20.0, ["mug"] * 4).backward()
    assert rows.grad is not None
    torch.testing.assert_close(rows.grad, torch.zeros_like(rows), atol=1e-6, rtol=0)


def test_loss_takes_modalities_in_either_order() -> None:
    rows, columns, texts = unit_rows(4, seed=1), unit_rows(4, seed=2), ["a", "b", "a", "c"]
    torch.testing.assert_close(loss_of(rows, columns, 7.0, texts), loss_of(columns, rows, 7.0, texts))


def test_parts_of_the_processes_sum_to_the_whole() -> None:
    rows, columns, keys = unit_rows(6, seed=1), unit_rows(6, seed=2), torch.tensor([0, 1, 0, 2, 1, 3])
    whole = symmetric_infonce(Rows(rows, rows), Rows(columns, columns), 7.0, Rows(keys, keys))
    places = torch.arange(6).chunk(3)
    parts = [symmetric_infonce(*(Rows(x[p], x) for x in (rows, columns)), 7.0, Rows(keys[p], keys)) for p in places]
    torch.testing.assert_close(torch.stack(parts).sum(), whole)
