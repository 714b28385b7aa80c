"""What a client asks, as it travels to a process that answers, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

RECOGNISE, DETECT, SEARCH = "recognise", "detect", "search"


@dataclass(frozen=True)
class Question:
    """A scan, and what is asked about it.

    Attributes:
        kind: RECOGNISE, DETECT or SEARCH.
        content: the file that holds the body.
        name: of the scan, or of a picture to search by; None: the body is JSON, with points in it.
        fields: what else was said, as text, or as the bytes of a label file; see `options`.
    """

    kind: str
    content: Path
    name: str | None
    fields: Mapping[str, str | bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What is said to a client.

    Attributes:
        status: of HTTP.
        body: JSON.
        ms: what the steps took, in milliseconds; none where there is no answer.
    """

    status: int
    body: str
    ms: Mapping[str, float] = field(default_factory=dict)


class RequestError(Exception):
    """A request that is not answered, with the status of HTTP that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status, self.message = status, message
