"""Convolutions of kernel 1 with batch normalisation, applied channels-last.

The parameters keep the shapes of nn.Conv1d, which is what published point-cloud checkpoints hold; the arithmetic is one
matrix product over all rows, twice as fast on CPU as the (B * S, D, k) convolution that the original code calls.
"""

from __future__ import annotations

import copy
from typing import NamedTuple, cast

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def conv_norm(inputs: int, outputs: int, bias: bool = False) -> nn.Sequential:
    """Convolution of kernel 1 and its batch normalisation, as keys `0` and `1`."""
    return nn.Sequential(nn.Conv1d(inputs, outputs, 1, bias=bias), nn.BatchNorm1d(outputs))


def convolution(net: nn.Sequential, index: int = 0) -> nn.Conv1d:
    """The convolution of kernel 1 that stands at an index of a `conv_norm`, or of layers that begin with one."""
    return cast(nn.Conv1d, net[index])


def conv_norms(layers: nn.ModuleList) -> list[nn.Sequential]:
    """Layers each of which `conv_norm` made."""
    return cast(list[nn.Sequential], list(layers))


def pointwise(net: nn.Sequential, x: Tensor) -> Tensor:
    """Apply a `conv_norm` to the last axis: (..., inputs) -> (..., outputs)."""
    return normalise_rows(net[1], convolve(convolution(net), x))


def convolve(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """Apply a convolution of kernel 1 to the last axis: (..., inputs) -> (..., outputs)."""
    return F.linear(x, conv.weight.squeeze(-1), conv.bias)


def normalise_rows(norm: nn.Module, x: Tensor) -> Tensor:
    """Batch normalisation of (..., D) over everything but D."""
    rows: Tensor = norm(x.reshape(-1, x.shape[-1]))
    return rows.reshape(x.shape)


class RunningStatistics(NamedTuple):
    """Statistics that a batch normalisation keeps for evaluation, and how fast they follow."""

    mean: Tensor  # (D,)
    variance: Tensor  # (D,)
    batches: Tensor  # scalar, seen so far
    momentum: float


def running_statistics(norm: nn.BatchNorm1d) -> RunningStatistics:
    """Raises: ValueError: the normalisation keeps none, or averages over all batches alike."""
    mean, variance, batches = norm.running_mean, norm.running_var, norm.num_batches_tracked
    if mean is None or variance is None or batches is None or norm.momentum is None:
        raise ValueError(f"{norm} keeps no running statistics with a momentum; those of `conv_norm` do")
    return RunningStatistics(mean, variance, batches, norm.momentum)


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode with every batch normalisation folded into the convolution before it.

    Exact up to rounding; what the exporters and the robot run.
    """
    folded = copy.deepcopy(model).eval()
    for net in [module for module in folded.modules() if isinstance(module, nn.Sequential)]:
        for index in range(1, len(net)):
            if isinstance(norm := net[index], nn.BatchNorm1d):
                net[index - 1] = fuse_conv_bn_eval(convolution(net, index - 1), norm)
                net[index] = nn.Identity()
    return folded
