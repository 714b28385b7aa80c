"""Answers of a bundle's point encoder to prepared scans."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from cg3d_runtime.answer import Answer, Candidate
from cg3d_runtime.backends import Backend, encode
from cg3d_runtime.backends.lifetime import Lifetime
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError
from cg3d_runtime.labels.vocabulary import Verdict, Vocabulary
from cg3d_runtime.preparation.scan import PreparedScan
from cg3d_runtime.streams.stream import Batch, Outcome


class Namer:
    """An opened point encoder that names what it encodes; may be used from several threads at once.

    Attributes:
        backend: what really runs.
        lifetime: of the backend; whatever needs it is a `with` block of it.
    """

    def __init__(self, backend: Backend, manifest: Manifest, threshold: float | None) -> None:
        """Name with a backend that `open_backend` opened.

        Args:
            threshold: a best score, among labels and rivals, under it means "unknown"; None: never.
        """
        self.backend = backend
        self.lifetime = Lifetime()
        self._dim = manifest.embedding_dim
        self._threshold = threshold
        self._scale = manifest.score_scale

    def embed(self, points: np.ndarray) -> np.ndarray:
        """Encode prepared points (B, N, C) float32 as features (B, D) float32, unit rows."""
        with self.lifetime:
            return encode(self.backend, {"points": points}, self._dim)

    def answers(self, scans: Sequence[PreparedScan], vocabulary: Vocabulary, top: int) -> list[Answer]:
        """Encode scans in one batch and name them."""
        if not scans:
            return []
        started = perf_counter()
        features = self.embed(np.stack([scan.points for scan in scans]))
        verdicts = [vocabulary.judge(row, self._scale, self._threshold) for row in features]
        encode_ms = (perf_counter() - started) * 1e3 / len(scans)
        return [
            self._answer(scan, vocabulary, verdict, top, encode_ms)
            for scan, verdict in zip(scans, verdicts, strict=True)
        ]

    def outcomes(self, batch: Batch, vocabulary: Vocabulary, top: int) -> list[Outcome]:
        """Answer the scans of a batch that could be prepared."""
        try:
            answers = iter(self.answers([item for _, item in batch if isinstance(item, PreparedScan)], vocabulary, top))
        except BackendError as error:
            if len(batch) == 1:
                return [Outcome(batch[0][0], error=error)]
            return [
                outcome for item in batch for outcome in self.outcomes([item], vocabulary, top)
            ]  # one may spoil all
        return [
            Outcome(scan, error=item) if isinstance(item, Cg3dError) else Outcome(scan, next(answers), cloud=item.cloud)
            for scan, item in batch
        ]

    def close(self) -> None:
        """Close the backend, once uses under way are over; later ones raise BackendError."""
        if self.lifetime.end():
            self.backend.close()

    def _answer(
        self, scan: PreparedScan, vocabulary: Vocabulary, verdict: Verdict, top: int, encode_ms: float
    ) -> Answer:
        best = np.argsort(-verdict.scores, kind="stable")[:top]
        return Answer(
            file=scan.file,
            top=tuple(Candidate(vocabulary.labels[i].name, float(verdict.scores[i])) for i in best),
            unknown=verdict.unknown,
            points=scan.count,
            backend=self.backend.name,
            precision=self.backend.precision,
            ms={"read": scan.read_ms, "prepare": scan.prepare_ms, "encode": encode_ms},
            note=scan.note,
            nearer=verdict.nearer,
        )


def unknown_threshold(bundle: Bundle, wanted: bool | None) -> float | None:
    """The score under which the best label is no answer, or None for no such test.

    Args:
        wanted: None: where the bundle has one.
    Raises:
        BundleError: it is wanted, and the bundle has none.
    """
    confidence = bundle.manifest.confidence
    threshold = confidence.unknown_threshold if confidence else None
    if wanted and threshold is None:
        raise BundleError(
            f"{bundle.directory}: no threshold for `unknown` was fitted for this bundle, so it cannot be told. "
            "Leave --unknown out, or use a calibrated bundle."
        )
    return None if wanted is False else threshold
