"""Learn the point encoder and the prompts of CG3D (Hegde et al. 2023, arXiv 2303.11313) on packed or built-in objects."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.optim import Optimizer

from cg3d.checkpoint import CHECKPOINT_FILE, build_model, save_checkpoint
from cg3d.config import TrainConfig
from cg3d.data.batches import Batch, TrainBatches
from cg3d.data.parametric_objects import synthesise
from cg3d.data.shards import Dataset
from cg3d.data.split import split_by_object
from cg3d.device import choose_device, choose_precision
from cg3d.features import BatchEncoder
from cg3d.host_memory import keep_freed_memory
from cg3d.losses import shared_text, symmetric_infonce
from cg3d.models.cg3d import CG3D
from cg3d.optimisers import build_optimisers, set_rates
from cg3d.progress import TrainingLog
from cg3d.provenance import new_record
from cg3d.zero_shot import HeldOut
from cg3d_runtime.errors import Cg3dError, CheckpointError
from cg3d_runtime.prepare import PrepareSpec

log = logging.getLogger(__name__)

# The terms of the loss, and the two modalities that each brings together.
TERMS = {"points_text": ("points", "text"), "points_image": ("points", "image"), "image_text": ("image", "text")}


def train(config: TrainConfig, data: Path | None, out: Path) -> Path:
    """Learn, and save the run.

    Args:
        config: everything that decides the run.
        data: a folder that `cg3d data pack` wrote, or None for the built-in objects.
        out: the run's folder; made here.
    Returns:
        `out`.
    Raises:
        CheckpointError: `out` holds a run already, or the towers do not fit.
        DataError: the data are missing, malformed or too few.
        BackendError: a device that is not there.
        Cg3dError: the loss became infinite or NaN; the last checkpoint stays.
    """
    keep_freed_memory()
    device = choose_device(config.device)
    precision = choose_precision(config.precision, device)
    objects = Dataset.open(data) if data else synthesise(config.data.objects_per_category, config.seed)
    learned, held_out = split_by_object(objects, config.data.held_out, config.seed)
    model = build_model(config).to(device)
    spec = PrepareSpec(config.model.encoder.points, config.model.encoder.channels)
    batches = TrainBatches(
        learned,
        config.batch_size,
        spec,
        model.towers.image_size,
        config.seed,
        config.data.augmentation,
        config.data.workers,
    )
    record = new_record(config, model, data, objects)
    _make_run_folder(out)
    _announce(model, len(learned), len(held_out), device, precision)

    torch.manual_seed(config.seed)
    encoder = BatchEncoder(model, device, precision)
    optimisers = build_optimisers(model, config)
    evaluation = HeldOut(held_out, spec) if len(held_out) else None
    latest: dict[str, Tensor] = {}  # by term: in alternation a step has only some of them
    with TrainingLog(out, config.steps, config.batch_size) as progress:
        for step, batch in zip(range(config.steps), batches.steps(), strict=False):
            model.train()
            set_rates(optimisers, config, step)
            losses = batch_losses(encoder, batch, config, step, model.logit_scale)
            loss = torch.stack([getattr(config.weights, name) * value for name, value in losses.items()]).sum()
            loss.backward()
            _require_finite([loss, *_clip(optimisers, config.clip_norm)], step, record.step, config)
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad()

            latest |= losses
            done, last = step + 1, step + 1 == config.steps
            progress.advance(done)
            if last or done % config.log_every == 0:
                rate = optimisers[0].param_groups[0]["lr"]
                progress.report(done, {"loss": loss.item(), **{n: v.item() for n, v in latest.items()}, "lr": rate})
            if evaluation and (last or done % config.evaluate_every == 0):
                record = replace(record, metrics={"held_out_top1": evaluation.top1(model, precision)})
                progress.report(done, record.metrics)
            if last or done % config.save_every == 0:
                record = replace(record, step=done)
                save_checkpoint(out, model, record)
    return out


def batch_losses(
    encoder: BatchEncoder, batch: Batch, config: TrainConfig, step: int, scale: float
) -> dict[str, Tensor]:
    """The terms that a step learns from, unweighted; gradients reach only what the schedule lets learn in this step."""
    terms, learning = _scheduled(config, step)
    modalities = sorted({modality for term in terms for modality in TERMS[term]})
    features = {modality: encoder.encode(batch, modality, modality in learning) for modality in modalities}
    positives = _positives(batch, config.positives).to(features[modalities[0]].device)
    losses = {}
    # Outside autocast: at a scale of 100 the cosines' bits that half precision drops are whole logits.
    for term in terms:
        rows, columns = (features[modality] for modality in TERMS[term])
        losses[term] = symmetric_infonce(rows, columns, scale, positives)
    return losses


def _scheduled(config: TrainConfig, step: int) -> tuple[list[str], set[str]]:
    """The terms of a step, and the modalities that learn from them."""
    terms = [term for term in TERMS if getattr(config.weights, term) > 0]
    if config.schedule == "joint":
        return terms, {"points", "image", "text"}
    if step % 2 == 0:
        return [term for term in terms if "points" in TERMS[term]], {"points"}
    return ["image_text"], {"image", "text"}


def _positives(batch: Batch, kind: str) -> Tensor:
    """(B, B) bool: the pairs of a batch that are no negatives."""
    if kind == "label":
        return batch["labels"][:, None] == batch["labels"]
    if kind == "caption":
        return shared_text(batch["captions"])
    return torch.eye(len(batch["ids"]), dtype=torch.bool)


def _clip(optimisers: Sequence[Optimizer], largest: float) -> list[Tensor]:
    """Shorten the gradient of each optimiser to a norm of `largest`; the norms before."""
    groups = [[p for group in optimiser.param_groups for p in group["params"]] for optimiser in optimisers]
    return [torch.nn.utils.clip_grad_norm_(parameters, largest) for parameters in groups]


def _require_finite(values: Sequence[Tensor], step: int, saved: int, config: TrainConfig) -> None:
    """Stop before a step that would spoil the weights."""
    if all(math.isfinite(value.item()) for value in values):
        return
    kept = f"the checkpoint of step {saved} stays" if saved else "nothing was saved yet"
    raise Cg3dError(
        f"step {step}: the loss is {values[0].item():g} or its gradient is not finite; stopped, {kept}. "
        f"Lower the rates, for example --set lr={config.lr / 3:.1g} --set prompt_lr={config.prompt_lr / 3:.1g}."
    )


def _make_run_folder(out: Path) -> None:
    if (out / CHECKPOINT_FILE).exists():
        raise CheckpointError(f"{out} holds a run already. Choose another --out, or delete it.")
    out.mkdir(parents=True, exist_ok=True)


def _announce(model: CG3D, learned: int, held_out: int, device: torch.device, precision: str) -> None:
    weights = sum(p.numel() for p in model.points.parameters())
    prompts = sum(p.numel() for _, p in model.prompts())
    log.info(
        "%s: %s weights, %s in prompts; on %s in %s",
        model.config.encoder.name,
        f"{weights:,}",
        f"{prompts:,}",
        device,
        precision,
    )
    log.info("%d objects to learn from, %d held out", learned, held_out)
    if model.towers.weights == "random":
        log.warning(
            "THE TOWERS HAVE RANDOM WEIGHTS: this run tries the line out, it learns nothing that recognises objects."
        )
