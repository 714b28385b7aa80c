"""Scans in, labels out: the whole runtime as one object."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import TracebackType

import numpy as np

from cg3d_runtime.answer import Answer, Candidate
from cg3d_runtime.backends import Backend, encode, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError, ScanError
from cg3d_runtime.label_cache import label_matrix
from cg3d_runtime.labels import Label, to_labels
from cg3d_runtime.points import PointCloud
from cg3d_runtime.prepare import prepare
from cg3d_runtime.scans import read_scan
from cg3d_runtime.text_encoder import TextEncoder

Scan = str | os.PathLike[str] | PointCloud | np.ndarray


class Recognizer:
    """Names scans with the labels that it was opened with; may be called from several threads at once.

        with Recognizer.open(labels=["mug", "bowl"]) as recognizer:
            answer = recognizer("scan.ply")

    Attributes:
        bundle: the opened bundle.
        backend: what really runs the point encoder.
        labels: the answers it chooses from.
    """

    def __init__(
        self, bundle: Bundle, labels: Sequence[Label], matrix: np.ndarray, backend: Backend, threshold: float | None
    ) -> None:
        """Put opened parts together; `Recognizer.open` is the usual way.

        Args:
            matrix: (L, D) float32, the unit embeddings of `labels`.
            threshold: a best score under it means "unknown"; None: never.
        """
        self.bundle = bundle
        self.labels = tuple(labels)
        self.backend = backend
        self._matrix = matrix
        self._threshold = threshold

    @classmethod
    def open(
        cls,
        bundle: str | os.PathLike[str] | None = None,
        *,
        labels: str | os.PathLike[str] | Sequence[str],
        backend: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        unknown: bool | None = None,
        public_key: str | os.PathLike[str] | None = None,
    ) -> Recognizer:
        """Open a bundle for a list of labels.

        Args:
            bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
            labels: the path of a label file, or the lines of one.
            backend: auto, cpu, cuda or tensorrt. A backend asked for by name never falls back to another.
            precision: of the point encoder: auto (the most exact in the bundle), fp32, fp16 or int8.
            threads: CPU threads inside one operator; None leaves it to the inference library.
            unknown: whether to tell a scan that no label fits, by the threshold fitted for the bundle; None: where it has one.
            public_key: PEM file of the Ed25519 key that must have signed the bundle; None takes unsigned ones too.
        Raises:
            BundleError: no readable bundle, not signed by `public_key`, or `unknown` is True and it has no threshold.
            LabelError: no readable label list, or a label too long for the text encoder.
            BackendError: the backend is not there or does not work.
        """
        opened = Bundle.open(bundle, public_key)
        threshold = _unknown_threshold(opened, unknown)
        words = to_labels(labels)
        matrix = label_matrix(opened, words, lambda missing: _embed_labels(opened, missing, backend, threads))
        return cls(opened, words, matrix, open_backend(opened, "points", backend, precision, threads), threshold)

    def __call__(self, scan: Scan, *, up: str | None = None, top: int = 5) -> Answer:
        """Name one scan.

        Args:
            scan: a file, a PointCloud, or an (N, 3) xyz or (N, 6) xyz and rgb in [0, 1] array.
            up: the axis that points up (x, y, z, -x, -y, -z); None means the scan's own: y for GLB, else z.
            top: how many labels to report, fewer where the list is shorter.
        Raises:
            ScanError: the scan cannot be read, or holds too few points.
            BackendError: the device failed.
        """
        started = perf_counter()
        cloud = _to_cloud(scan, up)
        was_read = perf_counter()
        points = self._prepare(cloud, scan)
        prepared = perf_counter()
        scores = self._scores(self._run(points[None])[0])
        encoded = perf_counter()
        best = np.argsort(-scores, kind="stable")[: max(top, 1)]
        return Answer(
            file=os.fspath(scan) if isinstance(scan, (str, os.PathLike)) else None,
            top=tuple(Candidate(self.labels[i].name, float(scores[i])) for i in best),
            unknown=self._threshold is not None and bool(scores[best[0]] < self._threshold),
            points=len(cloud),
            backend=self.backend.name,
            precision=self.backend.precision,
            ms={
                "read": (was_read - started) * 1e3,
                "prepare": (prepared - was_read) * 1e3,
                "encode": (encoded - prepared) * 1e3,
            },
        )

    def embed(self, scans: Sequence[Scan], *, up: str | None = None) -> np.ndarray:
        """Embed scans in one batch.

        Returns:
            (B, D) float32, unit rows in CLIP's space, in the order of `scans`.
        Raises:
            ScanError: a scan cannot be read, or holds too few points.
        """
        return self._run(np.stack([self._prepare(_to_cloud(scan, up), scan) for scan in scans]))

    def close(self) -> None:
        """Give back the device's memory."""
        self.backend.close()

    def __enter__(self) -> Recognizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, cloud: PointCloud, scan: Scan) -> np.ndarray:
        """Prepare a cloud as the model wants it (N, C); an error names the file that the cloud came from."""
        try:
            return prepare(cloud, self.bundle.manifest.prepare)
        except ScanError as error:
            if isinstance(scan, (str, os.PathLike)):
                raise ScanError(f"{Path(scan).name}: {error}") from error
            raise

    def _run(self, points: np.ndarray) -> np.ndarray:
        """Encode prepared points (B, N, C) as features (B, D)."""
        return encode(self.backend, {"points": points}, self.bundle.manifest.embedding_dim)

    def _scores(self, features: np.ndarray) -> np.ndarray:
        """Softmax over the labels of one embedding (D,): (L,) float64."""
        confidence = self.bundle.manifest.confidence
        temperature = confidence.temperature if confidence else 1.0
        logits = self.bundle.manifest.logit_scale * (self._matrix @ features).astype(np.float64) / temperature
        exponentials = np.exp(logits - logits.max())
        scores: np.ndarray = exponentials / exponentials.sum()
        return scores


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


def _embed_labels(bundle: Bundle, labels: Sequence[Label], backend: str, threads: int | None) -> np.ndarray:
    """Run the text graph, at the best precision there is (it runs once per list), and let go of it again."""
    session = open_backend(bundle, "text", backend, threads=threads)
    try:
        return TextEncoder(bundle, session).embed(labels)
    finally:
        session.close()


def _to_cloud(scan: Scan, up: str | None) -> PointCloud:
    if isinstance(scan, (str, os.PathLike)):
        return read_scan(Path(scan), up)
    cloud = scan if isinstance(scan, PointCloud) else _array_to_cloud(np.asarray(scan))
    return replace(cloud, up=up) if up else cloud


def _array_to_cloud(array: np.ndarray) -> PointCloud:
    if array.ndim != 2 or array.shape[1] not in (3, 6) or array.dtype.kind not in "fiu":
        raise ScanError(
            f"points must be numbers of shape (N, 3) xyz or (N, 6) xyz and rgb, got {array.dtype} of {array.shape}."
        )
    with np.errstate(over="ignore"):  # what exceeds float32 becomes infinite, and is dropped like any such point
        points = array.astype(np.float32)
    rgb = points[:, 3:] if array.shape[1] == 6 else None
    if rgb is not None and ((rgb < 0) | (rgb > 1)).any():
        raise ScanError(f"rgb must lie in [0, 1], got {np.nanmin(rgb):g} to {np.nanmax(rgb):g}. Divide bytes by 255.")
    return PointCloud(points[:, :3], rgb)
