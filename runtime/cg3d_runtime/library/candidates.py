"""Candidates of a search: rows and their products with a query, of which the best are asked for again, exactly.

Products of whole blocks depend in their last bits on how a library of linear algebra cuts them. So what may be among the best
is kept with a margin, multiplied again row by row in float64, and ordered by that; of equal rows the lesser id comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MARGIN = 1e-4  # far above what float32 sums of 512 products differ by
_ROOM = 4096  # candidates beyond which the worst are let go


@dataclass(eq=False)
class Candidates:
    """The best rows of one query so far.

    Attributes:
        top: how many are asked for.
        floor: what a product must reach to be kept.
    """

    top: int
    floor: float = -np.inf
    _rows: list[np.ndarray] = field(default_factory=list)
    _products: list[np.ndarray] = field(default_factory=list)
    _count: int = 0

    def take_in(self, rows: np.ndarray, products: np.ndarray) -> None:
        """Take in rows (m,) int64 of the library and their products (m,) float32."""
        kept = products >= self.floor
        if not kept.any():
            return
        self._rows.append(rows[kept])
        self._products.append(products[kept])
        self._count += int(kept.sum())
        if self._count > max(_ROOM, 4 * self.top):
            self._tighten()

    def __len__(self) -> int:
        return self._count

    def rows(self) -> np.ndarray:
        """(m,) int64, all that may be among the best, each once."""
        self._tighten()
        rows = np.sort(self._rows[0])
        return rows[np.diff(rows, prepend=-1) > 0]  # np.unique imports masked arrays, a fortieth of a cold query

    def _tighten(self) -> None:
        rows = np.concatenate([np.empty(0, np.int64), *self._rows])
        products = np.concatenate([np.empty(0, np.float32), *self._products])
        if len(rows) > self.top:
            self.floor = float(np.partition(products, -self.top)[-self.top]) - MARGIN
            kept = products >= self.floor
            rows, products = rows[kept], products[kept]
        self._rows, self._products, self._count = [rows], [products], len(rows)


def row_products(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The product of each row (m, D) with a query (D,), by itself: equal rows give equal bits. (m,) float64."""
    products: np.ndarray = (rows.astype(np.float64) * query.astype(np.float64)).sum(axis=1)
    return products
