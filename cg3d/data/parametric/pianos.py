"""Parametric pianos."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, WHITE, paint, wood
from cg3d.data.parametric.primitives import box, rod, slab, smooth, superellipsoid
from cg3d.data.parametric.seats import legs
from cg3d.data.parametric.variants import one_of


def piano(rng: np.random.Generator) -> Mesh:
    """A grand piano, an upright one, or a keyboard on a stand; sometimes with its bench."""
    whole = one_of(rng, {"grand piano": _grand, "upright piano": _upright, "digital piano": _digital})
    if rng.random() < 0.3:
        width, depth, height = rng.uniform(0.55, 0.75), 0.34, 0.48
        seat = superellipsoid(width, 0.07, depth, 0.85).at(y=height - 0.05).painted(BLACK)
        feet = join(legs(width - 0.08, depth - 0.08, height - 0.02, 0.022, 0.0, True)).painted(whole.face_rgb[0])
        front = whole.vertices[:, 2].max()
        return join([whole, join([seat, feet]).at(z=front + 0.2)]).called(whole.kind)
    return whole


def _finish(rng: np.random.Generator) -> np.ndarray:
    return BLACK if rng.random() < 0.4 else wood(rng)


def _keyboard(width: float, octaves: int) -> Mesh:
    """White and black keys along x, their fronts at z = 0 and their tops at y = 0.02."""
    count = 7 * octaves
    pitch = width / count
    white = [box(pitch * 0.9, 0.02, 0.14).at(x=(k - (count - 1) / 2) * pitch, z=-0.07) for k in range(count)]
    black = [
        box(pitch * 0.55, 0.014, 0.09).at(x=(k - (count - 2) / 2) * pitch, y=0.018, z=-0.095)
        for k in range(count - 1)
        if k % 7 not in (2, 6)
    ]
    return join([join(white).painted(WHITE), join(black).painted(BLACK)])


def _upright(rng: np.random.Generator) -> Mesh:
    """A tall case with the keys on a shelf in front, a music rest and pedals."""
    width, height, depth = rng.uniform(1.4, 1.55), rng.uniform(1.05, 1.35), rng.uniform(0.32, 0.42)
    rgb, shelf, level = _finish(rng), rng.uniform(0.2, 0.26), rng.uniform(0.62, 0.68)
    parts = [
        box(width, height, depth),
        box(width + 0.04, 0.03, depth + 0.04).at(y=height),
        box(width, 0.1, shelf).at(y=level - 0.1, z=(depth + shelf) / 2),
    ]
    cheek = mirrored(box(0.06, 0.16, shelf).at(x=width / 2 - 0.03, y=level - 0.06, z=(depth + shelf) / 2))
    if rng.random() < 0.7:
        parts.append(mirrored(box(0.07, level - 0.08, 0.07).at(x=width / 2 - 0.05, z=depth / 2 + shelf - 0.06)))
    rest = box(width * 0.5, 0.2, 0.015).turned("x", -12).at(y=level + 0.15, z=depth / 2 + 0.04)
    panel = box(width * 0.85, height * 0.3, 0.012).at(y=height * 0.12, z=depth / 2)
    keys = _keyboard(width - 0.14, 7).at(y=level, z=depth / 2 + shelf - 0.02)
    pedals = [box(0.03, 0.015, 0.12).at(x=x, y=0.04, z=depth / 2 + 0.05) for x in (-0.08, 0.0, 0.08)]
    return join(
        [join([*parts, cheek, rest, panel]).painted(rgb), keys, join(pedals).painted(paint(rng, ("yellow", "grey")))]
    )


def _grand(rng: np.random.Generator) -> Mesh:
    """A wing-shaped case on three legs with its lid shut or propped up at the bass side, -x."""
    width, length = rng.uniform(1.4, 1.55), rng.uniform(1.5, 2.4)
    rgb, case, level, thick = _finish(rng), 0.3, rng.uniform(0.6, 0.68), 0.025
    wing = _wing_outline(width, length)
    rim = slab(wing, case).at(y=level)
    lid = (
        slab(wing, thick)
        .at(x=width / 2)
        .turned("z", rng.choice([0.0, rng.uniform(25, 40)]))
        .at(x=-width / 2, y=level + case + 0.005)
    )
    shelf = box(width, 0.12, 0.26).at(y=level, z=0.13)
    cheeks = mirrored(box(0.07, 0.22, 0.26).at(x=width / 2 - 0.035, y=level, z=0.13))
    rest = box(width * 0.5, 0.24, 0.015).turned("x", -15).at(y=level + case, z=-0.12)
    keys = _keyboard(width - 0.15, 7).at(y=level + 0.12, z=0.25)
    parts = [rim, lid, shelf, cheeks, rest]
    if lid.vertices[:, 1].max() > level + case + 0.2:
        parts.append(rod((width * 0.38, level + case, -0.5), (width * 0.22, level + case + 0.42, -0.5), 0.012))
    foot = [(-width * 0.4, 0.05), (width * 0.4, 0.05), (-width * 0.25, -length * 0.78)]
    parts += [rod((x, 0.02, z), (x, level + 0.05, z), 0.035, 0.06) for x, z in foot]
    lyre = [mirrored(rod((0.06, 0.08, 0.0), (0.1, level + 0.05, 0.0), 0.014)), box(0.3, 0.05, 0.1).at(y=0.06)]
    pedals = [box(0.03, 0.015, 0.12).at(x=x, y=0.07, z=0.1) for x in (-0.08, 0.0, 0.08)]
    return join([join([*parts, *lyre]).painted(rgb), keys, join(pedals).painted(paint(rng, ("yellow", "grey")))])


def _wing_outline(width: float, length: float) -> np.ndarray:
    """(K, 2) x and z of a grand's case, anticlockwise: straight along -x, keys at z = 0, the tail at z = -`length`."""
    bend = [
        (0.5, 0.0),
        (0.5, -0.3),
        (0.32, -0.52),
        (0.1, -0.72),
        (0.02, -0.9),
        (-0.14, -0.99),
        (-0.32, -1.0),
        (-0.46, -0.95),
        (-0.5, -0.85),
    ]
    curve = smooth(np.array(bend), 4)
    outline = np.concatenate([[(-0.5, 0.0)], curve]) * (width, length)
    return outline[::-1]


