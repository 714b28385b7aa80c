"""Label lists: the words that a robot knows, one a line.

    # kitchen
    bowl
    mug: coffee mug; cup with a handle
    golf ball @ 43 mm

The name before the colon is the answer; it and the synonyms after it are all used to describe the object. How long the object
usually is may stand behind an @.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from cg3d_runtime.errors import LabelError
from cg3d_runtime.files.encodings import text_encoding
from cg3d_runtime.labels.forms import (
    check_commas,
    check_heading,
    check_line,
    check_phrase,
    json_list,
    tidy,
    unquoted,
    without_numbers,
)
from cg3d_runtime.sizes.length import UsualLength, split_length

_log = logging.getLogger(__name__)

MOST_BYTES = 1 << 24  # of a label file
_LONGEST_LINE = 10_000  # characters
_COMMENT = re.compile(r"(^|\s)#.*")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LIST = 'give a file that holds one a line or, in Python, a list such as ["mug", "bowl"]'


@dataclass(frozen=True)
class Label:
    """One answer and the phrases that describe it; the first phrase is the name itself.

    Attributes:
        length: of the longest side, in metres; None: as usual for things of that name.
    """

    name: str
    phrases: tuple[str, ...]
    length: UsualLength | None = None


Labels = str | os.PathLike[str] | Iterable[str | Label]  # the path of a label file, or what stands in one


def read_labels(path: str | os.PathLike[str]) -> list[Label]:
    """Read a label file: UTF-8, or UTF-16 with a byte order mark; one label a line, or a JSON list of strings.

    Quotes around names, bullets, and numbers that count all the lines are passed over.

    Raises:
        LabelError: missing, no text, larger than 16 MB, without any label, with one name twice but other synonyms, or in a
            form that leaves doubt about what the labels are.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise LabelError(f"a label file is named by its path, got {type(path).__name__}; words need no reading.")
    return decode_labels(_read_bytes(path), str(path))


def decode_labels(content: bytes, source: str) -> list[Label]:
    """Read the bytes of a label file; `source` names it in errors, as in `read_labels`."""
    return parse_labels(_text(content, source), source)


def parse_labels(text: str, source: str = "labels") -> list[Label]:
    """Read the text of a label file; `source` names it in errors, as in `read_labels`."""
    items = json_list(text)
    if items is not None:
        return _labels_of(items, source, "item")
    lines = [_COMMENT.sub("", line) for line in _LINE_END.split(text)]
    return _labels_of(lines, source, "line")


def to_labels(labels: Labels) -> list[Label]:
    """Read labels from a file, or from words in the form of its lines, one label each.

    Args:
        labels: the path of the file, or the words in an order; or Labels, such as those of another recogniser.
    Raises:
        LabelError: as `read_labels`, or something else than that.
    """
    if isinstance(labels, (str, os.PathLike)):
        return read_labels(labels)
    if isinstance(labels, (bytes, Mapping, Set)) or not isinstance(labels, Iterable):
        raise LabelError(f"labels must be words in an order, got {type(labels).__name__}; {_LIST}.")
    items = list(labels)
    made = [item for item in items if isinstance(item, Label) and item.phrases]
    if made and len(made) == len(items):
        return _without_repeats(made, range(1, len(made) + 1), "labels", "item")
    words = [item for item in items if isinstance(item, str)]
    if len(words) < len(items):
        number, item = next((number, item) for number, item in enumerate(items, 1) if not isinstance(item, str))
        raise LabelError(f"labels, item {number}: is {type(item).__name__}, not a text; {_LIST}.")
    return _labels_of([_COMMENT.sub("", word.rstrip("\r\n")) for word in words], "labels", "item")


def _text(content: bytes, source: str) -> str:
    if len(content) > MOST_BYTES:
        raise LabelError(f"{source}: is larger than {MOST_BYTES >> 20} MB, so no label list; it holds one word a line.")
    encoding = text_encoding(content)
    if encoding is None:
        raise LabelError(
            f"{source}: holds NUL bytes: it is no text, or UTF-16 without a byte order mark. Save it as UTF-8."
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        name = encoding.upper().removesuffix("-SIG")
        raise LabelError(f"{source}, line {line}: byte 0x{byte:02x} is not {name}. Save the file as UTF-8.") from error


def _read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file or a pipe, and at most one byte more than a label file may have."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if hasattr(os, "set_blocking"):
                os.set_blocking(file.fileno(), True)
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise LabelError(f"{path}: no label list can be read there ({reason}); {_LIST}.") from error


def _open_at_once(path: str, flags: int) -> int:
    """Open also a pipe that nobody writes to, without waiting; it is empty."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _labels_of(lines: Sequence[str], source: str, noun: str) -> list[Label]:
    """The labels of lines, some of which may be blank."""
    for number, line in enumerate(lines, start=1):
        if len(line) > _LONGEST_LINE:
            raise LabelError(f"{source}, {noun} {number}: has {len(line)} characters; write one label a line.")
    numbers = [number for number, line in enumerate(lines, start=1) if tidy(line)]
    if not numbers:
        raise LabelError(f"{source}: no label in it; write one a line, for example `mug`.")
    try:
        contents = list(map(tidy, without_numbers([tidy(lines[number - 1]) for number in numbers])))
        if noun == "line":
            check_heading(contents)
        check_commas([line.partition(":")[0] for line in contents], noun == "line")
    except LabelError as error:
        raise LabelError(f"{source}: {error}") from error
    labels = [_parse_line(line, f"{source}, {noun} {number}") for number, line in zip(numbers, contents, strict=True)]
    return _without_repeats(labels, numbers, source, noun)


def _without_repeats(labels: Sequence[Label], numbers: Sequence[int], source: str, noun: str) -> list[Label]:
    """Each label once, with a warning that names those which came again; the encoder does not tell upper from lower case."""
    first: dict[str, tuple[Label, int]] = {}
    again: dict[str, None] = {}
    for label, number in zip(labels, numbers, strict=True):
        earlier, at = first.setdefault(label.name.casefold(), (label, number))
        if at == number:
            continue
        if _folded(label) != _folded(earlier):
            other = "another length" if label.length != earlier.length else "other synonyms"
            raise LabelError(
                f"{source}, {noun} {number}: {label.name[:40]!r} is already on {noun} {at}, with {other}. Remove one of them, "
                "or write all synonyms behind one name: `mug: coffee mug; cup`."
            )
        again[earlier.name] = None
    if again:
        _log.warning("%s: more than once in the list, and counted once: %s", source, ", ".join(again))
    return [label for label, _ in first.values()]


def _folded(label: Label) -> tuple[set[str], UsualLength | None]:
    return {phrase.casefold() for phrase in label.phrases}, label.length


def _parse_line(line: str, where: str) -> Label:
    name, _, synonyms = (part.strip() for part in line.partition(":"))
    if not name:
        raise LabelError(
            f"{where}: no name before the colon in {line[:40]!r}; write `mug: coffee mug; cup with a handle`."
        )
    try:
        check_line(line)
        name, length = split_length(name)
        phrases = [" ".join(unquoted(phrase.strip()).split()) for phrase in (name, *synonyms.split(";"))]
        phrases = [phrase for phrase in phrases if phrase]
        for phrase in phrases:
            check_phrase(phrase)
    except LabelError as error:
        raise LabelError(f"{where}: {error}") from error
    return Label(phrases[0], tuple(dict.fromkeys(phrases)), length)
