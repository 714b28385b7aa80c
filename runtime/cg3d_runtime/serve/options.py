"""The words that come with a scan: labels, which way is up, and so on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cg3d_runtime.choices import AUTO, METRES
from cg3d_runtime.errors import Cg3dError, shortened
from cg3d_runtime.labels.lists import Label, decode_labels, parse_labels
from cg3d_runtime.scans.upward import AnyUp, as_up
from cg3d_runtime.serve.question import DETECT, RECOGNISE, SEARCH, RequestError

NAMES = {
    RECOGNISE: ("labels", "up", "units", "top"),
    DETECT: ("labels", "up", "units", "top", "find"),
    SEARCH: ("text", "like", "weights", "where", "up", "top"),
}
_USUAL_TOP = {RECOGNISE: 5, DETECT: 5, SEARCH: 10}
_MOST_TOP = 10_000


@dataclass(frozen=True)
class Options:
    """As `Recognizer` takes them; `find` is for scenes, what follows it for a search."""

    labels: list[str] | list[Label] | None = None
    up: AnyUp | None = None
    units: str | None = None
    top: int = 5
    find: str | None = None
    text: str | None = None
    like: str | None = None
    weights: list[float] | None = None
    where: str | None = None


def read_options(kind: str, fields: Mapping[str, Any]) -> Options:
    """Check what was said, as text, as the bytes of a label file, or as values of JSON.

    Raises:
        RequestError: 400: an option that there is not, or a value that it cannot have.
        LabelError: a list that is none.
    """
    known = NAMES[kind]
    for name in fields:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"Known: {', '.join(known)}."
            raise RequestError(400, f"{shortened(name, 60)} is no option of /{kind}; {hint}")
    return Options(
        labels=_labels(fields.get("labels")),
        up=_up(fields.get("up")),
        units=_units(fields.get("units")),
        top=_top(fields.get("top", _USUAL_TOP[kind])),
        find=_words("find", fields.get("find")),
        text=_words("text", fields.get("text")),
        like=_words("like", fields.get("like")),
        weights=_weights(fields.get("weights")),
        where=_words("where", fields.get("where")),
    )


def _labels(given: object) -> list[str] | list[Label] | None:
    """A list of JSON, the bytes of a file, its text, or words joined by commas; without any, the service's own."""
    if given is None:
        return None
    if isinstance(given, bytes):
        return decode_labels(given, "labels")
    if isinstance(given, list):
        return given  # whoever embeds them says what is no word
    if not isinstance(given, str):
        raise RequestError(400, f"labels must be a list of words, or words joined by commas, got {_said(given)}.")
    if "\n" in given or ":" in given:
        return parse_labels(given)
    return [word for word in map(str.strip, given.split(",")) if word] or parse_labels(given)


def _up(given: object) -> AnyUp | None:
    if given is None or given == AUTO:
        return given
    try:
        return as_up(given)  # type: ignore[arg-type]
    except Cg3dError as error:
        raise RequestError(400, f"{error} Or say {AUTO}.") from error


def _units(given: object) -> str | None:
    if given is None or (isinstance(given, str) and given in METRES):
        return given
    raise RequestError(400, f"units must be one of {', '.join(METRES)}, got {_said(given)}.")


def _top(given: object) -> int:
    text = given if isinstance(given, str) else str(given) if type(given) is int else ""
    if text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_TOP)) and 1 <= int(text) <= _MOST_TOP:
        return int(text)
    raise RequestError(400, f"top must be a whole number from 1 to {_MOST_TOP}, got {_said(given)}.")


def _weights(given: object) -> list[float] | None:
    """A list of JSON, or numbers joined by commas."""
    if given is None:
        return None
    words = given.split(",") if isinstance(given, str) else given
    if isinstance(words, list) and not any(isinstance(word, bool) for word in words):
        with suppress(TypeError, ValueError, OverflowError):
            return [float(word) for word in words]
    raise RequestError(400, f"weights must be numbers, or numbers joined by commas, got {_said(given)}.")


def _words(name: str, given: object) -> str | None:
    if given is None or isinstance(given, str):
        return given
    raise RequestError(400, f"{name} must be text, got {_said(given)}.")


def _said(given: object) -> str:
    return shortened(repr(given) if isinstance(given, (str, bytes, Sequence)) else str(given), 80)
