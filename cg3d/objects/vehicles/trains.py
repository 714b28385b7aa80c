"""Trains as toys of wood and plastic and as models; along x, the chimney ahead."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import blob
from cg3d.objects.shapes.curves import arc, points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import beam, box, cylinder, extrude, lathe, loft, rod, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored


def _wheel(radius: float, thick: float, rgb: np.ndarray, hub: np.ndarray) -> Solid:
    """A wheel about the z axis with a flange or a raised rim and a hub."""
    profile = [(0, 0), (radius, 0), (radius, 0.35), (radius * 0.92, 0.4)]
    profile += [(radius * 0.92, 1), (radius * 0.75, 1), (radius * 0.7, 0.75)]
    disc = lathe([(r, y * thick) for r, y in [*profile, (radius * 0.25, 0.75), (radius * 0.22, 1.15), (0, 1.15)]], 18)
    cap = cylinder(radius * 0.3, thick * 0.2, segments=12).at(y=thick)
    return join(disc.painted(rgb), cap.painted(hub)).turned("x", 90)


def wheels(xs: list[float], radii: list[float], half: float, rgb: np.ndarray, hub: np.ndarray) -> Solid:
    pairs = [_wheel(r, 0.05, rgb, hub).at(x, r, half) for x, r in zip(xs, radii, strict=True)]
    axles = [rod((x, r, -half), (x, r, half), 0.02) for x, r in zip(xs, radii, strict=True)]
    return join(mirrored(join(*pairs), "z"), *axles)


def shell(outlines: list[tuple[float, float, float, float]], power: float = 0.5) -> Solid:
    """A body along x of rounded sections: x, floor, height, half the width."""
    angle = np.arange(24) * 2 * np.pi / 24
    section = points(
        np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power, np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    )
    rings = [points(x, y + h / 2 + section[:, 0] * h / 2, section[:, 1] * w) for x, y, h, w in outlines]
    return loft(rings)


def fast_car(engine: Solid) -> Solid:
    """The last part of the engine again as a car: the same section without a nose."""
    half, top = float(np.abs(engine.vertices[:, 2]).max()) / 1.03, float(engine.vertices[:, 1].max())
    tall = top - 0.04
    body = shell([(-0.42, 0.04, tall, half), (0.42, 0.04, tall, half)]).painted(engine.face_rgb[0])
    band = box(0.74, tall * 0.2, half * 2.03).at(0, 0.04 + tall * 0.55).painted(BLACK)
    return join(body, band, box(0.76, 0.05, half * 1.6).painted(BLACK))


def wagon(d: Draw, height: float) -> Solid:
    """A carriage, a tender or open wagon with a load, a tank or a flat car."""
    kind, rgb, half = d.integers(4), paint(d), d(0.14, 0.18)
    length, low = d(0.5, 0.85), 0.13
    parts = [box(length, 0.05, half * 2).at(0, low).painted(paint(d, "black", "brown", "grey"))]
    wheel = d(0.075, 0.11)
    parts.append(
        wheels([-length * 0.3, length * 0.3], [wheel] * 2, half * 0.85, paint(d, "black", "red", "brown"), BLACK)
    )
    if kind == 0:
        tall = max(height * 0.62 - low, 0.2)
        parts += [box(length * 0.96, tall, half * 1.9).at(0, low + 0.04).painted(rgb)]
        parts += [
            box(length * 0.13, tall * 0.34, half * 1.94).at(x * length, low + tall * 0.55).painted(BLACK)
            for x in (-0.32, -0.11, 0.11, 0.32)
        ]
        parts.append(
            extrude(arc(half * 1.08, 0.08)[:, :2], length).turned("y", 90).at(0, low + 0.035 + tall).painted(paint(d))
        )
    elif kind == 1:
        tall = d(0.14, 0.26)
        parts.append(box(length * 0.96, tall, half * 1.9).at(0, low + 0.04).painted(rgb))
        parts += [
            blob(length * 0.34, 0.16, half * 1.3).at(x * length, low + 0.04 + tall).painted(paint(d, "black", "brown"))
            for x in (-0.26, 0.0, 0.26)
        ]
    elif kind == 2:
        piece = cylinder(half * 0.92, length * 0.9, segments=24).turned("z", -90)
        parts.append(piece.at(-length * 0.45, low + 0.04 + half * 0.9).painted(rgb))
        parts.append(cylinder(0.06, 0.06, segments=16).at(0, low + 0.02 + half * 1.8).painted(rgb))
    else:
        logs = [(z, y) for z, y in ((-0.55, 0.0), (0.0, 0.0), (0.55, 0.0), (-0.28, 0.9), (0.28, 0.9))]
        radius = half * 0.28
        parts += [
            cylinder(radius, length * 0.9, segments=14)
            .turned("z", -90)
            .at(-length * 0.45, low + 0.05 + radius + y * half * 0.55, z * half)
            .painted(rgb)
            for z, y in logs
        ]
    return join(*parts)


def steam(d: Draw, toy: bool = False) -> Solid:
    """Boiler with bands, chimney, domes, a cab with windows, driving wheels with a rod, buffers or a cow-catcher."""
    rgb, second, dark = paint(d), paint(d), paint(d, "black", "black", "red", "grey")
    half, floor = d(0.14, 0.18), d(0.14, 0.2)
    radius = half * d(0.85, 1.05)
    axis, cab = floor + radius * 1.08, d(0.24, 0.34)
    front, back = 0.48, -0.5 + cab
    parts = [box(1.0, 0.06, half * 2).at(0, floor - 0.04).painted(dark)]
    boiler = cylinder(radius, front - back, segments=28).turned("z", -90).at(back, axis)
    bands = [
        cylinder(radius * 1.04, 0.02, segments=28).turned("z", -90).at(x, axis)
        for x in np.linspace(back + 0.08, front - 0.03, 4)
    ]
    door = blob(0.1, radius * 1.7, radius * 1.7).at(front, axis)
    parts += [
        boiler.painted(rgb),
        join(*bands).painted(second),
        door.painted(dark if d.chance(0.6) else paint(d, "grey", "white")),
    ]
    if toy and d.chance(0.5):
        nose = [
            blob(0.1, 0.07, 0.07).at(front + 0.06, axis),
            mirrored(blob(0.04, 0.07, 0.06).at(front + 0.04, axis + 0.05, 0.07), "z"),
        ]
        parts.append(join(*nose).painted(paint(d, "white", "grey", "black")))
    parts += _on_boiler(d, axis + radius, back, front, toy, dark, second)
    parts.append(house(d, cab, half, floor, axis + radius + d(0.04, 0.16), rgb, second).at(-0.5 + cab / 2))
    count = d.count(2, 5)
    big = min(d(0.1, 0.16), 0.42 / count)
    xs = list(np.linspace(-0.36, 0.36, count))
    small = [0.085 if d.chance(0.35) and k == count - 1 else big for k in range(count)]
    parts.append(wheels(xs, small, half * 0.85, second if d.chance(0.5) else dark, dark))
    piece = mirrored(beam((xs[0], big, half + 0.05), (xs[-2 if count > 2 else -1], big, half + 0.05), 0.02, 0.03), "z")
    parts.append(piece.painted(paint(d, "grey", "red")))
    if d.chance(0.35):
        tank = box((front - back) * 0.7, radius * 1.3, 0.05).at((front + back) / 2 - 0.04, floor, half - 0.02)
        parts.append(mirrored(tank, "z").painted(rgb))
    return join(*parts, _front(d, half, floor).painted(second))


def _on_boiler(
    d: Draw, top: float, back: float, front: float, toy: bool, dark: np.ndarray, second: np.ndarray
) -> list[Solid]:
    tall, thin = d(0.1, 0.22), d(0.045, 0.07) * (1.3 if toy else 1.0)
    wide = thin * d(1.0, 2.0)
    profile = [(0, -0.05), (thin, -0.05), (thin, tall * 0.4), (wide, tall * 0.85)]
    profile += [(wide * 0.9, tall), (wide * 0.6, tall), (0, tall - 0.03)]
    funnel = lathe(profile, 20)
    parts = [funnel.at(front - 0.12, top).painted(dark)]
    domes = d.count(0, 3)
    for x in np.linspace(back + 0.1, front - 0.28, domes):
        high = d(0.05, 0.11)
        piece = lathe([(0, -0.05), (0.06, -0.05), (0.06, high * 0.6), (0.045, high * 0.9), (0, high)], 18).at(x, top)
        parts.append(piece.painted(second))
    return parts


def house(d: Draw, length: float, half: float, floor: float, top: float, rgb: np.ndarray, second: np.ndarray) -> Solid:
    """A house with window frames and a flat or a rounded roof that stands out."""
    tall = top - floor
    windows = box(length * 0.5, tall * 0.3, half * 2 + 0.02).at(0, floor + tall * 0.58)
    front = box(length + 0.02, tall * 0.2, half * 1.3).at(0, top - tall * 0.28)
    if d.chance(0.3):
        roof = box(length * 1.25, 0.04, half * 2.3).at(-0.02, top - 0.01)
    else:
        rise = d(0.04, 0.12)
        bow = arc(half * 1.12, rise)[:, :2]
        roof = extrude(bow, length * 1.2).turned("y", 90).at(-0.02, top - 0.005)
    return join(
        box(length, tall, half * 2).at(0, floor).painted(rgb), join(windows, front).painted(BLACK), roof.painted(second)
    )


def _front(d: Draw, half: float, floor: float) -> Solid:
    plank = box(0.05, 0.09, half * 2.05).at(0.5, floor - 0.08)
    if d.chance(0.35):
        low, high = (
            [(0.5, -half), (0.5, half), (0.66, 0.02), (0.66, -0.02)],
            [(0.5, -half), (0.5, half), (0.55, 0.02), (0.55, -0.02)],
        )
        rings = [[(x, y, z) for x, z in outline] for outline, y in ((low, 0.02), (high, floor - 0.03))]
        return join(plank, loft(rings))
    buffer = join(rod((0.5, 0, 0), (0.57, 0, 0), 0.025), rod((0.57, 0, 0), (0.585, 0, 0), 0.045))
    return join(plank, mirrored(buffer.at(0, floor - 0.035, half * 0.65), "z"))


def wooden(d: Draw) -> Solid:
    """Few thick parts: a plank, a round block, a cube for a cab, pegs for chimneys, disc wheels, a string's knob."""
    half, floor, rgb = d(0.17, 0.24), d(0.12, 0.18), paint(d)
    wood = paint(d, "beige", "brown", "yellow", "white")
    radius, cab = half * d(0.75, 0.95), d(0.28, 0.42)
    parts = [superellipsoid(1.0, 0.12, half * 2, 0.8).at(0, floor - 0.06).painted(wood)]
    parts.append(
        cylinder(radius, 0.98 - cab, segments=28).turned("z", -90).at(-0.5 + cab, floor + 0.04 + radius).painted(rgb)
    )
    tall = 2 * radius * d(1.05, 1.5)
    parts += [
        box(cab, tall, half * 1.8).at(-0.5 + cab / 2, floor + 0.04).painted(paint(d)),
        box(cab * 1.25, 0.06, half * 2.1).at(-0.5 + cab / 2, floor + 0.03 + tall).painted(paint(d)),
    ]
    for x in np.linspace(0.34, 0.0, d.count(1, 4)):
        peg, high = d(0.06, 0.1), d(0.1, 0.3)
        cap = d(1.0, 1.6)
        funnel = [(0, -0.08), (peg, -0.08), (peg, high * 0.5), (peg * cap, high * 0.6), (peg * cap, high), (0, high)]
        parts.append(lathe(funnel, 20).at(x, floor + 0.04 + 2 * radius).painted(paint(d)))
    count, wheel = d.count(2, 4), d(0.13, 0.17)
    xs = list(np.linspace(-0.32, 0.32, count))
    parts.append(wheels(xs, [wheel] * count, half * 0.98, paint(d), wood))
    if d.chance(0.5):
        parts.append(blob(0.1, 0.1, 0.1).at(0.62, floor).painted(paint(d)))
        parts.append(rod((0.48, floor, 0), (0.6, floor, 0), 0.02))
    return join(*parts)


