"""A robot's own label list, whose phrases are the names of the objects that a label is right for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label

FOREIGN = -1  # index of an object that no label names


def places_of(names: Sequence[str], labels: Sequence[Label], split: str) -> np.ndarray:
    """The label of each object, by its name.

    Args:
        names: of M objects.
        split: that they are of, for the message.
    Returns:
        (M,) int64: the index of the first label that has the name among its phrases; -1 where none has it.
    Raises:
        DataError: no label has any of the names.
    """
    known = {key(phrase): index for index, label in reversed(list(enumerate(labels))) for phrase in label.phrases}
    places = np.array([known.get(key(name), FOREIGN) for name in names], dtype=np.int64)
    if (places == FOREIGN).all():
        raise DataError(
            f"none of the {len(labels)} labels in the list names an object of split {split}; their labels begin with "
            f"{', '.join(sorted(set(names))[:10])}. Name the objects' own words as synonyms (`mug: coffee mug`), or leave "
            "--labels out."
        )
    return places


def key(text: str) -> str:
    """The same for texts that differ in case, spaces, hyphens and underscores only."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
