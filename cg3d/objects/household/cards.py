"""Cards of a wallet: credit card."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, paint
from cg3d.objects.shapes.primitives import loft
from cg3d.objects.shapes.solid import Colour, Solid

WIDTH, DEPTH, THICK, CORNER = 0.0856, 0.05398, 0.00076, 0.0032  # of every card to ISO 7810
GOLD, SILVER = (0.85, 0.7, 0.4), (0.8, 0.8, 0.8)
Field = tuple[float, float, float, float]  # least x, greatest x, least z and greatest z, in metres from the middle
STRIPE, SIGNATURE = (-1.0, 1.0, -0.0225, -0.0098), (-0.034, 0.017, -0.006, 0.003)


@category
def credit_card(d: Draw) -> Solid:
    """A plastic card with rounded corners, a chip and a number, embossed or printed; its back with the dark stripe.

    Wide or upright design, in plain colours, bands, waves or rings; lying on either face, leaning or held on an edge.
    """
    kinds = {"embossed credit card": _embossed, "flat credit card": _flat, "upright bank card": _upright}
    card = one_of(d, kinds).at(y=-THICK / 2)
    pose = d.random()
    if pose < 0.25:
        card = card.turned("x", 180)
    elif pose < 0.45:
        card = card.turned("z", d.pick(0, 90)) if d.chance(0.3) else card.turned("x", d(55, 90))
    return card.turned("y", d(0, 360)).grounded()


def _blank() -> Solid:
    """The bare card on y = 0, finely divided for what is printed on it."""
    edge = CORNER * (1 - np.cos(np.linspace(0, np.pi / 2, 6)))
    x = np.concatenate([edge, np.linspace(CORNER, WIDTH - CORNER, 94)[1:-1], WIDTH - edge[::-1]]) - WIDTH / 2
    inset = np.maximum(np.abs(x) - WIDTH / 2 + CORNER, 0)
    half = DEPTH / 2 - CORNER + np.sqrt(np.maximum(CORNER**2 - inset**2, 0))
    across = np.linspace(-1, 1, 55)
    level = np.repeat([THICK, 0.0], len(across))
    rings = [points(place, level, wide * np.r_[across, across[::-1]]) for place, wide in zip(x, half, strict=True)]
    return loft(np.stack(rings))


def _within(places: np.ndarray, *fields: Field, top: bool = True) -> np.ndarray:
    """Which places lie in one of the fields, on the front or else on the back."""
    x, y, z = places.T[..., None]
    low_x, high_x, low_z, high_z = np.array(fields).T
    inside = (x > low_x) & (x < high_x) & (z > low_z) & (z < high_z)
    return np.asarray(inside.any(axis=1) & ((y[:, 0] > THICK * 0.75) == top) & ((y[:, 0] < THICK * 0.25) != top))


def _inked(card: Solid, rgb: Colour, *fields: Field, top: bool = True) -> Solid:
    return card.painted_where(_within(card.face_centres(), *fields, top=top), rgb)


def _designed(d: Draw) -> Solid:
    """A card printed all over: plain, two halves, bands, rings about a corner, or waves; and its back."""
    card = _blank()
    x, _, z = card.face_centres().T / WIDTH
    ways = [0 * x, x * d(-1, 1) + z - d(-0.15, 0.15), np.sin((x + z * d(-2, 2)) * d(8, 25))]
    ways += [
        np.sin(np.hypot(x - d.pick(-0.5, 0.5), z - d(-0.3, 0.3)) * d(12, 30)),
        z + 0.08 * np.sin(x * d(5, 11) + d(0, 6)),
    ]
    first = paint(d)
    second = first * d(0.55, 0.85) if d.chance(0.5) else paint(d)
    card = card.painted(first).painted_where(ways[d.count(0, len(ways))] > 0, second)
    lines = [(-0.038, d(0.0, 0.038), z, z + 0.0015) for z in (0.01, 0.0135, 0.017)]
    card = _inked(_inked(card, BLACK, STRIPE, top=False), (0.92, 0.92, 0.9), SIGNATURE, top=False)
    return _inked(card, GREY, *lines, top=False)


def _letters(left: float, z: float, count: int, wide: float) -> list[Field]:
    """A row of letters or figures with a gap after every fourth; `wide` from one to the next."""
    starts = [left + wide * (k + 0.7 * (k // 4)) for k in range(count)]
    return [(x, x + wide * 0.68, z, z + wide * 1.35) for x in starts]


def _raised(card: Solid, rise: float, *fields: Field) -> Solid:
    """The card with what is embossed on its front."""
    return card.reshaped(card.vertices + np.outer(_within(card.vertices, *fields), (0, rise, 0)))


def _signed(d: Draw, card: Solid, x: float, z: float) -> Solid:
    """The sign of its bank or network: two discs that overlap, or a field."""
    centre = card.face_centres()
    if d.chance(0.5):
        wide, tall = d(0.005, 0.009), d(0.0025, 0.0045)
        return _inked(card, paint(d, "white", "blue", "grey", "red"), (x - wide, x + wide, z - tall, z + tall))
    for side in (-1, 1):
        disc = (np.hypot(centre[:, 0] - x - side * 0.0042, centre[:, 2] - z) < 0.0066) & (centre[:, 1] > THICK * 0.75)
        card = card.painted_where(disc, paint(d, "red", "orange", "yellow", "blue", "white"))
    return card


def _chipped(d: Draw, card: Solid, x: float, z: float) -> Solid:
    """The gold or silver contacts, parted by lines."""
    rgb = np.array(d.pick(GOLD, GOLD, SILVER))
    card = _inked(card, rgb, (x - 0.0062, x + 0.0062, z - 0.0054, z + 0.0054))
    lines = [(x - 0.0062, x + 0.0062, z + at - 0.0005, z + at + 0.0005) for at in (-0.002, 0.002)]
    return _inked(card, rgb * 0.55, *lines, (x - 0.0005, x + 0.0005, z - 0.0054, z + 0.0054))


def _figures(d: Draw) -> list[Field]:
    """The number, the date and the name."""
    number = _letters(-0.036, 0.0045, 16, 0.0036)
    return [*number, *_letters(-0.002, 0.0128, 5, 0.0024), *_letters(-0.036, 0.0185, d.count(9, 15), 0.0024)]


def _face(d: Draw) -> Solid:
    """The card with its chip to the left, the bank and the logo to the right."""
    left, high = d(-0.025, 0.01), d(0.0025, 0.0055)
    card = _inked(_designed(d), paint(d), (left, left + d(0.015, 0.028), -0.0215, -0.0215 + high))
    return _chipped(d, _signed(d, card, 0.031, 0.018), -0.0275, -0.0035)


def _ink(d: Draw) -> np.ndarray:
    return paint(d, "white", "white", "grey", "black") if d.chance(0.7) else np.array(d.pick(GOLD, SILVER))


def _embossed(d: Draw) -> Solid:
    """Its figures stand up by half a millimetre."""
    figures = _figures(d)
    return _inked(_raised(_face(d), d(0.0004, 0.0005), *figures), _ink(d), *figures)


def _flat(d: Draw) -> Solid:
    """Printed; some show their number on the back alone."""
    return _inked(_face(d), _ink(d), *_figures(d)) if d.chance(0.5) else _face(d)


def _upright(d: Draw) -> Solid:
    """To be read with a short side up: chip above, logo below."""
    z, long = d(-0.02, -0.005), d(0.014, 0.03)
    card = _inked(_designed(d), _ink(d), (-0.038, -0.034, z, z + long))
    return _chipped(d, _signed(d, card, 0.031, d.pick(-0.016, 0.016)), -d(0.018, 0.028), d.pick(0.0, 0.012))
