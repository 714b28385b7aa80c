"""Everything that decides a training run, its presets, and `--set a.b=value`.

A preset is a TOML file in `presets`, or any other; what it leaves out has the default written here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cg3d import config_tree
from cg3d.config_tree import require, require_ranges, value_of
from cg3d.data.augment import images as image_augment
from cg3d.data.augment import points as augment
from cg3d.data.augment.images import ImageAugmentation
from cg3d.data.augment.points import Augmentation
from cg3d.data.batches.balance import BALANCES
from cg3d.models.cg3d import ModelConfig
from cg3d.models.encoders.point_encoder import POINT_ENCODERS
from cg3d.models.encoders.pointmlp import NEIGHBOURS
from cg3d.models.prompts import IMAGE_DEPTHS
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import MODES
from cg3d_runtime.preparation.voxel_grid import MOST_POINTS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = Path(__file__).resolve().parent / "presets"

_CHOICES = {
    "device": ("auto", "cpu", "cuda"),
    "precision": ("auto", "fp32", "bf16"),
    "schedule": ("joint", "alternate"),
    "data.balance": tuple(BALANCES),
    "positives": ("label", "caption", "self"),
    "scale": ("frozen", "learned"),
    "model.encoder.name": tuple(POINT_ENCODERS),
    "model.encoder.prepare": MODES,
    "model.prompts.image_depth": IMAGE_DEPTHS,
}
FEWEST_POINTS = 8 * NEIGHBOURS  # PointMLP's last stage takes its neighbours from an eighth of the points
MOST_PROMPTS = 64  # CLIP's text tower has 77 places, and words need some


@dataclass(frozen=True)
class LossWeights:
    """Factors of the three terms of the loss; 0 leaves a term out."""

    points_text: float = 1.0
    points_image: float = 1.0
    image_text: float = 1.0
    points_label: float = 0.0  # each cloud against all labels of the data at once, not only those of its batch


@dataclass(frozen=True)
class DataConfig:
    """Loading of packed objects: splits, batches, augmentation."""

    objects_per_category: int = 14  # built-in objects, where no data is named
    categories: str = ""  # kinds of built-in objects, separated by commas; empty: all
    held_out: float = 0.1  # share of each label's objects held out for evaluation
    workers: int = 0  # loader processes; 0: the training process itself
    balance: str = (
        "none"  # how often labels are seen: as they are, by the root of their objects (sqrt), or equally (labels)
    )
    variants: int = 0  # augmented clouds kept of each object and used again, turned and mirrored; 0: each is made anew
    augmentation: Augmentation = field(default_factory=Augmentation)
    image_augmentation: ImageAugmentation = field(default_factory=ImageAugmentation)


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Raises:
        CheckpointError: a value out of its range; the message names it.
    """

    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    seed: int = 0
    device: str = "auto"  # auto: CUDA where there is one
    precision: str = "auto"  # auto: bf16 where the device computes in it, else fp32
    steps: int = 300  # optimiser steps
    batch_size: int = 32  # objects
    schedule: str = "joint"  # joint: one sum; alternate: even steps train the encoder, odd steps the prompts
    positives: str = "label"  # pairs of a batch that are no negatives: of one label, of one caption, or self alone
    weights: LossWeights = field(default_factory=LossWeights)
    scale: str = "frozen"  # factor on the cosines: frozen at the towers' own, or learned from there, up to 100
    hard_negatives: float = 0.0  # share of a batch drawn from the labels nearest in text space, instead of at random
    lr: float = 2e-3  # point encoder, AdamW
    weight_decay: float = 0.05
    prompt_lr: float = 0.01  # SGD
    prompt_momentum: float = 0.9
    prompt_weight_decay: float = 1e-4
    warmup: float = 0.05  # share of the steps in which the rates rise, linearly from 0
    final_lr: float = 0.01  # share of each rate that the cosine ends at
    clip_norm: float = 10.0  # largest gradient norm, of the encoder and of the prompts
    log_every: int = 10  # steps
    evaluate_every: int = 100  # steps
    save_every: int = 100  # steps

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            require(self, name, value_of(self, name) in known, f"one of {', '.join(known)}")
        for name in ("steps", "log_every", "evaluate_every", "save_every", "data.objects_per_category"):
            require(self, name, value_of(self, name) >= 1, "1 or more")
        terms = ("points_text", "points_image", "image_text", "points_label")
        for name in (*(f"weights.{term}" for term in terms), "data.workers", "data.variants"):
            require(self, name, value_of(self, name) >= 0, "0 or more")
        for name in ("model.prompts.image_tokens", "model.prompts.text_context"):
            require(self, name, 0 <= value_of(self, name) <= MOST_PROMPTS, f"0 to {MOST_PROMPTS}")
        for name in ("lr", "prompt_lr", "clip_norm"):
            require(self, name, value_of(self, name) > 0, "above 0")
        for name in ("warmup", "final_lr", "hard_negatives", "data.held_out"):
            require(self, name, 0 <= value_of(self, name) <= 1, "0 to 1")
        require_ranges(self, "data.augmentation", augment.RANGES)
        require_ranges(self, "data.image_augmentation", image_augment.RANGES)
        texts_stay = not self.model.prompts.has_text_prompts
        require(self, "weights.points_label", texts_stay or not self.weights.points_label, "0 where text prompts learn")
        encoder = self.model.encoder
        fits = FEWEST_POINTS <= encoder.points <= MOST_POINTS
        require(self, "model.encoder.points", fits, f"{FEWEST_POINTS} to {MOST_POINTS}")
        require(self, "model.encoder.channels", encoder.channels in (3, 6), "3 (xyz) or 6 (xyz and rgb)")
        require(self, "batch_size", self.batch_size >= 2, "2 or more: its other objects are the negatives")
        require(self, "data.held_out", self.data.held_out < 1, "below 1: something must be left to learn from")
        can_alternate = self.model.prompts.has_prompts or self.schedule == "joint"
        require(self, "schedule", can_alternate, "joint where the model has no prompts")
        learns_prompts = self.weights.image_text > 0 or self.schedule == "joint"
        require(
            self, "weights.image_text", learns_prompts, "above 0 to alternate: every other step has this term alone"
        )
        learns_points = self.weights.points_text + self.weights.points_image + self.weights.points_label > 0
        require(
            self,
            "weights",
            learns_points,
            "above 0 for points_text, points_image or points_label: else no 3D encoder is learned",
        )


