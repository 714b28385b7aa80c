"""Operations and bytes of a module, counted while it runs once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


class Work(NamedTuple):
    """What a module does.

    Attributes:
        flops: operations of products and convolutions; others are few.
        bytes: that its operators read and write, each by itself: what fuses them moves less.
    """

    flops: float
    bytes: float

    def roof(self, peak_flops: float, peak_bytes: float) -> float:
        """Operations a second that a device with these peaks can reach: by computing, or by its memory."""
        return min(peak_flops, peak_bytes * self.flops / self.bytes)


def flops_of(run: Callable[[], object]) -> float:
    """The operations of one run."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


def bytes_of(run: Callable[[], object]) -> float:
    """The bytes that the operators of one run take and give."""
    with torch.no_grad(), _Traffic() as traffic:
        run()
    return float(traffic.bytes)


class _Traffic(TorchDispatchMode):
    """Adds up the bytes of what operators take and give; views move none."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.bytes += sum(tensor.nbytes for tensor in _tensors((args, kwargs, out)))
        return out


def _tensors(tree: Any) -> Iterator[Tensor]:
    return (leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor))
