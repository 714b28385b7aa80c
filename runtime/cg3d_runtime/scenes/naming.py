"""Names for what may be an object, and the choice among proposals that overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.labels.vocabulary import Verdict
from cg3d_runtime.scenes.proposals import Proposal

OVERLAP = 0.3  # share of the smaller of two objects that may belong to both


@dataclass(frozen=True)
class Part:
    """Points of a scene that may be one object.

    Attributes:
        proposal: what geometry says of it.
        points: (n,) indices in the scene.
        instance: its number in a mask, None where it was proposed.
    """

    proposal: Proposal
    points: np.ndarray
    instance: int | None = None


@dataclass(frozen=True)
class Named:
    """A part with its name.

    Attributes:
        verdict: how its points are named.
        length: of its longest side, metres.
    """

    part: Part
    verdict: Verdict
    length: float


def chosen(named: list[Named]) -> list[Named]:
    """Of proposals that overlap, the one that has the surest name, comes out the same at most scales and is no mere face.

    What has no name and stands on nothing is a scrap of the background.
    """
    kept: list[Named] = []
    for candidate in sorted(named, key=_worth, reverse=True):
        if all(_shared(candidate.part.proposal.cells, other.part.proposal.cells) <= OVERLAP for other in kept):
            kept.append(candidate)
    return [each for each in kept if each.part.proposal.stands or not each.verdict.unknown]


def _worth(candidate: Named) -> float:
    proposal = candidate.part.proposal
    return candidate.verdict.assurance * proposal.times * proposal.whole**2


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    """Cells of both, as a share of the smaller."""
    return len(np.intersect1d(first, second, assume_unique=True)) / min(len(first), len(second))
