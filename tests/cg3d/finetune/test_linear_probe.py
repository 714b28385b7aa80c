"""Logistic regression against plain gradient descent."""

from __future__ import annotations

import logging

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.finetune import linear_probe
from cg3d.finetune.linear_probe import STRENGTHS, choose_strength, fit


def blobs(objects: int, labels: int, noise: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Unit rows around one direction a label, and their label numbers."""
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(objects) % labels
    rows = torch.eye(labels, 6)[truth] + noise * torch.randn(objects, 6, generator=generator)
    return F.normalize(rows, dim=-1), truth


def gradient_descent(rows: Tensor, truth: Tensor, labels: int, strength: float) -> Tensor:
    """Logits of the rows at the same minimum, by plain steps along the gradient, which is written out."""
    centred = rows.double() - rows.double().mean(dim=0)
    rows, targets = centred / centred.pow(2).sum(dim=1).mean().sqrt(), F.one_hot(truth, labels).double()
    weight, bias = torch.zeros(labels, rows.shape[1], dtype=torch.float64), torch.zeros(labels, dtype=torch.float64)
    for _ in range(5_000):
        excess = (rows @ weight.T + bias).softmax(dim=1) - targets  # (M, L)
        weight = weight - excess.T @ rows / len(rows) - strength * weight
        bias = bias - excess.mean(dim=0)
    return rows @ weight.T + bias


@pytest.mark.parametrize("strength", [1e-1, 1e-2])
def test_minimum_is_that_of_gradient_descent(strength: float) -> None:
    rows, truth = blobs(40, 3, noise=0.6)
    expected = gradient_descent(rows, truth, 3, strength)
    torch.testing.assert_close(fit(rows, truth, 3, strength).logits(rows), expected, atol=1e-5, rtol=0)


def test_strength_does_not_depend_on_how_close_together_embeddings_lie() -> None:
    rows, truth = blobs(40, 3, noise=0.6)
    close = torch.ones(6) + 0.01 * rows
    wide, narrow = (fit(x, truth, 3, 1e-2).logits(x) for x in (rows, close))
    torch.testing.assert_close(wide, narrow, atol=1e-4, rtol=0)


def test_repeated_objects_do_not_move_the_minimum() -> None:
    """The loss is a mean: copies of everything change nothing."""
    rows, truth = blobs(30, 3, noise=0.4)
    once, thrice = fit(rows, truth, 3, 1e-3), fit(rows.repeat(3, 1), truth.repeat(3), 3, 1e-3)
    torch.testing.assert_close(once.weight, thrice.weight, atol=1e-4, rtol=0)


def test_label_without_objects_is_never_answered() -> None:
    rows, truth = blobs(20, 2, noise=0.1)
    assert fit(rows, truth, 4, 1e-3).logits(rows).argmax(dim=1).unique().tolist() == [0, 1]


def test_chosen_strength_is_the_best_on_the_fold() -> None:
    rows, truth = blobs(60, 3, noise=0.9)
    fold = torch.arange(60) < 30
    right = [
        int((fit(rows[~fold], truth[~fold], 3, s).logits(rows[fold]).argmax(1) == truth[fold]).sum()) for s in STRENGTHS
    ]
    assert len(set(right)) > 1
    assert choose_strength(rows[None], truth, 3, fold) == STRENGTHS[right.index(max(right))]


def test_equal_strengths_give_the_strongest() -> None:
    rows, truth = blobs(30, 3, noise=0.01)
    assert choose_strength(rows[None], truth, 3, torch.arange(30) < 6) == STRENGTHS[0]


def test_fold_is_measured_on_objects_as_they_are_and_takes_no_part_in_learning() -> None:
    """Copies of the fold that would mislead, and labels of the learned part that are the other way round."""
    rows, truth = blobs(40, 2, noise=0.05)
    fold = torch.arange(40) < 20
    misleading = torch.stack([rows, torch.where(fold[:, None], rows.flip(1), rows)])
    assert choose_strength(misleading, truth, 2, fold) == STRENGTHS[0]


def test_a_solution_that_did_not_converge_is_announced(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_probe, "MOST_ITERATIONS", 2)
    with caplog.at_level(logging.WARNING, "cg3d"):
        fit(*blobs(40, 3, noise=0.6), 3, 1e-6)
    assert "the logistic regression of strength 1e-06 stopped at a gradient of" in caplog.text
