"""The labels that `--labels` means: a file, words joined by commas, or a list on stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from cg3d_runtime.errors import LabelError, shortened

if TYPE_CHECKING:
    from cg3d_runtime.labels import Label

BOTH_WAYS = "name a file that holds one a line, or write the words themselves: --labels mug,bowl"


def given_labels(labels: str | None, scans: Sequence[str]) -> str | list[str] | list[Label] | None:
    """What `Recognizer.open` takes for the value of `--labels`.

    Args:
        labels: the path of a file, words joined by commas, `-` for a list on stdin, or None.
        scans: the other arguments, one of which may take stdin for itself.
    Raises:
        BadParameter: stdin is closed, or asked for twice.
        LabelError: nothing, one word that is no file, only commas, or on stdin no list.
    """
    if labels is None or os.path.exists(labels):  # noqa: PTH110 - which is False for names that are too long
        return labels
    if labels == "-":
        return _labels_on_stdin(scans)
    if "," in labels:
        return _words(labels)
    if not labels.strip():  # most often a variable of a shell that is not set
        raise LabelError(f"--labels is empty; {BOTH_WAYS}.")
    raise LabelError(f"{shortened(labels)}: no label list can be read there (No such file or directory); {BOTH_WAYS}.")


def _words(labels: str) -> list[str]:
    if ":" in labels:
        raise LabelError(f"--labels {shortened(labels)}: names with synonyms go into a file, one label a line.")
    words = [word.strip() for word in labels.split(",")]
    if not any(words):
        raise LabelError(f"--labels {shortened(labels)}: no label in it; {BOTH_WAYS}.")
    return [word for word in words if word]


def _labels_on_stdin(scans: Sequence[str]) -> list[Label]:
    from cg3d_runtime.labels.lists import MOST_BYTES, decode_labels

    if "-" in scans:
        raise typer.BadParameter(f"--labels - and the scans' - cannot share stdin. For the labels, {BOTH_WAYS}.")
    if sys.stdin is None:
        raise typer.BadParameter(f"--labels - takes the list from stdin, which is closed; {BOTH_WAYS}.")
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    except OSError as error:
        raise LabelError(f"stdin cannot be read: {error.strerror}.") from error
    return decode_labels(content, "stdin")
