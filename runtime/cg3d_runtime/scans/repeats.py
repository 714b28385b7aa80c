"""Repetition in a cloud: points that stand for no return, and a coarse grid that all lie on."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scans.rows import finite_rows

_SAMPLE = 512  # points that tell for all
_DENSE_SAMPLE = 1 << 13  # points that tell what is near a place
_LEAST_SHARE = 1 / 256  # of the points
_OFTEN = 4  # times in the sample, where most are there once: one point in 128
_FEWEST = 16  # copies of a place in the whole cloud
_APART = 0.1  # of the extent: from a place of no return to what was measured
_FEW_STEPS = 24  # of a grid, along the longest side


def spread(xyz: np.ndarray, most: int = _SAMPLE) -> np.ndarray:
    """At most so many points from all over a cloud, those of them that are finite, (S, 3) float64."""
    count = min(len(xyz), most)
    rows = np.arange(count) * (len(xyz) - 1) // max(count - 1, 1)
    with np.errstate(invalid="ignore"):  # NaN may be of the signalling kind
        some = xyz[rows].astype(np.float64)
    finite: np.ndarray = some[finite_rows(some)]
    return finite


def lonely_places(xyz: np.ndarray) -> np.ndarray:
    """Places where many points of (N, 3) lie and from which all others keep away, (K, 3) float64; 0 0 0 is none of them.

    That is where sensors and programs put pixels without a return: the camera (0 0 0 before a transform), -1, -9999, 1e30.
    Losing such a place costs one distinct point, if it was measured after all.
    """
    some = spread(xyz)
    some = some[some.any(axis=1)]
    x = np.sort(some[:, 0])
    if not (x[_OFTEN - 1 :] == x[: len(x) - _OFTEN + 1]).any():  # nearly always
        return some[:0]
    places, counts = np.unique(some, axis=0, return_counts=True)
    often = places[(counts >= _OFTEN) & (counts * len(xyz) >= _FEWEST * len(some))]
    if len(often) == 0 or np.median(counts) > 1:  # all repeat on a coarse grid
        return some[:0]
    return _apart(often, spread(xyz, _DENSE_SAMPLE))


def _apart(places: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Those of the places that hold many of these points, none of the others lying near them."""
    rest, shares = points[points.any(axis=1)], []
    for place in places:
        is_there = (rest == place).all(axis=1)
        shares.append(np.count_nonzero(is_there) / len(points))
        rest = rest[~is_there]
    if len(rest) < _FEWEST or min(shares) < _LEAST_SHARE:  # a small sample found it by chance
        return places[:0]
    gap = _APART * np.ptp(np.quantile(rest, (0.05, 0.95), axis=0), axis=0).max()  # strays do not stretch it
    return places[[np.abs(rest - place).max(axis=1).min() > gap for place in places]]


def grid_note(some: np.ndarray) -> tuple[str, ...]:
    """A note where points lie on a grid of few steps along all axes, as of coordinates with too few digits."""
    if len(some) < _SAMPLE // 4:
        return ()
    longest, coarsest = 0.0, 0.0
    for column in some.T:
        values = np.unique(column)
        if len(values) > _FEW_STEPS + 1:
            return ()
        longest = max(longest, float(np.ptp(values)))
        coarsest = max(coarsest, float(np.diff(values).min(initial=np.inf)) if len(values) > 1 else 0.0)
    if longest == 0 or longest > (_FEW_STEPS + 0.5) * coarsest:
        return ()
    return (f"has coordinates in {longest / coarsest:.0f} steps of {coarsest:.2g}; write more digits.",)
