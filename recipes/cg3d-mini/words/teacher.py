"""Where any English phrase lies in CLIP's text space, learned from the names whose place CLIP itself has told.

Language models say what a phrase means, each in its own space; a regression carries that to CLIP's space less its mean. Half of
it is linear, and keeps unlike names apart; half is by radial basis functions, and keeps near what is like a known name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from words.language_models import E5, GloVe, MiniLM
from words.sources import Sources
from words.wordnet import WordNet

RADIAL_RIDGE, LINEAR_RIDGE = 0.1, 0.3
CHUNK = 4096


class Reader:
    """Turns phrases into features: E5 of the phrase in a sentence, MiniLM of that, of the phrase and its definition; GloVe."""

    E5_WEIGHT = 5.0  # its rows lie in a narrow cone, and tell most

    def __init__(self, sources: Sources) -> None:
        self.wordnet = WordNet(sources.wordnet)
        self.glove = GloVe(sources.glove)
        self._minilm, self._e5 = MiniLM(sources.minilm), E5(sources.e5)

    def __call__(self, phrases: Sequence[str]) -> np.ndarray:
        """(n,) phrases -> (n, 1636) float32."""
        sentences = [f"a {phrase}" for phrase in phrases]
        defined, words = [self.defined(phrase) for phrase in phrases], [plain(phrase) for phrase in phrases]
        read = [self._minilm(sentences), self._minilm(phrases), self._minilm(defined), self.glove(words)]
        return np.concatenate([self.E5_WEIGHT * self._e5(sentences), *read], axis=1)

    def defined(self, phrase: str) -> str:
        """A phrase with WordNet's definition of the thing, or of its last word, if it has one."""
        name = plain(phrase)
        sense = self.wordnet.thing(name) or self.wordnet.thing(name.split()[-1])
        return f"{phrase}: {sense.definition}" if sense else phrase


@dataclass(frozen=True)
class Teacher:
    """A fitted regression from features to places.

    Attributes:
        known: (n, d) float32 features of the names that it was fitted on, less `mean`.
        radial, linear: what each of these names adds, (n, D).
    """

    known: np.ndarray
    mean: np.ndarray
    width: float  # squared distance at which radial basis functions fall to 1/e
    power: float  # mean of the linear kernel's diagonal
    radial: np.ndarray
    linear: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray, places: np.ndarray) -> Teacher:
        """Fit by kernel ridge regression.

        Args:
            features: (n, d).
            places: (n, D) unit rows.
        """
        mean = features.mean(axis=0)
        known = features - mean
        squared, products = _squared_distances(known, known), known @ known.T
        width, power = float(np.median(squared)), float(np.trace(products)) / len(known)
        radial = _solve(np.exp(-squared / width), places, RADIAL_RIDGE)
        return cls(known, mean, width, power, radial, _solve(products / power, places, LINEAR_RIDGE))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(m, d) features -> (m, D) float32 unit rows."""
        return np.concatenate([self._place(features[i : i + CHUNK]) for i in range(0, len(features), CHUNK)])

    def _place(self, features: np.ndarray) -> np.ndarray:
        rows = features - self.mean
        radial = np.exp(-_squared_distances(rows, self.known) / self.width) @ self.radial
        places = radial + rows @ self.known.T / self.power @ self.linear
        return (places / np.linalg.norm(places, axis=1, keepdims=True)).astype(np.float32)


def plain(name: str) -> str:
    """A name without what stands in parentheses to say which of its meanings: "mouse (computer equipment)"."""
    return re.sub(r"\s*\(.*?\)", "", name)


def _solve(kernel: np.ndarray, places: np.ndarray, ridge: float) -> np.ndarray:
    return np.linalg.solve(kernel + ridge * np.eye(len(kernel)), places)


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squared: np.ndarray = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.maximum(squared, 0)
