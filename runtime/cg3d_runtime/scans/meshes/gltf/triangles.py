"""Triangles of the ways in which glTF draws them (specification, section 3.7.2.1)."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.errors import ScanError

POINTS, TRIANGLES, STRIP, FAN = 0, 4, 5, 6
TRIANGLE_MODES = (TRIANGLES, STRIP, FAN)


def triangles(indices: np.ndarray, mode: int) -> np.ndarray:
    """Corners of a list, a strip or a fan, (N,) -> (T, 3).

    Raises:
        ScanError: a list whose length is no multiple of three.
    """
    if mode == TRIANGLES:
        if len(indices) % 3:
            raise ScanError(f"has triangles of {len(indices)} corners, which is no multiple of 3. Export it again.")
        return indices.reshape(-1, 3)
    first, second, third = indices[:-2], indices[1:-1], indices[2:]
    if mode == FAN:
        return np.stack([second, third, np.broadcast_to(indices[:1], second.shape)], axis=1)
    corners = np.stack([first, second, third], axis=1)
    corners[1::2] = corners[1::2][:, [0, 2, 1]]  # every other one is turned
    return corners
