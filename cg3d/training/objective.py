"""The training objective: the terms of a step, the modalities that get gradients, and the positives."""

from __future__ import annotations

import torch
from torch import Tensor

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import Batch
from cg3d.data.samples import number_of
from cg3d.training.features import BatchEncoder
from cg3d.training.losses import label_cross_entropy, symmetric_infonce
from cg3d.training.processes import Processes

# The terms of the loss, and the two modalities that each brings together.
TERMS = {"points_text": ("points", "text"), "points_image": ("points", "image"), "image_text": ("image", "text")}


def batch_losses(
    encoder: BatchEncoder, batch: Batch, config: TrainConfig, step: int, processes: Processes
) -> dict[str, Tensor]:
    """This process's part of the terms that a step learns from, unweighted.

    Gradients reach only what the schedule lets learn in this step.
    """
    terms, learning = scheduled(config, step)
    against_labels = config.weights.points_label > 0 and "points" in learning
    modalities = sorted(
        {modality for term in terms for modality in TERMS[term]} | ({"points"} if against_labels else set())
    )
    features = {name: processes.gather(encoder.encode(batch, name, name in learning)) for name in modalities}
    keys = processes.gather(positive_keys(batch, config.positives, processes.rank).to(encoder.device))
    scale = encoder.scale if "points" in learning else encoder.scale.detach()
    # Outside autocast: at a scale of 100 the cosines' bits that half precision drops are whole logits.
    losses = {
        term: symmetric_infonce(features[rows], features[columns], scale, keys)
        for term, (rows, columns) in TERMS.items()
        if term in terms
    }
    if against_labels:
        truth, size = batch["labels"].to(encoder.device), len(keys.all)
        losses["points_label"] = label_cross_entropy(features["points"].own, encoder.labels, scale, truth, size)
    return losses


def scheduled(config: TrainConfig, step: int) -> tuple[list[str], set[str]]:
    """The terms of a step, and the modalities that learn from them.

    "joint" sums all terms in every step; "alternate" is CG3D's own: even steps train the point encoder, odd ones the prompts.
    """
    terms = [term for term in TERMS if getattr(config.weights, term) > 0]
    if config.schedule == "joint":
        return terms, {"points", "image", "text"}
    if step % 2 == 0:
        return [term for term in terms if "points" in TERMS[term]], {"points"}
    return ["image_text"], {"image", "text"}


def positive_keys(batch: Batch, kind: str, rank: int = 0) -> Tensor:
    """(b,) int64, equal for the objects of a step that are no negatives of each other."""
    if kind == "label":
        return batch["labels"]
    if kind == "caption":
        return torch.tensor([number_of(caption) >> 1 for caption in batch["captions"]])  # 63 bits: int64 has a sign
    return torch.arange(len(batch["ids"])) + rank * len(batch["ids"])
