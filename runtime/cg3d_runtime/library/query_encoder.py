"""Queries as vectors, for a process that asks once: no graph is opened that the query does not need."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.preparation.scan import read_and_prepare
from cg3d_runtime.scans.upward import AnyUp


class QueryEncoder:
    """Embeds as `Recognizer` does: to the bit of its graphs."""

    def __init__(
        self, bundle: Bundle, backend: str = "auto", precision: str = "auto", threads: int | None = None
    ) -> None:
        """Get ready; nothing is opened yet. The arguments are those of `Recognizer.open`."""
        self._bundle, self._backend, self._precision, self._threads = bundle, backend, precision, threads

    def embed(self, scans: Sequence[str], *, up: AnyUp | None = None) -> np.ndarray:
        """As `Recognizer.embed`."""
        from cg3d_runtime.backends import encode, open_backend

        manifest = self._bundle.manifest
        points = np.stack([read_and_prepare(scan, manifest.prepare, up).points for scan in scans])
        with closing(open_backend(self._bundle, "points", self._backend, self._precision, self._threads)) as session:
            return encode(session, {"points": points}, manifest.embedding_dim)

    def embed_text(self, texts: str) -> np.ndarray:
        """As `Recognizer.embed_text`, of one text."""
        from cg3d_runtime.labels.encoder import LabelEncoder
        from cg3d_runtime.labels.fixed import require_free_labels
        from cg3d_runtime.labels.lists import Label

        require_free_labels(self._bundle)
        if not texts.strip():
            raise LabelError("the words to look for are empty.")
        return LabelEncoder(self._bundle, self._backend, self._threads).embed([Label(texts, (texts,))])

    def embed_image(self, images: str) -> np.ndarray:
        """As `Recognizer.embed_image`, of one picture."""
        from cg3d_runtime.images.encoder import embed_images

        return embed_images(self._bundle, images, self._backend, self._threads)
