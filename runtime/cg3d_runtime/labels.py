"""Label lists: the words that a robot knows, one a line.

    # kitchen
    bowl
    mug: coffee mug; cup with a handle

The name before the colon is the answer; it and the synonyms after it are all used to describe the object.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cg3d_runtime.errors import LabelError

_COMMENT = re.compile(r"(^|\s)#.*")


@dataclass(frozen=True)
class Label:
    """One answer and the phrases that describe it; the first phrase is the name itself."""

    name: str
    phrases: tuple[str, ...]


def read_labels(path: str | os.PathLike[str]) -> list[Label]:
    """Read a label file: UTF-8 with or without a byte order mark, one label a line.

    Raises:
        LabelError: missing, not UTF-8, without any label, or with one label twice.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: no label list can be read there ({error.strerror}).") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        raise LabelError(f"{path}, line {line}: byte 0x{byte:02x} is not UTF-8. Save the file as UTF-8.") from error
    return parse_labels(text, str(path))


def parse_labels(text: str, source: str = "labels") -> list[Label]:
    """Read the text of a label file; `source` names it in errors, as in `read_labels`."""
    labels: list[Label] = []
    lines: dict[str, int] = {}  # the encoder does not tell upper from lower case
    for number, line in enumerate(text.splitlines(), start=1):
        content = " ".join(_COMMENT.sub("", line).split())
        if not content:
            continue
        label = _parse_line(content, f"{source}, line {number}")
        first = lines.setdefault(label.name.casefold(), number)
        if first != number:
            raise LabelError(f"{source}, line {number}: {label.name!r} is already on line {first}. Remove one of them.")
        labels.append(label)
    if not labels:
        raise LabelError(f"{source}: no label in it; write one a line, for example `mug`.")
    return labels


def to_labels(labels: str | os.PathLike[str] | Sequence[str]) -> list[Label]:
    """Read labels from a file, or from a sequence of lines in the same form."""
    if isinstance(labels, (str, os.PathLike)):
        return read_labels(labels)
    return parse_labels("\n".join(labels))


def _parse_line(line: str, where: str) -> Label:
    name, _, synonyms = (part.strip() for part in line.partition(":"))
    if not name:
        raise LabelError(f"{where}: no name before the colon in {line!r}; write `mug: coffee mug; cup with a handle`.")
    phrases = [name, *(phrase.strip() for phrase in synonyms.split(";"))]
    return Label(name, tuple(dict.fromkeys(phrase for phrase in phrases if phrase)))
