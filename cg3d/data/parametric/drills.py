"""Parametric power drills."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, GREY, paint
from cg3d.data.parametric.primitives import lathe, rod, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def drill(rng: np.random.Generator) -> Mesh:
    """A pistol with a chuck towards +x: on its battery or with a cord, bitted or not; standing or lying on a side."""
    kinds = {"cordless drill": _cordless, "corded drill": _corded}
    whole = one_of(rng, {"cordless drill": _cordless} if rng.random() < 0.6 else kinds)
    lying = rng.random() < (0.4 if whole.kind == "cordless drill" else 0.85)
    return (whole.turned("x", float(rng.choice([90, -90]))) if lying else whole).grounded()


def _motor(rng: np.random.Generator, radius: float, length: float, rgb: np.ndarray) -> Mesh:
    """The housing along x from behind the grip to the chuck, stepped or smooth, about y = 0, and its collar."""
    nose = rng.uniform(0.7, 0.95)
    knots = [(0.55, 0.0), (0.92, 0.04), (1.0, 0.25), (0.97, 0.55), (nose, 0.8), (nose * 0.85, 1.0)]
    shell = smooth(knots, 4) * (radius, length)
    body = lathe([(0, 0), *shell, (0, length)], 28).turned("z", -90).scaled(y=rng.uniform(1.0, 1.25)).painted(rgb)
    at = length * rng.uniform(0.7, 0.85)
    collar = lathe([(0, 0), (radius * 0.93, 0), (radius * 0.88, length * 0.14), (0, length * 0.14)], 28).turned(
        "z", -90
    )
    return join([body, collar.at(x=at).painted(BLACK)])


def _chuck(rng: np.random.Generator, radius: float) -> Mesh:
    """A ribbed sleeve that tapers to the jaws, from x = 0 on, often with a bit."""
    length = radius * rng.uniform(1.5, 2.4)
    angle = np.arange(36) * np.pi / 18
    sleeve = [(0.85, 0), (1.0, 0.08), (1.0, 0.5), (0.85, 0.6), (0.5, 0.92), (0.38, 1.0)]
    body = lathe([(0, 0), *(np.array(sleeve) * (radius, length)), (0, length)], len(angle)).turned("z", -90)
    parts = [body.painted(BLACK if rng.random() < 0.75 else GREY)]
    if rng.random() < 0.55:
        reach, thin = rng.uniform(0.02, 0.1), rng.uniform(0.0018, 0.005)
        parts.append(rod((length * 0.9, 0, 0), (length + reach, 0, 0), thin, thin * 0.7).painted(GREY))
    return join(parts)


def _grip(rng: np.random.Generator, top: float, foot: tuple[float, float], thick: float) -> tuple[Mesh, Mesh]:
    """The handle from x = `top` under the motor down to `foot`, and the trigger in front of it."""
    x, y = foot
    curve = smooth([(top, 0, 0), (top + (x - top) * 0.35 - 0.004, y * 0.4, 0), (x, y, 0)], 6)
    swell = thick * np.interp(np.linspace(0, 1, len(curve)), [0, 0.35, 0.7, 1], [1.25, 0.95, 1.0, 1.1])
    handle = tube(curve, swell, segments=18, flatten=rng.uniform(1.15, 1.4))
    trigger = superellipsoid(thick * 1.1, abs(y) * 0.3, thick * 0.9, 0.5).at(x=top + thick * 1.15, y=y * 0.62)
    return handle, trigger


def _cordless(rng: np.random.Generator) -> Mesh:
    radius = rng.uniform(0.025, 0.036)
    length, drop = radius * rng.uniform(3.4, 5.2), rng.uniform(0.1, 0.14)
    rgb, dark = paint(rng), paint(rng, ("black", "black", "grey"))
    top, lean = length * rng.uniform(0.3, 0.48), rng.uniform(-0.035, 0.005)
    handle, trigger = _grip(rng, top, (top + lean, -drop - radius * 0.6), rng.uniform(0.017, 0.022))
    wide, tall = rng.uniform(0.06, 0.078), rng.uniform(0.035, 0.062)
    long = wide * rng.uniform(1.2, 1.7)
    battery = (
        casing(long, wide, tall, 0.012, 0.008).at(x=top + lean + 0.012, y=-drop - radius - tall * 0.8).painted(dark)
    )
    plinth = casing(long * 0.9, wide * 0.9, 0.022, 0.012, 0.006, 0.75).at(
        x=top + lean + 0.01, y=-drop - radius + tall * 0.15
    )
    parts = [_motor(rng, radius, length, rgb), _chuck(rng, radius * rng.uniform(0.55, 0.72)).at(x=length * 0.97)]
    parts += [handle.painted(dark if rng.random() < 0.5 else rgb), trigger.painted(BLACK), plinth.painted(rgb), battery]
    return join(parts)


def _corded(rng: np.random.Generator) -> Mesh:
    """Its handle at the back, rounded at its foot, where the cord leaves; some have a second handle at the side."""
    radius = rng.uniform(0.028, 0.038)
    length, drop = radius * rng.uniform(5, 6.5), rng.uniform(0.11, 0.14)
    rgb = paint(rng)
    top = radius * rng.uniform(0.7, 1.2)
    foot = (top - rng.uniform(0.01, 0.05), -drop - radius * 0.5)
    handle, trigger = _grip(rng, top, foot, rng.uniform(0.017, 0.021))
    cord = [(*foot, 0), (foot[0] - 0.005, foot[1] - 0.03, 0), (foot[0] + 0.03, foot[1] - 0.07, 0.0)]
    cable = tube(smooth([*cord, (foot[0] + 0.1, foot[1] - 0.075, 0.02)], 6), 0.0038, segments=8).painted(BLACK)
    parts = [_motor(rng, radius, length, rgb), _chuck(rng, radius * 0.62).at(x=length * 0.97), handle.painted(rgb)]
    if rng.random() < 0.3:
        side = smooth([(0.5, 0), (1, 0.1), (0.8, 0.7), (1.0, 1.0)], 4) * (0.017, 0.11)
        bar = lathe([(0, 0), *side, (0, 0.11)], 18).turned("x", 180).at(x=length * 0.82, y=-radius * 0.8)
        parts.append(bar.painted(BLACK))
    return join([*parts, trigger.painted(BLACK), cable])