def _bogies(length: float, half: float) -> Solid:
    xs = [s * (length / 2 - 0.16) + off for s in (-1, 1) for off in (-0.075, 0.075)]
    frame = mirrored(box(0.3, 0.05, 0.03).at(length / 2 - 0.16, 0.06), "x")
    return join(wheels(xs, [0.065] * 4, half * 0.7, BLACK, BLACK), mirrored(frame.at(z=half * 0.8), "z").painted(BLACK))


def diesel(d: Draw) -> Solid:
    """A long body with a cab at one end or both, a hood between, windows and a stripe."""
    rgb, second, half = paint(d), paint(d), d(0.13, 0.17)
    low, tall = 0.11, d(0.26, 0.36)
    hood = d.chance(0.5)
    parts = [box(1.0, 0.05, half * 2).at(0, low).painted(BLACK), _bogies(1.0, half)]
    if hood:
        cab = d(0.2, 0.26)
        where = d(-0.36, -0.1)
        parts.append(superellipsoid(0.94, tall * 0.78, half * 1.45, 0.9).at(0, low + 0.04).painted(rgb))
        parts.append(house(d, cab, half, low + 0.04, low + tall * 1.15, second, rgb).at(where))
    else:
        nose = d(0.03, 0.14)
        row = [(-0.5, low + 0.03, tall * 0.75, half * 0.9), (-0.5 + nose, low + 0.03, tall, half)]
        row += [(0.5 - nose, low + 0.03, tall, half), (0.5, low + 0.03, tall * 0.7, half * 0.88)]
        parts.append(shell(row, 0.35).painted(rgb))
        panes = [box(0.12, tall * 0.24, half * 2.02).at(x, low + tall * 0.62) for x in (-0.34, 0.34)]
        parts += [
            join(*panes).painted(BLACK),
            box(0.8, tall * 0.14, half * 2.02).at(0, low + tall * 0.35).painted(second),
        ]
    parts += [box(0.18, 0.05, half).at(x, low + tall * (0.82 if hood else 1.0)).painted(second) for x in (0.1, 0.32)]
    return join(
        *parts, mirrored(rod((0.5, low + 0.03, half * 0.6), (0.55, low + 0.03, half * 0.6), 0.03), "z").painted(BLACK)
    )


