"""Points as JSON: {"points": [[x, y, z], ...]}, with options beside them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from cg3d_runtime.serve.question import RequestError

_NEEDED = '{"points": [[x, y, z], ...]}, three numbers a point, or six with red, green and blue'


def read_points(content: bytes, need: bool = True) -> tuple[np.ndarray | None, dict[str, Any]]:
    """The points of a body, and what else it says.

    Args:
        need: whether a body without points is refused.
    Returns:
        (N, C) float64, null being NaN: no measurement; and the options, as they stand there.
    Raises:
        RequestError: 400: no JSON; 422: no points in it.
    """
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is no JSON ({error}); {_NEEDED} is needed.") from error
    if not isinstance(tree, dict) or (need and "points" not in tree):
        raise RequestError(422, f"the JSON holds no points; {_NEEDED} is needed.")
    if "points" not in tree:
        return None, tree
    rows = tree.pop("points")
    try:
        points = np.asarray(rows)
        if points.dtype.kind == "O" and all(type(part) in (int, float, type(None)) for part in points.reshape(-1)):
            points = points.astype(np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise RequestError(422, f"the points are not equally many numbers each; {_NEEDED} is needed.") from error
    if points.dtype.kind not in "fiu" or points.ndim != 2:
        raise RequestError(422, f"the points are no rows of numbers, shape {points.shape}; {_NEEDED} is needed.")
    return points.astype(np.float64), tree
