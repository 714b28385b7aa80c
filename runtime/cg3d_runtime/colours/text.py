"""The colours of a scan as text, for tables: `red`, and in hundredths of its points, `red 57 purple 42 grey 10`."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.colours.basic import HUNDREDTHS, TERMS

_MOSTLY = 0.25  # share that a thing's colour has at least


def main_colour(colours: np.ndarray | None) -> str:
    """The term that fits most of a scan, or nothing where none fits a quarter; `colours` as `colours_of` gives them."""
    if colours is None or colours.max() < _MOSTLY:
        return ""
    return TERMS[int(colours.argmax())]


def to_text(colours: np.ndarray | None) -> str:
    """All terms that fit a hundredth of a scan or more, the commonest first; nothing where it has no colours."""
    if colours is None:
        return ""
    order = np.argsort(-colours, kind="stable")
    return " ".join(f"{TERMS[term]} {colours[term] * HUNDREDTHS:.0f}" for term in order if colours[term] > 0)


def from_text(text: str) -> np.ndarray | None:
    """What `to_text` wrote; None of an empty text, or of one that it cannot have written."""
    words = text.split()
    if not words or not all(word.isdecimal() for word in words[1::2]) or len(words) % 2:
        return None
    told = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return np.array([told.get(term, 0) for term in TERMS]) / HUNDREDTHS if told.keys() <= set(TERMS) else None
