"""Rows by a text of theirs, such as the id, without reading the column: sorted hashes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from cg3d_runtime.library.columns import Texts


def text_hashes(texts: Sequence[str]) -> np.ndarray:
    """64 bits of each text, the same everywhere: (n,) uint64."""
    digests = b"".join(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, "<u8")


@dataclass(frozen=True, eq=False)
class Lookup:
    """The rows of a column by hash; empty texts are not in it.

    Attributes:
        hashes: (m,) uint64, sorted.
        rows: (m,) uint32, the row of each.
    """

    hashes: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str]) -> Lookup:
        """A lookup of the texts of all rows."""
        named = np.array([row for row, text in enumerate(texts) if text], np.uint32)
        hashes = text_hashes([text for text in texts if text])
        order = np.argsort(hashes, kind="stable")
        return cls(hashes[order], named[order])

    def find(self, column: Texts, texts: Sequence[str], hashes: np.ndarray) -> dict[str, int]:
        """The last row of each of these texts that the column holds; `column` settles what hashes share.

        Args:
            hashes: (n,) `text_hashes` of them.
        """
        starts, ends = (np.searchsorted(self.hashes, hashes, side) for side in ("left", "right"))
        found = {}
        for number in np.flatnonzero(ends > starts).tolist():
            text = texts[number]
            rows = self.rows[starts[number] : ends[number]].tolist()
            if held := [row for row in rows if column.value(row) == text]:
                found[text] = max(held)
        return found

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """What is stored."""
        return {f"{name}.hashes": self.hashes, f"{name}.rows": self.rows}
