"""Running a function one cloud at a time changes neither its values nor its gradients, and keeps nothing but its inputs."""

from __future__ import annotations

import torch
from torch import Tensor

from cg3d.models.encoders.cloud_by_cloud import cloud_by_cloud
from cg3d.models.encoders.geometry import gather_rows


def spread(values: Tensor, weights: Tensor, index: Tensor) -> Tensor:
    """Something of each cloud by itself that reads its points several times: (B, S, k, D)."""
    gathered = gather_rows(values, index)
    return gathered.square() * weights[:, :, None] / gathered.flatten(1).std(dim=1)[:, None, None, None]


def inputs() -> tuple[list[Tensor], Tensor]:
    torch.manual_seed(0)
    tables = [torch.rand(3, rows, 4, dtype=torch.float64, requires_grad=True) for rows in (10, 5)]
    return tables, torch.randint(10, (3, 5, 6))


def test_values_and_gradients_are_those_of_the_batch() -> None:
    tables, index = inputs()
    whole, parts = spread(*tables, index), cloud_by_cloud(spread, tables, index)
    torch.testing.assert_close(parts, whole)
    weight = torch.rand_like(whole)
    expected = torch.autograd.grad((whole * weight).sum(), tables)
    torch.testing.assert_close(torch.autograd.grad((parts * weight).sum(), tables), expected)


def test_only_the_inputs_are_kept() -> None:
    tables, index = inputs()
    kept: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.data_ptr()) or t, lambda t: t):
        cloud_by_cloud(spread, tables, index)
    assert set(kept) == {tensor.data_ptr() for tensor in (*tables, index)}
