"""A function of a batch, run one cloud at a time, so that what it makes fits a cache and none of it is kept.

Like torch.utils.checkpoint on each cloud and torch.cat, but writing into place: the pieces would leave gaps in the heap that
no later tensor fits, half as much memory again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def cloud_by_cloud(function: Callable[..., Tensor], tables: Sequence[Tensor], index: Tensor) -> Tensor:
    """`function(*tables, index)`; the backward pass runs it again for its gradients.

    Args:
        function: treats each cloud by itself, and chooses its own precision whatever autocast says.
        tables: (B, ...) each; they get gradients.
        index: (B, ...); it gets none.
    Returns:
        (B, ...).
    """
    apply: Callable[..., Tensor] = _CloudByCloud.apply
    return apply(function, index, *tables)


class _CloudByCloud(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Callable[..., Tensor], index: Tensor, *tables: Tensor) -> Tensor:
        ctx.function = function
        ctx.save_for_backward(index, *tables)
        first = function(*_cloud(0, *tables, index))
        result = first.new_empty(len(index), *first.shape[1:])
        result[:1] = first
        for number in range(1, len(index)):
            result[number : number + 1] = function(*_cloud(number, *tables, index))
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        index, *tables = ctx.saved_tensors
        grads = [torch.empty_like(table) for table in tables]
        for number in range(len(index)):
            inputs = [table.detach().requires_grad_() for table in _cloud(number, *tables)]
            with torch.enable_grad():
                result = ctx.function(*inputs, *_cloud(number, index))
            parts = torch.autograd.grad(result, inputs, _cloud(number, grad))
            for whole, part in zip(grads, parts, strict=True):
                whole[number : number + 1] = part
        return None, None, *grads


def _cloud(number: int, *tensors: Tensor) -> list[Tensor]:
    return [tensor[number : number + 1] for tensor in tensors]
