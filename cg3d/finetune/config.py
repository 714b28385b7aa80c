"""Everything that decides one fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cg3d.config_tree import require, require_ranges, value_of, with_overrides
from cg3d.data.augment import points as augment
from cg3d.data.augment.points import Augmentation
from cg3d.data.batches.balance import BALANCES

_CHOICES = {
    "mode": ("full", "linear", "few-shot"),
    "device": ("auto", "cpu", "cuda"),
    "precision": ("auto", "fp32", "bf16"),
    "data.balance": tuple(BALANCES),
}
_RANGES = {  # smallest and largest
    "held_out": (0, 1),
    "label_smoothing": (0, 1),
    "warmup": (0, 1),
    "final_lr": (0, 1),
}
_SMALLEST = {
    "batch_size": 2,  # batch normalisation needs company
    "workers": 0,
    "epochs": 1,
    "weight_decay": 0,
    "copies": 1,
    "strength": 0,
    "ways": 2,
    "shots": 1,
    "queries": 1,
    "episodes": 1,
}


@dataclass(frozen=True)
class FinetuneData:
    """Loading of packed objects, by the names of training."""

    balance: str = "none"  # full, linear: how often labels are seen, see `cg3d.data.batches.balance`


@dataclass(frozen=True)
class FinetuneConfig:
    """One fine-tuning in one of three modes.

    Raises:
        CheckpointError: a value out of its range; the message names it.
    """

    mode: str = "full"  # full: encoder and classifier learn; linear: a classifier alone; few-shot: none, episodes
    seed: int = 0  # of the split, fresh weights, order, augmentation and episodes
    device: str = "auto"  # auto: CUDA where there is one
    precision: str = "auto"  # of the encoder; auto: bf16 where the device computes in it, else fp32
    batch_size: int = 32  # objects
    workers: int = 0  # loader processes; 0: this process itself
    held_out: float = 0.2  # full, linear: share of each label's objects that the figures are measured on
    data: FinetuneData = field(default_factory=FinetuneData)
    augmentation: Augmentation = field(default_factory=Augmentation)

    # full
    epochs: int = 50
    lr: float = 5e-4  # AdamW
    weight_decay: float = 0.05
    label_smoothing: float = 0.2
    warmup: float = 0.1  # share of the steps in which the rate rises, linearly from 0
    final_lr: float = 0.01  # share of the rate that the cosine ends at
    clip_norm: float = 10.0  # largest gradient norm

    # linear
    copies: int = 4  # embeddings of each training object: one as it is, the others augmented
    strength: float = 0.0  # L2 penalty, few-shot too, see `linear_probe.fit`; 0: linear chooses, few-shot takes 1e-3

    # few-shot
    ways: int = 5  # labels an episode
    shots: int = 5  # objects of each label to learn from
    queries: int = 20  # objects of each label to recognise
    episodes: int = 10

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            require(self, name, value_of(self, name) in known, f"one of {', '.join(known)}")
        for name, (smallest, largest) in _RANGES.items():
            require(self, name, smallest <= value_of(self, name) <= largest, f"{smallest} to {largest}")
        require_ranges(self, "augmentation", augment.RANGES)
        for name, bound in _SMALLEST.items():
            require(self, name, value_of(self, name) >= bound, f"{bound} or more")
        for name in ("lr", "clip_norm"):
            require(self, name, value_of(self, name) > 0, "above 0")


def load_finetune_config(mode: str, overrides: Sequence[str] = ()) -> FinetuneConfig:
    """The defaults of a mode with single values changed, `name=value` each.

    Raises:
        CheckpointError: an unknown mode or field, or a value of the wrong type or range.
    """
    return with_overrides(FinetuneConfig(mode), overrides)
