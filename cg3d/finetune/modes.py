"""The three modes: what each learns, and what it measures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cg3d.data.batches.balance import draw_balanced
from cg3d.data.samples import ObjectSet
from cg3d.data.split import Selection, split_as_published, split_by_object
from cg3d.finetune import few_shot, full, linear_probe
from cg3d.finetune.classifier import Classifier
from cg3d.finetune.clouds import Clouds
from cg3d.finetune.config import FinetuneConfig
from cg3d.finetune.embeddings import embed
from cg3d.finetune.encoder import PretrainedEncoder
from cg3d.finetune.metrics import Accuracy, accuracy
from cg3d_runtime.errors import DataError

log = logging.getLogger(__name__)

FEW_SHOT_STRENGTH = 1e-3  # of the logistic regression: a few shots have none to choose it on
FOLD = 0.2  # share of the objects to learn from that the strength of the linear probe is chosen on


@dataclass(frozen=True)
class Task:
    """Everything that a mode works with; `folder` takes the curves."""

    config: FinetuneConfig
    encoder: PretrainedEncoder
    objects: ObjectSet
    device: torch.device
    precision: str
    folder: Path

    def clouds(self, objects: ObjectSet) -> Clouds:
        """Objects as the encoder reads them."""
        return Clouds(objects, self.encoder.config.spec, self.config.augmentation, self.config.seed)

    def embed(self, objects: ObjectSet, copies: int = 1) -> Tensor:
        """(copies, M, D) float32 unit rows on the CPU; see `embeddings.embed`."""
        module, config = self.encoder.module.to(self.device), self.config
        return embed(
            module, self.clouds(objects), self.device, self.precision, config.batch_size, config.workers, copies
        )

    def classifier(self) -> Classifier:
        """The encoder under a classifier with fresh weights, on the device."""
        return Classifier(self.encoder.module, self.encoder.embed_dim, len(self.objects.labels)).to(self.device)


@dataclass(frozen=True)
class ModeResult:
    """The result of a mode.

    Attributes:
        scores: the figures.
        facts: JSON object of what was decided on the way.
        classifier: what was learned; None where nothing was.
    """

    scores: Accuracy | few_shot.FewShotScores
    facts: dict[str, Any]
    classifier: Classifier | None = None


def full_mode(task: Task) -> ModeResult:
    """Encoder and classifier learn together."""
    learned, held_out = _split(task)
    classifier = task.classifier()
    clouds = task.clouds(learned), task.clouds(held_out)
    scores = full.learn(classifier, *clouds, task.objects.labels, task.config, task.precision, task.folder)
    return ModeResult(scores, _sizes(learned, held_out), classifier)


def linear_mode(task: Task) -> ModeResult:
    """A linear classifier learns on the embeddings of the frozen encoder."""
    learned, held_out = _split(task)
    labels, copies, fold = task.objects.labels, task.config.copies, _fold(task, learned)
    rows = task.embed(learned, copies).to(task.device)
    truth = task.clouds(learned).labels.to(task.device)
    strength = task.config.strength or linear_probe.choose_strength(rows, truth, len(labels), fold)
    log.info("strength of the penalty: %g", strength)
    drawn = _drawn(task, truth)
    probe = linear_probe.fit(rows[:, drawn].flatten(0, 1), truth[drawn].repeat(copies), len(labels), strength)
    logits = probe.logits(task.embed(held_out)[0].to(task.device)).cpu()
    classifier = task.classifier()
    classifier.set_head(probe)
    scores = accuracy(logits, task.clouds(held_out).labels, labels)
    return ModeResult(scores, {**_sizes(learned, held_out), "strength": strength}, classifier)


def few_shot_mode(task: Task) -> ModeResult:
    """Nothing lasting is learned: small tasks are drawn again and again."""
    c = task.config
    protocol = few_shot.Protocol(c.ways, c.shots, c.queries, c.episodes)
    labels = [info.label for info in task.objects.infos]
    eligible = few_shot.eligible_labels(labels, protocol)
    left_out = len(task.objects.labels) - len(eligible)
    log.info("episodes draw from %d labels; left out for too few objects: %d", len(eligible), left_out)
    chosen = Selection(task.objects, [index for index, label in enumerate(labels) if label in eligible])
    names = [info.label for info in chosen.infos]
    methods = few_shot.play(task.embed(chosen)[0], names, protocol, c.seed, c.strength or FEW_SHOT_STRENGTH)
    return ModeResult(few_shot.FewShotScores(protocol, tuple(eligible), left_out, methods), {"used": len(chosen)})


MODES: dict[str, Callable[[Task], ModeResult]] = {"full": full_mode, "linear": linear_mode, "few-shot": few_shot_mode}


def _split(task: Task) -> tuple[Selection, Selection]:
    """Objects to learn from, and those held out to measure on."""
    share = task.config.held_out
    learned, held_out = split_as_published(task.objects, share, task.config.seed)
    if not len(held_out):
        raise DataError(
            f"no object can be held out: {share:g} of each label's objects, rounded, is none, and its last one always "
            f"stays. {len(task.objects)} objects have {len(task.objects.labels)} labels. Raise held_out, or add objects."
        )
    measured = len({info.label for info in held_out.infos})
    log.info("%d objects to learn from, %d held out", len(learned), len(held_out))
    if measured < len(task.objects.labels):
        log.info(
            "%d of %d labels have held-out objects and count in the class mean", measured, len(task.objects.labels)
        )
    return learned, held_out


def _drawn(task: Task, truth: Tensor) -> Tensor:
    """(M,) indices of the objects to learn from (M), some of them again where labels are balanced."""
    balance, rng = task.config.data.balance, np.random.default_rng(task.config.seed)
    indices = (
        np.arange(len(truth)) if balance == "none" else draw_balanced(truth.cpu().numpy(), len(truth), balance, rng)
    )
    return torch.from_numpy(indices).to(truth.device)


def _sizes(learned: Selection, held_out: Selection) -> dict[str, Any]:
    return {"learned": len(learned), "held_out": len(held_out)}


def _fold(task: Task, learned: Selection) -> Tensor:
    """(M,) bool on the device: objects to learn from that the strength is chosen on; the held-out ones take no part."""
    _, chosen = split_by_object(learned, FOLD, task.config.seed)
    if not len(chosen) and not task.config.strength:
        raise DataError(
            "the strength of the linear probe cannot be chosen: no label has 3 objects to learn from, of which one could "
            "be set aside. Name it, for example --set strength=1e-4, or add objects."
        )
    fold = torch.zeros(len(learned), dtype=torch.bool, device=task.device)
    fold[chosen.indices] = True
    return fold
