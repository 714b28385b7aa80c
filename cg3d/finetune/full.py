"""Fine-tuning of the whole encoder with a classifier, by cross-entropy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from cg3d.data.batches.balance import draw_balanced
from cg3d.finetune.classifier import Classifier
from cg3d.finetune.clouds import Clouds, Key
from cg3d.finetune.config import FinetuneConfig
from cg3d.finetune.metrics import Accuracy, accuracy
from cg3d.machine import autocast
from cg3d.training.optimisers import by_decay, rate_factor
from cg3d.training.progress import TrainingLog
from cg3d_runtime.errors import Cg3dError, DataError

MOST_ADVISED = 0.01  # rate, where the one that failed was beyond all that works


def learn(
    classifier: Classifier,
    learned: Clouds,
    held_out: Clouds,
    labels: Sequence[str],
    config: FinetuneConfig,
    precision: str,
    folder: Path,
) -> Accuracy:
    """Learn, and measure after every epoch; the result is that of the last epoch, never of the best.

    Args:
        classifier: on the device to learn on; changed in place, left in evaluation mode.
        held_out: objects to measure on, at least one.
        labels: names of the label numbers.
        folder: takes the curves; made here.
    Raises:
        DataError: the objects to learn from do not fill one batch.
        Cg3dError: the loss or its gradient became infinite or NaN.
    """
    if len(learned) < config.batch_size:
        raise DataError(
            f"{len(learned)} objects do not fill one batch of {config.batch_size}. Lower batch_size or add data."
        )
    steps_per_epoch = len(learned) // config.batch_size
    steps = config.epochs * steps_per_epoch
    matrices, others = by_decay(classifier)
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    optimiser = AdamW(groups, config.lr, weight_decay=config.weight_decay)
    schedule = LambdaLR(optimiser, lambda step: rate_factor(step, steps, config.warmup, config.final_lr))
    measured = torch.stack([held_out[0, index][0] for index in range(len(held_out))])  # (M, N, C)
    batches = learned.batches(_keys(learned.labels.numpy(), config), config.workers)
    folder.mkdir(parents=True, exist_ok=True)
    with TrainingLog(folder, steps, config.batch_size) as progress:
        for first in range(0, steps, steps_per_epoch):
            for step, batch in enumerate(islice(batches, steps_per_epoch), first):
                loss = _step(classifier, optimiser, batch, step, config, precision)
                schedule.step()
                progress.advance(step + 1)
            scores = accuracy(_logits(classifier, measured, config.batch_size, precision), held_out.labels, labels)
            numbers = {"loss": loss, "held_out_top1": scores.top[1], "held_out_class_mean": scores.class_mean}
            progress.report(step + 1, numbers)
    return scores


def _step(
    classifier: Classifier,
    optimiser: Optimizer,
    batch: tuple[Tensor, Tensor],
    step: int,
    config: FinetuneConfig,
    precision: str,
) -> float:
    """One step of the optimiser; the loss before it."""
    device = classifier.head.weight.device
    points, truth = (part.to(device) for part in batch)
    classifier.train()
    with autocast(device, precision):
        logits = classifier(points)
    loss = F.cross_entropy(logits, truth, label_smoothing=config.label_smoothing)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(classifier.parameters(), config.clip_norm)
    if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
        raise Cg3dError(
            f"step {step}: the loss is {loss.item():g} or its gradient is not finite; stopped, no classifier is written. "
            f"Lower the rate, for example --set lr={min(config.lr / 3, MOST_ADVISED):.1g}."
        )
    optimiser.step()
    optimiser.zero_grad()
    return loss.item()


@torch.no_grad()
def _logits(classifier: Classifier, points: Tensor, batch_size: int, precision: str) -> Tensor:
    """(M, L) on the CPU for (M, N, C) prepared points; leaves the classifier in evaluation mode."""
    classifier.eval()
    device = classifier.head.weight.device
    with autocast(device, precision):
        return torch.cat([classifier(part.to(device)).cpu() for part in points.split(batch_size)])


def _keys(labels: np.ndarray, config: FinetuneConfig) -> Iterator[list[Key]]:
    """For each step its clouds: every epoch visits each object once, but for the few that do not fill a batch.

    Where labels (N,) are balanced, an object may come again, and is changed anew.
    """
    objects, balance = len(labels), config.data.balance
    for epoch in range(config.epochs):
        rng = np.random.default_rng([config.seed, epoch])
        order = rng.permutation(objects) if balance == "none" else draw_balanced(labels, objects, balance, rng)
        versions = np.full(objects, epoch) if balance == "none" else epoch * objects + np.arange(objects)
        keys = list(zip((1 + versions).tolist(), order.tolist(), strict=True))
        for start in range(0, objects - config.batch_size + 1, config.batch_size):
            yield keys[start : start + config.batch_size]