def _digital(rng: np.random.Generator) -> Mesh:
    """A slim keyboard on crossed legs or on a frame."""
    width, octaves = rng.choice([(0.9, 5), (1.1, 6), (1.35, 7)])
    level, rgb, depth = (
        rng.uniform(0.65, 0.8),
        paint(rng, ("black", "white", "grey", "red", "brown")),
        rng.uniform(0.26, 0.32),
    )
    parts = [box(width, 0.07, depth).at(y=level), box(width, 0.05, depth - 0.15).at(y=level + 0.06, z=-0.075)]
    keys = _keyboard(width - 0.08, int(octaves)).at(y=level + 0.065, z=depth / 2 - 0.005)
    buttons = [box(0.03, 0.008, 0.012).at(x=x, y=level + 0.108, z=-0.05) for x in np.linspace(-0.4, 0.4, 12) * width]
    if rng.random() < 0.6:
        cross = join([rod((-0.35, 0.015, 0), (0.35, level, 0), 0.016), rod((0.35, 0.015, 0), (-0.35, level, 0), 0.016)])
        stand = join(
            [
                mirrored(cross.at(z=depth * 0.35), "z"),
                mirrored(rod((0.35, level - 0.015, -depth / 2), (0.35, level - 0.015, depth / 2), 0.014)),
            ]
        )
    else:
        side = join([box(0.03, level, depth * 0.6), box(0.04, 0.03, depth * 1.3)])
        stand = join(
            [mirrored(side.at(x=width / 2 - 0.06)), box(width - 0.1, level * 0.3, 0.02).at(y=level * 0.35, z=-0.05)]
        )
    return join(
        [
            join(parts).painted(rgb),
            keys,
            join(buttons).painted(paint(rng)),
            stand.painted(paint(rng, ("black", "grey", "white", "brown"))),
        ]
    )
