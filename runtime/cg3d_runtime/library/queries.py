"""What is looked for: words, scans, pictures, rows of the library, and mixtures of these, as one vector.

A mixture is vector arithmetic: the parts' unit vectors, times their weights, added up. "Like this chair, but of metal" is a
scan with weight 1 and words with weight 0.5; a negative weight leads away from something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.scores import IMAGE, SCAN, TEXT

if TYPE_CHECKING:
    from cg3d_runtime.library.library import Library
    from cg3d_runtime.scans.upward import AnyUp

ROW = "row"
_MOST_WEIGHT = 1e6
_SHORTEST = 0.05  # of a mixture: parts that cancel each other out leave nothing to look for


class Encoder(Protocol):
    """What embeds queries: a `Recognizer`, or a `QueryEncoder`, which opens no more than a query needs."""

    def embed(self, scans: Sequence[Any], *, up: AnyUp | None = None) -> np.ndarray: ...

    def embed_text(self, texts: str) -> np.ndarray: ...

    def embed_image(self, images: Any) -> np.ndarray: ...


@dataclass(frozen=True)
class Part:
    """One part of a query.

    Attributes:
        kind: text, scan, image, or row of the library.
        what: words, an id, or a scan or a picture as the encoder takes it, such as a file.
        weight: of its unit vector in the mixture.
    """

    kind: str
    what: Any
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Query:
    """A query as the library takes it.

    Attributes:
        vector: (D,) float32, a unit vector.
        kind: text, scan or image: that of the part with the most weight, for the scores.
    """

    vector: np.ndarray
    kind: str


def weighted(named: Sequence[tuple[str, Any]], weights: Sequence[float] | None) -> list[Part]:
    """Parts of these kinds, with their weights; without any, each has the same.

    Raises:
        LibraryError: not one weight for each part, all of them 0, or one that is no weight.
    """
    numbers = [1.0] * len(named) if weights is None else weights
    if len(numbers) != len(named) or not any(numbers) or not all(abs(number) < _MOST_WEIGHT for number in numbers):
        told = ", ".join(f"{number:g}" for number in numbers)
        raise LibraryError(
            f"weights: a number for each of the {len(named)} parts is needed, not all 0, got {told:.60}."
        )
    return [Part(kind, what, weight) for (kind, what), weight in zip(named, numbers, strict=True)]


def embedded(parts: Sequence[Part], library: Library, encoder: Encoder | None, up: AnyUp | None = None) -> Query:
    """Embed the parts of a query and mix them.

    Args:
        encoder: of the library's bundle; rows of the library need none.
        up: of scans, as `Recognizer.embed` takes it.
    Raises:
        LibraryError: no part, an id that is not there, or parts that cancel each other out.
        ScanError, LabelError, BundleError, BackendError: as the encoder.
    """
    if not parts:
        raise LibraryError("nothing to look for: give words, a scan, a picture, or the id of a row.")
    vectors = [_vector(part, library, encoder, up) for part in parts]
    mixture = np.sum([part.weight * vector for part, vector in zip(parts, vectors, strict=True)], axis=0)
    length = float(np.linalg.norm(mixture))
    if not length > _SHORTEST * sum(abs(part.weight) for part in parts):
        raise LibraryError("the parts of the query cancel each other out; give them other weights.")
    heaviest = max(parts, key=lambda part: abs(part.weight))
    return Query((mixture / length).astype(np.float32), SCAN if heaviest.kind == ROW else heaviest.kind)


def _vector(part: Part, library: Library, encoder: Encoder | None, up: AnyUp | None) -> np.ndarray:
    if part.kind == ROW:
        found = library.vectors([part.what])
        if part.what not in found:
            raise LibraryError(f"{shortened(part.what)}: no row with this id and a vector is in the library.")
        return found[part.what]
    assert encoder is not None
    rows = (
        encoder.embed_text(part.what)
        if part.kind == TEXT
        else encoder.embed_image(part.what)
        if part.kind == IMAGE
        else encoder.embed([part.what], up=up)
    )
    vector: np.ndarray = rows[0]
    return vector
