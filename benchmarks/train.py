"""One side of `scripts/bench train`: training steps of PointMLP in a process of their own, or the comparison of both sides.

python -m benchmarks.train ours|naive STEPS      prints JSON: seconds of the last step, peak memory before and above that
python -m benchmarks.train agree                 prints JSON: relative differences of outputs and gradients
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.naive_pointmlp import NaivePointMLP
from cg3d.machine import keep_freed_memory
from cg3d.models.encoders.pointmlp import POINTMLP, PointMLP
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans.cloud import PointCloud

POINTS, BATCH, WIDTH = 1024, 32, 512
SIDES = {"ours": PointMLP, "naive": NaivePointMLP, "naive-plain": NaivePointMLP}


def measure(side: str, steps: int) -> dict[str, float]:
    """Training steps: forward, contrastive loss, backward, AdamW."""
    if side != "naive-plain":
        keep_freed_memory()  # for both sides: what it saves is not the formulation's merit
    torch.manual_seed(0)
    model = SIDES[side](POINTMLP, POINTS, 3, WIDTH).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4)
    points, texts = clouds(BATCH), F.normalize(torch.randn(BATCH, WIDTH), dim=-1)
    before, seconds = _peak_mb(), []
    for _ in range(steps):
        started = time.perf_counter()
        loss(model, points, texts).backward()
        optimiser.step()
        optimiser.zero_grad()
        seconds.append(time.perf_counter() - started)
    return {"step_s": seconds[-1], "before_mb": before, "above_mb": _peak_mb() - before}


def agree() -> dict[str, float]:
    """Both sides in float64, where rounding cannot tip which neighbour is the maximum.

    The differences relative to the values, by their norms, of the output and of all gradients together.
    """
    torch.manual_seed(0)
    ours = PointMLP(POINTMLP, POINTS, 3, WIDTH).double()
    naive = NaivePointMLP(POINTMLP, POINTS, 3, WIDTH).double()
    naive.load_state_dict(ours.state_dict())
    points = clouds(2).double()
    outputs = [model.train()(points) for model in (ours, naive)]
    for output in outputs:
        output.square().sum().backward()
    gradients = [torch.cat([p.grad.flatten() for p in model.parameters()]) for model in (ours, naive)]
    return {"outputs": _difference(*outputs), "gradients": _difference(*gradients)}


def loss(model: nn.Module, points: Tensor, texts: Tensor) -> Tensor:
    logits = 20 * F.normalize(model(points), dim=-1) @ texts.T
    return F.cross_entropy(logits, torch.arange(len(points)))


def clouds(count: int) -> Tensor:
    """(count, POINTS, 3) prepared: points on dented spheres, in farthest-point order."""
    rng = np.random.default_rng(0)
    directions = F.normalize(torch.from_numpy(rng.normal(size=(count, 2 * POINTS, 3)).astype(np.float32)), dim=-1)
    xyz = directions * torch.from_numpy(rng.uniform(1, 1.3, (count, 2 * POINTS, 1)).astype(np.float32))
    return torch.from_numpy(
        np.stack([prepare(PointCloud(cloud.numpy(), up="y"), PrepareSpec(POINTS)) for cloud in xyz])
    )


def _difference(value: Tensor, other: Tensor) -> float:
    return ((value - other).norm() / other.norm()).item()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6  # kilobytes on Linux


if __name__ == "__main__":
    result = agree() if sys.argv[1] == "agree" else measure(sys.argv[1], int(sys.argv[2]))
    print(json.dumps(result))
