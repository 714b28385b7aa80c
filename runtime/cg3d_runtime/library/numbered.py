"""The rows of all segments under one numbering: those with vectors, segment after segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.library.columns import Value
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.rows import ID

Masks = Sequence[np.ndarray | None]  # of every segment: (embedded,) bool, the rows that count; None: all


class NumberedRows:
    """Rows by their numbers.

    Attributes:
        segments: that hold them.
        starts: (segments + 1,) int64, the number of the first row of each, and of the row after the last.
    """

    def __init__(self, segments: Sequence[OpenedSegment], dim: int) -> None:
        self.segments, self._dim = segments, dim
        self.starts = np.cumsum([0, *(segment.record.embedded for segment in segments)])

    def __len__(self) -> int:
        """Rows, deleted ones included."""
        return int(self.starts[-1])

    def counting(self, masks: Masks) -> int:
        """How many rows count."""
        pairs = zip(self.segments, masks, strict=True)
        return sum(segment.record.embedded if mask is None else int(mask.sum()) for segment, mask in pairs)

    def vectors(self, numbers: np.ndarray, jumps: bool = False) -> np.ndarray:
        """The vectors of some rows, (m, D) float32.

        Args:
            numbers: (m,) int64.
            jumps: whether they lie here and there, so that the disk should read no more than them.
        """
        taken = np.empty((len(numbers), self._dim), np.float32)
        for segment, start, end in zip(self.segments, self.starts, self.starts[1:], strict=False):
            inside = (numbers >= start) & (numbers < end)
            if inside.any():
                if jumps:
                    segment.expect_jumps(True)
                taken[inside] = segment.take(numbers[inside] - start)
        return taken

    def values(self, number: int) -> dict[str, Value | None]:
        """The values of a row by their columns' names."""
        segment, row = self._place(number)
        return segment.row(row)

    def in_order(self, numbers: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        """The order of rows from the best on, (m,) indices; of equal ones the lesser id first."""
        if (np.diff(np.sort(cosines)) > 0).all():
            order: np.ndarray = np.argsort(-cosines)
            return order
        ids = [self._id(int(number)) for number in numbers]
        return np.array(sorted(range(len(numbers)), key=lambda i: (-cosines[i], ids[i])))

    def _id(self, number: int) -> str:
        segment, row = self._place(number)
        return str(segment.value(ID, row))

    def _place(self, number: int) -> tuple[OpenedSegment, int]:
        segment = int(np.searchsorted(self.starts, number, "right")) - 1
        return self.segments[segment], number - int(self.starts[segment])