def fast(d: Draw) -> Solid:
    """A long pointed nose, a band of windows, smooth sides."""
    half, tall, nose = d(0.08, 0.11), d(0.19, 0.24), d(0.15, 0.42)
    rgb, second, low = paint(d, "white", "white", "grey", "blue", "red"), paint(d), 0.04
    share = np.array([0.0, 0.12, 0.35, 0.65, 1.0])
    row = [(-0.5, low, tall, half)]
    row += [(0.5 - nose + nose * s, low, tall * (1 - 0.72 * s**1.7), half * (1 - 0.7 * s**2.2)) for s in share]
    band = box(0.9 - nose, tall * 0.2, half * 2.03).at(-0.03 - nose / 2, low + tall * 0.55)
    stripe = box(0.98 - nose, tall * 0.08, half * 2.03).at(-nose / 2, low + tall * 0.3)
    pane = superellipsoid(nose * 0.35, tall * 0.22, half * 1.2, 0.2).turned("z", -25)
    pane = pane.at(0.5 - nose * 0.72, low + tall * 0.64)
    skirt = box(0.9 - nose * 0.5, 0.05, half * 1.6).at(-nose * 0.25, 0.0)
    return join(
        shell(row, 0.5).painted(rgb), join(band, pane).painted(BLACK), stripe.painted(second), skirt.painted(BLACK)
    )


