"""A library behind the service: what is nearest to words, to a scan, to a picture, to a row, or to several of these."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path, PurePath
from time import perf_counter
from typing import Any

import numpy as np

from cg3d_runtime.backends import open_backend
from cg3d_runtime.errors import LabelError, LibraryError, shortened
from cg3d_runtime.labels.encoder import TextEncoder
from cg3d_runtime.labels.fixed import require_free_labels
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.library import Library, Space
from cg3d_runtime.library.manifest import MANIFEST_FILE
from cg3d_runtime.library.queries import ROW, embedded, weighted
from cg3d_runtime.library.scores import IMAGE, SCAN, TEXT
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans.received import ReceivedScan
from cg3d_runtime.search.asking import PICTURE_SUFFIXES
from cg3d_runtime.search.hits import to_json
from cg3d_runtime.serve.options import Options, read_options
from cg3d_runtime.serve.points import read_points
from cg3d_runtime.serve.question import Question, RequestError


class ServedLibrary:
    """A library that is opened anew once its writer has committed, and what embeds its queries, an `Encoder`.

    The text graph is opened where words are first asked for, and stays so: opening it takes a hundred times as long as a query.

    Attributes:
        library: as it was at the last look.
    """

    def __init__(self, folder: Path, recognizer: Recognizer, backend: str, threads: int | None) -> None:
        """Open it.

        Args:
            recognizer: embeds scans and pictures.
            backend, threads: of the text graph, as in `open_backend`.
        Raises:
            LibraryError: there is none, it is damaged, or another bundle's.
        """
        self.embed, self.embed_image = recognizer.embed, recognizer.embed_image
        self._bundle, self._backend, self._threads = recognizer.bundle, backend, threads
        self._folder, self._space = folder, Space.of(recognizer.bundle)
        self._seen = self._state()
        self.library = Library.open(folder, self._space)

    def current(self) -> Library:
        """The library as its writer left it last."""
        if (state := self._state()) != self._seen:
            before, self.library, self._seen = self.library, Library.open(self._folder, self._space), state
            before.close()
        return self.library

    def embed_text(self, texts: str) -> np.ndarray:
        """As `Recognizer.embed_text`, of one text."""
        if not texts.strip():
            raise LabelError("the words to look for are empty.")
        return self._texts.embed([Label(texts, (texts,))])

    @cached_property
    def _texts(self) -> TextEncoder:
        require_free_labels(self._bundle)
        return TextEncoder(self._bundle, open_backend(self._bundle, "text", self._backend, threads=self._threads))

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
        LibraryError: a filter, an id or weights that are none.
        Cg3dError: as the recogniser.
    """
    started = perf_counter()
    library = served.current()
    named, options = _asked(question)
    if not named:
        raise RequestError(
            400, "there is nothing to look for: send text, a scan, a picture, points, or like with an id."
        )
    query = embedded(weighted(named, options.weights), library, served, options.up)
    known = perf_counter()
    like = 0 if options.like is None else 1
    (found,) = library.search(query.vector, options.top + like, options.where, kind=query.kind)
    hits = [hit for hit in found if hit.id != options.like][: options.top]
    ms = {"embed": (known - started) * 1e3, "search": (perf_counter() - known) * 1e3}
    told = {"hits": [to_json(rank, hit) for rank, hit in enumerate(hits, 1)]}
    return json.dumps({**told, "ms": {step: round(duration, 1) for step, duration in ms.items()}}), ms


def _asked(question: Question) -> tuple[list[tuple[str, Any]], Options]:
    """Kind and content of each part of a query: the scan or picture, the words, the row."""
    fields: dict[str, Any] = dict(question.fields)
    named: list[tuple[str, Any]] = []
    if question.name is None:
        points, said = read_points(question.content.read_bytes(), need=False)
        fields |= said
        named += [] if points is None else [(SCAN, points)]
    elif PurePath(question.name).suffix.lower() in PICTURE_SUFFIXES:
        named.append((IMAGE, question.content))
    else:
        named.append((SCAN, ReceivedScan(question.name, question.content)))
    options = read_options(question.kind, fields)
    named += [] if options.text is None else [(TEXT, options.text)]
    named += [] if options.like is None else [(ROW, options.like)]
    return named, options
