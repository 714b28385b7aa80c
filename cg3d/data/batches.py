"""From a data set to batches of tensors: augmented, prepared exactly as on the robot, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from cg3d.data.augment import Augmentation, augment
from cg3d.data.samples import ObjectSet, Sample
from cg3d_runtime.errors import DataError
from cg3d_runtime.points import PointCloud
from cg3d_runtime.prepare import PrepareSpec, prepare


class Batch(TypedDict):
    """B objects; equal places belong together."""

    points: Tensor  # (B, N, C) float32, prepared
    image: Tensor  # (B, 3, S, S) float32 RGB in [0, 1], one of the object's views
    captions: list[str]  # one of the object's captions
    labels: Tensor  # (B,) int64 places in the data set's `labels`
    ids: list[str]


class TrainBatches:
    """Endless shuffled batches.

    Every epoch visits each object once; the few that do not fill a batch wait for a later epoch. What a step holds depends
    on `seed` and the number of the step only, not on workers or on where one starts.
    """

    def __init__(
        self,
        dataset: ObjectSet,
        batch_size: int,
        prepare: PrepareSpec,
        image_size: int = 224,
        seed: int = 0,
        augmentation: Augmentation | None = None,
        workers: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        """Bind a data set.

        Args:
            dataset: where the samples come from.
            batch_size: objects a step and process.
            prepare: how the model wants its points.
            image_size: S, of the image tower, pixels.
            seed: of order, augmentation, views and captions.
            augmentation: how clouds are changed; None for the default.
            workers: loader processes; 0 loads in the training process.
            rank, world_size: this process among those that share a step; each gets its own part of the objects.
        Raises:
            DataError: fewer objects than one step needs.
        """
        if len(dataset) < batch_size * world_size:
            needed = f"{batch_size} x {world_size} processes" if world_size > 1 else str(batch_size)
            raise DataError(f"{len(dataset)} objects do not fill one batch of {needed}. Lower batch_size or add data.")
        self.dataset = dataset
        self.batch_size = batch_size
        self.steps_per_epoch = len(dataset) // (batch_size * world_size)
        self._seed, self._workers, self._rank, self._world_size = seed, workers, rank, world_size
        self._items = _Items(dataset, prepare, image_size, seed, augmentation or Augmentation())

    def steps(self, first: int = 0) -> Iterator[Batch]:
        """Batches of the steps from `first` on, without end."""
        return iter(
            DataLoader(
                self._items,
                batch_sampler=self._keys(first),
                num_workers=self._workers,
                collate_fn=_collate,
                # spawn: a forked child would inherit the locks of torch's threads.
                multiprocessing_context="spawn" if self._workers else None,
            )
        )

    def _keys(self, step: int) -> Iterator[list[tuple[int, int]]]:
        """For each step its items: the epoch and the number of the object."""
        while True:
            epoch, place = divmod(step, self.steps_per_epoch)
            order = np.random.default_rng([self._seed, epoch]).permutation(len(self.dataset))
            start = (place * self._world_size + self._rank) * self.batch_size
            yield [(epoch, int(index)) for index in order[start : start + self.batch_size]]
            step += 1


class _Items(torch.utils.data.Dataset):
    """Training items by epoch and number of the object; crosses into the loader processes."""

    def __init__(
        self, dataset: ObjectSet, prepare: PrepareSpec, image_size: int, seed: int, augmentation: Augmentation
    ) -> None:
        self._dataset, self._prepare, self._image_size = dataset, prepare, image_size
        self._seed, self._augmentation = seed, augmentation
        self._label_ids = {label: number for number, label in enumerate(dataset.labels)}

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor, str, int, str]:
        epoch, index = key
        rng = np.random.default_rng([self._seed, epoch, index])
        sample = self._dataset[index]
        points = prepare(augment(cloud_of(sample), self._augmentation, rng), self._prepare)
        image = image_of(sample, int(rng.integers(len(sample.views))), self._image_size)
        caption = sample.captions[rng.integers(len(sample.captions))]
        return torch.from_numpy(points), image, caption, self._label_ids[sample.label], sample.id


def _collate(items: list[tuple[Tensor, Tensor, str, int, str]]) -> Batch:
    points, images, captions, labels, ids = zip(*items, strict=True)
    return Batch(
        points=torch.stack(points),
        image=torch.stack(images),
        captions=list(captions),
        labels=torch.tensor(labels),
        ids=list(ids),
    )


def cloud_of(sample: Sample) -> PointCloud:
    """The whole object as a point cloud, without the fill where it has no colour."""
    points = np.array(sample.points)
    return PointCloud(points[:, :3].copy(), points[:, 3:].copy() if sample.has_colour else None, up="y")


def image_of(sample: Sample, view: int, size: int) -> Tensor:
    """(3, size, size) float32 RGB in [0, 1] of one view."""
    pixels = torch.from_numpy(np.array(sample.views[view])).permute(2, 0, 1)[None]
    if pixels.shape[-1] != size:
        pixels = F.interpolate(pixels, size=(size, size), mode="bilinear", antialias=True)
    return pixels[0].float() / 255
