"""Usual colours by name: of things that nearly always have them, from `usual_colours.txt`, and as a name itself says.

A lemon is yellow or green, `red mug` asks for something red. Most things may have any colour, and of these nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from cg3d_runtime.colours.basic import TERMS

TABLE = Path(__file__).with_name("usual_colours.txt")
# Other words for them, at the beginning of a name; those of the basic terms themselves count, too.
_ALIKE = {
    "gray": ("grey",),
    "silver": ("grey", "white"),
    "golden": ("yellow", "brown"),
    "violet": ("purple",),
    "beige": ("brown", "white"),
    "tan": ("brown",),
    "crimson": ("red",),
    "scarlet": ("red",),
    "turquoise": ("blue", "green"),
    "magenta": ("pink", "purple"),
}
_BEFORE = {"a", "an", "the", "dark", "light", "bright", "pale", "deep", "navy"}


def usual_colours(phrases: Sequence[Sequence[str]]) -> np.ndarray:
    """The colours that things of some names nearly always have.

    Args:
        phrases: of each name, its synonyms; the first that is known counts.
    Returns:
        (L, 11) bool, which of `TERMS` a thing may have most of; all False where it may have any.
    """
    rows = [[term in colours for term in TERMS] for colours in map(_usual, phrases)]
    return np.array(rows, dtype=bool).reshape(len(phrases), len(TERMS))


def stated_colours(name: str) -> tuple[str, ...]:
    """The basic terms that a name begins with, as `red mug` and `a dark blue cup` do; none where it is the whole name."""
    words = name.casefold().split()
    while len(words) > 1 and words[0] in _BEFORE:
        words = words[1:]
    if len(words) < 2:
        return ()
    return _ALIKE.get(words[0], (words[0],) if words[0] in TERMS else ())


def _usual(phrases: Iterable[str]) -> tuple[str, ...]:
    known = table()
    for phrase in phrases:
        if (name := phrase.casefold()) in known:
            return known[name]
        if terms := stated_colours(phrase):
            return terms
    return ()


@cache
def table() -> dict[str, tuple[str, ...]]:
    """Names with their colours, as `usual_colours.txt` has them, one name a line; with none, they may have any."""
    lines = (line.split("#")[0] for line in TABLE.read_text("utf-8").splitlines())
    rows = (line.partition(":") for line in lines if line.strip())
    return {name.strip(): tuple(filter(None, map(str.strip, terms.split(",")))) for name, _, terms in rows}
