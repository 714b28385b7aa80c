"""Packed objects as a robot scans them, and what a bundle makes of each: logits of every label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from cg3d.data.augment.points import Augmentation, augment
from cg3d.data.samples import Sample, number_of, sample_cloud
from cg3d.data.split import Selection
from cg3d.evaluation.encoders import Track, batches, clouds_encoder, embed_labels
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import ScanError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.scans.cloud import PointCloud

KINDS = {"both": ("whole", "partial"), "whole": ("whole",), "partial": ("partial",), "clear": ("clear",)}
# One view with the faults and remnants that training simulates; proportions stay, since they are the object's own.
ONE_VIEW = Augmentation(partial=1.0, views=1, stretch=(1.0, 1.0))
# The same camera before an object that is cut out cleanly.
CLEAR_VIEW = replace(ONE_VIEW, occluder=0.0, support=0.0, wall=0.0, outliers=0.0)
_VIEWS = {"partial": ONE_VIEW, "clear": CLEAR_VIEW}


@dataclass(frozen=True)
class LabelledScans:
    """M scans, those of one object side by side.

    Attributes:
        logits: (M, L) float64 scaled cosines, before any temperature.
        rivals: (M, R) likewise, of the R names that compete with every list; R may be 0.
        near: (R, L) bool, which of them say about the same as which labels, and so do not compete with lists that hold these.
        truth: (M,) indices of the true labels, -1 where no label is true.
        kinds: (M,) str, whole, partial or clear.
        ids: (M,) str, of the objects.
        labels: (L) names.
        backend, precision: what ran the point encoder.
    """

    logits: np.ndarray
    rivals: np.ndarray
    near: np.ndarray
    truth: np.ndarray
    kinds: np.ndarray
    ids: np.ndarray
    labels: tuple[str, ...]
    backend: str
    precision: str

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, index: np.ndarray) -> LabelledScans:
        """Some of the scans, by index or mask."""
        return replace(
            self,
            logits=self.logits[index],
            rivals=self.rivals[index],
            truth=self.truth[index],
            kinds=self.kinds[index],
            ids=self.ids[index],
        )


def recognise_scans(
    bundle: Bundle,
    objects: Selection,
    labels: Sequence[Label],
    truth: np.ndarray,
    kinds: str,
    seed: int,
    backend: str,
    precision: str,
    track: Track,
    rivals: Rivals | None = None,
) -> LabelledScans:
    """Scan every object once for each kind, and compare it with every label.

    Args:
        labels, truth: see `cg3d_calibration.candidate_labels.candidates`.
        kinds: a key of `KINDS`. A whole scan is the packed cloud; a partial one is what a simulated depth camera sees of it
            from a random side, among remnants of its surroundings; a clear one is such a view without them.
        seed: of the partial scans; each object has its own chance.
        backend, precision: as in `Recognizer.open`.
        track: shows progress; gets the objects, their number and what is done with them.
        rivals: names that compete with the labels.
    Raises:
        ScanError: an object with fewer than 16 distinct points.
        BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    matrix = embed_labels(bundle, labels, backend)  # (L, D)
    with closing(open_backend(bundle, "points", backend, precision)) as session:
        encode = clouds_encoder(bundle, session)
        clouds = _scans(track(objects, len(objects), "recognising"), KINDS[kinds], seed)
        rows = np.concatenate([_encoded(encode, batch) for batch in batches(clouds)])  # (M, D)
        ran = session.name, session.precision
    repeats, scale = len(KINDS[kinds]), bundle.manifest.logit_scale
    competing = rivals.matrix if rivals else matrix[:0]
    return LabelledScans(
        scale * (rows @ matrix.T).astype(np.float64),
        scale * (rows @ competing.T).astype(np.float64),
        rivals.near(matrix) if rivals else np.zeros((0, len(labels)), dtype=bool),
        np.repeat(truth, repeats),
        np.tile(np.array(KINDS[kinds]), len(objects)),
        np.repeat(np.array([info.id for info in objects.infos]), repeats),
        tuple(label.name for label in labels),
        *ran,
    )


def _scans(samples: Iterable[Sample], kinds: tuple[str, ...], seed: int) -> Iterable[tuple[str, PointCloud]]:
    """Each object's scans with its id."""
    for sample in samples:
        whole = sample_cloud(sample)
        for kind in kinds:
            rng = np.random.default_rng([seed, number_of(sample.id)])
            yield sample.id, augment(whole, _VIEWS[kind], rng) if kind in _VIEWS else whole


def _encoded(encode: Callable[[list[PointCloud]], np.ndarray], scans: list[tuple[str, PointCloud]]) -> np.ndarray:
    try:
        return encode([cloud for _, cloud in scans])
    except ScanError as error:
        if len(scans) == 1:
            raise ScanError(f"object {scans[0][0]}: {error}") from error
        return np.concatenate([_encoded(encode, [scan]) for scan in scans])