def load_config(preset: str | Path = "mini", overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a preset and change single values.

    Args:
        preset: a name in `presets`, or a TOML file.
        overrides: `a.b=value` each, the value as TOML writes it; strings need no quotes.
    Raises:
        CheckpointError: an unknown preset or field, or a value of the wrong type or range.
    """
    path = Path(preset) if str(preset).endswith(".toml") else PRESETS / f"{preset}.toml"
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(sorted(file.stem for file in PRESETS.glob("*.toml")))
        raise CheckpointError(
            f"preset {str(preset)!r}: {path} cannot be read ({error.strerror}). Name one of {known}, or a .toml file."
        ) from error
    except (ValueError, RecursionError) as error:  # not TOML, nested without end, or not UTF-8
        raise CheckpointError(f"preset {path} is not TOML: {error}.") from error
    return config_tree.with_overrides(config_from_tree(tree), overrides)


def config_from_tree(tree: Mapping[str, Any]) -> TrainConfig:
    """The configuration that a preset or `dataclasses.asdict` describes; what is left out has its default.

    Raises:
        CheckpointError: an unknown field, or a value of the wrong type or range.
    """
    return config_tree.from_tree(TrainConfig, tree)


def field_types() -> dict[str, type]:
    """Every value of a training configuration that can be set, by its dotted name."""
    return config_tree.field_types(TrainConfig)
