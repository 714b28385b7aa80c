"""The up axis of a user's own files, as the command line gives it and a pack reports it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cg3d.data.formats.objects import ObjectFile, convention
from cg3d.data.samples import SourceObject
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import DataError


def with_up(objects: Sequence[SourceObject], up: str) -> list[SourceObject]:
    """The objects, with an axis for those of which neither a table nor the file's own format tells one.

    Args:
        up: one of UP_AXES.
    Raises:
        DataError: another axis.
    """
    if up not in UP_AXES:
        raise DataError(f"--up {up!r} is no axis; one of {', '.join(UP_AXES)} is needed.")
    return [replace(each, up=up) if isinstance(each, ObjectFile) and _is_open(each) else each for each in objects]


def described_axes(objects: Sequence[SourceObject], given: str = "") -> str:
    """One line on the axes that were taken; empty where the format knows its own.

    Args:
        given: the axis that the command line gave, empty where it gave none.
    """
    files = [each for each in objects if isinstance(each, ObjectFile)]
    guessed = sum(map(_is_open, files))
    known = Counter(each.up or convention(each.path) for each in files if not _is_open(each))
    parts = [f"{count:,} objects read as {axis} up" for axis, count in sorted(known.items())]
    if guessed:
        parts.append(f"{guessed:,} objects read as z up; look at the contact sheet, or say --up y")
    elif given in known:
        parts.append("look at the contact sheet")
    return "; ".join(parts)


def _is_open(each: ObjectFile) -> bool:
    """Whether nothing tells the axis of a file."""
    return each.up is None and convention(each.path) != "y"
