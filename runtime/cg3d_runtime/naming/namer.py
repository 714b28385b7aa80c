"""Answers of a bundle's point encoder to prepared scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from cg3d_runtime.answer import MODEL, Answer, Candidate
from cg3d_runtime.backends import Backend, encode
from cg3d_runtime.backends.lifetime import Lifetime
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError
from cg3d_runtime.labels.cues import Cues
from cg3d_runtime.labels.vocabulary import Verdict, Vocabulary
from cg3d_runtime.naming.upright import settled
from cg3d_runtime.preparation.scan import PreparedScan, Scan
from cg3d_runtime.preparation.turning import spun
from cg3d_runtime.scans.upward import as_up, vector
from cg3d_runtime.streams.stream import Batch, Outcome


class Namer:
    """An opened point encoder that names what it encodes; may be used from several threads at once.

    Attributes:
        backend: what really runs.
        lifetime: of the backend; whatever needs it is a `with` block of it.
    """

    def __init__(self, backend: Backend, manifest: Manifest, threshold: float | None, turns: int = 1) -> None:
        """Name with a backend that `open_backend` opened.

        Args:
            threshold: a best score, among labels and rivals, under it means "unknown"; None: never.
            turns: about the vertical, evenly spread, of whose features the mean is taken.
        """
        self.backend = backend
        self.lifetime = Lifetime()
        self._dim = manifest.embedding_dim
        self._model_up = manifest.prepare.up
        self._threshold = threshold
        self._turns = turns
        self._scale = manifest.score_scale

    def embed(self, points: np.ndarray) -> np.ndarray:
        """Encode prepared points (B, N, C) float32 as features (B, D) float32, unit rows."""
        with self.lifetime:
            return self._encode(points)

    def judge(self, points: np.ndarray, vocabulary: Vocabulary, cues: Sequence[Cues]) -> list[Verdict]:
        """Name prepared points (B, N, C) float32 as they are, by what their scans tell beside them, too."""
        if not len(points):
            return []
        with self.lifetime:
            features = self._encode(points)
        return [
            vocabulary.judge(row, self._scale, self._threshold, told) for row, told in zip(features, cues, strict=True)
        ]

    def answers(self, scans: Sequence[PreparedScan], vocabulary: Vocabulary, top: int) -> list[Answer]:
        """Encode scans in one batch and name them."""
        return [answer for _, answer in self._named(scans, vocabulary, top)]

    def _named(
        self, scans: Sequence[PreparedScan], vocabulary: Vocabulary, top: int
    ) -> list[tuple[np.ndarray | None, Answer]]:
        """Scans encoded in one batch and named, each with the features that its answer is of."""
        if not scans:
            return []
        started = perf_counter()
        with self.lifetime:  # whoever closes meanwhile waits for the looks from other sides too
            features = self._encode(np.stack([scan.points for scan in scans]))
            upright = [self._upright(scan, row, vocabulary) for scan, row in zip(scans, features, strict=True)]
        encode_ms = (perf_counter() - started) * 1e3 / len(scans)
        return [
            (verdict.features, self._answer(scan, vocabulary, verdict, top, encode_ms)) for scan, verdict in upright
        ]

    def _upright(
        self, scan: PreparedScan, features: np.ndarray, vocabulary: Vocabulary
    ) -> tuple[PreparedScan, Verdict]:
        """The verdict on a scan with these features, or with those of another side; in a use of the lifetime."""
        cues = _cues_of(scan)

        def judge(row: np.ndarray) -> Verdict:
            return vocabulary.judge(row, self._scale, self._threshold, cues)._replace(features=row)

        def look(points: np.ndarray) -> list[Verdict]:
            return [judge(row) for row in self._encode(points)]

        return settled(scan, judge(features), vocabulary, self._model_up, look)

    def _encode(self, points: np.ndarray) -> np.ndarray:
        if self._turns == 1:
            return encode(self.backend, {"points": points}, self._dim)
        spins = (spun(points, self._model_up, turn / self._turns) for turn in range(self._turns))
        mean = np.mean([encode(self.backend, {"points": each}, self._dim) for each in spins], axis=0)
        unit: np.ndarray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def named(self, features: np.ndarray, vocabulary: Vocabulary, cues: Cues) -> Candidate | None:
        """The best label of features (D,) float32, a unit row, that were encoded before; None where it is unknown."""
        verdict = vocabulary.judge(features, self._scale, self._threshold, cues)
        best = int(np.argmax(verdict.scores))
        return None if verdict.unknown else Candidate(vocabulary.labels[best].name, float(verdict.scores[best]))

    def outcomes(self, batch: Batch, vocabulary: Vocabulary, top: int) -> list[Outcome]:
        """Answer the scans of a batch that could be prepared."""
        try:
            named = iter(self._named([item for _, item in batch if isinstance(item, PreparedScan)], vocabulary, top))
        except BackendError as error:
            if len(batch) == 1:
                return [Outcome(batch[0][0], error=error)]
            return [
                outcome for item in batch for outcome in self.outcomes([item], vocabulary, top)
            ]  # one may spoil all
        return [
            Outcome(scan, error=item) if isinstance(item, Cg3dError) else _outcome(scan, item, *next(named))
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
        names = [vocabulary.labels[i].name for i in best]
        said = vocabulary.cue_notes(int(best[0]), _cues_of(scan))
        return Answer(
            file=scan.file,
            top=tuple(Candidate(name, float(verdict.scores[i])) for name, i in zip(names, best, strict=True)),
            unknown=verdict.unknown,
            points=scan.count,
            backend=self.backend.name,
            precision=self.backend.precision,
            ms={"read": scan.read_ms, "prepare": scan.prepare_ms, "encode": encode_ms},
            note=scan.note,
            nearer=verdict.nearer,
            up=vector(scan.up),
            up_from=scan.up_from,
            quality=scan.quality,
            size_note=said.size,
            colour_note=said.colour,
            label_notes={name: vocabulary.notes[name] for name in names if name in vocabulary.notes},
            recorded=scan.recorded,
        )


def _cues_of(scan: PreparedScan) -> Cues:
    return Cues(scan.length, scan.colours)


def _outcome(scan: Scan, prepared: PreparedScan, features: np.ndarray | None, answer: Answer) -> Outcome:
    """With the cloud, where it was kept, as the answer has it up."""
    cloud = prepared.cloud
    if cloud is not None and answer.up is not None and answer.up_from == MODEL:
        cloud = replace(cloud, up=as_up(answer.up))
    return Outcome(scan, answer, cloud=cloud, embedding=features, length=prepared.length, colours=prepared.colours)


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
