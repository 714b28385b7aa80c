"""Usual colours by name: of things that nearly always have them, from `usual_colours.txt`, and as a name itself says.

A lemon is yellow or green, `red mug` asks for something red. Most things may have any colour, and of these nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

import numpy as np

from cg3d_runtime.colours.basic import TERMS

TABLE = Path(__file__).with_name("usual_colours.txt")
# Other words for them, at the beginning of a name; those of the basic terms themselves count, too.
_ALIKE = {
    "gray": ("grey",),
    "silver": ("grey", "white"),
    "golden": ("yellow", "brown"),
    "gold": ("yellow", "brown"),
    "violet": ("purple",),
    "beige": ("brown", "white"),
    "tan": ("brown",),
    "crimson": ("red",),
    "scarlet": ("red",),
    "turquoise": ("blue", "green"),
    "magenta": ("pink", "purple"),
    "cyan": ("blue", "green"),
    "teal": ("blue", "green"),
    "indigo": ("blue", "purple"),
    "lilac": ("purple", "pink"),
    "maroon": ("red", "brown", "purple"),
    "burgundy": ("red", "brown", "purple"),
    "ivory": ("white", "brown", "yellow"),
}
_COLOURS = {**{term: (term,) for term in TERMS}, **_ALIKE}
_ARTICLES = ("a", "an", "the")
_BEFORE = {
    *_ARTICLES,
    *("my", "one", "some", "big", "large", "small", "little", "tiny", "very"),
    *("dark", "light", "bright", "pale", "deep", "neon", "hot", "off"),
    *("navy", "sky", "royal", "baby", "lime", "olive", "mint", "forest"),
}
_BETWEEN = {"and", "or"}
_APART = re.compile(r"[\s_]+")  # underscores: as classes of data sets and of ROS are called
_JOINED = re.compile(r"[-/,&]+")


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
    """The basic terms that a name begins with, as `red mug`, `a dark blue cup` and `red and white ball` do.

    None where it is the whole name, or of what a thing is for, as in `orange juice carton`.
    """
    return _parted(name)[0]


def without_colours(name: str) -> str:
    """The rest of a name that states colours: `mug` of `dark red mug`; nothing of one that states none."""
    terms, rest = _parted(name)
    return rest if terms else ""


def _parted(name: str) -> tuple[tuple[str, ...], str]:
    """The terms that a name begins with, and the rest."""
    *before, thing = _words(name) or [""]
    start = list(takewhile(_is_of_colour, before))
    if thing in _COLOURS or not start or start[-1] in _BETWEEN or _begins_with_a_thing([*before, thing]):
        return (), ""
    terms = tuple(dict.fromkeys(term for word in start for term in _COLOURS.get(word, ())))
    return terms, " ".join([*before[len(start) :], thing])


def _words(name: str) -> list[str]:
    """The words of a name; those joined by a hyphen or a stroke are several where all are of colours: blue-green, red/white."""
    words: list[str] = []
    for word in filter(None, _APART.split(name.casefold())):
        parts = list(filter(None, _JOINED.split(word)))
        words += parts if all(map(_is_of_colour, parts)) else [word]
    return words


def _is_of_colour(word: str) -> bool:
    return word in _COLOURS or word in _BEFORE or word in _BETWEEN


def _begins_with_a_thing(words: Sequence[str]) -> bool:
    """Whether what follows is of something that has a colour of its own: orange juice carton, red wine cooler."""
    return any(" ".join(words[:end]) in table() for end in range(2, len(words)))


def _usual(phrases: Iterable[str]) -> tuple[str, ...]:
    known = table()
    for phrase in phrases:
        if (name := _plain(phrase)) in known:
            return known[name]
        if terms := stated_colours(phrase):
            return terms
    return ()


def _plain(phrase: str) -> str:
    """A name as the table has it."""
    words = list(filter(None, _APART.split(phrase.casefold())))
    return " ".join(words[1:] if set(words[:1]) & set(_ARTICLES) else words)


@cache
def table() -> dict[str, tuple[str, ...]]:
    """Names with their colours, as `usual_colours.txt` has them, one name a line; with none, they may have any."""
    lines = (line.split("#")[0] for line in TABLE.read_text("utf-8").splitlines())
    rows = (line.partition(":") for line in lines if line.strip())
    return {name.strip(): tuple(filter(None, map(str.strip, terms.split(",")))) for name, _, terms in rows}
