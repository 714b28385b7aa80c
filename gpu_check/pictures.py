"""The renderer on the device against the CPU, and the loader with batches on the device."""

from __future__ import annotations

from itertools import islice
from time import perf_counter

import numpy as np
import torch

from cg3d.data.batches.batches import ItemSpec, TrainBatches
from cg3d.data.built_in import synthesise
from cg3d.data.drawing.render import render_views
from cg3d.data.drawing.views import views_around
from cg3d_runtime.preparation.prepare import PrepareSpec
from gpu_check.clouds import CATEGORIES
from gpu_check.findings import Findings
from gpu_check.machine import seconds, synchronise

_DIFFERENT = 8  # of 255, in a pixel
_MOST_DIFFERENT = 0.005  # share of the pixels: where discs meet, rounding decides which is nearer
_BATCH, _BATCHES = 32, 6


def check(device: str, told: Findings) -> None:
    """Draw six views of a cloud, and load some batches."""
    points = _coloured_sphere(4096)
    on_cpu = render_views(points, views_around(6))
    on_device = render_views(points, views_around(6), device=device)
    differs = (np.abs(on_device.astype(int) - on_cpu.astype(int)).max(axis=-1) > _DIFFERENT).mean()
    told.within("pixels that differ from the CPU's pictures, share", float(differs), _MOST_DIFFERENT)
    drawn = seconds(lambda: render_views(points, views_around(6), device=device), device)
    told.measured("six pictures of 4,096 points", 1e3 * drawn, "ms")
    _check_loader(device, told)


def _check_loader(device: str, told: Findings) -> None:
    objects = synthesise(_BATCH // len(CATEGORIES), categories=CATEGORIES)
    for workers in (0, 2):
        batches = TrainBatches(objects, _BATCH, ItemSpec(PrepareSpec(512), 64), workers=workers).steps()
        first = next(batches)["points"].to(device)
        synchronise(device)
        started = perf_counter()
        taken = [batch["points"].to(device, non_blocking=True) for batch in islice(batches, _BATCHES)]
        synchronise(device)
        rate = _BATCHES * _BATCH / (perf_counter() - started)
        fine = all(each.shape == first.shape and bool(torch.isfinite(each).all()) for each in taken)
        told.passed(f"batches on {device}, {workers} loader processes", rate, "clouds/s") if fine else told.failed(
            f"batches on {device}, {workers} loader processes", note="another shape, or numbers that are not finite"
        )


def _coloured_sphere(count: int) -> np.ndarray:
    """(count, 6) points on a dented sphere, and colours."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    xyz = directions * (1 + 0.2 * np.sin(4 * directions[:, :1]))
    return np.hstack([xyz, 0.5 + 0.5 * directions]).astype(np.float32)
