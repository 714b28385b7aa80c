"""Names for what may be an object, and the choice among proposals that overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.labels.cues import Cues
from cg3d_runtime.labels.vocabulary import Verdict
from cg3d_runtime.scenes.proposals import Proposal, shared_cells

_ROUNDS = 3
_LARGER_COUNTS = 0.7  # power of the size; chosen on simulated tables and on annotated real ones
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
        cues: what they tell beside their shape.
    """

    part: Part
    verdict: Verdict
    cues: Cues


def chosen(named: list[Named]) -> list[Named]:
    """Of proposals that overlap those that tell most: one for a whole thing rather than several for its parts, or the parts,
    whichever have the surer names for more of the scene.

    What has no name and stands on nothing is a scrap of the background, and left out.
    """
    worth, overlap = [_worth(each) for each in named], _overlaps([each.part.proposal.cells for each in named])
    kept: list[int] = []
    for place in [*sorted(range(len(named)), key=lambda place: len(named[place].part.proposal.cells))] * _ROUNDS:
        rivals = [other for other in kept if overlap[place, other] > OVERLAP]
        if place not in kept and worth[place] > sum(worth[other] for other in rivals):
            kept = [other for other in kept if other not in rivals] + [place]
    return [named[place] for place in kept if named[place].part.proposal.stands or not named[place].verdict.unknown]


def _worth(candidate: Named) -> float:
    """The surer and the larger the better; a mere face of something larger counts little."""
    proposal = candidate.part.proposal
    return float(candidate.verdict.assurance * len(proposal.cells) ** _LARGER_COUNTS * proposal.whole**2)


def _overlaps(cells: list[np.ndarray]) -> np.ndarray:
    """(P, P) cells of both, as a share of the smaller."""
    if not cells:
        return np.empty((0, 0))
    shared = shared_cells(cells)
    sizes = shared.diagonal()
    share: np.ndarray = shared / np.minimum(sizes[:, None], sizes)
    return share
