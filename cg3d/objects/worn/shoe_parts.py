"""What shoes, boots and sandals are made of; the heel is at z = 0, the toe at z = length, the foot stands on y = 0."""

from __future__ import annotations

import numpy as np

from cg3d.objects.shapes.curves import Points, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import loft, slab, tube
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.solid import Solid, join, opposite

# Rows of a knot: z and y of the front or upper edge, z and y of the back or lower edge, half width, flatness below; all
# in parts of the length. The toe is the same in every closed shoe.
TOE = [
    (1.0, 0.05, 1.0, 0.03, 0.02, 0.5),
    (0.985, 0.095, 0.99, 0.0, 0.085, 0.6),
    (0.93, 0.135, 0.94, 0.0, 0.14, 0.7),
    (0.80, 0.175, 0.80, 0.0, 0.178, 0.7),
]
_TURN = -np.arange(28) * 2 * np.pi / 28


def rings(knots: Points, steps: int = 3) -> np.ndarray:
    """(S, 28, 3) sections of a foot from toe to rim: each lies between an upper and a lower edge of the side view."""
    rows = smooth(knots, steps)
    upper, lower = rows[:, None, 0:2], rows[:, None, 2:4]
    half, flat = np.maximum(rows[:, None, 4], 0.005), np.clip(rows[:, None, 5], 0, 0.9)
    cosine, sine = np.cos(_TURN), np.sin(_TURN)
    fat = np.where(sine < 0, 1 - flat, 1.0)  # the sole side of a section is flatter than its top
    height = np.sign(sine) * np.abs(sine) ** np.where(sine < 0, fat, 1.0)
    across = half * np.sign(cosine) * np.abs(cosine) ** fat * (1 - 0.25 * flat * np.clip(sine, 0, 1))
    zy = (upper + lower) / 2 + (upper - lower) / 2 * height[..., None]
    return np.stack([across, zy[..., 1], zy[..., 0]], -1)


def upper(knots: Points, length: float, wide: float, wall: float, depth: float, dip: float = 0.0) -> Solid:
    """The hollow upper of a shoe.

    Args:
        knots: as `TOE`, from the toe to the rim.
        length: of the shoe, metres.
        wide: stretches the width.
        wall: how far the lining lies inside the rim, in parts of the rim's size.
        depth: of the opening, in parts of the length.
        dip: how much lower the rim is at the sides, in parts of the length; negative for ears.
    """
    outside = rings(knots)
    last = len(outside) // 3  # the dip fades out below the rim
    share = np.clip(np.linspace(-1.5, 1, last), 0, 1)[:, None] ** 2
    outside[-last:, :, 1] -= dip * share * np.abs(np.cos(_TURN)) ** 2
    rim = outside[-1]
    middle = rim.mean(axis=0)
    lining = [middle + (rim - middle) * (1 - wall)]
    floor = (middle + (rim - middle) * (1 - 1.8 * wall)) * (1, 0, 1)
    for part in (0.4, 0.8, 1.0):
        sunk = lining[0] - (0, depth * part, 0)
        level = floor + np.array([0, middle[1] - depth * part, 0])
        lining.append(sunk + (level - sunk) * part)
    return loft(np.concatenate([outside, lining]) * (length * wide, length, length))


def sole_outline(length: float, width: float, point: float = 2.6, waist: float = 0.13) -> np.ndarray:
    """(48, 2) x and z of a sole, anticlockwise; a small `point` makes a pointed toe, `waist` narrows the instep."""
    turn = np.arange(48) * 2 * np.pi / 48
    at = np.sin(turn)
    end = np.where(at > 0, point, 2.6)
    half = np.maximum(1 - np.abs(at) ** end, 0) ** (1 / 2) * (1 - waist + waist * np.cos(2.4 * (at - 0.4)))
    half = np.minimum(half, 1) * np.where(at < -0.1, 1 - 0.12 * np.clip(-at - 0.1, 0, 0.5) * 2, 1)
    return points(half * np.sign(np.cos(turn)) * width / 2, (at + 1) * length / 2)


