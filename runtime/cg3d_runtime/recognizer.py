"""Scans in, labels out: the whole runtime as one object."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import NamedTuple

import numpy as np

from cg3d_runtime.answer import Answer, Candidate
from cg3d_runtime.backends import Backend, encode, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError, LabelError
from cg3d_runtime.labels import Label, to_labels
from cg3d_runtime.labels.encoder import TextEncoder
from cg3d_runtime.labels.fixed import FixedLabels
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.labels.vocabulary import EmbedLabels, Vocabulary
from cg3d_runtime.lifetime import Lifetime
from cg3d_runtime.preparation.scan import Prepare, PreparedScan, Scan, read_and_prepare, scans_of
from cg3d_runtime.streams.stream import Batch, Outcome, prepared_batches

GPU_BATCH = 32  # the CPU encodes one at a time: its caches make two at once slower than one after the other


class _Verdict(NamedTuple):
    """What a vocabulary makes of one embedding."""

    scores: np.ndarray  # (L,)
    unknown: bool
    nearer: str | None


class Recognizer:
    """Names scans with the labels that it was opened with; may be used from several threads at once.

        with Recognizer.open(labels=["mug", "bowl"]) as recognizer:
            answer = recognizer("scan.ply")

    Attributes:
        bundle: the opened bundle.
        backend: what really runs the point encoder.
    """

    def __init__(
        self,
        bundle: Bundle,
        backend: Backend,
        vocabulary: Vocabulary,
        embed_labels: EmbedLabels,
        threshold: float | None,
        rivals: Rivals | None = None,
    ) -> None:
        """Put opened parts together; `Recognizer.open` is the usual way.

        Args:
            embed_labels: embeds labels that `set_labels` brings and that are new.
            threshold: a best score, among labels and rivals, under it means "unknown"; None: never.
            rivals: all that the bundle has, for lists to come.
        """
        self.bundle = bundle
        self.backend = backend
        self._vocabulary = vocabulary
        self._embed_labels = embed_labels
        self._threshold = threshold
        self._rivals = rivals
        confidence = bundle.manifest.confidence
        self._scale = bundle.manifest.logit_scale / (confidence.temperature if confidence else 1.0)
        self._changing_labels = threading.Lock()
        self._lifetime = Lifetime()

    @classmethod
    def open(
        cls,
        bundle: str | os.PathLike[str] | None = None,
        labels: str | os.PathLike[str] | Sequence[str] | None = None,
        *,
        backend: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        unknown: bool | None = None,
        public_key: str | os.PathLike[str] | None = None,
        cuda_graph: bool = False,
        spin: bool = True,
        warm_up: bool = False,
    ) -> Recognizer:
        """Open a bundle for a list of labels.

        Args:
            bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
            labels: the path of a label file, or the lines of one; at least one label. Of a bundle with fixed labels some of
                them, or none for all.
            backend: auto, cpu, cuda or tensorrt. A backend asked for by name never falls back to another.
            precision: of the point encoder: auto (the most exact in the bundle), fp32, fp16 or int8.
            threads: CPU threads inside one operator; None leaves it to the inference library.
            unknown: whether to tell a scan that no label fits, by the threshold fitted for the bundle; None: where it has one.
            public_key: PEM file of the Ed25519 key that must have signed the bundle; None takes unsigned ones too.
            cuda_graph, spin: see `open_backend`. Without spinning, streams have more of the processor for preparing.
            warm_up: answer a made-up scan first, so that the first real one is as fast as the others.
        Raises:
            BundleError: no readable bundle, not signed by `public_key`, or `unknown` is True and it has no threshold.
            LabelError: no readable label list, or a label too long for the text encoder.
            BackendError: the backend is not there or does not work.
        """
        opened = Bundle.open(bundle, public_key)
        threshold = _unknown_threshold(opened, unknown)
        embed_labels = partial(_embed_labels, opened, backend, threads)
        rivals = None if threshold is None else Rivals.of(opened)
        vocabulary = _vocabulary(opened, labels, embed_labels, known=None, rivals=rivals)
        encoder = open_backend(opened, "points", backend, precision, threads, cuda_graph, spin)
        recognizer = cls(opened, encoder, vocabulary, embed_labels, threshold, rivals)
        if warm_up:
            try:
                recognizer._warm_up()
            except BaseException:
                recognizer.close()
                raise
        return recognizer

    @property
    def labels(self) -> tuple[Label, ...]:
        """The answers it chooses from; see `set_labels`."""
        return self._vocabulary.labels

    def set_labels(self, labels: str | os.PathLike[str] | Sequence[str]) -> None:
        """Choose from other labels from now on; only those that are new are embedded.

        Answers that are being made meanwhile keep the list that they started with. After an error the old list stays.

        Args:
            labels: the path of a label file, or the lines of one.
        Raises:
            LabelError, BackendError: as `open`.
        """
        with self._lifetime, self._changing_labels:  # two lists at once would load the text encoder twice
            known = self._vocabulary
            self._vocabulary = _vocabulary(self.bundle, labels, self._embed_labels, known, self._rivals)

    def __call__(self, scan: Scan, *, up: str | None = None, units: str = "m", top: int = 5) -> Answer:
        """Name one scan.

        Args:
            scan: a file, a DepthImage, a PointCloud, or an (N, 3) xyz or (N, 6) xyz and rgb in [0, 1] array.
            up: the axis that points up (x, y, z, -x, -y, -z); None means the scan's own: y for GLB, -y for a depth image,
                else z.
            units: of the coordinates (m, cm, mm). Nothing is scaled by it; a size that no object has gets a note.
            top: how many labels to report, fewer where the list is shorter.
        Raises:
            ScanError: the scan cannot be read, or holds too few points.
            BackendError: the device failed.
        """
        return self._answers([read_and_prepare(scan, self.bundle.manifest.prepare, up, units)], top)[0]

    def answer_all(
        self,
        scans: Iterable[Scan],
        *,
        up: str | None = None,
        units: str = "m",
        top: int = 5,
        workers: int = 0,
        batch: int | None = None,
        keep_clouds: bool = False,
        journal: Path | None = None,
    ) -> Generator[Outcome, None, None]:
        """Name many scans: reading and preparing them goes on while others are encoded, in bounded memory.

            for outcome in recognizer.answer_all(paths):
                print(outcome.file, outcome.answer.label if outcome.answer else outcome.error)

        Args:
            scans: any number, also without end; each is answered as soon as it has come. They are taken in another thread.
            up, units, top: as in a call.
            workers: processes that read and prepare; worth their start for a hundred scans or more. A script that uses
                them keeps its own work under `if __name__ == "__main__":`. 0: a thread of this process.
            batch: scans that are encoded at once, at most; None: 1 on the CPU and 32 on a GPU.
            keep_clouds: hand every scan on with its answer, as it was read.
            journal: a directory in which every file is noted while it is read; see `cg3d_runtime.streams.journal`.
        Returns:
            One outcome a scan, in the order of `scans`. Closing the iterator ends the work.
        Raises:
            BackendError: workers cannot start. The error of one scan is its outcome and stops no other, also where the worker
                that read it was killed.
        """
        spec = self.bundle.manifest.prepare
        prepare: Prepare = partial(read_and_prepare, spec=spec, up=up, units=units, keep_cloud=keep_clouds)
        if journal:
            from cg3d_runtime.streams.journal import journaled

            prepare = partial(journaled, prepare, journal)
        most = batch or (1 if self.backend.name.endswith("cpu") else GPU_BATCH)
        with closing(prepared_batches(scans_of(scans), prepare, workers, most)) as batches:
            for made in batches:
                yield from self._outcomes(made, top)

    def embed(self, scans: Sequence[Scan], *, up: str | None = None) -> np.ndarray:
        """Embed scans in one batch.

        Returns:
            (B, D) float32, unit rows in CLIP's space, in the order of `scans`.
        Raises:
            ScanError: a scan cannot be read, or holds too few points.
        """
        spec = self.bundle.manifest.prepare
        points = [read_and_prepare(scan, spec, up).points for scan in scans_of(scans)]
        if not points:
            return np.empty((0, self.bundle.manifest.embedding_dim), np.float32)
        return self._run(np.stack(points))

    def close(self) -> None:
        """Give back the device's memory, once calls under way in other threads are over; later ones raise BackendError."""
        if self._lifetime.end():
            self.backend.close()

    def __enter__(self) -> Recognizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _warm_up(self) -> None:
        """Twice: a CUDA graph is recorded when work repeats."""
        sphere = np.random.default_rng(0).standard_normal((4096, 3), dtype=np.float32)
        for _ in range(2):
            self.embed([sphere / np.linalg.norm(sphere, axis=1, keepdims=True)])

    def _outcomes(self, batch: Batch, top: int) -> list[Outcome]:
        """Answer the scans of a batch that could be prepared."""
        try:
            answers = iter(self._answers([item for _, item in batch if isinstance(item, PreparedScan)], top))
        except BackendError as error:
            if len(batch) == 1:
                return [Outcome(batch[0][0], error=error)]
            return [outcome for item in batch for outcome in self._outcomes([item], top)]  # one may spoil all
        return [
            Outcome(scan, error=item) if isinstance(item, Cg3dError) else Outcome(scan, next(answers), cloud=item.cloud)
            for scan, item in batch
        ]

    def _answers(self, scans: Sequence[PreparedScan], top: int) -> list[Answer]:
        """Encode scans in one batch and name them, all from one list of labels."""
        if not scans:
            return []
        started, vocabulary = perf_counter(), self._vocabulary
        features = self._run(np.stack([scan.points for scan in scans]))
        verdicts = [self._verdict(vocabulary, row) for row in features]
        encode_ms = (perf_counter() - started) * 1e3 / len(scans)
        return [
            self._answer(scan, vocabulary, verdict, top, encode_ms)
            for scan, verdict in zip(scans, verdicts, strict=True)
        ]

    def _verdict(self, vocabulary: Vocabulary, features: np.ndarray) -> _Verdict:
        unknown = self._threshold is not None and vocabulary.assurance(features, self._scale) < self._threshold
        nearer = vocabulary.nearer(features) if unknown else None
        return _Verdict(vocabulary.scores(features, self._scale), unknown, nearer)

    def _answer(
        self, scan: PreparedScan, vocabulary: Vocabulary, verdict: _Verdict, top: int, encode_ms: float
    ) -> Answer:
        best = np.argsort(-verdict.scores, kind="stable")[: max(top, 1)]
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

    def _run(self, points: np.ndarray) -> np.ndarray:
        """Encode prepared points (B, N, C) as features (B, D)."""
        with self._lifetime:
            return encode(self.backend, {"points": points}, self.bundle.manifest.embedding_dim)


