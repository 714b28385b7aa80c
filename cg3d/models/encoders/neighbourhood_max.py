"""A training step on a CPU through what PointMLP does to its neighbourhoods: residual blocks, then the maximum over each.

Nearly all of PointMLP's time and memory goes into these (B, S, k, D) tensors, and autograd would keep about ten of them a
stage. Here only the products are kept, one a convolution; the normalisations and ReLUs between them are computed again in
the backward pass, a tile at a time, so that they stay in the processor's cache. No product is computed twice, and the
numbers are those of the plain form, up to rounding.

Layers: z_0 is the grouped tensor, a_i = ReLU(norm_i(z_i)), z_(i+1) = W_(i+1) a_i. A residual block is two of them: at its
end, which is at even i > 0, a_(i-2) is added before the ReLU. A = B * S anchors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from cg3d.models.encoders.pointwise import running_statistics

TILE = 1 << 19  # numbers for each thread, 2 MB in float32: what stays close to a core


def learns_here(norms: Sequence[nn.Module], x: Tensor) -> bool:
    """Whether this is a training step on a CPU, with statistics of this process alone."""
    own_statistics = all(type(norm) is nn.BatchNorm1d and norm.training for norm in norms)
    return own_statistics and torch.is_grad_enabled() and x.device.type == "cpu"


def max_over_neighbours(grouped: Tensor, norms: Sequence[nn.BatchNorm1d], weights: Sequence[Tensor]) -> Tensor:
    """Normalise, ReLU, residual blocks, maximum; updates the running statistics of `norms`.

    Args:
        grouped: (B, S, k, D), on a CPU.
        norms: of the grouped tensor, then two a block; in training mode.
        weights: two a block, (inner, D) and (D, inner).
    Returns:
        (B, S, D) in the precision of `grouped`.
    """
    gains, offsets = [norm.weight for norm in norms], [norm.bias for norm in norms]
    apply: Callable[..., Tensor] = _MaxOfBlocks.apply
    rows = apply(norms, grouped.flatten(0, 1), *weights, *gains, *offsets)
    return rows.view(*grouped.shape[:2], -1)


class _Layer(NamedTuple):
    """A product and its normalisation over all rows."""

    product: Tensor  # (A, k, D)
    mean: Tensor  # (D,), as all that follow
    inverse_deviation: Tensor
    gain: Tensor
    offset: Tensor

    @property
    def scale(self) -> Tensor:
        return self.gain * self.inverse_deviation

    def normalised(self, tile: slice) -> Tensor:
        scale = self.scale
        return torch.addcmul(self.offset - self.mean * scale, self.product[tile], scale)


class _MaxOfBlocks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, norms: Sequence[nn.BatchNorm1d], grouped: Tensor, *parameters: Tensor) -> Tensor:
        weights = parameters[: len(norms) - 1]
        layers = [_normalise(norms[0], grouped)]
        for norm, weight in zip(norms[1:], weights, strict=True):
            layers.append(_normalise(norm, _product(layers, weight)))
        ctx.products = len(weights)
        ctx.save_for_backward(*weights, *chain(*layers))
        return torch.cat([_activation(layers, tile).amax(dim=1) for tile in _tiles(grouped)]).to(grouped.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        weights, fields = saved[: ctx.products], saved[ctx.products :]
        layers = [_Layer(*fields[first : first + 5]) for first in range(0, len(fields), 5)]

        around = _maximum_backward(layers, grad)  # what reaches the last ReLU, and past it the way around the block
        norm, grad_weights = _NormBackward(layers[-1], around), []
        grad_norms = [norm.grads]
        for index in reversed(range(len(weights))):
            before = torch.zeros_like(layers[index].product) if index % 2 else around
            grad_weights.append(_product_backward(layers[: index + 1], weights[index], norm, before))
            norm = _NormBackward(layers[index], before)
            grad_norms.append(norm.grads)
        for tile in _tiles(around):
            around[tile] = norm.grad_product(tile)
        grad_gains, grad_offsets = zip(*reversed(grad_norms), strict=True)
        return None, around, *reversed(grad_weights), *grad_gains, *grad_offsets


def _normalise(norm: nn.BatchNorm1d, product: Tensor) -> _Layer:
    """Take the statistics of a product, and update the running ones."""
    rows = product.flatten(0, 1)
    running = running_statistics(norm)
    mean, variance = torch.batch_norm_update_stats(rows, running.mean, running.variance, running.momentum)
    running.batches.add_(1)
    return _Layer(product, mean, (variance + norm.eps).rsqrt(), norm.weight, norm.bias)


def _activation(layers: Sequence[_Layer], tile: slice) -> Tensor:
    """Output of the last of the layers, for the anchors of a tile."""
    x = layers[-1].normalised(tile)
    if len(layers) > 1 and len(layers) % 2:
        x += _activation(layers[:-2], tile)
    return x.relu_()


def _product(layers: Sequence[_Layer], weight: Tensor) -> Tensor:
    """Output of the last of the layers, times a weight: (A, k, outputs)."""
    last = layers[-1].product
    weight = weight.to(last.dtype)
    product = last.new_empty(*last.shape[:2], len(weight))
    for tile in _tiles(product):
        x = _activation(layers, tile).to(last.dtype)
        torch.mm(x.flatten(0, 1), weight.t(), out=product[tile].flatten(0, 1))
    return product


def _maximum_backward(layers: Sequence[_Layer], grad: Tensor) -> Tensor:
    """(A, D) gradient of the maxima -> (A, k, D) gradient before the last ReLU; equal neighbours share it."""
    before = torch.empty_like(layers[-1].product)
    for tile in _tiles(before):
        x = _activation(layers, tile)
        largest = x.amax(dim=1, keepdim=True)
        winners = x.eq_(largest)
        share = grad[tile, None] * largest.sign() / winners.sum(dim=1, keepdim=True)
        torch.mul(winners, share, out=before[tile])
    return before


class _NormBackward:
    """Gradients through a normalisation, from the gradient of its result; that of the product in tiles, on demand."""

    def __init__(self, layer: _Layer, grad: Tensor) -> None:
        self._layer, self._grad = layer, grad
        rows, scale = layer.product.flatten(0, 1), layer.scale
        # Asked for the sums over the rows alone.
        _, grad_gain, grad_offset = torch.ops.aten.native_batch_norm_backward(
            grad.flatten(0, 1),
            rows,
            layer.gain,
            None,
            None,
            layer.mean,
            layer.inverse_deviation,
            True,
            0.0,
            [False, True, True],
        )
        self.grads = grad_gain, grad_offset
        self._slope = -scale * layer.inverse_deviation * grad_gain / len(rows)
        self._constant = -scale * grad_offset / len(rows) - layer.mean * self._slope

    def grad_product(self, tile: slice) -> Tensor:
        through_statistics = torch.addcmul(self._constant, self._layer.product[tile], self._slope)
        return through_statistics.addcmul_(self._grad[tile], self._layer.scale).to(self._grad.dtype)


def _product_backward(layers: Sequence[_Layer], weight: Tensor, norm: _NormBackward, before: Tensor) -> Tensor:
    """The gradient of a weight; that of its input is added to `before`, which is then cut where the input's ReLU cut."""
    grad_weight, weight = torch.zeros_like(weight), weight.to(before.dtype)
    for tile in _tiles(before):
        grad = norm.grad_product(tile).flatten(0, 1)
        x = _activation(layers, tile).to(before.dtype)
        grad_weight += grad.t() @ x.flatten(0, 1)
        before[tile].flatten(0, 1).addmm_(grad, weight)
        before[tile].mul_(x.sign_())
    return grad_weight


def _tiles(product: Tensor) -> list[slice]:
    """Anchors, as many at a time as fit the caches."""
    anchors = len(product)
    count = math.ceil(product.numel() / (TILE * torch.get_num_threads()))
    size = math.ceil(anchors / count)
    return [slice(start, start + size) for start in range(0, anchors, size)]
