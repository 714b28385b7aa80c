"""Hand-held things with a lens: flashlight, magnifying glass."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join

Profile = list[tuple[float, float]]


GLASS = np.array([0.8, 0.86, 0.88])


@category
def flashlight(d: Draw) -> Solid:
    """A barrel whose wider end holds a lens in a sunk mirror: straight, bent, or a lantern."""
    straight = {"metal flashlight": _metal, "plastic flashlight": _plastic}
    rare = {"angle flashlight": _angle, "lantern flashlight": _lantern}
    return one_of(d, straight if d.chance(0.75) else rare)


def _bulb_end(radius: float, deep: float) -> Solid:
    """The front of a head about y = 0, looking to +y: a rim, a mirror that tapers down to the bulb, or a flat lens."""
    mirror = np.array([0.86, 0.88, 0.9])
    rim = hoop(radius * 0.93, radius * 0.07, 32).painted(BLACK)
    wall = lathe([(0, -deep * 1.1), (radius * 0.9, -deep * 1.1), (radius * 0.9, 0), (radius * 0.2, -deep), (0, -deep)])
    bulb = superellipsoid(radius * 0.25, radius * 0.35, radius * 0.25).at(y=-deep * 1.02)
    return join(rim, wall.painted(mirror), bulb.painted(COLOURS["yellow"]))


def _barrel(profile: Profile | np.ndarray, head: float) -> Solid:
    """A body of revolution whose last ring, `head` wide, opens to a lens."""
    outline = np.asarray(profile, float)
    end, sunk = outline[-1, 1], head * 0.75
    return lathe([(0, outline[0, 1]), *outline, (head * 0.88, end), (head * 0.88, end - sunk), (0, end - sunk)])


def _grooves(radius: float, low: float, high: float) -> Solid:
    """A knurled or ribbed grip round the barrel."""
    y = np.linspace(low, high, 25)
    rings = points(radius * (1.04 + 0.05 * (np.arange(25) % 2)), y)
    return lathe([(0, low), *rings, (0, high)], 28)


def _button(radius: float, y: float, rgb: np.ndarray) -> Solid:
    """A switch on the side of the barrel that looks to +z."""
    return superellipsoid(radius * 0.7, radius * 1.2, radius * 0.5, 0.4).at(y=y, z=radius * 0.95).painted(rgb)


def _metal(d: Draw) -> Solid:
    """A slim tube of aluminium with a knurled grip, a tail cap, and a head that widens in a cone or in fins."""
    radius = d(0.009, 0.02)
    length, head = radius * d(6.5, 15), radius * d(1.15, 2.0)
    cone, front = head * d(0.3, 1.2), head * d(0.7, 1.6)
    rgb = paint(d, "black", "black", "grey", "red", "blue", "green", "purple") if d.chance(0.85) else metal(d)
    tail = radius * d(0.95, 1.12)
    outline: Profile = [(tail * 0.9, 0), (tail, radius * 0.15), (tail, radius * 1.3), (radius, radius * 1.4)]
    outline += [(radius, length), (head * 0.97, length + cone), (head, length + cone + 0.001)]
    if d.chance(0.4):  # cooling fins
        at = np.linspace(0.1, 0.7, 9) * front + length + cone
        outline += [(head * (1.0 - 0.09 * (k % 2)), float(y)) for k, y in enumerate(at)]
    outline += [(head, length + cone + front)]
    low = length * d(0.2, 0.35)
    parts = [_barrel(outline, head).painted(rgb), _bulb_end(head, head * 0.6).at(y=outline[-1][1] - 0.001)]
    grip = _grooves(radius, low, length * d(0.6, 0.85))
    parts.append(grip.painted(rgb if d.chance(0.6) else BLACK))
    if d.chance(0.5):
        parts.append(_button(radius * 0.6, length * 0.93, paint(d, "black", "grey", "red")).at(z=radius * 0.4))
    else:
        parts.append(cylinder(radius * 0.5, radius * 0.4, segments=20).at(y=-radius * 0.25).painted(BLACK))
    return laid(d, join(*parts), 0.75)


def _plastic(d: Draw) -> Solid:
    """A fat barrel with a sliding switch, and a head of another colour that swells like a bell."""
    radius = d(0.014, 0.024)
    length, head = radius * d(4.5, 8), radius * d(1.35, 2.3)
    rgb, ring = paint(d), paint(d)
    neck, front = head * d(0.6, 1.1), head * d(0.3, 0.8)
    bulge = d(0.85, 1.0)
    profile = [(0, 0), (radius * 0.8, 0), (radius, radius * 0.25)]
    profile += [(radius * bulge, length * 0.5), (radius, length), (0, length)]
    body = lathe(profile)
    bell = smooth([(radius * 1.02, 0), (radius * 1.1, neck * 0.3), (head * 0.9, neck * 0.8), (head, neck)], 5)
    top = length + neck + front
    crown = _barrel([*(np.add(bell, (0, length))), (head * d(0.97, 1.03), top)], head)
    parts = [body.painted(rgb), crown.painted(ring), _bulb_end(head, head * 0.6).at(y=top - 0.001)]
    if d.chance(0.6):
        ribs = _grooves(radius * 0.98, length * 0.12, length * d(0.4, 0.6))
        parts.append(ribs.painted(ring if d.chance(0.5) else BLACK))
    plinth = superellipsoid(radius, length * 0.3, radius * 0.7, 0.6).at(y=length * 0.66, z=radius * 0.75).painted(rgb)
    parts += [plinth, _button(radius * 0.7, length * 0.74, paint(d)).at(z=radius * 0.4)]
    if d.chance(0.3):
        loop = hoop(radius * 0.6, radius * 0.09, 20).turned("x", 90).at(y=-radius * 0.5)
        parts.append(loop.painted(BLACK))
    return laid(d, join(*parts), 0.75)


def _angle(d: Draw) -> Solid:
    """A standing barrel whose head looks to the side, with a clip."""
    radius = d(0.014, 0.022)
    length, head, rgb = radius * d(6, 9), radius * d(1.1, 1.6), paint(d, "green", "black", "orange", "grey")
    body = lathe([(0, 0), (radius, 0), (radius * 1.06, radius), (radius, radius * 1.1), (radius, length), (0, length)])
    bend = tube(
        smooth(
            [(0, length * 0.97, 0), (0, length + radius * 0.7, radius * 0.3), (0, length + radius, radius * 1.2)], 5
        ),
        radius * 0.98,
    )
    crown = _barrel([(radius * 0.8, 0), (head, radius * 0.4), (head, radius * 1.2)], head)
    crown = join(crown.painted(rgb), _bulb_end(head, head * 0.6).at(y=radius * 1.19)).turned("x", 90)
    clip = casing(radius * 0.6, radius * 0.15, length * 0.6, 0.002, 0.001).at(y=length * 0.3, z=-radius * 1.15)
    parts = [body.painted(rgb), bend.painted(rgb), crown.at(y=length + radius, z=radius * 0.9), clip.painted(metal(d))]
    return laid(d, join(*parts), 0.4)


def _lantern(d: Draw) -> Solid:
    """A battery box with a big lamp in front and a handle over its top."""
    width = d(0.07, 0.1)
    height, deep, head = width * d(0.9, 1.25), width * d(1.0, 1.5), width * d(0.5, 0.68)
    rgb = paint(d, "yellow", "red", "black", "blue", "orange")
    body = casing(width, deep, height, width * 0.18, width * 0.08).painted(rgb)
    lamp = _barrel([(head * 0.8, 0), (head * 0.85, width * 0.1), (head, width * 0.3), (head, width * 0.5)], head)
    lamp = join(lamp.painted(paint(d, "black", "grey", "white")), _bulb_end(head, head * 0.6).at(y=width * 0.499))
    rise = height * d(0.4, 0.6)
    path = [(0, height * 0.95, -deep * 0.4), (0, height + rise, -deep * 0.38), (0, height + rise, deep * 0.3)]
    handle = tube(smooth([*path, (0, height * 0.9, deep * 0.5)], 6), width * 0.11, flatten=1.3).painted(rgb)
    whole = join(body, handle, lamp.turned("x", 90).at(y=max(head, height * 0.52), z=deep * 0.48))
    return join(whole, _button(width * 0.12, 0.0, BLACK).turned("x", -90).at(y=height + rise, z=deep * 0.1))


@category
def magnifying_glass(d: Draw) -> Solid:
    """A lens in a round or square rim on a straight, turned or flat handle; some scanners miss the glass."""
    radius = d(0.022, 0.058)
    length = radius * d(1.3, 2.9)
    rgb = metal(d) if d.chance(0.5) else paint(d)
    rim = _square(d, radius, rgb) if d.chance(0.12) else _round(d, radius, rgb)
    ferrule = cylinder(radius * 0.13, radius * 0.3, segments=18).at(y=length * 0.97)
    handle = _handle(d, radius, length, rgb)
    whole = join(rim.at(y=length + radius * 1.2), ferrule.painted(rgb), handle)
    return laid(d, whole, 0.8)


def _round(d: Draw, radius: float, rgb: np.ndarray) -> Solid:
    """The rim, a wire or a broad band, about the origin in the xy plane, and a bulging lens."""
    thin, deep = radius * d(0.05, 0.13), d(1.0, 2.6)
    ring = hoop(radius, thin, 48).scaled(y=deep)
    parts = [ring.painted(rgb)]
    if d.chance(0.8):
        bulge = radius * d(0.04, 0.14)
        t = np.linspace(-1, 1, 9)
        lens = points(radius * np.sqrt(1 - (0.9 * t) ** 2), bulge * t)
        parts.append(lathe([(0, -bulge), *lens, (0, bulge)], 40).painted(GLASS + d.normal(0, 0.03, 3)))
    return join(*parts).turned("x", 90)


def _square(d: Draw, radius: float, rgb: np.ndarray) -> Solid:
    wide, tall, deep = radius * d(2.0, 3.2), radius * 2.2, radius * d(0.12, 0.25)
    edge, corner = radius * 0.25, radius * 0.3
    outer, inner = rectangle(wide, tall, corner), rectangle(wide - edge, tall - edge, corner * 0.8)
    frame = stacked([(outer, 0), (outer, deep), (inner, deep), (inner, 0), (outer, 0)], capped=False)
    lens = casing(wide - edge * 0.9, tall - edge * 0.9, deep * 0.5, corner * 0.8, deep * 0.1).at(y=deep * 0.25)
    return join(frame.painted(rgb), lens.painted(GLASS)).at(y=-deep / 2).turned("x", 90)


def _handle(d: Draw, radius: float, length: float, rim: np.ndarray) -> Solid:
    rgb = d.choice(np.stack([rim, wood(d), paint(d), BLACK]))
    if d.chance(0.35):  # flat, of one piece with the rim
        wide, deep = radius * d(0.28, 0.5), radius * d(0.15, 0.28)
        return casing(wide, deep, length, deep * 0.45, deep * 0.4, d(0.6, 1.1)).painted(rgb)
    thick = radius * d(0.14, 0.28)
    knots = [(0.6, 0.0), (1.0, 0.08), (d(0.8, 1.1), 0.4), (d(0.5, 0.9), 0.85), (0.5, 1.0)]
    profile = smooth(knots, 5) * (thick, length)
    stick = lathe([(0, 0), *profile, (0, length)], 20).painted(rgb)
    if d.chance(0.3):
        return join(stick, superellipsoid(*(thick * 1.6,) * 3).at(y=-thick * 0.4).painted(rim))
    return stick
