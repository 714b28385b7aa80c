"""Turning scans until up in the scan is up in the model. Always a rotation: a swap of axes would mirror the object."""

from __future__ import annotations

import math

import numpy as np

from cg3d_runtime.scans.upward import Up, vector

_OPPOSITE = 1e-12  # one plus the cosine of directions between which no turn is the shortest


def rotation(up: Up, model_up: str) -> np.ndarray:
    """The shortest turn that takes the direction `up` to the axis `model_up`.

    For opposite directions a half turn about x, or about y where up is along x. For two axes it is a signed permutation.

    Args:
        up: as `as_up` gives it.
        model_up: one of x, y, z, -x, -y, -z.
    Returns:
        (3, 3) matrix for column vectors, of determinant 1; int64 for two axes, else float64.
    """
    source, target = vector(up), vector(model_up)
    cosine = source[0] * target[0] + source[1] * target[1] + source[2] * target[2]
    if 1 + cosine < _OPPOSITE:
        return _half_turn(source)
    about = _cross(source, target)
    turn = np.empty((3, 3), dtype=np.int64 if isinstance(up, str) else np.float64)
    for row, column in np.ndindex(3, 3):
        part = target[row] * source[column] - source[row] * target[column] + about[row] * about[column] / (1 + cosine)
        turn[row, column] = part + (cosine if row == column else 0)
    return turn


def turned(points: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Turn points (N, C) float32, of which x, y, z come first; the bits do not depend on the library that multiplies.

    Args:
        turn: (3, 3), as `rotation` gives it. A signed permutation loses no bit.
    """
    result: np.ndarray = points.copy()
    for row in range(3):
        result[:, row] = combined(points, turn[row])
    return result


def spun(points: np.ndarray, up: str, share: float) -> np.ndarray:
    """Turn points (..., C) float32 about the axis that is up in them, by a share of a full turn."""
    first, second = (axis for axis in range(3) if "xyz"[axis] != up[-1])
    cosine, sine = math.cos(2 * math.pi * share), math.sin(2 * math.pi * share)
    result: np.ndarray = points.copy()
    result[..., first] = points[..., first] * np.float32(cosine) - points[..., second] * np.float32(sine)
    result[..., second] = points[..., first] * np.float32(sine) + points[..., second] * np.float32(cosine)
    return result


def combined(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(N,) the weighted sum of x, y and z of points (N, 3 or more), one after the other, in double precision where the weights
    are (3,) float64; of whole weights, of which one alone is not 0, in that of the points.
    """
    if weights.dtype.kind == "i":
        source = int(np.flatnonzero(weights)[0])
        signed: np.ndarray = points[:, source] * points.dtype.type(weights[source])
        return signed
    x, y, z = (points[:, axis].astype(np.float64) * weights[axis] for axis in range(3))
    total: np.ndarray = x + y + z
    return total


def _half_turn(source: tuple[float, ...]) -> np.ndarray:
    x, y, z = source
    side = (0.0, 1.0, 0.0) if abs(x) > 0.5 else (1.0, 0.0, 0.0)
    along = source[1] if side[1] else source[0]
    about = [a - along * b for a, b in zip(side, source, strict=True)]
    length = math.sqrt(
        about[0] * about[0] + about[1] * about[1] + about[2] * about[2]
    )  # `sum` rounds by Python's version
    about = [part / length for part in about]
    turn = np.array([[2 * a * b - (i == j) for j, b in enumerate(about)] for i, a in enumerate(about)])
    is_axis = {abs(x), abs(y), abs(z)} == {0.0, 1.0}
    whole: np.ndarray = turn.astype(np.int64) if is_axis else turn
    return whole


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
