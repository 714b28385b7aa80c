"""The order of training: the objects of every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from cg3d.data.batches.balance import draw_balanced
from cg3d.data.batches.hard_negatives import near_batches


@dataclass(frozen=True)
class OrderSpec:
    """The drawing of objects.

    Attributes:
        balance: how often labels are seen, see `draw_balanced`.
        neighbours: (L, k) int, for each label other labels, the nearest first; needed where `hard_negatives` is not 0.
        hard_negatives: 0 to 1, the share of a step that `near_batches` takes from labels near each other. These objects are
            drawn at random once an epoch and come first in the step; the rest of it is random.
    """

    balance: str = "none"
    neighbours: np.ndarray | None = None
    hard_negatives: float = 0.0


class BatchOrder:
    """Endless shuffled steps of G objects.

    Every epoch visits each object once, unless labels are balanced; the few that do not fill a step wait for a later epoch.
    What a step holds depends on `seed` and the number of the step only.
    """

    def __init__(self, labels: np.ndarray, size: int, seed: int, spec: OrderSpec) -> None:
        """Bind the labels.

        Args:
            labels: (N,) int label of each object, 0 to L - 1; N >= `size`.
            size: G, objects a step, those of all processes together.
            seed: of the order.
            spec: how objects are drawn.
        Raises:
            ValueError: hard negatives without neighbours, or a label among its own.
        """
        neighbours = spec.neighbours
        self._hard = round(spec.hard_negatives * size)  # objects of a step
        if self._hard and (neighbours is None or (neighbours == np.arange(len(neighbours))[:, None]).any()):
            raise ValueError("hard_negatives needs neighbours: an (L, k) array of other labels for each label.")
        self.steps_per_epoch = len(labels) // size
        self._labels, self._size, self._seed, self._neighbours = labels, size, seed, neighbours
        self._balance = spec.balance

    @property
    def repeats(self) -> bool:
        """Whether an object may come again within an epoch."""
        return self._balance != "none"

    def from_step(self, step: int) -> Iterator[tuple[int, np.ndarray]]:
        """From a step on, without end: its epoch and the numbers (G,) of its objects."""
        first, offset = divmod(step, self.steps_per_epoch)
        for epoch in count(first):
            for objects in self._epoch(epoch)[offset:]:
                yield epoch, objects
            offset = 0

    def _epoch(self, epoch: int) -> np.ndarray:
        """(S, G) objects of the steps of an epoch."""
        rng = np.random.default_rng([self._seed, epoch])
        count = self.steps_per_epoch * self._size
        if self.repeats:
            shuffled = draw_balanced(self._labels, count, self._balance, rng)
        else:
            shuffled = rng.permutation(len(self._labels))[:count]
        steps = shuffled.reshape(self.steps_per_epoch, self._size)
        if self._neighbours is not None and self._hard:
            drawn = steps[:, : self._hard].flatten()
            near = near_batches(self._labels[drawn], self.steps_per_epoch, self._neighbours, rng)
            steps[:, : self._hard] = drawn[near]
        return steps
