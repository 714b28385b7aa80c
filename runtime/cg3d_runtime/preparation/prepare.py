"""Point clouds as the point encoder reads them: the one function that training, export and robot share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import BundleError, ScanError
from cg3d_runtime.preparation.sampling import farthest_point_sample, lexicographic, pointnet2_sample
from cg3d_runtime.preparation.voxel_grid import MOST_POINTS, thin
from cg3d_runtime.scans.cloud import PointCloud

MODES = ("cg3d", "cg3d-official")
FEWEST_POINTS = 16
Sampler = Callable[[np.ndarray, int, int], np.ndarray]  # see `farthest_point_sample`


@dataclass(frozen=True)
class PrepareSpec:
    """How a model wants its points; recorded in the bundle's manifest.

    Attributes:
        points: N, the number of points the model reads; 16 to 8,192.
        channels: 3 for xyz, 6 for xyz and rgb.
        up: the axis that points up in the model's frame, one of x, y, z, -x, -y, -z.
        mode: the recipe, "cg3d", or "cg3d-official" for weights that were published with CG3D.
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


def prepare(cloud: PointCloud, spec: PrepareSpec, sample: Sampler = farthest_point_sample) -> np.ndarray:
    """Rotate, thin, sample and normalise a cloud for the point encoder.

    In mode "cg3d" the result depends on the set of points only: any order of the points, and any exact copies, give the
    same bits. In mode "cg3d-official" it depends on their order too, as it did when those weights were trained.

    Args:
        cloud: any number of points in any unit; rows that are not finite are dropped.
        spec: what the model wants.
        sample: farthest point sampling for mode "cg3d"; training passes a faster one that may break ties differently.
    Returns:
        (N, 3) or (N, 6) float32 in farthest point order: xyz in the model's frame, then rgb in [0, 1]. What was centred on
        its mean and scaled to a largest radius of 1 is the sample in mode "cg3d", the whole cloud in mode "cg3d-official".
        A cloud with too few distinct points is filled up with points that it has, at the end.
    Raises:
        ScanError: fewer than 16 distinct finite points, or an extent beyond float32.
    """
    if not (isinstance(cloud, PointCloud) and isinstance(spec, PrepareSpec)):
        given = f"{type(cloud).__name__} and {type(spec).__name__}"
        raise ScanError(f"a PointCloud, as read_scan gives it, and a PrepareSpec are needed, got {given}.")
    points = _finite_rows(cloud, spec)
    if len(points) > 0:
        _to_unit_box(points)
        points = points[np.sort(thin(points))]  # in the order of the file
    distinct = points[lexicographic(points)]
    if len(distinct) < FEWEST_POINTS:
        raise ScanError(
            f"{len(distinct)} distinct finite points left of {len(cloud)}; at least {FEWEST_POINTS} are needed to "
            "recognise an object."
        )
    return _cg3d(distinct, spec.points, sample) if spec.mode == "cg3d" else _cg3d_official(points, spec.points)


def _cg3d(distinct: np.ndarray, count: int, sample: Sampler) -> np.ndarray:
    """Sample from the point farthest from the centroid; normalise the sample."""
    first = _farthest_from_centroid(distinct[:, :3])
    order = sample(distinct[:, :3], min(count, len(distinct)), first)
    sampled = np.ascontiguousarray(distinct[np.resize(order, count)])
    _normalise(sampled[:, :3])
    return sampled


def _cg3d_official(points: np.ndarray, count: int) -> np.ndarray:
    """Normalise the whole cloud; sample it from the file's first point as pointnet2_ops does.

    Source: the evaluation of deeptibhegde/CLIP-goes-3D.
    """
    _normalise(points[:, :3])
    return np.ascontiguousarray(points[pointnet2_sample(points[:, :3], count)])


def rotation(up: str, model_up: str) -> np.ndarray:
    """The rotation that takes the axis `up` to the axis `model_up`, as a signed permutation.

    A quarter turn about the axis perpendicular to both; for opposite axes a half turn about x (about y where x is
    turned). The determinant is +1 for all 36 pairs: swapping axes would mirror the object.

    Returns:
        (3, 3) int64 matrix for column vectors.
    """
    source, target = _unit_vector(up), _unit_vector(model_up)
    if (source == target).all():
        return np.eye(3, dtype=np.int64)
    if (source == -target).all():
        axis = _unit_vector("y" if source[0] else "x")
        return 2 * np.outer(axis, axis) - np.eye(3, dtype=np.int64)
    axis = np.cross(source, target)
    return np.outer(target, source) - np.outer(source, target) + np.outer(axis, axis)


def _unit_vector(axis: str) -> np.ndarray:
    vector = np.zeros(3, dtype=np.int64)
    vector["xyz".index(axis[-1])] = -1 if axis.startswith("-") else 1
    return vector


def _finite_rows(cloud: PointCloud, spec: PrepareSpec) -> np.ndarray:
    """The finite points in the model's frame, (M, 3) or (M, 6), missing colour filled in, in column order."""
    columns = np.empty((spec.channels, len(cloud)), dtype=np.float32)
    for row, signs in enumerate(rotation(cloud.up, spec.up)):
        source = int(np.flatnonzero(signs)[0])
        with np.errstate(invalid="ignore"):  # NaN may be of the signalling kind
            np.multiply(cloud.xyz[:, source], np.float32(signs[source]), out=columns[row])
    if spec.channels == 6:
        columns[3:] = spec.colour_fill if cloud.rgb is None else cloud.rgb.T
        columns[3:] += 0.0  # turns -0.0 into 0.0: copies must agree in bits
    finite = np.isfinite(columns).all(axis=0)
    return np.transpose(columns if finite.all() else columns[:, finite])


def _to_unit_box(points: np.ndarray) -> None:
    """Move the bounding box to the origin and scale it by a power of two, in place, so that no unit can overflow."""
    xyz = points[:, :3]
    with np.errstate(over="ignore"):
        xyz -= xyz.min(axis=0)
    side = xyz.max()
    if not np.isfinite(side):
        raise ScanError("coordinates span more than float32 can hold; mark missing points as NaN.")
    np.ldexp(xyz, -np.frexp(side)[1], out=xyz)


def _farthest_from_centroid(xyz: np.ndarray) -> int:
    offset = xyz - xyz.mean(axis=0, dtype=np.float64).astype(np.float32)
    offset *= offset
    return int((offset[:, 0] + offset[:, 1] + offset[:, 2]).argmax())


def _normalise(xyz: np.ndarray) -> None:
    """Centre on the mean and scale the largest radius to 1, in place."""
    centred = xyz - xyz.mean(axis=0, dtype=np.float64)
    xyz[:] = centred / np.sqrt((centred * centred).sum(axis=1).max())
