"""Scans and answers on their way into a picture."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from cg3d_runtime.answer import Answer
from cg3d_runtime.errors import Cg3dError, shortened
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.pictures.display_cloud import DisplayCloud
from cg3d_runtime.pictures.exhibit import Exhibit
from cg3d_runtime.scans.cloud import PointCloud

MOST_POINTS_OF_A_SCAN = 20_000  # more cannot be told apart on a card
MOST_POINTS = 4_000_000  # of all scans together: 36 MB in memory, 48 MB as a page
MOST_SCANS = 2_000  # then a page is no longer looked at, and a watched folder must not fill the memory
PAGE_SUFFIXES = (".html", ".htm")
IMAGE_SUFFIXES = (".png",)


class Shown(Protocol):
    """What a picture shows of one scan."""

    @property
    def cloud(self) -> DisplayCloud | None: ...


Kind = TypeVar("Kind", bound=Shown)


@dataclass
class Collection(ABC, Generic[Kind]):
    """What is shown of many scans, on its way into a page or an image.

    Only that is kept, so memory is bounded, however many and however large the scans are: once there are too many
    points in all, every scan is halved. The halves of `DisplayCloud` are fair samples.

    Attributes:
        exhibits: what is shown, in the order of arrival.
        left_out: number of scans beyond the 2,000 that are shown.
    """

    exhibits: list[Kind] = field(default_factory=list)
    left_out: int = 0
    _most: int = MOST_POINTS_OF_A_SCAN
    _points: int = 0

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write everything taken in so far: a page where `path` ends in .html, an image where it ends in .png.

        Raises:
            Cg3dError: another suffix, no pillow for an image, or a place that cannot be written; no half file is left.
        """
        path = Path(path)
        check_picture_path(path)
        content = self._page() if path.suffix.lower() in PAGE_SUFFIXES else self._sheet()
        try:
            write_atomically(path, content)
        except OSError as error:
            raise Cg3dError(f"{path}: cannot be written: {error.strerror or error}.") from error

    def _is_full(self) -> bool:
        """Count a scan that has no room any more."""
        self.left_out += (full := len(self.exhibits) == MOST_SCANS)
        return full

    def _take_in(self, exhibit: Kind) -> None:
        self.exhibits.append(exhibit)
        self._points += _shown_points(exhibit)
        while self._points > MOST_POINTS:
            self._halve()

    def _halve(self) -> None:
        self._most //= 2
        self.exhibits = [self._thinned(exhibit, self._most) for exhibit in self.exhibits]
        self._points = sum(map(_shown_points, self.exhibits))

    @abstractmethod
    def _thinned(self, exhibit: Kind, most: int) -> Kind:
        """The same with at most `most` points."""

    @abstractmethod
    def _page(self) -> bytes: ...

    @abstractmethod
    def _sheet(self) -> bytes: ...


def _shown_points(exhibit: Shown) -> int:
    return len(exhibit.cloud) if exhibit.cloud else 0


class Gallery(Collection[Exhibit]):
    """Collects scans and their answers, and writes them as a page or as an image.

        gallery = Gallery()
        gallery.add("mug.ply", cloud, answer)
        gallery.write("answers.html")

    Memory is bounded: see `Collection`.
    """

    def add(
        self, file: str, cloud: PointCloud | None = None, answer: Answer | None = None, error: str | None = None
    ) -> None:
        """Take in one scan.

        Args:
            file: its name as shown, any text.
            cloud: its points; None where it could not be read.
            answer: what it was recognised as; None where that failed.
            error: why there is no answer.
        """
        if self._is_full():
            return
        shown = DisplayCloud.from_cloud(cloud, self._most) if cloud is not None else None
        self._take_in(Exhibit(file, shown if shown else None, answer, error))

    def _thinned(self, exhibit: Exhibit, most: int) -> Exhibit:
        return replace(exhibit, cloud=exhibit.cloud and exhibit.cloud.thinned(most))

    def _page(self) -> bytes:
        from cg3d_runtime.pictures.page import to_page

        return to_page(self.exhibits, self.left_out)

    def _sheet(self) -> bytes:
        from cg3d_runtime.pictures.contact_sheet import to_png  # needs pillow

        return to_png(self.exhibits, self.left_out)


def picture_paths(page: Path | None, image: Path | None) -> list[Path]:
    """Those of a page and an image that are asked for.

    Raises:
        Cg3dError: one could not be written.
    """
    for path, suffixes in ((page, PAGE_SUFFIXES), (image, IMAGE_SUFFIXES)):
        if path:
            check_picture_path(path, suffixes)
    return [path for path in (page, image) if path]


def check_picture_path(path: Path, suffixes: tuple[str, ...] = PAGE_SUFFIXES + IMAGE_SUFFIXES) -> None:
    """Refuse, before hours of work, a picture that could not be written after them.

    Raises:
        Cg3dError: a suffix other than `suffixes`, a folder that is missing or may not be written, or no pillow for an image.
    """
    if path.suffix.lower() not in suffixes:
        raise Cg3dError(f"{path}: the name must end in {' or '.join(suffixes)}.")
    if fault := _fault(path):
        raise Cg3dError(f"{shortened(path)}: {fault}; name a file.")
    if not os.access(path.parent, os.W_OK):
        raise Cg3dError(f"{path}: the folder may not be written by this user.")
    if path.suffix.lower() in IMAGE_SUFFIXES and find_spec("PIL") is None:
        raise Cg3dError(
            f'{path}: images need pillow: pip install pillow (the extra "image"). A page (.html) needs nothing.'
        )


def _fault(path: Path) -> str | None:
    """Why no file can be written under this name."""
    try:
        path.with_name(f".{path.name}.{'x' * 8}").exists()  # the longer name under which it is written
        if path.is_dir() or not path.parent.is_dir():
            return "is a folder" if path.is_dir() else "its folder does not exist"
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    except ValueError:
        return "holds a NUL, which no name of a file can"
    return None
