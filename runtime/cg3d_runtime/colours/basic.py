"""The colours of a scan in the words that people use for them: the eleven basic colour terms of English.

A point may be called by several of them, as a lemon's shaded side may be called yellow and brown: each term has soft regions of
OKLCh (hue, lightness and chroma of Ottosson's OKLab, https://bottosson.github.io/posts/oklab/), wide enough for the light of
rooms. The terms are those of Berlin and Kay (Basic Color Terms, 1969).
"""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows

TERMS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
_ANY = (-90.0, 450.0)
_REGIONS = (  # hue in degrees, lightness and chroma, from and to
    ("black", _ANY, (-1.0, 0.30), (-1.0, 0.05)),
    ("black", _ANY, (-1.0, 0.20), (-1.0, 1.0)),
    ("white", _ANY, (0.70, 2.0), (-1.0, 0.045)),
    ("white", (60.0, 115.0), (0.75, 2.0), (-1.0, 0.075)),  # in the light of a lamp, ...
    ("white", (225.0, 310.0), (0.68, 2.0), (-1.0, 0.08)),  # ... of the sky, or to a camera that takes it for a lamp's
    ("grey", _ANY, (0.28, 0.85), (-1.0, 0.035)),
    ("grey", (225.0, 310.0), (0.28, 0.80), (-1.0, 0.055)),
    ("red", (358.0, 398.0), (0.22, 0.72), (0.09, 1.0)),
    ("orange", (36.0, 76.0), (0.45, 0.90), (0.10, 1.0)),
    ("yellow", (80.0, 118.0), (0.42, 2.0), (0.07, 1.0)),
    ("green", (108.0, 195.0), (0.20, 2.0), (0.035, 1.0)),
    ("blue", (195.0, 292.0), (0.18, 2.0), (0.035, 1.0)),
    ("purple", (284.0, 345.0), (0.15, 0.80), (0.045, 1.0)),
    ("purple", (345.0, 378.0), (0.15, 0.45), (0.045, 1.0)),
    ("pink", (335.0, 392.0), (0.62, 2.0), (0.05, 1.0)),
    ("brown", (35.0, 100.0), (0.18, 0.70), (0.03, 0.13)),
    ("brown", (50.0, 95.0), (0.66, 0.86), (0.045, 0.11)),  # beige, and wood
)
_SOFT = np.array([8.0, 0.05, 0.015])  # half the width of an edge, in hue, lightness and chroma
_ROUND = (360.0, 0.0, 0.0)  # once around the circle of hues
_TERM = np.array([TERMS.index(term) for term, *_ in _REGIONS])
_FROM, _TO = (np.array([[bounds[end] for bounds in region] for _, *region in _REGIONS]) for end in (0, 1))
# Ottosson's matrices: from linear sRGB to the responses of the eye's cones, and from their cube roots to OKLab.
_CONES = np.array(
    [
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    ]
)
_OKLAB = np.array(
    [
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    ]
)
HUNDREDTHS = 100  # shares are told in: no more is to be had of a camera, and all programs get the same
_MOST_POINTS = 1 << 18  # that are looked at
_TIE = 1e-9  # by which halves of a hundredth are more than half, however they were summed
_CELL_BITS = 4  # of red, green and blue: points of one cell are judged by their mean


def colours_of(cloud: PointCloud) -> np.ndarray | None:
    """How much of a scan may be called by each of `TERMS`; the order of its points is nothing to it.

    Pixels of a camera that have a colour and no place do not count: they are of what lies around.

    Returns:
        (11,) float64 in [0, 1], in hundredths, which need not sum to 1; None where there is no colour: also where every point
        is of the same red, green and blue, as reflectance and the plain materials of CAD programs are.
    """
    if cloud.rgb is None or not len(cloud):
        return None
    step = -(-len(cloud) // _MOST_POINTS)
    xyz, rgb = cloud.xyz[::step], cloud.rgb[::step]
    levels = np.rint(rgb[finite_rows(xyz) & finite_rows(rgb)] * np.float32(255)).clip(0, 255).astype(np.uint8)
    red, green, blue = levels.T
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return None
    means, counts = _cells(levels)
    shares: np.ndarray = counts @ _called(means / 255) / counts.sum()
    return np.floor(shares * HUNDREDTHS + (0.5 + _TIE)) / HUNDREDTHS


def _cells(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) uint8 -> (K, 3) means of those alike, and (K,) how many; sums of whole numbers are exact."""
    red, green, blue = (levels >> (8 - _CELL_BITS)).astype(np.uint16).T
    cell = (red << 2 * _CELL_BITS) | (green << _CELL_BITS) | blue
    counts = np.bincount(cell)
    filled = np.flatnonzero(counts)
    sums = np.stack([np.bincount(cell, weights=channel)[filled] for channel in levels.T], axis=1)
    return sums / counts[filled, None], counts[filled]


def _called(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) sRGB -> (N, 11) in [0, 1], how well each term fits each colour."""
    place = _oklch(rgb)[:, None]
    place = np.where(place < _FROM - _SOFT, place + _ROUND, place)  # (N, regions, 3)
    inside = np.minimum(place - _FROM, _TO - place) / (2 * _SOFT) + 0.5
    fits = inside.clip(0, 1).min(axis=-1)
    return np.stack([fits[:, term == _TERM].max(axis=1) for term in range(len(TERMS))], axis=1)


def _oklch(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) sRGB in [0, 1] -> (N, 3) hue in degrees, lightness in [0, 1], chroma."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lightness, a, b = (np.cbrt(linear @ _CONES.T) @ _OKLAB.T).T
    return np.stack([np.degrees(np.arctan2(b, a)) % 360, lightness, np.hypot(a, b)], axis=1)
