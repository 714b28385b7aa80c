"""A library behind the service: what is nearest to words, to a scan, to a picture, to a row, or to several of these."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from time import perf_counter
from typing import Any

import numpy as np

from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library import Library, Space
from cg3d_runtime.library.manifest import MANIFEST_FILE
from cg3d_runtime.library.scores import IMAGE, SCAN, TEXT
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans.received import ReceivedScan
from cg3d_runtime.search.asking import PICTURE_SUFFIXES
from cg3d_runtime.search.hits import to_json
from cg3d_runtime.serve.options import Options, read_options
from cg3d_runtime.serve.points import read_points
from cg3d_runtime.serve.question import Question, RequestError

_SHORTEST = 0.05  # of the sum of parts that nearly cancel each other out


class ServedLibrary:
    """A library that is opened anew once its writer has committed.

    Attributes:
        library: as it was at the last look.
    """

    def __init__(self, folder: Path, recognizer: Recognizer) -> None:
        """Open it.

        Raises:
            LibraryError: there is none, it is damaged, or another bundle's.
        """
        self.recognizer = recognizer
        self._folder, self._space = folder, Space.of(recognizer.bundle)
        self._seen = self._state()
        self.library = Library.open(folder, self._space)

    def current(self) -> Library:
        """The library as its writer left it last."""
        if (state := self._state()) != self._seen:
            before, self.library, self._seen = self.library, Library.open(self._folder, self._space), state
            before.close()
        return self.library

    def _state(self) -> tuple[int, int]:
        """What changes when the manifest is replaced."""
        try:
            status = (self._folder / MANIFEST_FILE).stat()
        except OSError as error:
            raise LibraryError(f"{shortened(self._folder)}: no library is there ({error.strerror}).") from error
        return status.st_ino, status.st_mtime_ns


def search(question: Question, served: ServedLibrary) -> tuple[str, dict[str, float]]:
    """The hits as JSON, and how long the steps took.

    Raises:
        RequestError: nothing to look for.
        LibraryError: a filter or an id that is none.
        Cg3dError: as the recogniser.
    """
    started = perf_counter()
    library = served.current()
    vectors, options = _vectors(question, library, served.recognizer)
    if not vectors:
        raise RequestError(
            400, "there is nothing to look for: send text, a scan, a picture, points, or like with an id."
        )
    mixture = np.sum([vector for _, vector in vectors], axis=0)
    length = float(np.linalg.norm(mixture))
    if not length > _SHORTEST * len(vectors):
        raise LibraryError("the parts of the query cancel each other out.")
    embedded = perf_counter()
    like = 0 if options.like is None else 1
    (found,) = library.search(mixture / length, options.top + like, options.where, kind=vectors[0][0])
    hits = [hit for hit in found if hit.id != options.like][: options.top]
    ms = {"embed": (embedded - started) * 1e3, "search": (perf_counter() - embedded) * 1e3}
    told = {"hits": [to_json(rank, hit) for rank, hit in enumerate(hits, 1)]}
    return json.dumps({**told, "ms": {step: round(duration, 1) for step, duration in ms.items()}}), ms


def _vectors(
    question: Question, library: Library, recognizer: Recognizer
) -> tuple[list[tuple[str, np.ndarray]], Options]:
    """Kind and unit vector of each part of a query."""
    fields: dict[str, Any] = dict(question.fields)
    points = None
    if question.name is None:
        points, said = read_points(question.content.read_bytes(), need=False)
        fields |= said
    options = read_options(question.kind, fields)
    vectors: list[tuple[str, np.ndarray]] = []
    if question.name is not None and PurePath(question.name).suffix.lower() in PICTURE_SUFFIXES:
        vectors.append((IMAGE, recognizer.embed_image(question.content)[0]))
    elif question.name is not None:
        vectors.append((SCAN, recognizer.embed([ReceivedScan(question.name, question.content)], up=options.up)[0]))
    elif points is not None:
        vectors.append((SCAN, recognizer.embed([points], up=options.up)[0]))
    if options.text is not None:
        vectors.append((TEXT, recognizer.embed_text(options.text)[0]))
    if options.like is not None:
        vectors.append((SCAN, _row(library, options.like)))
    return vectors, options


def _row(library: Library, name: str) -> np.ndarray:
    found = library.vectors([name])
    if name not in found:
        raise LibraryError(f"{shortened(name)}: no row with this id and a vector is in the library.")
    return found[name]
