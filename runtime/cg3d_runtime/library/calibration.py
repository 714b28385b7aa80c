"""Scores of a library, fitted on its own rows, of which a column of the user's tells what they truly are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.columns import TEXT as TEXTS
from cg3d_runtime.library.library import Hit, Library
from cg3d_runtime.library.rows import ERROR, ID
from cg3d_runtime.library.scores import SCAN, TEXT, Logistic, fitted

MOST_QUERIES = 500  # of each kind
TOP = 10  # hits of each
LEAST = 100  # rows whose names are known

EmbedTexts = Callable[[Sequence[str]], np.ndarray]


def calibrated(library: Library, column: str, embed_texts: EmbedTexts | None) -> dict[str, Logistic]:
    """Fit what cosines mean: rows and names are asked for, and a hit is right where it has the same name.

    Args:
        column: of texts, the true name of each row; rows without one are left out.
        embed_texts: words to unit rows (n, D); None: scores of texts stay as they are.
    Returns:
        Functions by kind; of pictures there are none to ask, so that theirs stays as it is.
    Raises:
        LibraryError: no such column, fewer than 100 rows with a name, or hits that are all right or all wrong.
    """
    if library.columns.get(column) != TEXTS:
        raise LibraryError(f"column {column} holds no texts; the true names of rows must be in one.")
    names = {
        str(row[ID]): str(row[column]) for row in library.rows((ID, column, ERROR)) if row[column] and not row[ERROR]
    }
    if len(names) < LEAST:
        raise LibraryError(f"column {column}: {len(names)} rows have a name; {LEAST} are needed to fit scores.")
    known = f"{column} is not missing"
    found = {SCAN: _fit(*_of_scans(library, names, known), SCAN)}
    if embed_texts:
        found[TEXT] = _fit(*_of_texts(library, names, known, embed_texts), TEXT)
    return found


def _of_scans(library: Library, names: Mapping[str, str], known: str) -> tuple[np.ndarray, np.ndarray]:
    common = Counter(names.values())
    asked = _some([each for each, name in names.items() if common[name] > 1])
    vectors = library.vectors(asked)
    hits = library.search(np.stack([vectors[each] for each in asked]), TOP + 1, known) if asked else []
    others = [[hit for hit in of_one if hit.id != each][:TOP] for each, of_one in zip(asked, hits, strict=True)]
    return _judged(others, [names[each] for each in asked], names)


def _of_texts(
    library: Library, names: Mapping[str, str], known: str, embed_texts: EmbedTexts
) -> tuple[np.ndarray, np.ndarray]:
    asked = _some(sorted(set(names.values())))
    return _judged(library.search(embed_texts(asked), TOP, known), asked, names)


def _judged(
    hits: Sequence[Sequence[Hit]], wanted: Sequence[str], names: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of hits, and whether each has the wanted name."""
    pairs = [(hit.cosine, names[hit.id] == name) for of_one, name in zip(hits, wanted, strict=True) for hit in of_one]
    return np.array([cosine for cosine, _ in pairs]), np.array([right for _, right in pairs], bool)


def _fit(cosines: np.ndarray, right: np.ndarray, kind: str) -> Logistic:
    logistic = fitted(cosines, right) if len(cosines) else None
    if logistic is None:
        raise LibraryError(
            f"scores of {kind} queries cannot be fitted: of {len(cosines)} hits {int(right.sum())} have the name that was "
            "asked for; rows of several names are needed, some of them alike, and a model that tells them apart."
        )
    return logistic


def _some(names: Sequence[str]) -> list[str]:
    """At most MOST_QUERIES of them, evenly spread."""
    step = max(len(names) / MOST_QUERIES, 1.0)
    return [names[int(number * step)] for number in range(min(len(names), MOST_QUERIES))]
