"""Colours for scans that have none: blue at the bottom, amber at the top. The page interpolates the same list."""

from __future__ import annotations

import numpy as np

# sRGB bytes, evenly spaced from bottom to top; lightness rises, and all are visible on white and on black.
HEIGHT_COLOURS = ((66, 82, 175), (44, 132, 190), (58, 172, 150), (150, 198, 96), (244, 190, 76))


def height_colours(heights: np.ndarray, low: float, high: float) -> np.ndarray:
    """Colour heights (N,) between `low` and `high`: (N, 3) float64 in [0, 1]; what lies beyond gets the end's colour."""
    position = (heights - low) / max(high - low, np.finfo(np.float64).tiny)
    stops = np.array(HEIGHT_COLOURS) / 255
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(position, places, channel) for channel in stops.T], axis=1)