def _vocabulary(
    bundle: Bundle,
    labels: str | os.PathLike[str] | Sequence[str] | None,
    embed_labels: EmbedLabels,
    known: Vocabulary | None,
    rivals: Rivals | None,
) -> Vocabulary:
    """Raises: LabelError: no labels where the bundle has none of its own, or labels other than its own."""
    none_given = labels is None or (isinstance(labels, (tuple, list)) and not labels)
    if fixed := FixedLabels.of(bundle):
        return fixed.choose(None if none_given else labels)
    if labels is None and (everyday := Rivals.of(bundle)):
        return Vocabulary(tuple(Label(name, (name,)) for name in everyday.names), everyday.matrix)
    if labels is None or none_given:
        raise LabelError(
            f"labels: no label in it, and {bundle.manifest.name} names things with any words: write a file of those to choose "
            "from, one a line, for example `mug`, and name it with --labels FILE."
        )
    return Vocabulary.of(bundle, to_labels(labels), embed_labels, known, rivals)


def _unknown_threshold(bundle: Bundle, wanted: bool | None) -> float | None:
    """The score under which the best label is no answer, or None for no such test."""
    confidence = bundle.manifest.confidence
    threshold = confidence.unknown_threshold if confidence else None
    if wanted and threshold is None:
        raise BundleError(
            f"{bundle.directory}: no threshold for `unknown` was fitted for this bundle, so it cannot be told. "
            "Leave --unknown out, or use a calibrated bundle."
        )
    return None if wanted is False else threshold


def _embed_labels(bundle: Bundle, backend: str, threads: int | None, labels: Sequence[Label]) -> np.ndarray:
    """Run the text graph, at the best precision there is (it runs once per list), and let go of it again."""
    session = open_backend(bundle, "text", backend, threads=threads)
    try:
        return TextEncoder(bundle, session).embed(labels)
    finally:
        session.close()
