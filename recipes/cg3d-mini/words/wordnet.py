"""WordNet's nouns: their senses, definitions and kinds, read from the files of Debian's wordnet-base.

Source of the format: wndb(5WN), lexnames(5WN); Fellbaum 1998, "WordNet: An Electronic Lexical Database".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The lexicographer files 03 to 28, by number.
_KINDS = (
    *("tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event", "feeling"),
    *("food", "group", "location", "motive", "object", "person", "phenomenon", "plant", "possession", "process"),
    *("quantity", "relation", "shape", "state", "substance", "time"),
)
# A robot that says "mug" means the artifact, not the face or what a mug holds: things first.
THINGS = ("artifact", "animal", "food", "plant", "object")
MATERIAL = (*THINGS, "body", "substance", "person", "shape")
EARLY, LONGEST = 4, 12  # words of an example: how far in it its noun may stand, and how long it may be
_HYPERNYM, _INSTANCE = "@", "@i"


@dataclass(frozen=True)
class Sense:
    """One meaning: a synset."""

    words: tuple[str, ...]
    kind: str
    definition: str  # without examples
    examples: tuple[str, ...]  # in which it is used
    parents: tuple[str, ...]  # offsets of what it is a kind of
    is_name: bool  # of one person, place or work

    @property
    def is_material(self) -> bool:
        """Whether it can be touched."""
        return self.kind in MATERIAL and not self.is_name


class WordNet:
    """Nouns and their senses, the most frequent sense first."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "data.noun").read_text("latin-1").splitlines()
        self._senses = dict(_sense(line) for line in lines if not line.startswith("  "))
        lines = (folder / "index.noun").read_text("latin-1").splitlines()
        self._nouns = dict(_noun(line) for line in lines if not line.startswith("  "))
        irregular = (line.split()[:2] for line in (folder / "noun.exc").read_text("latin-1").splitlines())
        self._singulars = {plural.replace("_", " "): single.replace("_", " ") for plural, single in irregular}

    def __iter__(self) -> Iterator[str]:
        return iter(self._nouns)

    def senses(self, noun: str) -> list[Sense]:
        """All senses of a noun, in its singular if the plural has none; empty if there is none."""
        found = next((form for form in (noun, *self._singular(noun)) if form in self._nouns), None)
        return [self._senses[offset] for offset in self._nouns[found]] if found else []

    def thing(self, noun: str) -> Sense | None:
        """What a robot means by it: the first sense that is a thing, else that is material, else the first."""
        return min(self.senses(noun), key=lambda sense: (sense.kind not in THINGS, not sense.is_material), default=None)

    def is_material(self, noun: str) -> bool:
        """Whether the thing that a robot means by it can be touched."""
        sense = self.thing(noun)
        return sense is not None and sense.is_material

    def sentences(self) -> list[str]:
        """Examples around their noun, which stands early in them and becomes {}, in alphabetical order: "a {} of tea"."""
        found = set()
        for sense in self._senses.values():
            for example in sense.examples:
                words = example.split()
                place = next((i for i, word in enumerate(words[:EARLY]) if word in sense.words), None)
                if place is not None and 1 < len(words) <= LONGEST:
                    found.add(" ".join([*words[:place], "{}", *words[place + 1 :]]))
        return sorted(found)

    def parents(self, sense: Sense, most: int = 3) -> list[str]:
        """What it is a kind of, from near to far: "mug" -> drinking vessel, vessel, container."""
        names: list[str] = []
        while sense.parents and len(names) < most:
            sense = self._senses[sense.parents[0]]
            names.append(sense.words[0])
        return names

    def _singular(self, noun: str) -> Iterator[str]:
        if noun in self._singulars:
            yield self._singulars[noun]
        for ending, single in (("ies", "y"), ("es", ""), ("s", "")):
            if noun.endswith(ending):
                yield noun.removesuffix(ending) + single


def _sense(line: str) -> tuple[str, Sense]:
    """offset kind type count word id ... pointers: symbol offset type place ... | definition; "example"."""
    head, _, gloss = line.partition("|")
    fields = head.split()
    count = int(fields[3], 16)
    pointers = fields[4 + 2 * count + 1 :]
    pairs = [(pointers[i], pointers[i + 1]) for i in range(0, 4 * int(fields[4 + 2 * count]), 4)]
    sense = Sense(
        words=tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]),
        kind=_KINDS[int(fields[1]) - 3],
        definition=re.split(r'; "', gloss.strip())[0],
        examples=tuple(re.findall(r'"([^"]*)"', gloss)),
        parents=tuple(offset for symbol, offset in pairs if symbol in (_HYPERNYM, _INSTANCE)),
        is_name=any(symbol == _INSTANCE for symbol, _ in pairs),
    )
    return fields[0], sense


def _noun(line: str) -> tuple[str, list[str]]:
    """word type senses count pointer ... senses tagged offset ..."""
    fields = line.split()
    count = int(fields[2])
    return fields[0].replace("_", " "), fields[-count:]
