"""Phrases that the text tower of cg3d-mini learns, and the place of what they name in the text space of CLIP ViT-B/32.

Three kinds. Names, synonyms and definitions of LVIS, Objects365 and COCO, whose true embeddings are known. The words of
words.txt, placed among those by hand. And compounds, since people say more than names: of "red tomato soup can" the tower shall
understand the can, and a word that it has never heard shall not lead it astray.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SETS = ("lvis", "objects365", "coco")
WORDS = Path(__file__).with_name("words.txt")
OWN_DIRECTION = "*"  # in words.txt
# What captions of packed objects say around a name.
CARRIERS = (
    *("a {}", "{}", "a photo of a {}", "a 3D scan of a {}", "a point cloud of a {}", "a {}, seen by a depth camera"),
    *("A low-poly {}", "A low-poly model of {}", "A realistic {}", "An untextured 3D scan of a {}"),
    "A {}, without colour",
)
ADJECTIVES = (
    *("", "", "", "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black", "white"),
    *(
        "grey",
        "beige",
        "brown and white",
        "red and white",
        "grey and black",
        "green and brown",
        "yellow and red",
        "toy",
    ),
    *("wooden", "metal", "plastic", "small", "large", "simple", "chrome"),
)
FUNCTION_WORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have", "in", "into", "is"),
    *("it", "its", "of", "on", "or", "so", "that", "the", "to", "with"),
}
CONTAINERS = (
    *("bag", "basket", "bottle", "bowl", "box", "bucket", "can", "carton", "crate", "cup", "glass", "jar", "packet"),
    *("plate", "pot", "tray", "tube"),
)
# What is said around a name without meaning anything else; {other} is some word.
SURROUNDINGS = (
    *("this is a {}", "look at the {}", "here is my {}", "find the {}", "bring me the {}", "an object: {}", "one {}"),
    *("{} with a {other}", "{} with a {other}", "{} next to a {other}", "{} near the {other}", "{} under a {other}"),
    *("{} from the {other}", "{} behind the {other}", "{} at the {other}", "{} in a {other}", "{} for the {other}"),
    *("the {} on my {other}", "he put the {} beside the {other}", "which {} is it", "a {}, {other}"),
)
AMOUNTS = ("pair of {}", "set of {}", "pile of {}", "piece of {}", "stack of {}")
# Things made in the likeness of another lie between the two.
LIKENESSES = {"{} figurine": "figurine", "{} statue": "statue", "plush {}": "stuffed toy", "stuffed {}": "stuffed toy"}


@dataclass(frozen=True)
class Phrase:
    """One way to say a name."""

    text: str
    target: int  # row of the targets


@dataclass(frozen=True)
class Phrasebook:
    """Phrases and what they mean.

    Attributes:
        names: names and synonyms, first those with true embeddings, then those of words.txt.
        definitions: what LVIS names mean.
        targets: (n, D) float32 unit rows, in CLIP's text space less `mean`.
        true: how many of the rows, the first ones, are CLIP's own.
        mean: (D,) float32, of the LVIS names' unit embeddings.
    """

    names: list[Phrase]
    definitions: list[Phrase]
    targets: np.ndarray
    true: int
    mean: np.ndarray


def read_phrasebook(folder: Path, words: Path = WORDS) -> Phrasebook:
    """Read the sets in a folder of true embeddings, and a file of further words.

    Raises:
        ValueError: a line of `words` rests on a name that no set has, or says a phrase that has a place already.
    """
    entries = {
        entry["name"]: entry for entry in json.loads((folder / "lvis_synonyms_definitions.json").read_text("utf-8"))
    }
    names: list[Phrase] = []
    rows: list[np.ndarray] = []
    for name in SETS:
        with np.load(folder / f"clip_vit_b32_{name}.npz") as arrays:
            for label, embedding in zip(arrays["names"], arrays["embeddings"].astype(np.float32), strict=True):
                spoken = {text for synonym in _synonyms(str(label), entries) for text in _spoken(synonym)}
                names += [Phrase(text, len(rows)) for text in sorted(spoken)]
                rows.append(_unit(embedding))
    mean = np.stack(rows[: len(entries)]).mean(axis=0)
    true = [_unit(row - mean) for row in rows]
    definitions = [Phrase(entry["definition"], row) for row, entry in enumerate(entries.values())]
    placed = list(read_words(words, names, true))
    further = [Phrase(text, len(true) + line) for line, (texts, _) in enumerate(placed) for text in texts]
    return Phrasebook(names + further, definitions, np.stack(true + [place for _, place in placed]), len(true), mean)


def read_words(path: Path, names: list[Phrase], targets: list[np.ndarray]) -> Iterator[tuple[list[str], np.ndarray]]:
    """The lines of a file of words: their phrases, and the unit row that they share."""
    rows = {phrase.text: phrase.target for phrase in reversed(names)}
    taken = set(rows)
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        parts, texts = _parse_words(line)
        _require_new(texts, taken, line)
        if unknown := set(parts) - {*rows, OWN_DIRECTION}:
            raise ValueError(f"{path.name}: no set has {sorted(unknown)}, on which {line!r} rests.")
        taken.update(texts)
        own = _own_direction(texts[0])
        yield texts, _unit(sum(own if part == OWN_DIRECTION else targets[rows[part]] for part in parts))


def _parse_words(line: str) -> tuple[list[str], list[str]]:
    """The names that a line rests on, and its phrases."""
    parts, _, said = line.partition(":")
    return [part.strip() for part in parts.split("+")], [text.strip().lower() for text in said.split(";")]


def _require_new(texts: list[str], taken: set[str], line: str) -> None:
    if again := [text for place, text in enumerate(texts) if text in taken or text in texts[:place]]:
        raise ValueError(f"{again} in {line!r} have a place already.")


def read_templates(folder: Path) -> list[str]:
    """Templates to put names in: a third the plain one, which the runtime uses, a third CLIP's, a third captions' own."""
    files = ("templates_ulip_64.json", "templates_openai_80.json")
    clip = [template for file in files for template in json.loads((folder / file).read_text("utf-8"))]
    captions = [carrier.format(f"{adjective} {{}}".strip()) for carrier in CARRIERS for adjective in ADJECTIVES]
    return ["a {}"] * len(captions) + clip * (len(captions) // len(clip)) + captions


class Speaker:
    """Says what a phrasebook holds in ever new ways.

    Args:
        book: the phrases.
        templates: of captions, with one {} each.
        modifiers: words to put before names.
    """

    def __init__(self, book: Phrasebook, templates: list[str], modifiers: list[str]) -> None:
        self.book = book
        self.templates = templates
        self.modifiers = modifiers
        self.rows = {phrase.text: phrase.target for phrase in reversed(book.names)}

    def say(self, phrase: Phrase, rng: random.Random) -> tuple[str, np.ndarray]:
        """A caption around a phrase, and the unit row that it means."""
        text, target = phrase.text, self.book.targets[phrase.target]
        chance = rng.random()
        if chance < 0.06:
            pattern, likeness = rng.choice(list(LIKENESSES.items()))
            text, target = pattern.format(text), _unit(target + self.book.targets[self.rows[likeness]])
        elif chance < 0.12:
            container = rng.choice(CONTAINERS)
            text, target = f"{container} of {self._modify('', rng)}", self.book.targets[self.rows[container]]
        elif chance < 0.16:
            text = rng.choice(AMOUNTS).format(text)
        elif chance < 0.37:
            text = self._modify(text, rng)
        text = _respelt(text, rng)
        if rng.random() < 0.15:
            return rng.choice(SURROUNDINGS).format(text, other=rng.choice(self.modifiers)), target
        return self._frame(text, rng), target

    def before(self, text: str, rng: random.Random) -> str:
        """A name in a template, with a word or two before it."""
        return self._frame(self._modify(text, rng), rng)

    def _modify(self, text: str, rng: random.Random) -> str:
        """One or two words before a name, unless they make it another name that the book knows."""
        words = rng.choices(self.modifiers, k=rng.choice((1, 1, 2)))
        longer = [" ".join([*words[start:], text]).strip() for start in range(len(words))]
        return text if any(phrase in self.rows for phrase in longer) and text else longer[0]

    def _frame(self, text: str, rng: random.Random) -> str:
        return rng.choice(self.templates).format(text) if rng.random() < 0.9 else text


def modifiers_of(book: Phrasebook) -> list[str]:
    """All words of names and definitions but those of grammar, in alphabetical order."""
    texts = " ".join(phrase.text for phrase in (*book.names, *book.definitions)).lower()
    return sorted(set(re.findall(r"[a-z]{3,}", texts)) - FUNCTION_WORDS)


def _respelt(text: str, rng: random.Random) -> str:
    """Now and then a plural, or underscores, as file names have them."""
    chance = rng.random()
    if chance < 0.04 and not text.endswith("s"):
        return f"{text}s"
    return text.replace(" ", "_") if chance > 0.97 else text


def _synonyms(label: str, entries: dict[str, dict]) -> list[str]:
    return [label, *entries[label]["synonyms"]] if label in entries else label.split("/")


def _spoken(name: str) -> set[str]:
    """How people write a data set's name: no underscores, with and without the word in parentheses."""
    words = name.replace("_", " ").lower().strip()
    return {words, re.sub(r"\s*\(.*?\)", "", words)} - {""}


def _own_direction(text: str) -> np.ndarray:
    """A unit row that depends on the phrase alone; among 512 dimensions it is nearly orthogonal to all others."""
    return _unit(np.random.default_rng(zlib.crc32(text.encode())).normal(size=512).astype(np.float32))


def _unit(row: np.ndarray) -> np.ndarray:
    return row / np.linalg.norm(row)
