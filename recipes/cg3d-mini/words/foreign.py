"""Words that are no English: of other languages, and of no language at all. The text tower learns to say so."""

from __future__ import annotations

import gzip
import random
import string
import zlib
from collections.abc import Collection
from pathlib import Path

LANGUAGES = ("de", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv")
MOST = 30_000  # of each language
FREQUENT = 15_000  # words of English texts, which are no foreign words, whatever other languages have
SET_APART = 50  # one word in so many is not taught, so that it can be told how others are taken that never were
SHORTEST = 4  # letters: shorter words are like too many others


def foreign_words(folder: Path, english: Collection[str]) -> list[str]:
    """Frequent words of other languages written in Latin letters that are not English too, in alphabetical order.

    Args:
        folder: wordfreq's lists.
        english: words to leave out.
    """
    words = {word for language in LANGUAGES for word in _frequent(folder / f"large_{language}.msgpack.gz")}
    return sorted(word for word in words if len(word) >= SHORTEST and word.isalpha() and word not in english)


def is_set_apart(word: str) -> bool:
    """Whether a word is kept from the tower, English or not; the same ones every time."""
    return zlib.crc32(word.encode()) % SET_APART == 0


def gibberish(rng: random.Random) -> str:
    """Letters as a cat on a keyboard types them, or syllables that no language joined."""
    if rng.random() < 0.5:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 12)))
    return "".join(_syllable(rng) for _ in range(3)).strip()


def _syllable(rng: random.Random) -> str:
    return "".join(map(rng.choice, ("bcdfghjklmnpqrstvwxz", "aeiouy", "bdgklmnrstxz ")))


def _frequent(file: Path) -> list[str]:
    """The most frequent words of a list: bins of words, one bin a centibel rarer than the last."""
    import msgpack

    with gzip.open(file) as packed:
        header, *bins = msgpack.load(packed, raw=False)
    if header.get("format") != "cB":
        raise ValueError(f"{file.name}: format {header.get('format')!r}, expected cB.")
    return [word for words in bins for word in words][:MOST]
