"""Phrases and where they lie in the text space of CLIP ViT-B/32, less its mean: CLIP's own names, and words taught.

Names, synonyms and definitions of LVIS, Objects365 and COCO come with their true embeddings. All other words get theirs from
the teacher.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from words.kin import leaning
from words.teacher import Teacher, plain
from words.wordnet import WordNet

SETS = ("lvis", "objects365", "coco")


@dataclass(frozen=True)
class Phrase:
    """One way to say a name."""

    text: str
    target: int  # row of the targets


@dataclass(frozen=True)
class Phrasebook:
    """Phrases and what they mean.

    Attributes:
        names: names and synonyms with true embeddings; of each row first the name that CLIP read.
        definitions: what LVIS names mean.
        words: phrases that the teacher has placed.
        targets: (n, D) float32 unit rows, in CLIP's text space less `mean`: of the names, then one for each of `words`.
        true: how many of the rows, the first ones, are CLIP's own.
        mean: (D,) float32, of the LVIS names' unit embeddings.
    """

    names: list[Phrase]
    definitions: list[Phrase]
    words: list[Phrase]
    targets: np.ndarray
    true: int
    mean: np.ndarray


def read_phrasebook(folder: Path) -> Phrasebook:
    """Read the sets in a folder of true embeddings; no words are taught yet."""
    entries = {
        entry["name"]: entry for entry in json.loads((folder / "lvis_synonyms_definitions.json").read_text("utf-8"))
    }
    names: list[Phrase] = []
    rows: list[np.ndarray] = []
    for name in SETS:
        with np.load(folder / f"clip_vit_b32_{name}.npz") as arrays:
            for label, embedding in zip(arrays["names"], arrays["embeddings"].astype(np.float32), strict=True):
                spoken = [text for synonym in _synonyms(str(label), entries) for text in _spoken(synonym)]
                names += [Phrase(text, len(rows)) for text in dict.fromkeys(spoken)]
                rows.append(_unit(embedding))
    mean = np.stack(rows[: len(entries)]).mean(axis=0)
    true = np.stack([_unit(row - mean) for row in rows])
    definitions = [Phrase(entry["definition"], row) for row, entry in enumerate(entries.values())]
    return Phrasebook(names, definitions, [], true, len(true), mean)


def kept_out(book: Phrasebook, share: float, seed: int = 0) -> set[int]:
    """Rows of a share of the names, the same ones every time; a name that two sets share is kept out of both."""
    texts = sorted({phrase.text for phrase in book.names})
    chosen = set(random.Random(seed).sample(texts, int(share * len(texts))))
    rows = {phrase.target for phrase in book.names if phrase.text in chosen}
    said = {phrase.text for phrase in book.names if phrase.target in rows}
    return {phrase.target for phrase in book.names if phrase.text in said}


def without(book: Phrasebook, rows: Collection[int]) -> Phrasebook:
    """A phrasebook that does not know these rows by any name."""
    return replace(
        book,
        names=[phrase for phrase in book.names if phrase.target not in rows],
        definitions=[phrase for phrase in book.definitions if phrase.target not in rows],
    )


def taught(book: Phrasebook, features: Mapping[str, np.ndarray], wordnet: WordNet) -> Phrasebook:
    """A phrasebook with all other words as well, each where the teacher, fitted on the book's names, and its kin place it.

    Args:
        features: of every name and every word.
    """
    texts, targets = distinct_names(book)
    teacher = Teacher.fit(np.stack([features[text] for text in texts]), targets)
    known = {phrase.text for phrase in book.names}
    words = [text for text in features if text not in known]
    places = dict(zip(words, teacher(np.stack([features[text] for text in words])), strict=True))
    places |= {phrase.text: book.targets[phrase.target] for phrase in reversed(book.names)}
    placed = leaning(words, places, wordnet)
    first = len(book.targets)
    return replace(
        book,
        words=[Phrase(text, first + place) for place, text in enumerate(words)],
        targets=np.concatenate([book.targets, placed]),
    )


def distinct_names(book: Phrasebook) -> tuple[list[str], np.ndarray]:
    """The first phrase of each of the book's names, each phrase and each row once, and the unit rows."""
    first = {phrase.text: phrase.target for phrase in reversed(book.names)}
    one = {target: text for text, target in first.items()}
    return list(one.values()), book.targets[list(one)]


def own_places(found: np.ndarray, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How many of the other rows lie nearer to each found row than its own; those that equal its own do not count.

    Args:
        found, own: (n, D) unit rows.
        others: (m, D) unit rows.
    Returns:
        (n,) int; 0 is the nearest.
    """
    right = (found * own).sum(axis=1)
    nearer = (found @ others.T > right[:, None]) & (own @ others.T < 0.999)
    places: np.ndarray = nearer.sum(axis=1)
    return places


def _synonyms(label: str, entries: Mapping[str, dict]) -> Sequence[str]:
    return [label, *(entries[label]["synonyms"] if label in entries else label.split("/"))]


def _spoken(name: str) -> list[str]:
    """How people write a data set's name: no underscores, with and without the word in parentheses."""
    words = name.replace("_", " ").lower().strip()
    return [text for text in (words, plain(words)) if text]


def _unit(row: np.ndarray) -> np.ndarray:
    unit: np.ndarray = row / np.linalg.norm(row)
    return unit
