"""Memory of a training step, estimated from its forward pass on a few objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import chain

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import Batch
from cg3d.models.cg3d import CG3D
from cg3d.training.features import BatchEncoder
from cg3d.training.objective import batch_losses
from cg3d.training.optimisers import build_optimisers, parameters_of
from cg3d.training.processes import Processes

# Measured in short runs of all presets and encoders on a CPU, in fp32 and bf16, where freed blocks are kept, see
# cg3d.machine. On a GPU the allocator packs better, and only what goes through it is counted.
_PASSING = {"cpu": 0.8, "cuda": 0.1}  # per byte of activations: their own gradients, and what kernels need meanwhile
_CASTS = {"cpu": 2.5, "cuda": 0.0}  # per byte of weights, where they are cast to half precision at every use
_LIBRARIES = {"cpu": 550_000_000, "cuda": 0}


@dataclass(frozen=True)
class Memory:
    """Bytes at the peak of a training step, on the device that computes.

    Attributes:
        weights: parameters and buffers, of the frozen towers too.
        gradients: of what learns.
        optimisers: what they remember.
        activations: kept by the forward pass for the backward pass.
        passing: what else is held for a moment; measured shares of the activations and of the weights.
        batch: points and pictures.
        libraries: Python, PyTorch and their like; 0 on a GPU.
    """

    weights: int
    gradients: int
    optimisers: int
    activations: int
    passing: int
    batch: int
    libraries: int

    @property
    def total(self) -> int:
        return sum(asdict(self).values())


def estimate_memory(model: CG3D, batch: Batch, config: TrainConfig, device: torch.device, precision: str) -> Memory:
    """Memory of a step, within a third of the peak measured in short real runs on a CPU.

    Args:
        model: on `device`; its batch statistics are spoilt.
        batch: a whole one.
    """
    activations = activation_bytes(model, batch, config, device, precision)
    optimisers = build_optimisers(model, config)
    weights = byte_count(chain(model.parameters(), model.buffers()))
    casts = 0.0 if precision == "fp32" else _CASTS[device.type] * weights
    return Memory(
        weights=weights,
        gradients=sum(byte_count(parameters_of(optimiser)) for optimiser in optimisers),
        optimisers=sum(_values_kept(optimiser) * byte_count(parameters_of(optimiser)) for optimiser in optimisers),
        activations=activations,
        passing=int(_PASSING[device.type] * activations + casts),
        batch=byte_count([batch["points"], batch["image"]]),
        libraries=_LIBRARIES[device.type],
    )


def activation_bytes(model: CG3D, batch: Batch, config: TrainConfig, device: torch.device, precision: str) -> int:
    """Bytes that the forward pass of a whole batch keeps, in the kind of step that needs most.

    Two objects and four tell what an object takes, and what a step takes whatever its size.
    """
    weights = [*model.train().parameters(), *model.buffers()]
    # The scores of all labels are as nothing beside the clouds, and the labels are those of data that need not be there:
    # the texts of the batch stand for them.
    terms = config.weights
    terms = replace(terms, points_label=0.0, points_text=terms.points_text or terms.points_label)
    config = replace(config, weights=terms)

    def kept(count: int, step: int) -> int:
        encoder = BatchEncoder(model, device, precision)
        return kept_bytes(lambda: batch_losses(encoder, _some(batch, count), config, step, Processes()), weights)

    steps = (0, 1) if config.schedule == "alternate" else (0,)
    pairs = [(kept(2, step), kept(4, step)) for step in steps]
    return max(two + (four - two) * (config.batch_size - 2) // 2 for two, four in pairs)


def kept_bytes(forward: Callable[[], object], weights: Iterable[Tensor]) -> int:
    """Bytes of the distinct storages that autograd keeps for the backward pass; those of the weights are not counted.

    Args:
        forward: runs the forward pass, and returns what its graph hangs on.
    """
    own = {tensor.untyped_storage().data_ptr() for tensor in weights}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # the tensor itself would hold on to its graph, and so to itself, for ever

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        graph = forward()
    del graph  # not before: an address that autograd lets go of is given to another storage
    return sum(kept.values())


def _some(batch: Batch, count: int) -> Batch:
    """A batch of `count`, of two objects in turn; the text as long as the longest, which decides for all."""
    indices = [k % 2 for k in range(count)]
    return Batch(
        points=batch["points"][indices],
        image=batch["image"][indices],
        captions=[max(batch["captions"], key=len)] * count,
        labels=batch["labels"][indices],
        ids=[batch["ids"][k] for k in indices],
    )


def _values_kept(optimiser: Optimizer) -> int:
    """Values that an optimiser remembers for each weight: AdamW two means, SGD one where it has momentum."""
    return 2 if isinstance(optimiser, AdamW) else int(optimiser.param_groups[0]["momentum"] > 0)


def byte_count(tensors: Iterable[Tensor]) -> int:
    """Bytes of their values."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
