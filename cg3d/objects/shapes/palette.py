"""Colours of the objects: how they are drawn, and the word for them."""

from __future__ import annotations

import numpy as np

from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.solid import Colour, Solid

COLOURS: dict[str, tuple[float, float, float]] = {
    "white": (0.93, 0.92, 0.90),
    "grey": (0.55, 0.56, 0.57),
    "black": (0.12, 0.12, 0.13),
    "red": (0.78, 0.14, 0.13),
    "orange": (0.92, 0.50, 0.12),
    "yellow": (0.93, 0.80, 0.20),
    "green": (0.22, 0.55, 0.25),
    "turquoise": (0.22, 0.66, 0.65),
    "blue": (0.16, 0.33, 0.70),
    "purple": (0.45, 0.24, 0.58),
    "pink": (0.92, 0.60, 0.70),
    "brown": (0.43, 0.27, 0.15),
    "beige": (0.83, 0.73, 0.57),
}
BLACK, GREY, WHITE = (np.array(COLOURS[name]) for name in ("black", "grey", "white"))
METALS = ("grey", "black", "white")
BRASS = (0.78, 0.64, 0.33)
ALLOYS = (
    (0.72, 0.73, 0.74),
    (0.6, 0.61, 0.63),
    (0.66, 0.67, 0.69),
    (0.76, 0.68, 0.42),
    BRASS,
    (0.17, 0.17, 0.18),
    (0.42, 0.27, 0.18),
)
PLASTICS = ("black", "white", "grey", "black", "beige")


def paint(d: Draw, *names: str) -> np.ndarray:
    """One of the named colours, or of all where none is named, slightly off: (3,) sRGB in [0, 1]."""
    return _off(d, COLOURS[d.pick(*names or COLOURS)], 0.03)


def wood(d: Draw) -> np.ndarray:
    """A wood tone from light birch to dark walnut, now and then painted."""
    if d.chance(0.2):
        return paint(d)
    light, dark = np.array(COLOURS["beige"]), np.array(COLOURS["brown"])
    return _off(d, light + d.random() * (dark - light), 0.02)


def metal(d: Draw) -> np.ndarray:
    """Bare or lacquered metal."""
    return paint(d, *METALS)


def alloy(d: Draw) -> np.ndarray:
    """Small ironware as it comes: bright steel, zinc, yellow zinc, brass, blackened, or rusty."""
    return _off(d, d.pick(*ALLOYS), 0.02)


def colour_word(mesh: Solid) -> str:
    """The name of the colour that covers most of the surface."""
    return colour_words(mesh)[0]


def colour_words(mesh: Solid, share: float = 0.15) -> list[str]:
    """The names of the colours that cover at least `share` of the surface, the largest first; never empty."""
    names = list(COLOURS)
    shades, which = np.unique(mesh.face_rgb, axis=0, return_inverse=True)
    distance = np.linalg.norm(shades[:, None] - np.array(list(COLOURS.values())), axis=-1)
    covered = np.bincount(distance.argmin(axis=1)[which.reshape(-1)], mesh.face_areas(), minlength=len(names))
    order = np.argsort(-covered, kind="stable")
    return [names[k] for place, k in enumerate(order) if place == 0 or covered[k] >= share * covered.sum()]


def _off(d: Draw, rgb: Colour, spread: float) -> np.ndarray:
    return np.clip(np.asarray(rgb) + d.normal(0, spread, 3), 0, 1)
