"""Things to wipe and dry with: sponge, towel."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import lathe, loft, rod, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join


@category
def towel(d: Draw) -> Solid:
    """Soft cloth: folded, a stack of folded ones, rolled up, hung over a bar, or dropped in a heap."""
    kinds = {"folded towel": _folded, "stack of towels": _stack, "rolled towel": _rolled}
    kinds |= {"hanging towel": _hanging, "crumpled towel": _crumpled}
    return one_of(d, kinds)


def _cloth(path: np.ndarray, thick: float, width: float, ends: float = 0.0, wave: np.ndarray | None = None) -> Solid:
    """A soft sheet along a path (K, 2) in the xy plane, `width` along z, with rounded edges.

    Args:
        path: the middle of the sheet.
        thick: metres.
        width: along z.
        ends: how far one edge runs ahead of the other, metres: sloppily folded.
        wave: (K, 9) metres by which the sheet is pushed along its normal.
    """
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = points(-tangent[:, 1], tangent[:, 0])
    across = np.linspace(-1, 1, 9)
    push = np.zeros((len(path), 9)) if wave is None else wave
    full = thick / 2 * (1 - np.abs(across) ** 8 * 0.7)
    sides = []
    for sign in (1, -1):
        offset = push + sign * full
        xy = path[:, None] + normal[:, None] * offset[..., None] + tangent[:, None] * (across * ends)[None, :, None]
        sides.append(np.concatenate([xy, np.broadcast_to(across * width / 2, offset.shape)[..., None]], axis=-1))
    return loft(np.concatenate([sides[0], sides[1][:, ::-1]], axis=1))


def _folds(length: float, gap: float, layers: int, sag: float) -> np.ndarray:
    """(K, 2) a path that goes to and fro: `layers` runs one above another with round turns."""
    path, level = [], gap / 2
    for k in range(layers):
        ways = [0.0, 0.25, 0.5, 0.75, 1.0] if k % 2 == 0 else [1.0, 0.75, 0.5, 0.25, 0.0]
        path += [((w - 0.5) * length, level + sag * (k / layers) * (2 * w - 1) ** 2 * -1) for w in ways]
        if k < layers - 1:
            out = 0.5 if k % 2 == 0 else -0.5
            path.append((out * length + np.sign(out) * gap * 0.45, level + gap / 2))
        level += gap
    return smooth(path, 3)


def _size(d: Draw) -> tuple[float, float, float]:
    """Length and width of a folded towel, and the thickness of the cloth."""
    length = d(0.14, 0.4)
    return length, length * d(0.5, 1.15), d(0.005, 0.012)


def _striped(d: Draw, cloth: Solid, width: float) -> Solid:
    """Perhaps bands of another colour near the edges or all over."""
    z = cloth.vertices[cloth.faces, 2].mean(axis=1) / width
    choice = d.random()
    if choice < 0.55:
        return cloth
    band = np.abs(np.abs(z) - d(0.25, 0.4)) < 0.06 if choice < 0.8 else np.floor(z * 9) % 2 == 0
    return cloth.painted_where(band, paint(d))


def _one_fold(d: Draw, length: float, width: float, thick: float, layers: int) -> Solid:
    gap = thick * d(1.05, 1.5)
    path = _folds(length, gap, layers, thick * d(0.0, 1.0))
    phase = d.uniform(0, 6, 2)
    wave = 0.12 * thick * np.sin(np.linspace(0, 9, len(path))[:, None] + np.linspace(0, 5, 9) + phase[0])
    cloth = _cloth(path, thick, width, d.normal(0, 0.012) * length, wave)
    return _striped(d, cloth.painted(paint(d)), width)


def _folded(d: Draw) -> Solid:
    """Two to six layers, now and then folded across once more."""
    length, width, thick = _size(d)
    layers = d.count(2, 7)
    cloth = _one_fold(d, length, width, thick, layers)
    if d.chance(0.3):  # a second, smaller cloth on top
        upper = _one_fold(d, length * 0.6, width * 0.6, thick, d.count(1, 4))
        height = np.ptp(cloth.vertices[:, 1])
        return join(cloth.grounded(), upper.grounded().turned("y", d(-15, 15)).at(y=height * 0.97))
    return cloth


def _stack(d: Draw) -> Solid:
    """Two to five folded towels of one size."""
    length, width, thick = _size(d)
    layers, parts, level = d.count(2, 5), [], 0.0
    for _ in range(d.count(2, 6)):
        one = _one_fold(d, length * d(0.95, 1.03), width * d(0.95, 1.03), thick, layers).grounded()
        parts.append(one.turned("y", d.normal(0, 3)).at(d.normal(0, 0.006), level, d.normal(0, 0.006)))
        level += np.ptp(one.vertices[:, 1]) * 0.96
    return join(*parts)


def _rolled(d: Draw) -> Solid:
    """A spiral lying on its side or standing; up to three of them in a pile."""
    width, thick = d(0.15, 0.42), d(0.008, 0.015)
    turns = d(3.2, 5.5)
    angle = np.linspace(0.4, 2 * np.pi * turns, int(14 * turns))
    radius = thick * 0.4 + thick * 1.08 * angle / (2 * np.pi)
    path = points(radius * np.cos(angle), radius * np.sin(angle))

    def roll() -> Solid:
        return _striped(d, _cloth(path, thick, width, d.normal(0, 0.004)).painted(paint(d)), width)

    pose, size = d.random(), 2 * radius[-1]
    if pose < 0.25:
        return roll().turned("x", 90).grounded()
    if pose < 0.75:
        return roll().grounded()
    return join(roll().at(x=-size / 2), roll().at(x=size / 2), roll().at(y=size * 0.85)).grounded()


def _hanging(d: Draw) -> Solid:
    """A sheet in soft pleats over a bar, one end lower than the other."""
    width, long, thick = d(0.25, 0.7), d(0.3, 0.75), d(0.004, 0.01)
    short, bend = long * d(0.45, 1.0), d(0.01, 0.02)
    arch = [(bend * np.cos(a), bend * np.sin(a)) for a in np.linspace(0, np.pi, 9)]
    front = [(bend + 0.01 * d.random(), -y) for y in np.linspace(long, 0.02, 10)]
    back = [(-bend - 0.01 * d.random(), -y) for y in np.linspace(0.02, short, 10)]
    path = np.array(front + arch + back)
    hang = np.clip(-path[:, 1] / long, 0, 1)[:, None]
    wave = hang * d(0.0, 0.025) * np.sin(np.linspace(0, d(4, 12), 9) + d(0, 6))
    narrow = 1 - 0.5 * hang * d(0, 0.25)
    cloth = _cloth(path, thick, width, 0.0, wave)
    grid = cloth.vertices[: len(path) * 18].reshape(len(path), 18, 3)
    grid[..., 2] *= narrow
    vertices = np.concatenate([grid.reshape(-1, 3), cloth.vertices[len(path) * 18 :]])
    hung = _striped(d, cloth.reshaped(vertices).painted(paint(d)), width)
    if d.chance(0.4):
        return hung
    reach, thin = width / 2 + d(0.02, 0.1), bend - thick / 2 - 0.001
    return join(hung, rod((0, 0, -reach), (0, 0, reach), max(thin, 0.003)).painted(metal(d)))


def _crumpled(d: Draw) -> Solid:
    """A cloth as it fell: a low heap of ridges."""
    size, thick = d(0.25, 0.6), d(0.006, 0.012)
    tall, count = size * d(0.12, 0.3), 32
    u, v = np.meshgrid(np.linspace(-1, 1, count), np.linspace(-1, 1, count))
    y = np.zeros_like(u)
    for k in range(5):
        turn, phase, scale = d(0, np.pi), d(0, 6), d(1.5, 4.5)
        along = np.cos(turn) * u + np.sin(turn) * v
        y += (1 - np.abs(np.sin(scale * along + phase + 0.5 * np.sin(2 * u - v)))) ** 1.5 / (k + 1.5)
    edge = np.clip(1.15 - np.hypot(u, v) ** 2 * 0.75, 0.12, 1)
    y = y / y.max() * tall * edge
    pull = 1 - 0.25 * y / tall - 0.15 * np.sin(3 * u + v + d(0, 6))
    x, z = u * size / 2 * pull, v * size * d(0.35, 0.5) * pull
    top = np.stack([x, y + thick, z], -1)
    under = np.stack([x, np.maximum(y - thick * 0.2, 0), z], -1)
    sheet = loft(np.concatenate([top, under[:, ::-1]], axis=1)[::-1])
    return _striped(d, sheet.painted(paint(d)), size)


@category
def sponge(d: Draw) -> Solid:
    """A block with a scouring side, a waisted or plain one, a car or bath sponge, or a natural lump."""
    return one_of(d, {"dish sponge": _dish, "bath sponge": _bath, "natural sponge": _natural})


def pitted(d: Draw, body: Solid, depth: float, scale: float) -> Solid:
    """The body with pores of roughly `scale` metres pressed into it."""
    wave = np.ones(len(body.vertices))
    for _ in range(3):
        wave *= np.sin(body.vertices @ d.normal(0, 1, 3) * 2 * np.pi / scale + d(0, 6))
    centre = body.vertices.mean(axis=0)
    away = body.vertices - centre
    unit = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    return body.reshaped(body.vertices - unit * np.clip(wave, 0, 1)[:, None] * depth)


def _dish(d: Draw) -> Solid:
    """Foam under a thin rough layer; flat, on its side, or turned over."""
    width = d(0.08, 0.13)
    depth, height, waist = width * d(0.5, 0.75), d(0.018, 0.045), d(0.0, 0.2)
    outline = rectangle(width, depth, d(0.003, 0.015))
    dense = np.concatenate(
        [
            a + (b - a) * np.linspace(0, 1, 3, endpoint=False)[:, None]
            for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True)
        ]
    )
    shape = dense * points(np.ones(len(dense)), 1 - waist * np.exp(-((dense[:, 0] / width * 4) ** 2)))
    levels = [(shape * 0.97, 0.0), (shape, height * 0.15), (shape, height * 0.85), (shape * 0.98, height)]
    foam = stacked(levels).painted(paint(d, "yellow", "yellow", "blue", "pink", "green", "orange", "turquoise"))
    parts = [foam]
    if d.chance(0.75):
        pad = stacked([(shape * 0.99, height - 0.001), (shape * 0.99, height + d(0.004, 0.009))])
        parts.append(pad.painted(paint(d, "green", "green", "grey", "black", "blue", "red", "white")))
    whole, pose = join(*parts), d.random()
    return (whole if pose < 0.6 else whole.turned("x", 180 if pose < 0.85 else 90)).grounded()


def _bath(d: Draw) -> Solid:
    """A big soft block with round edges, or in the shape of an 8."""
    length = d(0.12, 0.22)
    width, height = length * d(0.5, 0.7), length * d(0.25, 0.45)
    body = superellipsoid(length, height, width, d(0.45, 0.75)).painted(paint(d))
    pinch = 1 - d.pick(0.0, d(0.15, 0.4)) * np.exp(-((body.vertices[:, 0] / length * 4.5) ** 2))
    body = body.reshaped(body.vertices * points(pinch * 0 + 1, pinch * 0 + 1, pinch))
    return pitted(d, body, 0.004, 0.03).grounded()


def _natural(d: Draw) -> Solid:
    """A yellow-brown lump with a flat foot and large pores."""
    radius = d(0.04, 0.08)
    knots = [(0.0, 0.0), (0.75, 0.02), (1.0, 0.5), (0.95, 0.9), (0.6, 1.25), (0.0, 1.35)]
    body = lathe(np.maximum(smooth(knots, 7), 0) * radius, 56).scaled(1, d(0.7, 1.0), d(0.75, 1.1))
    body = pitted(d, body, radius * 0.15, radius * 0.8)
    return (
        pitted(d, body, radius * 0.1, radius * 0.4).painted(paint(d, "beige", "yellow", "brown", "orange")).grounded()
    )
