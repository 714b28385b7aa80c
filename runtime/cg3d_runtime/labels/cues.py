"""What a scan tells beside its shape, and what is usual for the names of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cg3d_runtime.colours import evidence as colours
from cg3d_runtime.colours.evidence import Colours
from cg3d_runtime.sizes import evidence as sizes
from cg3d_runtime.sizes.evidence import Lengths


class Cues(NamedTuple):
    """What was measured of a scan beside its shape; None: it does not tell."""

    length: float | None = None  # of the longest side, in metres
    colours: np.ndarray | None = None  # (11,), see `colours_of`


class CueNotes(NamedTuple):
    """What the cues of a scan say of one label, a sentence each; None where they do not tell, or nobody knows what is usual."""

    size: str | None = None
    colour: str | None = None


@dataclass(frozen=True)
class Usual:
    """How long, and of which colours, things of the names of a vocabulary usually are; None: nobody knows, or is to ask."""

    lengths: Lengths | None = None
    colours: Colours | None = None

    def of_labels(self, cues: Cues) -> np.ndarray | float:
        """(L,): what the cues of a scan add to the logits of the labels; or 0."""
        by_length = 0.0 if cues.length is None or not self.lengths else self.lengths.of_labels(cues.length)
        by_colours = 0.0 if cues.colours is None or not self.colours else self.colours.of_labels(cues.colours)
        return by_length + by_colours

    def of_rivals(self, cues: Cues) -> np.ndarray | float:
        """(R,): likewise of the rivals."""
        by_length = 0.0 if cues.length is None or not self.lengths else self.lengths.of_rivals(cues.length)
        by_colours = 0.0 if cues.colours is None or not self.colours else self.colours.of_rivals(cues.colours)
        return by_length + by_colours

    def notes(self, label: int, name: str, cues: Cues) -> CueNotes:
        """What the cues of a scan say of one of the labels, which is called `name`."""
        size = colour = None
        if cues.length is not None and self.lengths:
            size = sizes.sentence(cues.length, name, self.lengths.labels[label])
        if cues.colours is not None and self.colours:
            colour = colours.sentence(cues.colours, name, self.colours.labels[label])
        return CueNotes(size, colour)
