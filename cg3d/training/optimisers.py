"""AdamW for the point encoder, SGD for the prompts, one cosine for both (CG3D, arXiv 2303.11313)."""

from __future__ import annotations

import math
from typing import Any

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D


def build_optimisers(model: CG3D, config: TrainConfig) -> list[Optimizer]:
    """The encoder's optimiser, which also moves a learned scale, and the prompts' where there are prompts."""
    decayed, plain = by_decay(model.points)
    if model.log_scale.requires_grad:
        plain.append(model.log_scale)
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": plain, "weight_decay": 0.0}]
    optimisers: list[Optimizer] = [AdamW(groups, config.lr, weight_decay=config.weight_decay)]
    if prompts := [parameter for _, parameter in model.prompts()]:
        momentum, weight_decay = config.prompt_momentum, config.prompt_weight_decay
        optimisers.append(SGD(prompts, config.prompt_lr, momentum, weight_decay=weight_decay))
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["initial_lr"] = group["lr"]
    return optimisers


def set_rates(optimisers: list[Optimizer], config: TrainConfig, step: int) -> None:
    """Give every group its learning rate for a step counted from 0."""
    factor = rate_factor(step, config.steps, config.warmup, config.final_lr)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = factor * group["initial_lr"]


def rate_factor(step: int, steps: int, warmup: float, final: float) -> float:
    """Linear from 0 to 1, then half a cosine down to `final` in the last step (Loshchilov 2017, arXiv 1608.03983).

    Args:
        step: counted from 0.
        warmup: share of the steps that the rise takes.
    """
    rise = int(warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    progress = (step - rise) / max(1, steps - 1 - rise)
    return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2


def parameters_of(optimiser: Optimizer) -> list[nn.Parameter]:
    """The parameters that an optimiser moves."""
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def by_decay(module: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Matrices, which decay, and everything that only scales or shifts, which does not, whatever its number of axes."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in module.parameters():
        is_matrix = sum(size > 1 for size in parameter.shape) > 1
        (matrices if is_matrix else others).append(parameter)
    return matrices, others
