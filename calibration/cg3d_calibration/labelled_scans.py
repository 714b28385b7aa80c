"""Packed objects as a robot scans them, and what a bundle makes of each: logits of every label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cg3d.data.augment.depth_camera import bounding_sphere
from cg3d.data.augment.points import Augmentation, augment
from cg3d.data.samples import Sample, number_of, sample_cloud
from cg3d.data.split import Selection
from cg3d.evaluation.conditions import CLEAN, CONDITIONS, as_scanned
from cg3d.evaluation.encoders import Encode, Track, batches, clouds_encoder, embed_labels
from cg3d.evaluation.perturbations import distinct
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import ScanError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.preparation.extent import length_of
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare_in_detail
from cg3d_runtime.scans.cloud import PointCloud

KINDS = {
    "both": ("whole", "partial"),
    "whole": ("whole",),
    "partial": ("partial",),
    "clear": ("clear",),
    "robot": tuple(CONDITIONS),
}
# Of these a share of right answers is kept, where not of all: a scan that is bad enough is better told as unknown.
_KEPT = {"robot": (CLEAN,)}
# One view with a sensor's faults and remnants; upright, not sparse, and proportions stay, since they are the object's own.
ONE_VIEW = Augmentation(
    partial=1.0,
    views=1,
    stretch=(1.0, 1.0),
    lean=0.0,
    sparse=0.0,
    distance=(4.0, 4.0),
    depth_noise=0.02,
    depth_step=0.015,
    table=0.0,
)
# The same camera before an object that is cut out cleanly.
CLEAR_VIEW = replace(ONE_VIEW, occluder=0.0, support=0.0, wall=0.0, outliers=0.0)
_VIEWS = {"partial": ONE_VIEW, "clear": CLEAR_VIEW}


def kept_kinds(scans: str) -> tuple[str, ...]:
    """The kinds of scans whose right answers a threshold is to keep, for a key of `KINDS`."""
    return _KEPT.get(scans, KINDS[scans])


@dataclass(frozen=True)
class LabelledScans:
    """M scans, those of one object side by side.

    Attributes:
        logits: (M, L) float64 scaled cosines, before any temperature.
        rivals: (M, R) likewise, of the R names that compete with every list; R may be 0.
        near: (R, L) bool, which of them say about the same as which labels, and so do not compete with lists that hold these.
        truth: (M,) indices of the true labels, -1 where no label is true.
        kinds: (M,) str, see `KINDS`.
        ids: (M,) str, of the objects.
        lengths: (M,) of the longest sides, in metres; NaN where nobody knows the unit.
        labels: (L) names.
        backend, precision: what ran the point encoder.
    """

    logits: np.ndarray
    rivals: np.ndarray
    near: np.ndarray
    truth: np.ndarray
    kinds: np.ndarray
    ids: np.ndarray
    lengths: np.ndarray
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
            lengths=self.lengths[index],
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
            from a random side, among remnants of its surroundings; a clear one is such a view without them; "robot" is every
            condition of `cg3d.evaluation.conditions`.
        seed: of all but the whole scans; each object has its own chance.
        backend, precision: as in `Recognizer.open`.
        track: shows progress; gets the objects, their number and what is done with them.
        rivals: names that compete with the labels.
    Returns:
        the scans, without those that the runtime refuses in a condition.
    Raises:
        ScanError: an object with fewer than 16 distinct points.
        BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    matrix = embed_labels(bundle, labels, backend)  # (L, D)
    with closing(open_backend(bundle, "points", backend, precision)) as session:
        encode = clouds_encoder(bundle, session)
        scans = simulated_scans(track(objects, len(objects), "recognising"), KINDS[kinds], seed)
        found, lengths = [], []
        for batch in batches(scans):
            found += _encoded(encode, batch)
            lengths += [_length(scan, bundle.manifest.prepare) for scan in batch]
        ran = session.name, session.precision
    accepted = np.array([row is not None for row in found])
    rows = np.stack([row for row in found if row is not None])  # (M, D)
    repeats, scale = len(KINDS[kinds]), bundle.manifest.logit_scale
    competing = rivals.matrix if rivals else matrix[:0]
    return LabelledScans(
        scale * (rows @ matrix.T).astype(np.float64),
        scale * (rows @ competing.T).astype(np.float64),
        rivals.near(matrix) if rivals else np.zeros((0, len(labels)), dtype=bool),
        np.repeat(truth, repeats)[accepted],
        np.tile(np.array(KINDS[kinds]), len(objects))[accepted],
        np.repeat(np.array([info.id for info in objects.infos]), repeats)[accepted],
        np.array(lengths)[accepted],
        tuple(label.name for label in labels),
        *ran,
    )


class SimulatedScan(NamedTuple):
    id: str  # of the object
    kind: str
    cloud: PointCloud
    unit: float  # of the cloud, in metres; NaN: nobody knows


def simulated_scans(samples: Iterable[Sample], kinds: tuple[str, ...], seed: int) -> Iterable[SimulatedScan]:
    """Each object's scans."""
    for sample in samples:
        whole = sample_cloud(sample)
        points = distinct(whole)
        for kind in kinds:
            unit = 1.0 if sample.info.units == "m" else np.nan
            if kind in CONDITIONS:
                cloud = as_scanned(points, sample.info.units, kind, sample.id, seed)
            elif kind in _VIEWS:
                cloud = augment(whole, _VIEWS[kind], np.random.default_rng([seed, number_of(sample.id)]))
                unit *= bounding_sphere(whole.xyz)[1]
            else:
                cloud = whole
            yield SimulatedScan(sample.id, kind, cloud, unit)


def _length(scan: SimulatedScan, spec: PrepareSpec) -> float:
    """Of its longest side, in metres; NaN where nobody knows, or where the runtime refuses the scan."""
    if np.isnan(scan.unit):
        return np.nan
    try:
        detail = prepare_in_detail(scan.cloud, spec)
    except ScanError:
        return np.nan
    return length_of(detail, spec.up) * scan.unit


def _encoded(encode: Encode, scans: list[SimulatedScan]) -> list[np.ndarray | None]:
    """Their rows; None where the runtime refuses an object for what a condition did to it."""
    try:
        return list(encode([scan.cloud for scan in scans]))
    except ScanError as error:
        if len(scans) > 1:
            return [row for scan in scans for row in _encoded(encode, [scan])]
        if scans[0].kind in CONDITIONS and scans[0].kind != CLEAN:
            return [None]
        raise ScanError(f"object {scans[0].id}: {error}") from error
