"""The labels that a scan is compared with: those of the data, or a robot's own list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d.evaluation.own_labels import key, places_of
from cg3d.evaluation.task import Task
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label

FEWEST_LABELS = 3  # one to leave out, two to choose from


def candidates(task: Task, own: Sequence[Label]) -> tuple[list[Label], np.ndarray]:
    """Labels to choose from, and the index of each object's label among them.

    Args:
        own: a robot's list, whose synonyms count as its labels; empty: all labels of the data.
    Returns:
        (L) labels, and (M,) int64 indices of the objects' labels, -1 where they are not in the robot's list.
    Raises:
        DataError: fewer than 3 labels, or a list that names none of the objects.
    """
    if not own:
        labels, indices = distinct_labels(task.label_texts())
        return labels, indices[task.truth]
    _require_labels(own)
    return list(own), places_of([info.label for info in task.objects.infos], own, task.split)


def distinct_labels(words: Sequence[Label]) -> tuple[list[Label], np.ndarray]:
    """Labels without those that read like an earlier one: leaving out a label then leaves out all that are equal to it.

    Returns:
        the first of each, in order, and for every one of `words` its index (int64) among them.
    Raises:
        DataError: fewer than 3 are left.
    """
    keys = [key(word.name) for word in words]
    indices = {each: index for index, each in enumerate(dict.fromkeys(keys))}
    kept = [words[keys.index(each)] for each in indices]
    _require_labels(kept)
    return kept, np.array([indices[each] for each in keys], dtype=np.int64)


def _require_labels(labels: Sequence[Label]) -> None:
    if len(labels) < FEWEST_LABELS:
        raise DataError(
            f"{len(labels)} distinct label(s) to choose from: {', '.join(label.name for label in labels)}; at least "
            f"{FEWEST_LABELS} are needed, one to leave out and two to choose from."
        )
