"""Shifts that travel past the neighbourhoods give what the plain form gives."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.folded_blocks import folded_max, is_folded
from cg3d.models.encoders.pointmlp import POINTMLP, POINTMLP_ELITE, PointMLP
from cg3d.models.encoders.pointwise import conv_norm, fold_batch_norms


def plain_max(x: Tensor, shift: Tensor, blocks: list[tuple[nn.Conv1d, nn.Conv1d]]) -> Tensor:
    """Every bias added to every neighbour, every ReLU in its place."""
    x = F.relu(x + shift[:, :, None])
    for first, second in blocks:
        inner = F.relu(F.linear(x, first.weight.squeeze(-1), first.bias))
        x = F.relu(x + F.linear(inner, second.weight.squeeze(-1), second.bias))
    return x.amax(dim=2)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_it_is_the_plain_form(count: int) -> None:
    torch.manual_seed(count)
    blocks = [(nn.Conv1d(8, 5, 1).double(), nn.Conv1d(5, 8, 1).double()) for _ in range(count)]
    x, shift = torch.randn(2, 7, 4, 8, dtype=torch.float64), torch.randn(2, 7, 8, dtype=torch.float64)
    torch.testing.assert_close(folded_max(x, shift, blocks), plain_max(x, shift, blocks), rtol=1e-12, atol=1e-12)


def test_only_folded_normalisations_are_folded() -> None:
    net = conv_norm(3, 4)
    assert not is_folded([net]) and is_folded([fold_batch_norms(nn.Sequential(net))[0]])
    assert not is_folded([net, fold_batch_norms(nn.Sequential(net))[0]])


@pytest.mark.parametrize("shape", [POINTMLP, POINTMLP_ELITE], ids=["full", "elite"])
def test_a_folded_encoder_answers_like_the_trained_one(shape) -> None:
    torch.manual_seed(0)
    encoder = PointMLP(shape, 192, 3, 16).double().eval()
    for name, value in encoder.state_dict().items():
        if value.is_floating_point():
            nn.init.uniform_(value, 0.5, 1.5) if name.endswith("running_var") else value.add_(
                0.1 * torch.randn_like(value)
            )
    points = torch.rand(2, 192, 3, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(fold_batch_norms(encoder)(points), encoder(points), rtol=1e-9, atol=1e-10)


def test_repeated_points_stay_finite_in_half_precision() -> None:
    """Sixteen points, each many times: every difference is zero, and what is divided by is the epsilon alone."""
    torch.manual_seed(0)
    encoder = fold_batch_norms(PointMLP(POINTMLP_ELITE, 1024, 3, 16).eval())
    points = torch.rand(1, 16, 3).repeat(1, 64, 1)
    with torch.no_grad():
        expected, half = encoder(points), encoder.half()(points).float()
    assert torch.isfinite(half).all() and F.cosine_similarity(expected, half) > 0.999
