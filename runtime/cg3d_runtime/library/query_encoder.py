"""Queries as vectors, for a process that asks once: no graph is opened that the query does not need.

Words come first, in a thread: of the 0.2 seconds that they take where nobody has asked for them, most is spent in ONNX Runtime,
which leaves Python free to import and open the library meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.library.space import Space

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cg3d_runtime.scans.upward import AnyUp


class QueryEncoder:
    """Embeds as `Recognizer` does: to the bit of its graphs."""

    def __init__(
        self, bundle: Bundle, backend: str = "auto", precision: str = "auto", threads: int | None = None
    ) -> None:
        """Get ready; nothing is opened yet. The arguments are those of `Recognizer.open`."""
        self._bundle, self._backend, self._precision, self._threads = bundle, backend, precision, threads
        self._begun: dict[str, Future[np.ndarray]] = {}

    @property
    def space(self) -> Space:
        """That the queries lie in."""
        return Space.of(self._bundle)

    @contextmanager
    def begun(self, texts: Sequence[str]) -> Iterator[None]:
        """Within, words are embedded in a thread, and `embed_text` waits for them."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as beside:
            self._begun = {text: beside.submit(self._of_words, text) for text in dict.fromkeys(texts)}
            try:
                yield
            finally:
                for future in self._begun.values():
                    future.cancel()
                self._begun = {}

    def embed(self, scans: Sequence[str], *, up: AnyUp | None = None) -> np.ndarray:
        """As `Recognizer.embed`."""
        from cg3d_runtime.backends import encode, open_backend
        from cg3d_runtime.preparation.scan import read_and_prepare

        manifest = self._bundle.manifest
        points = np.stack([read_and_prepare(scan, manifest.prepare, up).points for scan in scans])
        with closing(open_backend(self._bundle, "points", self._backend, self._precision, self._threads)) as session:
            return encode(session, {"points": points}, manifest.embedding_dim)

    def embed_text(self, texts: str) -> np.ndarray:
        """As `Recognizer.embed_text`, of one text; what was asked before comes from the user's cache, without the graph."""
        return self._begun[texts].result() if texts in self._begun else self._of_words(texts)

    def embed_image(self, images: str) -> np.ndarray:
        """As `Recognizer.embed_image`, of one picture."""
        from cg3d_runtime.images.encoder import embed_images

        return embed_images(self._bundle, images, self._backend, self._threads)

    def _of_words(self, text: str) -> np.ndarray:
        from cg3d_runtime.labels.cache import QUERIES, load_matrix, save_matrix
        from cg3d_runtime.labels.fixed import require_free_labels
        from cg3d_runtime.labels.lists import Label

        require_free_labels(self._bundle)
        if not text.strip():
            raise LabelError("the words to look for are empty.")
        labels = [Label(text, (text,))]
        if (known := load_matrix(self._bundle, labels, QUERIES)) is not None:
            return known
        from cg3d_runtime.labels.encoder import LabelEncoder

        row = LabelEncoder(self._bundle, self._backend, self._threads).embed(labels)
        save_matrix(self._bundle, labels, row, QUERIES)
        return row
