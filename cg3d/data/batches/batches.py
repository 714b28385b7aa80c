"""From a data set to batches of tensors: augmented, prepared exactly as on the robot, the same at every run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, default_collate

from cg3d.data.augment.images import ImageAugmentation, change_image, crop_box
from cg3d.data.augment.points import Augmentation, augment, place, turned
from cg3d.data.batches.fast_sampling import fast_farthest_point_sample
from cg3d.data.batches.order import BatchOrder, OrderSpec
from cg3d.data.batches.shared_memory import shared_memory_told
from cg3d.data.samples import ObjectSet, Sample, label_numbers, sample_cloud
from cg3d.machine import keep_freed_memory
from cg3d_runtime.errors import DataError
from cg3d_runtime.preparation.prepare import PrepareSpec, Sampler, prepare
from cg3d_runtime.scans.cloud import PointCloud


class Batch(TypedDict):
    """B objects; equal indices belong together."""

    points: Tensor  # (B, N, C) float32, prepared
    image: Tensor  # (B, 3, S, S) float32 RGB in [0, 1], one of the object's views
    captions: list[str]  # one of the object's captions
    labels: Tensor  # (B,) int64 indices in the data set's `labels`
    ids: list[str]


@dataclass(frozen=True)
class ItemSpec:
    """The making of a training item from an object: its cloud, and one of its pictures."""

    prepare: PrepareSpec  # as the model wants its points
    image_size: int = 224  # S, of the image tower, pixels
    augmentation: Augmentation = field(default_factory=Augmentation)
    image_augmentation: ImageAugmentation = field(default_factory=ImageAugmentation)
    variants: int = 0  # augmented clouds kept of each object and used again, turned and mirrored; 0: none is kept
    sample: Sampler = fast_farthest_point_sample  # see `prepare`


class TrainBatches:
    """Endless shuffled batches, in the order of `BatchOrder`.

    What a step holds depends on `seed` and the number of the step only, not on workers or on where one starts. The parts
    of W processes, in the order of ranks, are the batch of one process with W times the objects.
    """

    def __init__(
        self,
        dataset: ObjectSet,
        batch_size: int,
        items: ItemSpec,
        order: OrderSpec | None = None,
        seed: int = 0,
        workers: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        """Bind a data set.

        Args:
            dataset: where the samples come from.
            batch_size: objects a step and process.
            items: how an object becomes an item.
            order: how objects are drawn, an object that comes again is changed anew; None: all alike, at random.
            seed: of order, augmentation, views and captions.
            workers: loader processes; 0 loads in the training process.
            rank, world_size: this process among those that share a step; each gets its own part of the objects.
        Raises:
            DataError: fewer objects than one step needs.
        """
        if len(dataset) < batch_size * world_size:
            needed = f"{batch_size} x {world_size} processes" if world_size > 1 else str(batch_size)
            raise DataError(f"{len(dataset)} objects do not fill one batch of {needed}. Lower batch_size or add data.")
        self._items = _Items(dataset, items, seed)
        self._order = BatchOrder(self._items.labels, batch_size * world_size, seed, order or OrderSpec())
        self.steps_per_epoch = self._order.steps_per_epoch
        self._own = slice(rank * batch_size, (rank + 1) * batch_size)  # of the objects of a step
        self._workers = workers

    def steps(self, first: int = 0) -> Iterator[Batch]:
        """Batches of the steps from `first` on, without end."""
        return load(self._items, self._keys(first), self._workers, _collate)

    def _keys(self, first: int) -> Iterator[list[Key]]:
        """For each step its items."""
        for step, (epoch, objects) in enumerate(self._order.from_step(first), start=first):
            draws = 1 + step * len(objects) + np.arange(len(objects)) if self._order.repeats else 0 * objects
            pairs = zip(objects[self._own].tolist(), draws[self._own].tolist(), strict=True)
            yield [(epoch, index, draw) for index, draw in pairs]


# The epoch, the number of the object, and above 0 that of the draw, where objects come again.
Key = tuple[int, int, int]
TrainingItem = tuple[Tensor, Tensor, str, int, str]  # points, picture, caption, number of the label, id


class _Items(torch.utils.data.Dataset[TrainingItem]):
    """Training items by their keys; crosses into the loader processes."""

    def __init__(self, dataset: ObjectSet, spec: ItemSpec, seed: int) -> None:
        self._dataset, self._spec, self._seed = dataset, spec, seed
        self.labels = label_numbers(dataset)  # (N,)
        self._kept: dict[tuple[int, int], np.ndarray] = {}  # by variant and number of the object; half precision

    def __getitem__(self, key: Key) -> TrainingItem:
        epoch, index, draw = key
        rng = np.random.default_rng([self._seed, epoch, index, draw] if draw else [self._seed, epoch, index])
        sample = self._dataset[index]
        points = self._points(sample, draw or epoch, index, rng)
        view = int(rng.integers(len(sample.views)))
        caption = sample.captions[rng.integers(len(sample.captions))]
        image = augmented_image(sample, view, self._spec.image_size, self._spec.image_augmentation, rng)
        return torch.from_numpy(points), image, caption, int(self.labels[index]), sample.id

    def _points(self, sample: Sample, time: int, index: int, rng: np.random.Generator) -> np.ndarray:
        """(N, C) float32: a new augmented cloud, or where some are kept, one of them turned and mirrored anew."""
        spec = self._spec
        if not spec.variants:
            return augmented_points(sample_cloud(sample), spec.augmentation, spec.prepare, rng, spec.sample)
        key = time % spec.variants, index
        if key not in self._kept:  # made from its own chance: the same in every process that ever needs it
            own = np.random.default_rng([self._seed, *key])
            points = augmented_points(sample_cloud(sample), spec.augmentation, spec.prepare, own, spec.sample)
            self._kept[key] = points.astype(np.float16)
        return turned(self._kept[key].astype(np.float32), spec.augmentation, rng)


def augmented_points(
    cloud: PointCloud,
    how: Augmentation,
    spec: PrepareSpec,
    rng: np.random.Generator,
    sample: Sampler = fast_farthest_point_sample,
) -> np.ndarray:
    """(N, C) float32: a whole object changed at random, as the encoder learns from it; see `augment` and `prepare`."""
    if spec.channels == 3:
        cloud = PointCloud(cloud.xyz, None, cloud.up)  # colour would be changed for nothing
    return place(prepare(augment(cloud, how, rng), spec, sample), how, rng)


def load(
    items: torch.utils.data.Dataset[Any],
    keys: Iterable[list[Any]],
    workers: int,
    collate: Callable[[list[Any]], Any] = default_collate,
) -> Iterator[Any]:
    """Batches of items, one for each list of keys; with `workers` above 0 made by that many processes.

    Raises:
        DataError: the memory that processes share is too small, or may not be written.
    """
    loader = DataLoader(
        items,
        batch_sampler=keys,
        num_workers=workers,
        collate_fn=collate,
        # spawn: a forked child would inherit the locks of torch's threads.
        multiprocessing_context="spawn" if workers else None,
        worker_init_fn=_start_worker,
    )
    return iter(loader) if workers == 0 else shared_memory_told(loader, workers)


def _start_worker(worker: int) -> None:
    # Ctrl-C reaches every process of a terminal; training finishes its step and needs its loaders until then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()  # pictures come and go by the batch


def _collate(items: list[TrainingItem]) -> Batch:
    points, images, captions, labels, ids = zip(*items, strict=True)
    return Batch(
        points=default_collate(
            list(points)
        ),  # in a loader process it stacks in memory that the training process shares
        image=default_collate(list(images)),
        captions=list(captions),
        labels=torch.tensor(labels),
        ids=list(ids),
    )


def image_of(sample: Sample, view: int, size: int) -> Tensor:
    """(3, size, size) float32 RGB in [0, 1] of one view."""
    return _resized(np.array(sample.views[view]), size)


def augmented_image(sample: Sample, view: int, size: int, how: ImageAugmentation, rng: np.random.Generator) -> Tensor:
    """As `image_of`, changed at random."""
    _, height, width, _ = sample.views.shape
    rows, columns = crop_box(height, width, how, rng)
    return change_image(_resized(np.array(sample.views[view, rows, columns]), size), how, rng)


def _resized(pixels: np.ndarray, size: int) -> Tensor:
    """(3, size, size) float32 in [0, 1] of (H, W, 3) uint8."""
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    if image.shape[-2:] != (size, size):
        image = F.interpolate(image, size=(size, size), mode="bilinear", antialias=True)
    return image[0].float().div_(255)
