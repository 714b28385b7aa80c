"""The pictures that a command line asks for: a page, an image, both or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cg3d_runtime.streams.stream import Outcome


class PictureFiles:
    """Collects outcomes and writes them into every file asked for; false where none is.

    Args:
        page: HTML file, see `pictures.Gallery`.
        image: PNG file.
    Raises:
        Cg3dError: a file that could not be written after the work: it is refused before.
    """

    def __init__(self, page: Path | None, image: Path | None) -> None:
        self._paths: Sequence[Path] = []
        if not page and not image:
            return
        from cg3d_runtime.pictures.gallery import Gallery, picture_paths

        self._paths, self._gallery = picture_paths(page, image), Gallery()

    def __bool__(self) -> bool:
        return bool(self._paths)

    def add(self, outcome: Outcome) -> None:
        """Take in one scan, which must have kept its cloud."""
        if self:
            error = str(outcome.error) if outcome.error else None
            self._gallery.add(outcome.name or "scan", outcome.cloud, outcome.answer, error)

    def write(self) -> None:
        """Raises: Cg3dError: one of the files cannot be written."""
        for path in self._paths:
            self._gallery.write(path)
