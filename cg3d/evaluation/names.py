"""Validation of names chosen by the user, with suggestions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cg3d_runtime.errors import DataError


def require_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Raises: DataError: `name` is not among the `known` ones of its kind; it lists them."""
    names = list(known)
    if name not in names:
        raise DataError(f"{kind} {name!r} is not known{_hint(name, names)}; choose one of {', '.join(names)}.")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is spelt most like `name`."""
    return max(known, key=lambda each: difflib.SequenceMatcher(None, name.casefold(), each.casefold()).ratio())


def _hint(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f", did you mean {close[0]!r}?" if close else ""