def sole(outline: np.ndarray, levels: list[tuple[float, float]]) -> Solid:
    """A plate in the shape of `outline`; levels are pairs of a height in metres and how far it juts out, metres."""
    centre = outline.mean(axis=0)
    away = outline - centre
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    flat = [(outline + unit * out)[::-1] for _, out in levels]
    return loft([points(f[:, 0], y, f[:, 1]) for f, (y, _) in zip(flat, levels, strict=True)])


def flexed(shoe: Solid, length: float, spring: float = 0.0, lift: float = 0.0, side: float = 0.06) -> Solid:
    """A flat shoe with its toe raised by `spring`, its heel by `lift`, metres, and its toe turned inwards."""
    x, y, z = shoe.vertices.T
    at = z / length
    ramp = np.clip((0.72 - at) / 0.5, 0, 1)
    y = y + spring * np.clip((at - 0.65) / 0.35, 0, 1.2) ** 2 + lift * ramp**2 * (3 - 2 * ramp)
    x = x - side * length * np.clip(at - 0.3, 0, 1) ** 2
    return shoe.reshaped(points(x, y, z))


def laces(knots: Points, rows: int, length: float, base: float, spread: float, thick: float) -> Solid:
    """Crossed laces over the upper edges of the knots given, from the toe end to the rim."""
    edge = smooth(np.asarray(knots, float)[:, :2], 8) * length
    at = np.linspace(0, len(edge) - 1, rows + 1).astype(int)
    bars = []
    for k in range(rows):
        low, high = edge[at[k]], edge[at[k + 1]]
        for sign in (1, -1):
            ends = [(sign * spread, *low), (0.0, *((low + high) / 2)), (-sign * spread, *high)]
            sunk = [(x, y + base - 0.3 * abs(x) + 0.002, z) for x, z, y in ends]
            bars.append(tube(smooth(sunk, 3), thick, 6))
    return join(*bars)


def bow(thick: float, size: float) -> Solid:
    """The knot of a lace about the origin: two loops and two loose ends."""
    loop = [(0, 0, 0), (0.8, 0.25, 0.1), (1.2, -0.1, 0.3), (0.7, -0.2, 0.3), (0, 0, 0.05)]
    end = [(0, 0, 0), (0.4, -0.1, 0.5), (0.7, -0.5, 0.8)]
    paths = [smooth(np.array(p) * size * (s, 1, 1), 4) for p in (loop, end) for s in (1, -1)]
    return join(*(tube(path, thick, 6) for path in paths))


def heel_block(outline: np.ndarray, length: float, height: float, share: float, slim: float) -> Solid:
    """A heel under the back `share` of the sole that narrows to `slim` of its size on the ground."""
    back = outline[outline[:, 1] < share * length]
    back = back[np.argsort(np.arctan2(back[:, 1] - share * length / 2, back[:, 0]))]
    centre = np.array([0.0, share * length * 0.4])
    shape = [slab(centre + (back - centre) * size, 0.0).vertices[: len(back)] for size in (slim, slim * 1.05, 0.98)]
    heights = (0.0, height * 0.55, height)
    return loft([ring + np.array([0, y, 0]) for ring, y in zip(shape, heights, strict=True)])


def single_or_pair(d: Draw, shoe: Solid, alone: float = 0.6) -> Solid:
    """The shoe as a left or right one, or both of them: side by side, or one turned or fallen on its side."""
    other = opposite(shoe, "x")
    if d.chance(alone):
        one = shoe if d.chance(0.5) else other
        return toppled(d, one, 0.08)
    gap = np.ptp(shoe.vertices[:, 0]) * d(0.52, 0.62)
    turn, ahead = d(-8, 8), d(-0.03, 0.03)
    return join(shoe.at(x=gap), other.turned("y", turn).at(x=-gap, z=ahead))
