"""Names for what may be an object, and the choice among proposals that overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.labels.vocabulary import Verdict

OVERLAP = 0.3  # share of the smaller of two objects that may belong to both


@dataclass(frozen=True)
class Named:
    """A proposal with its name.

    Attributes:
        cells: ascending indices.
        points: of the scene.
        verdict: how its points are named.
        length: of its longest side, metres.
    """

    cells: np.ndarray
    points: np.ndarray
    verdict: Verdict
    length: float


def chosen(named: list[Named]) -> list[Named]:
    """The surest proposals, of those that overlap only one each; the more of a scene one explains, the better."""
    kept: list[Named] = []
    taken: dict[int, np.ndarray] = {}
    for candidate in sorted(named, key=_worth, reverse=True):
        shares = [_shared(candidate.cells, other) for other in taken.values()]
        if all(share <= OVERLAP for share in shares):
            taken[len(kept)] = candidate.cells
            kept.append(candidate)
    return kept


def _worth(candidate: Named) -> float:
    return candidate.verdict.assurance * len(candidate.cells) ** 0.5


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    """Cells of both, as a share of the smaller."""
    return len(np.intersect1d(first, second, assume_unique=True)) / min(len(first), len(second))
