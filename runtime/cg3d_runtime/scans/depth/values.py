"""The numbers of a depth image: measurements, missing returns, and oddities."""

from __future__ import annotations

import numpy as np

_CLOSEST, _FARTHEST = 1e-4, 1e6  # metres of floats; some write 1e-6, Blender 1e10 where there is nothing
_CEILINGS = tuple(2**bits - 1 for bits in (15, 16, 31, 32, 63, 64))  # the largest integers, which mean "out of range"
# What became of 32767 and 65535 where integers were divided by the units a metre of usual cameras.
_DIVIDED = np.array([[32767.0], [65535.0]]) / [1.0, 256.0, 1000.0, 4000.0, 5000.0, 10000.0]
_SHARED = 0.3  # share of the pixels at the largest depth from which it is told
_SHARED_FAR, _FEWEST_FAR = 0.001, 4  # share and number of the pixels, where it is more than twice as far as all others
_NEAREST, _FAR = 0.01, 200.0  # metres, of what depth cameras measure


def measured(depth: np.ndarray, scale: float) -> np.ndarray:
    """Which pixels hold a measurement, (H, W) bool, whatever integers or floats they are kept in.

    None are: 0 and less, NaN, the largest number of the type, anything beyond 1,000 km or, in floats, below 0.1 mm; the largest
    number of a smaller integer type where nothing lies above it; and in floats what such a number becomes when divided, where
    more than one pixel holds it and nothing lies above it.

    Args:
        depth: (H, W).
        scale: units a metre.
    """
    if depth.dtype.kind == "f":
        return _measured_floats(depth, scale)
    chosen: np.ndarray = (depth > 0) & (depth < int(min(np.iinfo(depth.dtype).max, _FARTHEST * scale)))
    while (largest := int(_largest(depth, chosen))) in _CEILINGS:
        chosen &= depth < largest
    return chosen


def _measured_floats(depth: np.ndarray, scale: float) -> np.ndarray:
    limit = min(_FARTHEST * scale, float(np.finfo(depth.dtype).max))
    with np.errstate(invalid="ignore"):  # NaN may be signalling
        chosen: np.ndarray = (depth > 0) & (depth >= _CLOSEST * scale) & (depth < depth.dtype.type(limit))
        largest = float(_largest(depth, chosen))
        tolerance = max(1e-6, float(np.finfo(depth.dtype).eps))
        if np.isclose(_DIVIDED, largest, rtol=tolerance, atol=0).any():
            ceiling = chosen & (depth == largest)
            if np.count_nonzero(ceiling) > 1:
                chosen &= ~ceiling
    return chosen


def _largest(depth: np.ndarray, chosen: np.ndarray) -> np.generic:
    largest: np.generic = depth.max(where=chosen, initial=0)
    return largest


def depth_notes(depth: np.ndarray, chosen: np.ndarray, scale: float) -> tuple[str, ...]:
    """What is odd about the depths of the chosen pixels, of which there is at least one, as `PointCloud.notes`."""
    return (*_far_plane_note(depth, chosen, scale), *_distance_note(depth, chosen, scale))


def _far_plane_note(depth: np.ndarray, chosen: np.ndarray, scale: float) -> list[str]:
    """Simulators give the far plane as a depth where there is nothing."""
    largest, count = _largest(depth, chosen), int(np.count_nonzero(chosen))
    at_largest = chosen & (depth == largest)
    shared = int(np.count_nonzero(at_largest))
    if shared < max(_FEWEST_FAR, _SHARED_FAR * count):
        return []
    second = _largest(depth, chosen & ~at_largest)
    if shared <= _SHARED * count and float(largest) <= 2 * float(second):
        return []
    return [
        f"has {shared} of {count} pixels at {float(largest) / scale:g} m, its largest depth, which looks like a far plane; "
        "leave them out with a mask."
    ]


def _distance_note(depth: np.ndarray, chosen: np.ndarray, scale: float) -> list[str]:
    step = max(1, depth.shape[0] // 32)
    some = depth[::step][chosen[::step]]
    middle = float(np.median(some if len(some) else depth[chosen])) / scale
    if _NEAREST <= middle <= _FAR:
        return []
    return [f"lies {middle:.3g} m from the camera with a depth scale of {scale:g}; check --depth-scale."]
