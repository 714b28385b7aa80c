"""Multinomial logistic regression on frozen embeddings, solved to convergence."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

log = logging.getLogger(__name__)

STRENGTHS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)  # L2 penalties to choose from, the strongest first
TOLERANCE = 1e-7  # largest entry of the gradient at the minimum
MOST_ITERATIONS = 5000


@dataclass(frozen=True)
class LogisticRegression:
    """A linear classifier.

    Attributes:
        weight: (L, D) float64.
        bias: (L,) float64.
    """

    weight: Tensor
    bias: Tensor

    def logits(self, embeddings: Tensor) -> Tensor:
        """(M, D) -> (M, L) float64."""
        return F.linear(embeddings.double(), self.weight, self.bias)


def fit(embeddings: Tensor, truth: Tensor, labels: int, strength: float) -> LogisticRegression:
    """The minimum of: mean cross-entropy + strength / 2 * |weight|^2. The bias is not penalised.

    The penalised weights are those of embeddings moved to their mean and scaled to a mean square length of 1, so that a
    strength means the same for every encoder: unit embeddings may lie all over the sphere or close together.

    Args:
        embeddings: (M, D), rows of length 1, not all equal.
        truth: (M,) label numbers.
        labels: L, how many there are.
        strength: above 0. scikit-learn's C on embeddings scaled like this is 1 / (strength * M).
    """
    *_, fitted = _path(embeddings, truth, labels, [strength])
    return fitted


def choose_strength(embeddings: Tensor, truth: Tensor, labels: int, fold: Tensor) -> float:
    """The strength with the highest top-1 on a fold when the other rows are learned; of equals the strongest.

    Args:
        embeddings: (copies, M, D), rows of length 1; the fold is measured on the first copy.
        truth: (M,) label numbers.
        fold: (M,) bool, true for the objects to measure on; some are, some are not.
    """
    learned, numbers = embeddings[:, ~fold].flatten(0, 1), truth[~fold].repeat(len(embeddings))
    correct = [
        int((fitted.logits(embeddings[0, fold]).argmax(dim=1) == truth[fold]).sum())
        for fitted in _path(learned, numbers, labels, STRENGTHS)
    ]
    return STRENGTHS[correct.index(max(correct))]


def _path(embeddings: Tensor, truth: Tensor, labels: int, strengths: Sequence[float]) -> Iterator[LogisticRegression]:
    """The minima for falling strengths, each found from the one before."""
    rows = embeddings.double()
    origin = rows.mean(dim=0)
    spread = (rows - origin).square().sum(dim=1).mean().sqrt()
    weight = torch.zeros(labels, rows.shape[1], dtype=torch.float64, device=rows.device, requires_grad=True)
    bias = torch.zeros(labels, dtype=torch.float64, device=rows.device, requires_grad=True)
    for strength in strengths:
        _minimise((rows - origin) / spread, truth, weight, bias, strength)
        scaled = weight.detach() / spread
        yield LogisticRegression(scaled, bias.detach() - scaled @ origin)


def _minimise(rows: Tensor, truth: Tensor, weight: Tensor, bias: Tensor, strength: float) -> None:
    """Move `weight` and `bias` to the minimum."""
    solver = torch.optim.LBFGS(
        [weight, bias],
        max_iter=MOST_ITERATIONS,
        tolerance_grad=TOLERANCE,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )

    def objective() -> Tensor:
        solver.zero_grad()
        loss = F.cross_entropy(F.linear(rows, weight, bias), truth) + strength / 2 * weight.square().sum()
        loss.backward()
        return loss

    solver.step(objective)
    left = max(parameter.grad.abs().max().item() for parameter in (weight, bias) if parameter.grad is not None)
    if left > TOLERANCE:
        log.warning("the logistic regression of strength %g stopped at a gradient of %.1g", strength, left)
