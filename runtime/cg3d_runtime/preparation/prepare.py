"""Point clouds as the point encoder reads them: the one function that training, export and robot share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import BundleError, ScanError
from cg3d_runtime.preparation.filling import filled
from cg3d_runtime.preparation.sampling import farthest_point_sample, lexicographic, pointnet2_sample
from cg3d_runtime.preparation.strays import belongs, near_the_rest
from cg3d_runtime.preparation.turning import combined, rotation, turned
from cg3d_runtime.preparation.voxel_grid import MOST_POINTS, thin
from cg3d_runtime.scans.cloud import PointCloud

MODES = ("cg3d", "cg3d-2", "cg3d-official")
FEWEST_POINTS = 16
_COLLAPSED = MOST_POINTS // 2  # points that thinning leaves of a large scan only where something lies very far away


class Sampler(Protocol):
    """As `farthest_point_sample`."""

    def __call__(self, xyz: np.ndarray, count: int, start: int, owners: np.ndarray | None = None, /) -> np.ndarray: ...


@dataclass(frozen=True)
class PrepareSpec:
    """How a model wants its points; recorded in the bundle's manifest.

    Attributes:
        points: N, the number of points the model reads; 16 to 8,192.
        channels: 3 for xyz, 6 for xyz and rgb.
        up: the axis that points up in the model's frame, one of x, y, z, -x, -y, -z.
        mode: the recipe: "cg3d-2"; "cg3d", of models before it; or "cg3d-official", of weights that were published with CG3D.
        colour_fill: r, g and b of a cloud without colour, in [0, 1]; unused where channels is 3.
    Raises:
        BundleError: a value outside these ranges.
    """

    points: int = 1024
    channels: int = 3
    up: str = "y"
    mode: str = "cg3d"
    colour_fill: float = 0.4

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BundleError(
                f"prepare.mode {self.mode!r} is not known to this runtime, which knows {', '.join(MODES)}; "
                "update cg3d-runtime."
            )
        if not FEWEST_POINTS <= self.points <= MOST_POINTS:
            raise BundleError(f"prepare.points must be {FEWEST_POINTS} to {MOST_POINTS}, got {self.points}.")
        if self.channels not in (3, 6):
            raise BundleError(f"prepare.channels must be 3 (xyz) or 6 (xyz and rgb), got {self.channels}.")
        if self.up not in UP_AXES:
            raise BundleError(f"prepare.up must be one of {', '.join(UP_AXES)}, got {self.up!r}.")
        if not 0.0 <= self.colour_fill <= 1.0:
            raise BundleError(f"prepare.colour_fill must be 0 to 1, got {self.colour_fill}.")


@dataclass(frozen=True)
class Preparation:
    """A prepared cloud, and what became of its points.

    Attributes:
        points: (N, C) float32, see `prepare`.
        measured: points of the cloud that are finite.
        strays: of the thinned points those that belong to nothing; 0 in modes that keep them.
        kept: (M, C) float32, what was sampled from: distinct, at most 8,192; in a box of side 1 of the frame that the mode
            samples in, the scan's own in "cg3d-2", else the model's.
        unit: length of 1 of `points` in the scan's unit.
    """

    points: np.ndarray
    measured: int
    strays: int
    kept: np.ndarray
    unit: float


def prepare(cloud: PointCloud, spec: PrepareSpec, sample: Sampler = farthest_point_sample) -> np.ndarray:
    """Thin, sample, normalise and turn a cloud for the point encoder.

    In modes "cg3d-2" and "cg3d" the result depends on the set of points only: any order of the points, and any exact copies,
    give the same bits. In mode "cg3d-official" it depends on their order too, as it did when those weights were trained.

    Args:
        cloud: any number of points in any unit; rows that are not finite are dropped.
        spec: what the model wants.
        sample: farthest point sampling for modes "cg3d-2" and "cg3d"; training passes a faster one that may break ties
            differently.
    Returns:
        (N, 3) or (N, 6) float32 in farthest point order: xyz in the model's frame, then rgb in [0, 1]. What was centred on
        its mean and scaled to a largest radius of 1 is the sample, in mode "cg3d-official" the whole cloud. A cloud with
        too few distinct points is filled up at the end: in mode "cg3d-2" with places between points, else with points that
        it has.
    Raises:
        ScanError: fewer than 16 distinct finite points, or an extent beyond float32.
    """
    return prepare_in_detail(cloud, spec, sample).points


def prepare_in_detail(cloud: PointCloud, spec: PrepareSpec, sample: Sampler = farthest_point_sample) -> Preparation:
    """As `prepare`, with what became of the points."""
    if not (isinstance(cloud, PointCloud) and isinstance(spec, PrepareSpec)):
        given = f"{type(cloud).__name__} and {type(spec).__name__}"
        raise ScanError(f"a PointCloud, as read_scan gives it, and a PrepareSpec are needed, got {given}.")
    if spec.mode == "cg3d-2":
        return _cg3d_2(cloud, spec, sample)
    finite = _finite_rows(cloud, spec, rotation(cloud.up, spec.up))
    points, box = _thinned(finite)
    kept = points[lexicographic(points)]
    _require_enough(kept, len(cloud))
    prepared, radius = _cg3d(kept, spec.points, sample) if spec.mode == "cg3d" else _cg3d_official(points, spec.points)
    return Preparation(prepared, len(finite), 0, kept, radius * box)


def _cg3d_2(cloud: PointCloud, spec: PrepareSpec, sample: Sampler) -> Preparation:
    """Leave strays out, sample, and turn last: a turn of the sample costs nothing, so that several can be tried."""
    finite = _unturned(cloud, spec)
    measured = len(finite)
    points, box = _thinned(finite)
    if measured > MOST_POINTS and len(points) < _COLLAPSED:  # all but what is far away fell into a few voxels
        finite = _unturned(cloud, spec)
        finite = finite[near_the_rest(finite)]
        points, box = _thinned(finite)
    distinct = points[lexicographic(points)]  # first, since a stray's copies are no company
    kept = distinct[belongs(distinct)]
    strays = measured - len(finite) + len(distinct) - len(kept)
    _require_enough(kept, len(cloud), strays)
    sampled, radius = _sampled(kept, spec.points, sample)
    return Preparation(turned(sampled, rotation(cloud.up, spec.up)), measured, strays, kept, radius * box)


def _unturned(cloud: PointCloud, spec: PrepareSpec) -> np.ndarray:
    """`_finite_rows` in the scan's frame, without negative zeros, whose sign would depend on the order of points."""
    finite = _finite_rows(cloud, spec, np.eye(3, dtype=np.int64))
    finite += 0.0
    return finite


