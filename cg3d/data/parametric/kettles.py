"""Parametric kettles."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, GREY, metal, paint
from cg3d.data.parametric.primitives import arc, cylinder, lathe, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def kettle(rng: np.random.Generator) -> Mesh:
    """A tall electric jug on its foot, a low one for the stove with a bow over it, or one with a gooseneck."""
    kinds = {"electric kettle": _electric, "stovetop kettle": _stovetop, "gooseneck kettle": _gooseneck}
    return one_of(rng, kinds)


def _body(rng: np.random.Generator, knots: list[tuple[float, float]], radius: float, height: float) -> Mesh:
    profile = smooth(knots, 5) * (radius, height)
    return lathe([(0, 0), *profile, (0, height)])


def _foot(radius: float) -> Mesh:
    """The base that heats, and its cord behind."""
    base = lathe([(0, 0), (radius * 1.08, 0), (radius * 1.1, 0.008), (radius * 1.0, 0.018), (0, 0.018)])
    cord = smooth([(-radius, 0.006, 0), (-radius * 1.5, 0.004, 0.02), (-radius * 1.9, 0.004, -0.03)], 5)
    return join([base, tube(cord, 0.0035, segments=8)]).painted(BLACK)


def _side_handle(rng: np.random.Generator, radius: float, top: float, height: float) -> Mesh:
    """A big loop behind, closed or open below."""
    reach, thick = radius * rng.uniform(0.65, 0.95), rng.uniform(0.009, 0.013)
    knots = [(-top * 0.85, height * 0.97), (-top - reach * 0.6, height * 1.0), (-radius - reach, height * 0.78)]
    knots += [(-radius - reach * rng.uniform(0.6, 0.95), height * 0.35)]
    if rng.random() < 0.65:
        knots += [(-radius * 0.92, height * rng.uniform(0.1, 0.2))]
    path = smooth([(x, y, 0) for x, y in knots], 6)
    return tube(path, thick, flatten=rng.uniform(1.0, 1.5))


def _electric(rng: np.random.Generator) -> Mesh:
    radius = rng.uniform(0.065, 0.085)
    height, top = radius * rng.uniform(2.1, 3.1), rng.uniform(0.6, 0.92)
    rgb, dark = (metal(rng) if rng.random() < 0.6 else paint(rng)), paint(rng, ("black", "black", "grey", "white"))
    belly = rng.uniform(0.98, 1.06)
    body = _body(
        rng, [(0.96, 0.0), (belly, 0.12), (0.5 + top * 0.52, 0.6), (top, 0.95), (top * 0.97, 1.0)], radius, height
    )
    lip = radius * top
    beak = tube(
        [(lip * 0.5, height * 0.84, 0), (lip * 1.0, height * 0.93, 0), (lip * 1.3, height * 1.0, 0)],
        [lip * 0.3, lip * 0.27, lip * 0.16],
    )
    lid = lathe([(0, 0), (lip * 0.95, 0), (lip * 0.85, lip * 0.12), (0, lip * 0.2)]).at(y=height * 0.995)
    knob = superellipsoid(lip * 0.4, lip * 0.25, lip * 0.3, 0.4).at(y=height + lip * 0.12)
    pieces = [body.painted(rgb), beak.painted(rgb), join([lid, knob]).painted(dark if rng.random() < 0.6 else rgb)]
    pieces.append(_side_handle(rng, radius, lip, height).painted(dark))
    if rng.random() < 0.5:
        gauge = superellipsoid(0.012, height * 0.4, 0.022, 0.6).at(x=radius * 0.05, y=height * 0.25, z=radius * 0.93)
        pieces.append(gauge.painted(GREY))
    whole = join(pieces)
    return join([_foot(radius), whole.at(y=0.017)]) if rng.random() < 0.75 else whole


def _short_spout(rng: np.random.Generator, radius: float, height: float) -> Mesh:
    tip = height * rng.uniform(0.95, 1.15)
    path = smooth([(radius * 0.75, height * 0.45, 0), (radius * 1.12, height * 0.75, 0), (radius * 1.4, tip, 0)], 5)
    thick = radius * rng.uniform(0.16, 0.24)
    return tube(path, np.linspace(thick * 1.25, thick * 0.65, len(path)))


def _stovetop(rng: np.random.Generator) -> Mesh:
    """A wide dome or cone, its handle from the front to the back over the lid."""
    radius = rng.uniform(0.085, 0.12)
    height, rgb = radius * rng.uniform(0.95, 1.5), metal(rng) if rng.random() < 0.45 else paint(rng)
    shape = rng.choice(3)
    knots = [
        [(0.95, 0.0), (1.0, 0.15), (0.85, 0.6), (0.5, 0.95), (0.35, 1.0)],
        [(0.97, 0.0), (1.0, 0.06), (0.7, 0.55), (0.42, 0.97), (0.38, 1.0)],
        [(0.75, 0.0), (1.0, 0.35), (0.95, 0.6), (0.55, 0.95), (0.4, 1.0)],
    ][shape]
    lid = lathe([(0, 0), (radius * 0.42, 0), (radius * 0.3, radius * 0.08), (0, radius * 0.1)]).at(y=height * 0.99)
    knob = superellipsoid(*(radius * rng.uniform(0.18, 0.26),) * 3).at(y=height + radius * 0.08)
    rise, half = radius * rng.uniform(0.75, 1.1), radius * rng.uniform(0.55, 0.75)
    bow = np.add(arc(half, rise, -8, 188, 21), (0, height * 0.8, 0))
    grip, dark = bow[5:16], BLACK if rng.random() < 0.6 else paint(rng)
    handle = join([tube(bow, 0.0045).painted(metal(rng)), tube(grip, 0.011, flatten=1.2).painted(dark)])
    parts = [_body(rng, knots, radius, height).painted(rgb), lid.painted(rgb), knob.painted(dark), handle]
    return join([*parts, _short_spout(rng, radius, height).painted(rgb)])


def _gooseneck(rng: np.random.Generator) -> Mesh:
    """A cone with a long thin spout from its foot, and an open handle."""
    radius = rng.uniform(0.06, 0.08)
    height, rgb = radius * rng.uniform(1.6, 2.1), metal(rng) if rng.random() < 0.7 else paint(rng)
    body = _body(rng, [(1.0, 0.0), (1.0, 0.05), (0.82, 0.5), (0.66, 0.96), (0.6, 1.0)], radius, height).painted(rgb)
    neck = [(0.85, 0.15), (1.35, 0.25), (1.5, 0.6), (1.75, 0.95), (2.05, 0.98)]
    path = smooth([(x * radius, y * height, 0) for x, y in neck], 6)
    spout = tube(path, np.linspace(0.011, 0.0055, len(path))).painted(rgb)
    lid = lathe([(0, 0), (radius * 0.62, 0), (radius * 0.5, 0.008), (0, 0.012)]).at(y=height)
    knob = join([cylinder(0.005, 0.02), superellipsoid(0.025, 0.014, 0.025).at(y=0.014)]).at(y=height + 0.008)
    handle = _side_handle(rng, radius, radius * 0.62, height).painted(BLACK)
    whole = join([body, spout, lid.painted(rgb), knob.painted(BLACK), handle])
    return join([_foot(radius), whole.at(y=0.017)]) if rng.random() < 0.5 else whole
