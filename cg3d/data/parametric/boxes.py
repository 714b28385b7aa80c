"""Parametric boxes and crates."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint, wood
from cg3d.data.parametric.primitives import box as block
from cg3d.data.parametric.primitives import rectangle, stacked
from cg3d.data.parametric.variants import one_of


def box(rng: np.random.Generator) -> Mesh:
    """A cardboard box, taped shut or with open flaps, a box with a lid, an open crate, or what shops sell things in."""
    kinds = {
        "closed cardboard box": _taped,
        "open cardboard box": _flaps,
        "shoe box": _lidded,
        "wooden crate": _crate,
        "cereal box": _cereal,
        "multipack box": _multipack,
        "product box": _product,
    }
    return one_of(rng, kinds)


def _size(rng: np.random.Generator) -> tuple[float, float, float]:
    width = rng.uniform(0.15, 0.6)
    return width, width * rng.uniform(0.35, 1.0), width * rng.uniform(0.5, 1.0)


def _cardboard(rng: np.random.Generator) -> np.ndarray:
    return paint(rng, ("beige", "beige", "brown", "white"))


def _taped(rng: np.random.Generator) -> Mesh:
    width, height, depth = _size(rng)
    card = _cardboard(rng)
    halves = mirrored(block(width, 0.004, depth / 2 - 0.003).at(y=height, z=depth / 4 + 0.001), "z").painted(card)
    strip = rng.uniform(0.04, 0.06)
    tape = block(width + 0.003, 0.002, strip).at(y=height + 0.004)
    ends = mirrored(block(0.002, height * rng.uniform(0.15, 0.4), strip).at(x=width / 2 + 0.001), "x")
    drop = height + 0.006 - ends.vertices[:, 1].max()
    tapes = join([tape, ends.at(y=drop)]).painted(paint(rng, ("brown", "beige", "white", "grey")))
    parts = [block(width, height, depth).painted(card), halves, tapes]
    if rng.random() < 0.5:
        label = block(width * 0.35, height * 0.35, 0.002).at(x=-width * 0.2, y=height * 0.4, z=depth / 2 + 0.001)
        parts.append(label.painted(paint(rng, ("white", "yellow", "blue", "red"))))
    return join(parts)


def _cereal(rng: np.random.Generator) -> Mesh:
    """Tall and flat: cereals, crackers, rice; standing, or lying on its back."""
    width = rng.uniform(0.11, 0.24)
    carton = _printed(rng, width, width * rng.uniform(1.25, 1.8), width * rng.uniform(0.2, 0.5))
    return carton if rng.random() < 0.65 else carton.turned("x", -90).grounded()


def _multipack(rng: np.random.Generator) -> Mesh:
    """Long, as cans are sold by the dozen."""
    width = rng.uniform(0.24, 0.45)
    return _printed(rng, width, width * rng.uniform(0.25, 0.45), width * rng.uniform(0.35, 0.6))


def _product(rng: np.random.Generator) -> Mesh:
    """Of any proportions: tea, pudding, a gift, a game."""
    longest = rng.uniform(0.15, 0.4)
    edges = longest * np.array([1.0, *np.exp(rng.uniform(np.log(0.12), 0.0, 2))])
    return _printed(rng, *rng.permutation(edges))


def _printed(rng: np.random.Generator, width: float, height: float, depth: float) -> Mesh:
    """A closed carton, in one colour with a panel of another on its front, and the edge of the flap that closes it."""
    ground, print_ = paint(rng), paint(rng)
    panel = block(width * rng.uniform(0.4, 0.9), height * rng.uniform(0.2, 0.7), 0.001)
    flap = block(width * 0.98, 0.0015, depth * rng.uniform(0.5, 0.95))
    parts = [
        block(width, height, depth).painted(ground),
        panel.at(y=height * rng.uniform(0.1, 0.25), z=depth / 2 + 0.0005).painted(print_),
        flap.at(y=height).painted(ground),
    ]
    return join(parts)


def _tub(width: float, height: float, depth: float, wall: float) -> Mesh:
    """A rectangular open box."""
    outer, inner = rectangle(width, depth), rectangle(width - 2 * wall, depth - 2 * wall)
    return stacked([(outer, 0.0), (outer, height), (inner, height), (inner, wall)])


def _flaps(rng: np.random.Generator) -> Mesh:
    width, height, depth = _size(rng)
    card, thick = _cardboard(rng), 0.004
    parts = [_tub(width, height, depth, thick)]
    for side in range(4):
        across, reach, out = (width, depth / 2, depth / 2) if side % 2 == 0 else (depth, depth / 2, width / 2)
        flap = block(across * 0.97, thick, reach).at(z=reach / 2).turned("x", rng.uniform(-65, 55))
        parts.append(flap.at(y=height, z=out).turned("y", 90 * side))
    return join(parts).painted(card)


def _lidded(rng: np.random.Generator) -> Mesh:
    """A low box with a lid that lies on it, is turned up at the back, or leans beside it."""
    width, height, depth = rng.uniform(0.2, 0.36), rng.uniform(0.09, 0.16), rng.uniform(0.15, 0.24)
    body, cover = paint(rng), paint(rng)
    rim = height * rng.uniform(0.18, 0.45)
    lid = _tub(width + 0.008, rim, depth + 0.008, 0.003).turned("x", 180).at(y=rim)
    if rng.random() < 0.55:
        lid = lid.at(y=height - rim + 0.004)
    else:
        lid = lid.at(z=depth / 2).turned("x", -rng.uniform(50, 110)).at(y=height, z=-depth / 2 - 0.004)
    return join([_tub(width, height, depth, 0.003).painted(body), lid.painted(cover if rng.random() < 0.5 else body)])


def _crate(rng: np.random.Generator) -> Mesh:
    """Boards with gaps between them, nailed to corner posts."""
    width, height, depth = rng.uniform(0.35, 0.7), rng.uniform(0.22, 0.5), rng.uniform(0.3, 0.5)
    rows, board, rgb = int(rng.integers(2, 5)), 0.014, wood(rng)
    pitch = height / rows
    size = pitch * rng.uniform(0.7, 0.88)
    parts = []
    for k in range(rows):
        long = block(width, size, board).at(y=k * pitch + 0.01, z=depth / 2)
        short = block(board, size, depth).at(x=width / 2, y=k * pitch + 0.01)
        parts += [mirrored(long, "z"), mirrored(short)]
    post = block(0.03, height, 0.03).at(x=width / 2 - 0.02, z=depth / 2 - 0.02)
    parts.append(mirrored(mirrored(post), "z"))
    parts += [block(width, board, depth / 5.5).at(y=0.012, z=z) for z in np.linspace(-0.4, 0.4, 5) * depth]
    if rng.random() < 0.35:
        parts += [block(width, board, depth / 5.2).at(y=height, z=z) for z in np.linspace(-0.4, 0.4, 5) * depth]
    return join(parts).painted(rgb)