def _thinned(points: np.ndarray) -> tuple[np.ndarray, float]:
    """At most 8,192 of the points in the order of the file, in a box of side 1, and its side; they are moved there in place."""
    if len(points) == 0:
        return points, 1.0
    side = _to_unit_box(points)
    chosen: np.ndarray = points[np.sort(thin(points))]
    return chosen, side


def _require_enough(kept: np.ndarray, count: int, strays: int = 0) -> None:
    if len(kept) < FEWEST_POINTS:
        alone = f" and {strays} that lie alone" if strays else ""
        raise ScanError(
            f"{len(kept)} distinct finite points{alone} left of {count}; at least {FEWEST_POINTS} are needed to "
            "recognise an object."
        )


def _sampled(distinct: np.ndarray, count: int, sample: Sampler) -> tuple[np.ndarray, float]:
    """Sample from the point farthest from the centroid, let each pick speak for the points nearest to it, fill up, normalise.

    A mean of many points is less noisy than the point that is farthest from all others.
    """
    first = _farthest_from_centroid(distinct[:, :3])
    owners = np.empty(len(distinct), dtype=np.int64)
    order = sample(distinct[:, :3], min(count, len(distinct)), first, owners)
    means = distinct[order] if len(order) == len(distinct) else _means(distinct, owners, len(order))
    sampled = np.ascontiguousarray(filled(means, count))
    return sampled, _normalise(sampled[:, :3])


def _means(points: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """(count, C) float32: the mean of the points of each owner, summed in their order."""
    members = np.bincount(owners, minlength=count)
    sums = [np.bincount(owners, weights=column, minlength=count) for column in points.T]
    return np.column_stack([column / members for column in sums]).astype(np.float32)


def _cg3d(distinct: np.ndarray, count: int, sample: Sampler) -> tuple[np.ndarray, float]:
    """Sample from the point farthest from the centroid; normalise the sample."""
    first = _farthest_from_centroid(distinct[:, :3])
    order = sample(distinct[:, :3], min(count, len(distinct)), first)
    sampled = np.ascontiguousarray(distinct[np.resize(order, count)])
    return sampled, _normalise(sampled[:, :3])


def _cg3d_official(points: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """Normalise the whole cloud; sample it from the file's first point as pointnet2_ops does.

    Source: the evaluation of deeptibhegde/CLIP-goes-3D.
    """
    radius = _normalise(points[:, :3])
    return np.ascontiguousarray(points[pointnet2_sample(points[:, :3], count)]), radius


def _finite_rows(cloud: PointCloud, spec: PrepareSpec, turn: np.ndarray) -> np.ndarray:
    """The finite points, turned, (M, 3) or (M, 6), missing colour filled in, in column order."""
    columns = np.empty((spec.channels, len(cloud)), dtype=np.float32)
    for row, weights in enumerate(turn):
        with np.errstate(invalid="ignore", over="ignore"):  # NaN may be of the signalling kind
            columns[row] = combined(cloud.xyz, weights)
    if spec.channels == 6:
        columns[3:] = spec.colour_fill if cloud.rgb is None else cloud.rgb.T
        columns[3:] += 0.0  # turns -0.0 into 0.0: copies must agree in bits
    finite = np.isfinite(columns).all(axis=0)
    return np.transpose(columns if finite.all() else columns[:, finite])


def _to_unit_box(points: np.ndarray) -> float:
    """Move the bounding box to the origin and scale it by a power of two, in place, that none can overflow; that power."""
    xyz = points[:, :3]
    with np.errstate(over="ignore"):
        xyz -= xyz.min(axis=0)
    side = xyz.max()
    if not np.isfinite(side):
        raise ScanError("coordinates span more than float32 can hold; mark missing points as NaN.")
    exponent = int(np.frexp(side)[1])
    np.ldexp(xyz, -exponent, out=xyz)
    return math.ldexp(1.0, exponent)


def _farthest_from_centroid(xyz: np.ndarray) -> int:
    offset = xyz - xyz.mean(axis=0, dtype=np.float64).astype(np.float32)
    offset *= offset
    return int((offset[:, 0] + offset[:, 1] + offset[:, 2]).argmax())


def _normalise(xyz: np.ndarray) -> float:
    """Centre on the mean and scale the largest radius to 1, in place; what it was."""
    centred = xyz - xyz.mean(axis=0, dtype=np.float64)
    radius = np.sqrt((centred * centred).sum(axis=1).max())
    xyz[:] = centred / radius
    return float(radius)
