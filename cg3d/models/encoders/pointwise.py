"""Convolutions of kernel 1 with batch normalisation, applied channels-last.

The parameters keep the shapes of nn.Conv1d, which is what published point-cloud checkpoints hold; the arithmetic is one
matrix product over all rows, twice as fast on CPU as the (B * S, D, k) convolution that the original code calls.
"""

from __future__ import annotations

import copy

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def conv_norm(inputs: int, outputs: int, bias: bool = False) -> nn.Sequential:
    """Convolution of kernel 1 and its batch normalisation, as keys `0` and `1`."""
    return nn.Sequential(nn.Conv1d(inputs, outputs, 1, bias=bias), nn.BatchNorm1d(outputs))


def pointwise(net: nn.Sequential, x: Tensor) -> Tensor:
    """Apply a `conv_norm` to the last axis: (..., inputs) -> (..., outputs)."""
    return normalise_rows(net[1], convolve(net[0], x))


def convolve(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """Apply a convolution of kernel 1 to the last axis: (..., inputs) -> (..., outputs)."""
    return F.linear(x, conv.weight.squeeze(-1), conv.bias)


def normalise_rows(norm: nn.Module, x: Tensor) -> Tensor:
    """Batch normalisation of (..., D) over everything but D."""
    return norm(x.reshape(-1, x.shape[-1])).reshape(x.shape)


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode with every batch normalisation folded into the convolution before it.

    Exact up to rounding; what the exporters and the robot run.
    """
    folded = copy.deepcopy(model).eval()
    for net in [module for module in folded.modules() if isinstance(module, nn.Sequential)]:
        for index in range(1, len(net)):
            if isinstance(net[index], nn.BatchNorm1d):
                net[index - 1] = fuse_conv_bn_eval(net[index - 1], net[index])
                net[index] = nn.Identity()
    return folded