@category
def train(d: Draw) -> Solid:
    """A steam locomotive, slender or a chubby toy with a face, a diesel or a fast train; with up to three cars behind."""
    kinds: dict[str, Maker] = {
        "steam locomotive": steam,
        "toy train": lambda d: steam(d, toy=True),
        "wooden train": wooden,
        "diesel locomotive": diesel,
        "high-speed train": fast,
    }
    mesh = one_of(d, kinds)
    factor = d(0.08, 0.24)  # everything above is about one long
    kind, parts = mesh.kind, [mesh]
    rear, height = mesh.vertices[:, 0].min(), mesh.vertices[:, 1].max()
    cars = d.pick(0, 0, 0, 1, 2, 3) if kind != "high-speed train" else d.pick(0, 1, 2)
    for _ in range(cars):
        car = fast_car(mesh) if kind == "high-speed train" else wagon(d, height)
        length = float(np.ptp(car.vertices[:, 0]))
        parts += [car.at(rear - 0.07 - length / 2), rod((rear + 0.02, 0.13, 0), (rear - 0.09, 0.13, 0), 0.018)]
        rear -= 0.07 + length
    if d.chance(0.12):
        parts.append(_track(rear, mesh.vertices[:, 0].max(), d))
    factor = min(factor, 0.48 / float(np.ptp(join(*parts).vertices[:, 0])))
    return join(*parts).resized(factor).grounded().called(kind)


def _track(start: float, end: float, d: Draw) -> Solid:
    """Rails on sleepers under the train."""
    middle, length = (start + end) / 2, (end - start) * 1.1
    rails = mirrored(box(length, 0.03, 0.03).at(middle, -0.03, 0.14), "z").painted(paint(d, "grey", "black", "brown"))
    count = int(np.clip(length / 0.16, 4, 24))
    sleepers = [
        box(0.06, 0.025, 0.42).at(x, -0.05) for x in np.linspace(middle - length * 0.48, middle + length * 0.48, count)
    ]
    return join(rails, join(*sleepers).painted(paint(d, "brown", "grey", "black")))
