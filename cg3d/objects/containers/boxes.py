"""Packages of board, paper and foil: box, carton, tube."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint, wood
from cg3d.objects.shapes.primitives import box as block
from cg3d.objects.shapes.primitives import cylinder, loft, stacked, superellipsoid
from cg3d.objects.shapes.printing import gridded, printed
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.round_bodies import fluted
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def box(d: Draw) -> Solid:
    """A cardboard box, taped shut or with open flaps, a box with a lid, an open crate, or what shops sell things in."""
    kinds = {
        "closed cardboard box": taped_box,
        "open cardboard box": open_box,
        "shoe box": _lidded,
        "wooden crate": _crate,
    }
    kinds |= {"cereal box": upright_carton, "multipack box": _multipack, "product box": _product}
    return one_of(d, kinds)


def _size(d: Draw) -> tuple[float, float, float]:
    width = d(0.15, 0.6)
    return width, width * d(0.35, 1.0), width * d(0.5, 1.0)


def cardboard(d: Draw) -> np.ndarray:
    return paint(d, "beige", "beige", "brown", "white")


def taped_box(d: Draw) -> Solid:
    width, height, depth = _size(d)
    card = cardboard(d)
    halves = mirrored(block(width, 0.004, depth / 2 - 0.003).at(y=height, z=depth / 4 + 0.001), "z").painted(card)
    strip = d(0.04, 0.06)
    tape = block(width + 0.003, 0.002, strip).at(y=height + 0.004)
    ends = mirrored(block(0.002, height * d(0.15, 0.4), strip).at(x=width / 2 + 0.001), "x")
    drop = height + 0.006 - ends.vertices[:, 1].max()
    tapes = join(tape, ends.at(y=drop)).painted(paint(d, "brown", "beige", "white", "grey"))
    parts = [block(width, height, depth).painted(card), halves, tapes]
    if d.chance(0.5):
        label = block(width * 0.35, height * 0.35, 0.002).at(x=-width * 0.2, y=height * 0.4, z=depth / 2 + 0.001)
        parts.append(label.painted(paint(d, "white", "yellow", "blue", "red")))
    return join(*parts)


def upright_carton(d: Draw) -> Solid:
    """Tall and flat: cereals, crackers, rice; standing, or lying on its back."""
    width = d(0.11, 0.24)
    carton = printed_carton(d, width, width * d(1.25, 1.8), width * d(0.2, 0.5))
    return carton if d.chance(0.65) else carton.turned("x", -90).grounded()


def _multipack(d: Draw) -> Solid:
    """Long, as cans are sold by the dozen."""
    width = d(0.24, 0.45)
    return printed_carton(d, width, width * d(0.25, 0.45), width * d(0.35, 0.6))


def _product(d: Draw) -> Solid:
    """Of any proportions: tea, pudding, a gift, a game."""
    longest = d(0.15, 0.4)
    edges = longest * np.array([1.0, *np.exp(d.uniform(np.log(0.12), 0.0, 2))])
    return printed_carton(d, *d.permutation(edges))


def printed_carton(d: Draw, width: float, height: float, depth: float) -> Solid:
    """A closed carton, in one colour with a panel of another on its front, and the edge of the flap that closes it."""
    ground, print_ = paint(d), paint(d)
    panel = block(width * d(0.4, 0.9), height * d(0.2, 0.7), 0.001)
    flap = block(width * 0.98, 0.0015, depth * d(0.5, 0.95))
    parts = [block(width, height, depth).painted(ground)]
    parts += [panel.at(y=height * d(0.1, 0.25), z=depth / 2 + 0.0005).painted(print_)]
    parts += [flap.at(y=height).painted(ground)]
    return join(*parts)


def tub(width: float, height: float, depth: float, wall: float) -> Solid:
    """A rectangular open box."""
    outer, inner = rectangle(width, depth), rectangle(width - 2 * wall, depth - 2 * wall)
    return stacked([(outer, 0.0), (outer, height), (inner, height), (inner, wall)])


def open_box(d: Draw) -> Solid:
    width, height, depth = _size(d)
    card, thick = cardboard(d), 0.004
    parts = [tub(width, height, depth, thick)]
    for side in range(4):
        across, reach, out = (width, depth / 2, depth / 2) if side % 2 == 0 else (depth, depth / 2, width / 2)
        flap = block(across * 0.97, thick, reach).at(z=reach / 2).turned("x", d(-65, 55))
        parts.append(flap.at(y=height, z=out).turned("y", 90 * side))
    return join(*parts).painted(card)


def _lidded(d: Draw) -> Solid:
    """A low box with a lid that lies on it, is turned up at the back, or leans beside it."""
    width, height, depth = d(0.2, 0.36), d(0.09, 0.16), d(0.15, 0.24)
    body, cover = paint(d), paint(d)
    rim = height * d(0.18, 0.45)
    lid = tub(width + 0.008, rim, depth + 0.008, 0.003).turned("x", 180).at(y=rim)
    if d.chance(0.55):
        lid = lid.at(y=height - rim + 0.004)
    else:
        lid = lid.at(z=depth / 2).turned("x", -d(50, 110)).at(y=height, z=-depth / 2 - 0.004)
    return join(tub(width, height, depth, 0.003).painted(body), lid.painted(cover if d.chance(0.5) else body))


def _crate(d: Draw) -> Solid:
    """Boards with gaps between them, nailed to corner posts."""
    width, height, depth = d(0.35, 0.7), d(0.22, 0.5), d(0.3, 0.5)
    rows, board, rgb = d.count(2, 5), 0.014, wood(d)
    pitch = height / rows
    size = pitch * d(0.7, 0.88)
    parts = []
    for k in range(rows):
        long = block(width, size, board).at(y=k * pitch + 0.01, z=depth / 2)
        short = block(board, size, depth).at(x=width / 2, y=k * pitch + 0.01)
        parts += [mirrored(long, "z"), mirrored(short)]
    post = block(0.03, height, 0.03).at(x=width / 2 - 0.02, z=depth / 2 - 0.02)
    parts.append(mirrored(mirrored(post), "z"))
    parts += [block(width, board, depth / 5.5).at(y=0.012, z=z) for z in np.linspace(-0.4, 0.4, 5) * depth]
    if d.chance(0.35):
        parts += [block(width, board, depth / 5.2).at(y=height, z=z) for z in np.linspace(-0.4, 0.4, 5) * depth]
    return join(*parts).painted(rgb)


@category
def carton(d: Draw) -> Solid:
    """A drink in coated paper: with a gable top, a flat brick, a small one with a straw, or an egg box."""
    kinds = {"milk carton": _gable, "juice carton": _brick, "juice box": _small_brick, "egg carton": _eggs}
    return one_of(d, kinds)


def _gable(d: Draw) -> Solid:
    """A square body, a roof of two slopes and a fin along the ridge; perhaps a screw cap on one slope."""
    width = d.pick(d(0.055, 0.075), d(0.08, 0.1))
    height, roof, depth = width * d(1.3, 2.7), width * d(0.4, 0.6), width * d(0.92, 1.0)
    rgb = paint(d, "white", "white", "blue", "green", "red", "orange", "yellow")
    body = printed(d, gridded(width, height, depth).painted(rgb))
    fin = d(0.014, 0.024)
    base, ridge = rectangle(width, depth), rectangle(width, 0.004)
    gable = rectangle(width * 0.98, 0.006)
    top = [(base, height), (gable, height + roof), (ridge, height + roof), (ridge, height + roof + fin)]
    slope = stacked(top).painted(paint(d) if d.chance(0.4) else rgb)
    tucked = slope.vertices.copy()  # the triangular ends fold inwards
    ends = (tucked[:, 1] > height + roof * 0.9) & (tucked[:, 1] < height + roof * 1.001)
    tucked[ends, 0] *= 0.9
    parts = [body, slope.reshaped(tucked)]
    if d.chance(0.6):
        cap = cylinder(width * 0.17, 0.016, segments=20).turned("x", np.degrees(np.arctan2(roof, depth / 2)))
        parts.append(cap.at(y=height + roof * 0.5, z=depth * 0.24).painted(paint(d)))
    return toppled(d, join(*parts), 0.15, "x", -90)


def _brick(d: Draw) -> Solid:
    """A tall block with a flat or slanted top and a screw cap."""
    width = d(0.06, 0.1)
    height, depth = width * d(1.9, 2.8), width * d(0.6, 1.0)
    slant = depth * d.pick(0.0, d(0.15, 0.45))
    body = gridded(width, height, depth)
    over = np.clip((body.vertices[:, 1] / height - 0.8) / 0.2, 0, 1) * (body.vertices[:, 2] / depth + 0.5)
    body = body.reshaped(body.vertices - np.outer(over * slant, (0, 1, 0)))
    body = printed(d, body.painted(paint(d)), 4)
    cap = fluted(np.array([(0, 0), (0.013, 0), (0.013, 0.013), (0, 0.014)]) * d(0.9, 1.3), 16, 0.05)
    lid = cap.turned("x", np.degrees(np.arctan2(slant, depth))).at(y=height - slant * 0.65 - 0.002, z=depth * 0.15)
    return toppled(d, join(body, lid.painted(paint(d))), 0.15, "x", -90)


def _small_brick(d: Draw) -> Solid:
    """A portion with a straw through its top or glued to its side, and folded ears."""
    width = d(0.042, 0.062)
    height, depth = width * d(1.7, 2.5), width * d(0.6, 0.8)
    parts = [printed(d, gridded(width, height, depth, 8).painted(paint(d)), 4)]
    straw = paint(d, "white", "yellow", "red", "green")
    if d.chance(0.6):
        tip = height * d(0.25, 0.5)
        up = cylinder(0.0022, tip, segments=10).turned("z", d(-15, 15))
        parts.append(up.at(x=width * 0.25, y=height - 0.004).painted(straw))
    else:
        piece = cylinder(0.0025, height * 0.9, segments=10).turned("z", 25).at(width * 0.2, height * 0.06, -depth / 2)
        parts.append(piece.painted(straw))
    return toppled(d, join(*parts), 0.15, "x", -90)


def _eggs(d: Draw) -> Solid:
    """Two rows of cups; open with eggs in them, or under a lid with flattened knobs."""
    count, pitch = d.pick(3, 4, 5, 6), d(0.046, 0.052)
    card = paint(d, "grey", "grey", "beige", "white", "green", "blue")
    places = [(x, z) for x in (np.arange(count) - (count - 1) / 2) * pitch for z in (-pitch / 2, pitch / 2)]
    width, depth = count * pitch + 0.01, 2 * pitch + 0.01
    cup = cylinder(pitch * 0.33, 0.036, pitch * 0.52, 14)
    rim = block(width, 0.004, depth).at(y=0.034)
    parts = [*(cup.at(x=x, z=z) for x, z in places), rim]
    if d.chance(0.5):
        levels = [(rectangle(width, depth, 0.01), 0.038), (rectangle(width * 0.94, depth * 0.85, 0.01), 0.068)]
        levels += [(rectangle(width * 0.9, depth * 0.75, 0.01), 0.07)]
        lid = stacked(levels)
        return printed(d, join(*parts, lid).painted(card), 2)
    shell = paint(d, "white", "beige", "brown")
    egg = superellipsoid(0.042, 0.055, 0.042)
    parts = [join(*parts).painted(card), *(egg.at(x, 0.018, z).painted(shell) for x, z in places if d.chance(0.85))]
    cover = [(rectangle(width, depth, 0.01), 0.0), (rectangle(width * 0.94, depth * 0.85, 0.01), 0.032)]
    cover += [(rectangle(width * 0.92, depth * 0.83, 0.01), 0.032)]
    cover += [(rectangle(width * 0.97, depth * 0.96, 0.01), 0.003)]
    flap = stacked([*cover[:2], *cover[2:]]).at(z=depth / 2).turned("x", -d(95, 130)).at(y=0.036, z=-depth / 2)
    return join(*parts, flap.painted(card))


@category
def tube(d: Draw) -> Solid:
    """Toothpaste or cream: round and capped at one end, pressed flat at the other; lying, or standing on its cap."""
    length, radius = d(0.08, 0.2), d(0.012, 0.027)
    around, steps = 32, np.linspace(0, 1, 18)
    angle = -np.arange(around) * 2 * np.pi / around
    used = d.pick(0.0, d(0.2, 0.8))  # paste that has been squeezed out leaves it flat
    flat = (1 - steps) ** d(0.5, 0.9) * (1 - used * np.sin(np.pi * steps) ** 2 * 0.6)
    flat[-3:] = np.minimum(flat[-3:], [0.06, 0.05, 0.05])
    wide = radius * (1 + (np.pi / 2 - 1) * np.clip(1 - flat, 0, 1) * d(0.75, 1.0))
    y = steps * length
    bend = d.normal(0, 0.03) * length * steps**2
    rings = [
        points(w * np.cos(angle), at, np.maximum(radius * f, 0.0012) * np.sin(angle) + b)
        for w, f, at, b in zip(wide, flat, y, bend, strict=True)
    ]
    shoulder = points(radius * 0.5 * np.cos(angle), -radius * 0.35, radius * 0.5 * np.sin(angle))
    rgb = paint(d, "white", "white", "blue", "red", "green", "grey", "turquoise", "orange")
    body = loft([shoulder, *rings]).painted(rgb)
    for _ in range(d.count(1, 3)):
        low = d(0.1, 0.7) * length
        body = body.banded(low, low + d(0.1, 0.4) * length, paint(d))
    wide_cap = d(0.4, 1.0) * radius
    tall = d(0.012, 0.03)
    cap = fluted(
        np.array([(0, 0), (wide_cap, 0), (max(wide_cap * 0.95, radius * 0.45), tall), (0, tall)]), d.pick(0, 16), 0.05
    )
    whole = join(body, cap.at(y=-radius * 0.3 - tall).painted(paint(d, "white", "white", "red", "blue", "black")))
    if wide_cap > radius * 0.75 and d.chance(0.5):
        return whole.grounded()
    return whole.turned("x", 90).grounded().turned("y", d(0, 360))
