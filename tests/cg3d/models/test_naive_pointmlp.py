"""PointMLP as it learns here against PointMLP as published code has it: the two sides of `scripts/bench train`."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.naive_pointmlp import NaivePointMLP
from benchmarks.train import clouds
from cg3d.models.encoders.pointmlp import POINTMLP, POINTMLP_ELITE, PointMLP, PointMLPShape

SHAPES = {"full": POINTMLP, "elite": POINTMLP_ELITE}


def pair(shape: PointMLPShape) -> tuple[PointMLP, NaivePointMLP]:
    """Both forms with one set of weights, none of them at its initial value, in float64.

    In float32 rounding tips which of two neighbours is the maximum, and gradients jump with it.
    """
    torch.manual_seed(0)
    ours, naive = PointMLP(shape, 192, 3, 16).double(), NaivePointMLP(shape, 192, 3, 16).double()
    for value in ours.parameters():
        nn.init.normal_(value, value.detach().mean().item(), 0.1)
    naive.load_state_dict(ours.state_dict())
    return ours, naive


def small_clouds(count: int) -> Tensor:
    return clouds(count)[:, :192].double()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_step_learns_the_same(shape: PointMLPShape) -> None:
    ours, naive = pair(shape)
    points, weight = small_clouds(3), torch.randn(3, 16, dtype=torch.float64)
    outputs = [model.train()(points) for model in (ours, naive)]
    torch.testing.assert_close(*outputs, rtol=1e-8, atol=1e-9)
    for output in outputs:
        (output * weight).sum().backward()
    for (name, own), other in zip(ours.named_parameters(), naive.parameters(), strict=True):
        assert own.grad is not None and other.grad is not None
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-6, atol=1e-8, msg=f"gradient of {name}")
    for (name, own), other in zip(ours.named_buffers(), naive.buffers(), strict=True):
        torch.testing.assert_close(own, other, msg=f"{name} after the step")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_answers_are_the_same(shape: PointMLPShape) -> None:
    ours, naive = pair(shape)
    points = small_clouds(2)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(points), naive.eval()(points), rtol=1e-8, atol=1e-9)


def test_gradients_point_the_same_way_in_float32() -> None:
    ours, naive = pair(POINTMLP_ELITE)
    points = small_clouds(4)
    naive.train()(points).square().sum().backward()
    ours.float().train()(points.float()).square().sum().backward()
    directions = [torch.cat([p.grad.flatten().double() for p in model.parameters()]) for model in (ours, naive)]
    assert F.cosine_similarity(*directions, dim=0) > 0.999
