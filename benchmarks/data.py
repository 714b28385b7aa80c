"""The sides of `scripts/bench data`: training loaders with every augmentation, their rates and what a cloud costs."""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cg3d.data.augment.images import ImageAugmentation
from cg3d.data.augment.points import Augmentation, augment
from cg3d.data.batches.batches import Batch, ItemSpec, TrainBatches, augmented_image, augmented_points
from cg3d.data.batches.fast_sampling import fast_farthest_point_sample
from cg3d.data.built_in import parametric_objects
from cg3d.data.pack import pack
from cg3d.data.samples import Sample, sample_cloud
from cg3d.data.shards import Dataset
from cg3d.objects import CATEGORIES
from cg3d_runtime.preparation.prepare import PrepareSpec, Sampler, prepare
from cg3d_runtime.preparation.sampling import farthest_point_sample
from cg3d_runtime.scans.cloud import PointCloud

BATCH, IMAGE_SIZE, WORKERS = 32, 224, 2
IN_FLIGHT = 2 * WORKERS  # batches that a loader makes ahead
SPEC = PrepareSpec()
ALWAYS = Augmentation(partial=1, occluder=1, support=1, wall=1, outliers=1, hole=1)
SOMETIMES = Augmentation()
BARE = replace(ALWAYS, occluder=0, support=0, wall=0, outliers=0)
PICTURES = ImageAugmentation(flip=0.5, crop=1, brightness=0.3, contrast=0.3, saturation=0.3, hue=0.05)
SIDES: dict[str, tuple[Augmentation, Sampler]] = {
    "all, on every cloud": (ALWAYS, fast_farthest_point_sample),
    "all, on every cloud, numpy sampling": (ALWAYS, farthest_point_sample),
    "all, at their probabilities": (SOMETIMES, fast_farthest_point_sample),
}


def packed_objects(count: int, folder: Path) -> Dataset:
    """`count` built-in objects, of as many categories as possible, at the size in which data are packed."""
    objects = parametric_objects(math.ceil(count / len(CATEGORIES)))
    return pack(objects[:count], folder, workers=WORKERS)


def rates(dataset: Dataset, windows: int, batches: int) -> dict[str, tuple[float, float]]:
    """For each side clouds a second, and milliseconds of the workers' processor time a cloud: medians over windows."""
    loaders = {name: _Loader(dataset, *side) for name, side in SIDES.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    for _ in range(windows):  # in turn, so that other work on the machine meets all sides alike
        for name, loader in loaders.items():
            found[name].append(loader.measure(batches))
    return {
        name: (statistics.median(rate for rate, _ in each), statistics.median(cost for _, cost in each))
        for name, each in found.items()
    }


class _Loader:
    """A training loader that has started."""

    def __init__(self, dataset: Dataset, augmentation: Augmentation, sample: Sampler) -> None:
        before = set(multiprocessing.active_children())
        items = ItemSpec(SPEC, IMAGE_SIZE, augmentation, PICTURES, sample=sample)
        batches = TrainBatches(dataset, BATCH, items, workers=WORKERS)
        self._steps: Iterator[Batch] = batches.steps()
        next(self._steps)
        self._workers = [child.pid for child in set(multiprocessing.active_children()) - before]

    def measure(self, batches: int) -> tuple[float, float]:
        """Clouds a second and milliseconds of processor time a cloud."""
        for _ in range(2 * IN_FLIGHT):  # what was made while nobody asked does not count
            next(self._steps)
        started, cost = time.perf_counter(), self._processor_time()
        for _ in range(batches):
            next(self._steps)
        clouds = batches * BATCH
        return clouds / (time.perf_counter() - started), (self._processor_time() - cost) / clouds * 1e3

    def _processor_time(self) -> float:
        """User and system seconds of the workers."""
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self._workers]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def stages(dataset: Dataset) -> list[tuple[str, float]]:
    """Milliseconds a cloud of each part of the work, alone in this process."""
    samples = [dataset[index] for index in range(min(len(dataset), 128))]
    clouds = [PointCloud(sample_cloud(sample).xyz, None, "y") for sample in samples]
    changed = [augment(cloud, ALWAYS, np.random.default_rng(k)) for k, cloud in enumerate(clouds)]
    bare = _mean_ms(lambda cloud, rng: augment(cloud, BARE, rng), clouds)
    full = _mean_ms(lambda cloud, rng: augment(cloud, ALWAYS, rng), clouds)
    return [
        ("reading the points", _mean_ms(lambda sample, _: sample_cloud(sample), samples)),
        ("partial scan, pose, drop-out", bare),
        ("occluder, support, wall, outliers", full - bare),
        ("prepare", _mean_ms(lambda cloud, _: prepare(cloud, SPEC, fast_farthest_point_sample), changed)),
        ("prepare, numpy sampling", _mean_ms(lambda cloud, _: prepare(cloud, SPEC), changed)),
        ("picture", _mean_ms(_picture, samples)),
        ("all of a cloud", _mean_ms(lambda cloud, rng: augmented_points(cloud, ALWAYS, SPEC, rng), clouds)),
    ]


def _picture(sample: Sample, rng: np.random.Generator) -> None:
    augmented_image(sample, int(rng.integers(len(sample.views))), IMAGE_SIZE, PICTURES, rng)


def _mean_ms(run: Callable[..., object], items: Sequence[object], repeats: int = 3) -> float:
    """The least of a few means over all items: the one that other work disturbed least."""
    means = []
    for _ in range(repeats):
        rng, started = np.random.default_rng(0), time.perf_counter()
        for item in items:
            run(item, rng)
        means.append((time.perf_counter() - started) / len(items) * 1e3)
    return min(means)
