"""Labelled clouds as the encoder reads them, the same at every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from cg3d.data.augment.points import Augmentation
from cg3d.data.batches.batches import augmented_points, load
from cg3d.data.samples import ObjectSet, label_numbers, sample_cloud
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare

Key = tuple[int, int]  # the version of a cloud, and the number of its object
LabelledCloud = tuple[Tensor, Tensor]  # the cloud, and the number of its label


class Clouds(torch.utils.data.Dataset[LabelledCloud]):
    """Prepared clouds with their label's number. Version 0 is the whole object, every other one a change of it at random.

    What a version holds depends on `seed`, its number and the object only; crosses into the loader processes.
    """

    def __init__(self, objects: ObjectSet, spec: PrepareSpec, augmentation: Augmentation, seed: int) -> None:
        self._objects, self._spec, self._augmentation, self._seed = objects, spec, augmentation, seed
        self.labels = torch.from_numpy(label_numbers(objects))  # (M,)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, key: Key) -> LabelledCloud:
        version, index = key
        cloud = sample_cloud(self._objects[index])
        if version > 0:
            rng = np.random.default_rng([self._seed, version, index])
            points = augmented_points(cloud, self._augmentation, self._spec, rng)
        else:
            points = prepare(cloud, self._spec)
        return torch.from_numpy(points), self.labels[index]

    def batches(self, keys: Iterable[list[Key]], workers: int) -> Iterator[tuple[Tensor, Tensor]]:
        """For each list of keys (B, N, C) float32 points and (B,) label numbers."""
        return load(self, keys, workers)
