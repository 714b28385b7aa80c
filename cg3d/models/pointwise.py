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
    return normalise_rows(net[1], F.linear(x, net[0].weight.squeeze(-1), net[0].bias))


def normalise_rows(norm: nn.Module, x: Tensor) -> Tensor:
    """Batch normalisation of (..., D) over everything but D."""
    return norm(x.reshape(-1, x.shape[-1])).reshape(x.shape)


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode with every `conv_norm`'s normalisation folded into its convolution.

    Exact up to rounding; what the exporters and the robot run.
    """
    folded = copy.deepcopy(model).eval()
    for module in folded.modules():
        if isinstance(module, nn.Sequential) and len(module) == 2 and isinstance(module[1], nn.BatchNorm1d):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return folded
