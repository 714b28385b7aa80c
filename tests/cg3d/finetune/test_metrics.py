"""Accuracy against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from cg3d.evaluation.metrics import LabelScore
from cg3d.finetune.metrics import accuracy

LABELS = ["bowl", "chair", "fork", "mug"]


def test_values_by_hand() -> None:
    logits = torch.tensor(
        [
            [4.0, 1.0, 2.0, 3.0],  # bowl, first
            [1.0, 2.0, 3.0, 4.0],  # bowl, last
            [9.0, 8.0, 7.0, 6.0],  # fork, third
            [0.0, 5.0, 1.0, 2.0],  # mug, second
            [0.0, 1.0, 2.0, 9.0],  # mug, first
            [0.0, 1.0, 2.0, 9.0],  # mug, first
        ]
    )
    result = accuracy(logits, torch.tensor([0, 0, 2, 3, 3, 3]), LABELS)
    assert result.labels == (LabelScore("bowl", 2, 1), LabelScore("fork", 1, 0), LabelScore("mug", 3, 2))
    assert (result.objects, result.chance) == (6, 0.25)
    assert result.top == pytest.approx({1: 3 / 6, 3: 5 / 6})
    assert result.class_mean == pytest.approx((1 / 2 + 0 / 1 + 2 / 3) / 3)


def test_only_tops_that_leave_a_label_out_are_reported() -> None:
    for labels, tops in ((2, [1]), (3, [1]), (4, [1, 3]), (5, [1, 3]), (6, [1, 3, 5])):
        names = [f"label {number}" for number in range(labels)]
        assert list(accuracy(torch.eye(labels), torch.arange(labels), names).top) == tops


def test_a_constant_answer_is_right_for_one_label_only() -> None:
    result = accuracy(torch.zeros(4, 4), torch.arange(4), LABELS)
    assert (result.top[1], result.top[3]) == (0.25, 0.75)


def test_table_has_the_worst_first() -> None:
    result = accuracy(torch.eye(4)[[0, 0, 3]], torch.tensor([0, 1, 3]), LABELS)
    assert result.table().splitlines() == [
        "chair      0 of     1    0.0%",
        "bowl       1 of     1  100.0%",
        "mug        1 of     1  100.0%",
        "",
        "top-1 66.7%  top-3 100.0%  class mean 66.7%  chance 25.0%",
        "3 held-out objects",
    ]
