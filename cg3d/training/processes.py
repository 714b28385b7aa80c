"""Several processes that learn as one, started by torchrun: the loss of W processes of B objects is that of one of W * B.

Features are gathered with their gradients, batch normalisation takes its statistics from everyone, and the gradients of what
learns are summed. The towers are frozen, so that is little: no wrapper around the model is needed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd import Function

from cg3d.models.encoders.pointwise import running_statistics
from cg3d.training.losses import Rows


@dataclass(frozen=True)
class Processes:
    """This process among those that share every step.

    Attributes:
        rank: 0 <= rank < size; rank 0 logs, evaluates and saves.
        size: how many there are; with 1, every method gives back what it got.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_main_process(self) -> bool:
        return self.rank == 0

    def gather(self, own: Tensor) -> Rows:
        """Rows (b, ...) of every process, in the order of ranks; gradients flow back to where a row came from."""
        return Rows(own, own if self.size == 1 else _gather(own))

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace float32 tensors by their sums over the processes, in one message."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.detach().flatten() for tensor in tensors])
        dist.all_reduce(flat)
        for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.detach().copy_(part.view_as(tensor))

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any process says so."""
        if self.size == 1:
            return flag
        flags = torch.tensor(float(flag), device=device)
        dist.all_reduce(flags)
        return flags.item() > 0


def is_main_process() -> bool:
    """Whether this process, among those that torchrun may have started, is the one that speaks."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """The processes that torchrun started together, or this one alone."""
    if "WORLD_SIZE" not in os.environ:
        yield Processes()
        return
    # Its functions keep the group that exists when they are defined as a default, so it would never end: an optimiser's first
    # step imports them, and gloo's threads would then abort the process at its exit, now and then.
    importlib.import_module("torch.distributed.nn")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def share_batch_norms(model: nn.Module, processes: Processes, device: torch.device) -> nn.Module:
    """The model with batch normalisations that take their statistics over all processes; keys and weights stay."""
    if processes.size == 1:
        return model
    if device.type == "cuda":
        synchronised: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        return synchronised
    for module in model.modules():
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm1d:
                setattr(module, name, _SharedBatchNorm(child))
    return model


class _Gather(Function):
    """Rows of all processes; a row's gradient is the sum of what every process has for it."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        parts = [torch.empty_like(own) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, own.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(gradient)
        return gradient.chunk(dist.get_world_size())[dist.get_rank()]


class _Sum(Function):
    """The sum over all processes, whose gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _sum(gradient)


_gather: Callable[[Tensor], Tensor] = _Gather.apply
_sum: Callable[[Tensor], Tensor] = _Sum.apply


class _SharedBatchNorm(nn.BatchNorm1d):
    """nn.SyncBatchNorm for a CPU, which the original refuses."""

    def __init__(self, norm: nn.BatchNorm1d) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.load_state_dict(norm.state_dict())

    def forward(self, x: Tensor) -> Tensor:
        """(M, D) rows of this process, normalised by the mean and the variance of everyone's."""
        if not self.training:
            return super().forward(x)
        rows = x.float()
        count = len(rows) * dist.get_world_size()
        mean = _sum(rows.sum(dim=0)) / count
        variance = _sum((rows - mean).square().sum(dim=0)) / count
        self._remember(mean.detach(), variance.detach() * (count / (count - 1)))
        return ((rows - mean) * (variance + self.eps).rsqrt() * self.weight + self.bias).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        running = running_statistics(self)
        running.batches.add_(1)
        running.mean.lerp_(mean, running.momentum)
        running.variance.lerp_(variance, running.momentum)
