"""The colours of a scene's objects: the same in every picture and in the PLY."""

from __future__ import annotations

import colorsys

import numpy as np

GREY = (150, 150, 150)  # of points that belong to no object
_GOLDEN = 0.618034  # a turn of the hue by it keeps neighbours apart, however many there are


def object_colours(count: int) -> np.ndarray:
    """(count, 3) uint8, of objects in order, each unlike the one before."""
    rows = [colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.75, 0.95) for number in range(count)]
    colours: np.ndarray = (np.array(rows).reshape(-1, 3) * 255).round().astype(np.uint8)
    return colours


def point_colours(objects: np.ndarray, count: int) -> np.ndarray:
    """(N, 3) uint8, of points by the number of their object, grey for -1.

    Args:
        objects: (N,) whole numbers from -1 to count - 1.
        count: objects in the scene.
    """
    colours: np.ndarray = np.vstack([object_colours(count), np.array(GREY, np.uint8)])[objects]  # -1: the last
    return colours


def as_hex(colour: np.ndarray) -> str:
    """`#rrggbb` of three bytes."""
    return f"#{bytes(colour.astype(np.uint8)).hex()}"
