"""Standing a scan up: by what is given, by the surface that the object stands on, or open for the model to choose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cg3d_runtime.answer import CONVENTION, SUPPORT
from cg3d_runtime.choices import AUTO, UP_AXES
from cg3d_runtime.preparation.prepare import Preparation, PrepareSpec, prepare_in_detail
from cg3d_runtime.preparation.support import Support, find_support
from cg3d_runtime.preparation.turning import rotation, turned
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scans.upward import Up, as_up, opposite, vector

_SAME = np.cos(np.radians(10))  # between directions that need not both be tried


@dataclass(frozen=True)
class Upright:
    """How a scan was stood up.

    Attributes:
        up: the direction in the scan that was taken for up.
        source: who said so: "given" by the caller, the "convention" of its format, or the "support" that it stands on.
        support: the surface that it stands on, in the frame of the prepared points; None: none was found.
        others: directions that could be up instead, each more than 10 degrees from all before it.
        is_open: whether `up` was only a guess, which a surer answer may replace.
    """

    up: Up
    source: str
    support: Support | None
    others: tuple[Up, ...]
    is_open: bool = False


def stand_up(cloud: PointCloud, spec: PrepareSpec, source: str, is_depth: bool = False) -> tuple[Preparation, Upright]:
    """Prepare a cloud with the right side up.

    Args:
        source: who said what `cloud.up` holds, "given" or "convention"; or "auto", for which it is but a guess.
        is_depth: whether the sensor is known to be at the origin.
    Raises:
        ScanError: as `prepare`.
    """
    if source == AUTO:
        return _by_itself(cloud, spec, is_depth)
    detail = prepare_in_detail(cloud, spec)
    support = find_support(detail.points[:, :3])
    sides: tuple[Up, ...] = ()
    if support is not None and support.reaches_beyond:
        sides = (as_up(rotation(cloud.up, spec.up).T @ support.normal),)
    return detail, Upright(cloud.up, source, support, _apart_from(cloud.up, (*sides, *UP_AXES)))


def _by_itself(cloud: PointCloud, spec: PrepareSpec, is_depth: bool) -> tuple[Preparation, Upright]:
    """Stand a cloud on its support; where there is none around it, on what its format says, and leave that open."""
    lying = prepare_in_detail(replace(cloud, up=spec.up), spec)
    support = find_support(lying.points[:, :3], _towards_origin(cloud) if is_depth else None)
    if support is not None and support.reaches_beyond:
        upright = Upright(as_up(support.normal), SUPPORT, support, ())
    else:
        sides = () if support is None else (as_up(support.normal), opposite(as_up(support.normal)))
        others = _apart_from(cloud.up, (*sides, *UP_AXES))
        upright = Upright(cloud.up, CONVENTION, support, others, is_open=True)
    turn = rotation(upright.up, spec.up)
    if support is not None:
        upright = replace(upright, support=replace(support, normal=turn @ support.normal))
    return replace(lying, points=turned(lying.points, turn)), upright


def _towards_origin(cloud: PointCloud) -> np.ndarray:
    finite = cloud.xyz[finite_rows(cloud.xyz)]
    towards: np.ndarray = -finite.mean(axis=0, dtype=np.float64)
    return towards


def _apart_from(up: Up, candidates: tuple[Up, ...]) -> tuple[Up, ...]:
    """Those of the candidates that differ from `up`, and from each other, by more than 10 degrees."""
    kept: list[Up] = [up]
    for candidate in candidates:
        if all(np.dot(vector(candidate), vector(other)) < _SAME for other in kept):
            kept.append(candidate)
    return tuple(kept[1:])
