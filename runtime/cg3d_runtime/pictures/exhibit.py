"""One scan with its answer, as a picture shows it."""

from __future__ import annotations

from dataclasses import dataclass

from cg3d_runtime.answer import Answer
from cg3d_runtime.pictures.display_cloud import DisplayCloud


@dataclass(frozen=True)
class Exhibit:
    """One scan on show; without an answer it has an error, and possibly still a cloud."""

    file: str
    cloud: DisplayCloud | None
    answer: Answer | None
    error: str | None
