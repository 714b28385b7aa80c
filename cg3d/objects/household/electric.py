"""What runs out and is replaced: battery, light bulb."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.casings import casing
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, WHITE, metal, paint
from cg3d.objects.shapes.primitives import box, cylinder, lathe, tube
from cg3d.objects.shapes.resting import fallen, on_any_face, toppled
from cg3d.objects.shapes.round_bodies import fluted, sliced
from cg3d.objects.shapes.solid import Solid, join, mirrored

BRASS = np.array([0.72, 0.55, 0.28])
# Radius and length of the round cells in metres.
CELLS = {
    "AA battery": (0.00715, 0.0502),
    "AAA battery": (0.0052, 0.0443),
    "C battery": (0.0130, 0.0498),
    "D battery": (0.0168, 0.0610),
    "rechargeable cell": (0.0092, 0.0650),
}


@category
def battery(d: Draw) -> Solid:
    """Round cells of five sizes, one or some of them; a nine-volt block, a coin cell, the flat packs of cameras and phones."""
    kinds: dict[str, Maker] = {"battery": _round, "nine-volt battery": _block, "coin cell": _coin}
    kinds |= {"battery pack": _pack, "pair of batteries": _some}
    return one_of(d, kinds) if d.chance(0.6) else _round(d)


def _cell(d: Draw, radius: float, length: float) -> Solid:
    """A wrapped cell along y with its nub on top and a bare end below; two-coloured as a rule."""
    nub = length * 0.03
    edge = radius * 0.09
    can = length - nub
    rim = [(radius - edge, 0), (radius, edge), (radius, can - edge), (radius - edge, can), (radius * 0.82, can)]
    profile = [(0, 0.0003), (radius * 0.8, 0.0003), *sliced(np.array(rim), 0.002), (radius * 0.78, can - 0.0004)]
    body = lathe([*profile, (0, can - 0.0004)], 28).painted(paint(d))
    if d.chance(0.8):
        body = body.banded(can * d(0.55, 0.75), can + 1, paint(d, "yellow", "orange", "grey", "red", "black", "white"))
    body = body.banded(-1, edge * 0.6, GREY)
    pole = cylinder(radius * d(0.35, 0.42), nub + 0.0006, radius * 0.36, 20).at(y=can - 0.0006)
    return join(body, pole.painted(GREY * 1.3))


def _rolled(d: Draw, cell: Solid) -> Solid:
    """Lying anyhow, or standing."""
    return toppled(d, cell, 0.75).turned("y", d(0, 360)).grounded()


def _round(d: Draw) -> Solid:
    kind = d.pick("AA battery", "AA battery", *CELLS)
    return _rolled(d, _cell(d, *CELLS[kind])).called(kind)


def _some(d: Draw) -> Solid:
    """Two to four alike, side by side as they are sold or put in, up and down by turns or not."""
    radius, length = CELLS[d.pick("AA battery", "AAA battery", "D battery")]
    cell, turns = _cell(d, radius, length), d.chance(0.4)
    row = [(cell.turned("x", 180 * (turns and k % 2)).grounded()).at(x=2.02 * radius * k) for k in range(d.count(2, 5))]
    return _rolled(d, join(*row)) if d.chance(0.3) else join(*row).turned("x", 90).grounded()


def _block(d: Draw) -> Solid:
    """Upright with its two snaps, or on a side."""
    body = casing(0.0262, 0.0172, 0.0455, 0.003, 0.0012).painted(paint(d, "black", "red", "blue", "grey", "yellow"))
    body = body.banded(0.03, 0.1, paint(d, "orange", "yellow", "grey", "black"))
    plain = cylinder(0.0028, 0.003, segments=16).at(x=-0.0064, y=0.045)
    socket = cylinder(0.0037, 0.003, 0.0043, 6).at(x=0.0064, y=0.045)
    lid = box(0.024, 0.0006, 0.0155).at(y=0.0453).painted(BLACK)
    return on_any_face(d, join(body, lid, join(plain, socket).painted(GREY * 1.3)).resized(d(0.98, 1.03)))


def _coin(d: Draw) -> Solid:
    """A flat disc with a step, either side up, or two or three of them."""
    radius, thick = d.pick((0.010, 0.0032), (0.010, 0.0025), (0.0058, 0.0054), (0.012, 0.005))
    step = [(radius * 0.86, 0), (radius * 0.88, thick * 0.25), (radius, thick * 0.28), (radius, thick * 0.92)]
    one = lathe([(0, 0), *step, (radius * 0.94, thick), (0, thick)], 36).turned("x", d.pick(0, 180)).grounded()
    first = one.painted(GREY * d(0.9, 1.4))
    if d.chance(0.6):
        return first.turned("z", d.pick(0, 0, 0, 90)).grounded()
    others = [first.at(radius * d(2.05, 2.6), 0, radius * d(-1, 1) * 0.4), first.at(0, 0, radius * d(2.05, 2.4))]
    return join(first, *others[: d.count(1, 3)]).turned("y", d(0, 360))


def _pack(d: Draw) -> Solid:
    """A flat block with contacts in one end, of a camera, a telephone or a tool."""
    width = d(0.03, 0.06)
    height, deep = width * d(1.1, 1.8), width * d(0.1, 0.45)
    body = casing(width, deep, height, deep * d(0.1, 0.48), deep * 0.08).painted(
        paint(d, "black", "black", "grey", "white")
    )
    pins = [box(width * 0.05, 0.0007, deep * 0.4).at(x * width, height - 0.0002) for x in (-0.3, -0.2, -0.1)]
    label = box(width * 0.8, height * 0.6, 0.0005).at(y=height * 0.12, z=deep / 2)
    mark = label.painted(paint(d, "white", "grey", "yellow", "blue"))
    return on_any_face(d, join(body, join(*pins).painted(BRASS), mark))


@category
def light_bulb(d: Draw) -> Solid:
    """A pear, a candle, a globe, a tube bent or coiled, a reflector, an old one with a filament; lying or on its base."""
    kinds: dict[str, Maker] = {
        "light bulb": _pear,
        "candle bulb": _candle,
        "globe bulb": _globe,
        "spotlight bulb": _spot,
    }
    kinds |= {"LED bulb": _led, "energy-saving bulb": _coil, "reflector bulb": _reflector}
    bulb = one_of(d, kinds) if d.chance(0.65) else _pear(d).called("light bulb")
    pose = d.random()
    if pose < 0.15:
        return bulb.grounded()
    if pose < 0.3:
        return bulb.turned("x", 180).grounded()
    return fallen(d, bulb)


def _screw(d: Draw, radius: float, height: float) -> Solid:
    """A threaded base along y up to `height`, with its contact below."""
    steps = np.linspace(0, 1, 25)
    ridge = radius * (1 - 0.07 * (0.5 + 0.5 * np.cos(2 * np.pi * 5 * steps)))
    low = height * 0.22
    thread = lathe([(0, low), *points(ridge, low + (height - low) * steps), (0, height)], 28)
    skirt = lathe([(0, 0), (radius * 0.35, 0), (radius * 0.45, low * 0.4), (radius * 0.85, low), (0, low)], 24)
    return join(thread.painted(GREY * d(1.0, 1.4) if d.chance(0.75) else BRASS), skirt.painted(BLACK))


def _base(d: Draw) -> tuple[float, Solid]:
    """The height of a base and the base: large as a rule, or small."""
    radius, height = (0.0133, d(0.023, 0.027)) if d.chance(0.75) else (0.0069, d(0.018, 0.021))
    return height, _screw(d, radius, height)


def _glass(d: Draw, knots: list[tuple[float, float]], rgb: np.ndarray) -> Solid:
    """A bulb of glass on its base: `knots` are radius and height above the base, up to near the top."""
    height, base = _base(d)
    side = smooth(knots, 6)
    body = lathe([(0, -0.002), (side[0, 0], -0.002), *side, (0, side[-1, 1] + side[-1, 0] * 0.12)], 36).at(y=height)
    return join(base, body.painted(rgb))


def _tint(d: Draw) -> np.ndarray:
    """Frosted, clear, smoked or amber."""
    return paint(d, "white", "white", "white", "grey", "beige", "yellow") if d.chance(0.9) else paint(d)


def _pear(d: Draw) -> Solid:
    radius = d(0.026, 0.033)
    tall = radius * d(2.5, 3.0)
    knots = [(0.012, 0.0), (0.014, tall * 0.1), (radius * 0.78, tall * 0.38), (radius, tall * 0.62)]
    return _glass(d, [*knots, (radius * 0.8, tall * 0.88), (radius * 0.3, tall * 0.99)], _tint(d))


def _candle(d: Draw) -> Solid:
    """Slim, blunt or drawn out to a bent tip."""
    radius, tall = d(0.0165, 0.019), d(0.065, 0.09)
    knots = [(0.0075, 0.0), (radius * 0.85, tall * 0.2), (radius, tall * 0.38), (radius * 0.6, tall * 0.75)]
    return _glass(d, [*knots, (radius * d(0.12, 0.3), tall * 0.97), (radius * 0.08, tall)], _tint(d))


def _globe(d: Draw) -> Solid:
    radius = d(0.022, 0.06)
    t = np.linspace(0.0, 0.97, 8)
    start = np.arcsin(min(0.0125 / radius, 0.7))
    angle = start + (np.pi - start) * t
    knots = [(radius * np.sin(a), radius * (np.cos(start) - np.cos(a))) for a in angle]
    return _glass(d, knots, _tint(d))


def _led(d: Draw) -> Solid:
    """A white cooler, plain or finned, widens from the base to a low dome of frosted plastic."""
    height, base = _base(d)
    radius, cooler = d(0.026, 0.034), d(0.03, 0.045)
    side = smooth([(0.0135, 0), (0.016, cooler * 0.3), (radius * 0.98, cooler)], 5)
    body = fluted(np.array([(0, -0.001), *side, (0, cooler)]), d.pick(0, 0, 16), 0.1)
    t = np.linspace(0, np.pi / 2, 9)[:-1]
    rise = radius * d(0.7, 1.3)
    dome = lathe([(0, 0), *points(radius * np.cos(t), rise * np.sin(t)), (0, rise)]).at(y=cooler)
    shade = paint(d, "white", "white", "grey", "beige")
    return join(base, join(body.painted(shade), dome.painted(WHITE)).at(y=height))


def _reflector(d: Draw) -> Solid:
    """A funnel of silvered glass under a slightly domed front."""
    radius, tall = d(0.025, 0.06), d(0.05, 0.085)
    height, base = _base(d)
    side = smooth([(0.0125, 0), (0.015, tall * 0.25), (radius * 0.97, tall * 0.8), (radius, tall * 0.9)], 6)
    front = [(radius * 0.9, tall * 0.97), (radius * 0.4, tall)]
    body = lathe([(0, -0.001), *side, *front, (0, tall * 1.005)], 36).painted(GREY * d(1.0, 1.5))
    return join(base, body.banded(tall * 0.88, 1, paint(d, "white", "white", "red", "beige")).at(y=height))


def _spot(d: Draw) -> Solid:
    """A small cup with a faceted inside and two pins."""
    radius = 0.0252 * d(0.7, 1.02)
    stem, tall = d(0.014, 0.02), d(0.026, 0.036)
    cup = [(0.0085, 0), (0.0095, stem), (radius * 0.75, stem + tall * 0.55), (radius, stem + tall)]
    inside = [(radius * 0.93, stem + tall), (radius * 0.9, stem + tall - 0.003)]
    body = lathe([(0, 0), *cup, *inside, (0, stem + tall - 0.003)], 36).painted(
        paint(d, "white", "grey", "grey", "black")
    )
    body = body.banded(stem + tall - 0.0031, stem + tall - 0.0029, WHITE)
    pin = mirrored(
        join(cylinder(0.0012, 0.008, segments=10), cylinder(0.0022, 0.002, segments=12)).at(x=0.005, y=-0.007)
    )
    return join(body, pin.painted(metal(d)))


def _coil(d: Draw) -> Solid:
    """A white tube in a rising spiral, or bent into loops, over a round ballast."""
    height, base = _base(d)
    radius, thin = d(0.02, 0.027), d(0.0045, 0.006)
    low = d(0.02, 0.03)
    ballast = lathe([(0, -0.001), (0.0135, 0), (radius, low * 0.5), (radius, low), (0, low)]).painted(WHITE)
    if d.chance(0.6):
        turn = np.linspace(0, 2 * np.pi * d.count(3, 5), 60)
        rise = low + 0.003 + turn / (2 * np.pi) * thin * 2.3
        spiral = tube(points((radius - thin) * np.cos(turn), rise, (radius - thin) * np.sin(turn)), thin, 10)
        lamp = join(spiral)
    else:
        tall = d(0.04, 0.08)
        path = [
            (0.5, low, 0),
            (0.5, low + tall * 0.9, 0),
            (0, low + tall, 0),
            (-0.5, low + tall * 0.9, 0),
            (-0.5, low, 0),
        ]
        bend = smooth(np.array(path) * (radius * 1.1, 1, 1), 6)
        lamp = join(*(tube(bend, thin, 10).at(z=z * radius * 0.5) for z in (-1, 0, 1)))
    return join(base, join(ballast, lamp.painted(COLOURS["white"])).at(y=height))
