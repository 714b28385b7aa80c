"""Neighbourhoods and deviations against what they are a faster form of."""

from __future__ import annotations

import pytest
import torch

from cg3d.models.encoders.geometry import k_nearest, k_nearest_of_prefixes
from cg3d.models.encoders.pointmlp import STD_EPSILON, anchor_deviation


def test_prefixes_have_the_neighbours_of_single_searches() -> None:
    xyz = torch.rand(3, 64, 3)
    found = k_nearest_of_prefixes(xyz, [32, 16, 8], 5)
    for count, size, index in zip([32, 16, 8], [64, 32, 16], found, strict=True):
        assert torch.equal(index, k_nearest(xyz[:, :count], xyz[:, :size], 5))


def test_a_batch_has_the_neighbours_of_its_clouds() -> None:
    xyz = torch.rand(8, 256, 3)
    single = [k_nearest_of_prefixes(cloud[None], [128, 64], 24) for cloud in xyz]
    for level, index in enumerate(k_nearest_of_prefixes(xyz, [128, 64], 24)):
        assert torch.equal(index, torch.cat([found[level] for found in single]))


@pytest.mark.parametrize("offset", [0.0, 1e3], ids=["near the origin", "far from it"])
def test_the_deviation_is_torch_std(offset: float) -> None:
    xyz, x = torch.rand(2, 128, 3), torch.randn(2, 128, 16) + offset
    index = k_nearest(xyz[:, :64], xyz, 24)
    rows = torch.stack([table[rows] for table, rows in zip(x, index, strict=True)]) - x[:, :64, None]
    expected = rows.double().flatten(1).std(dim=1) + STD_EPSILON
    found = anchor_deviation(x, x[:, :64], index)
    assert found.shape == (2, 1, 1, 1)
    torch.testing.assert_close(found.flatten().double(), expected, rtol=1e-5, atol=0)


def test_the_deviation_of_repeats_is_the_epsilon_and_has_a_gradient() -> None:
    x = torch.ones(1, 32, 4, requires_grad=True)
    found = anchor_deviation(x, x[:, :16], torch.arange(24).expand(1, 16, 24))
    found.sum().backward()
    assert found.item() == pytest.approx(STD_EPSILON) and torch.equal(x.grad, torch.zeros_like(x))
