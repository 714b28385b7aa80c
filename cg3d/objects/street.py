"""Things of the street: fire hydrant, mailbox, streetlight, traffic cone."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, METALS, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, hoop, lathe, loft, rod, slab, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def traffic_cone(d: Draw) -> Solid:
    """A hollow cone on a plate with reflecting bands; sometimes fallen over."""
    height = d(0.28, 1.0)
    radius, tip, plate = height * d(0.17, 0.24), height * d(0.025, 0.05), height * d(0.025, 0.06)
    rgb = paint(d, "orange", "orange", "red", "yellow", "green", "blue")
    wide = radius * d(2.4, 2.9)
    outline = rectangle(wide, wide, wide * d(0.02, 0.25)) if d.chance(0.8) else rectangle(wide, wide, wide / 2)
    base = slab(outline, plate).painted(rgb if d.chance(0.5) else BLACK)
    levels = np.linspace(0, 1, 30)
    wall = points(radius + (tip - radius) * levels, plate + (height - plate) * levels)
    inside = wall[::-4] * (0.94, 0.99)
    cone = lathe([*wall, *inside, wall[0]]).painted(rgb)
    band = paint(d, "white", "white", "grey", "yellow")
    for k in range(d.count(0, 3)):
        low = plate + height * (0.35 + 0.25 * k)
        cone = cone.banded(low, low + height * 0.15, band)
    foot = lathe([(0, 0), (radius * 1.12, 0), (radius, plate), (0, plate)]).at(y=plate).painted(rgb)
    whole = join(base, cone, foot)
    return (
        whole.turned("x", 90 - np.degrees(np.arctan2(wide / 2 - radius * 0.2, height))).grounded()
        if d.chance(0.15)
        else whole
    )


@category
def fire_hydrant(d: Draw) -> Solid:
    """A stout post with a bonnet, flanges with bolts, and two or three outlets."""
    height = d(0.55, 0.95)
    radius = height * d(0.13, 0.17)
    rgb, trim = paint(d, "red", "red", "yellow", "orange", "blue", "green"), paint(d)
    trim = rgb if d.chance(0.5) else trim
    shoulder = height * d(0.68, 0.76)
    post = lathe(
        [(0, 0), (radius * 1.5, 0), (radius * 1.5, 0.03), (radius, 0.045), (radius * 0.95, shoulder), (0, shoulder)]
    )
    flange = lathe([(0, 0), (radius * 1.3, 0), (radius * 1.3, 0.03), (0, 0.03)])
    dome = height - shoulder - 0.05
    t = np.linspace(0, np.pi / 2, 8)[:-1]
    bonnet = lathe([(0, 0), *points(radius * 1.1 * np.cos(t), dome * np.sin(t)), (0, dome)])
    nut = cylinder(radius * 0.28, 0.05, segments=5).at(y=height - 0.055)
    parts = [post.painted(rgb), flange.at(y=shoulder - 0.01).painted(rgb)]
    parts += [join(bonnet, nut.at(y=-shoulder - 0.02)).at(y=shoulder + 0.02).painted(trim)]
    level = height * d(0.5, 0.6)
    outlet = _outlet(radius * d(0.42, 0.52), radius * 1.55)
    parts.append(mirrored(outlet.turned("z", -90).at(y=level)).painted(trim))
    if d.chance(0.8):
        piece = _outlet(radius * d(0.55, 0.68), radius * 1.5).turned("x", 90).at(y=level - height * d(0.0, 0.08))
        parts.append(piece.painted(trim))
    bolts = [
        cylinder(0.011, 0.02, segments=6).at(radius * 1.18 * np.cos(a), 0, radius * 1.18 * np.sin(a))
        for a in np.arange(8) * np.pi / 4
    ]
    parts += [join(*bolts).at(y=y).painted(rgb) for y in (shoulder + 0.015, 0.03)]
    return join(*parts)


def _outlet(radius: float, reach: float) -> Solid:
    """A nozzle along +y with its cap and a square nut."""
    profile = [(0, 0), (radius * 0.85, 0), (radius * 0.85, reach * 0.75)]
    profile += [(radius * 1.1, reach * 0.75), (radius * 1.1, reach), (0, reach)]
    pipe = lathe(profile)
    return join(pipe, cylinder(radius * 0.3, radius * 0.45, segments=5).at(y=reach))


@category
def streetlight(d: Draw) -> Solid:
    """A pole with an arm and a lamp head, with two of them, or an old lantern."""
    return one_of(d, {"street lamp": _arm_light, "double street lamp": _double_light, "street lantern": _lantern})


def _pole_parts(d: Draw, height: float) -> list[Solid]:
    radius = height * d(0.009, 0.014)
    return [rod((0, 0, 0), (0, height, 0), radius, radius * 0.6), cylinder(radius * 2.2, height * 0.05, radius * 1.6)]


def _arm(d: Draw, height: float) -> tuple[Solid, Solid]:
    """An arm from the top of the pole towards +x, and its lamp head with the glass below."""
    reach, rise, thin = height * d(0.15, 0.28), height * d(0.02, 0.12), height * 0.007
    if d.chance(0.5):
        path = smooth([(0, height * 0.97, 0), (reach * 0.2, height + rise * 0.8, 0), (reach, height + rise, 0)])
    else:
        path = np.array([(0, height * 0.99, 0), (reach, height + rise * 0.5, 0)])
    size = height * d(0.07, 0.1)
    head = superellipsoid(size * 1.8, size * 0.36, size * 0.75, d(0.2, 0.7))
    glass = superellipsoid(size * 1.2, size * 0.22, size * 0.55, 0.4).at(y=-size * 0.05).painted(WHITE)
    return tube(path, thin), join(head, glass).at(path[-1, 0] + size * 0.7, path[-1, 1] - size * 0.18)


def _arm_light(d: Draw) -> Solid:
    height, rgb = d(4, 9), paint(d, *METALS, "green")
    arm, head = _arm(d, height)
    return join(join(*_pole_parts(d, height), arm).painted(rgb), _keep_white(head, rgb))


def _double_light(d: Draw) -> Solid:
    height, rgb = d(5, 10), paint(d, *METALS, "green")
    arm, head = _arm(d, height)
    return join(join(*_pole_parts(d, height), mirrored(arm)).painted(rgb), mirrored(_keep_white(head, rgb)))


def _keep_white(head: Solid, rgb: np.ndarray) -> Solid:
    """`head` painted, except for its white glass."""
    glass = (head.face_rgb == COLOURS["white"]).all(axis=1)
    return head.painted_where(~glass, rgb)


def _lantern(d: Draw) -> Solid:
    """A fluted post that carries one to three glass lanterns or globes."""
    height, rgb = d(2.6, 4.2), paint(d, "black", "black", "green", "grey", "white")
    thin = height * 0.014
    knots = [(thin * 4, 0), (thin * 3.2, height * 0.05), (thin * 1.6, height * 0.12)]
    knots += [(thin * 2.0, height * 0.25), (thin, height * 0.3), (thin * 0.8, height)]
    parts = [
        lathe([(0, 0), *knots, (0, height)], 16).painted(rgb),
        hoop(thin * 1.5, thin * 0.5).at(y=height * 0.85).painted(rgb),
    ]
    size, globe, count = height * d(0.06, 0.085), d.chance(0.4), d.count(1, 4)
    light = _globe(size) if globe else _glass_box(size, rgb)
    if count == 1:
        return join(*parts, light.at(y=height))
    reach = size * d(1.8, 2.6)
    arm = tube(smooth([(0, height * 0.88, 0), (reach * 0.5, height * 0.86, 0), (reach, height * 0.92, 0)]), thin * 0.6)
    arm = arm.painted(rgb)
    one = join(arm, light.at(x=reach, y=height * 0.92))
    return join(
        *parts,
        *(one.turned("y", 360 * k / count) for k in range(count)),
        *([light.at(y=height)] if d.chance(0.5) else []),
    )


def _globe(size: float) -> Solid:
    return superellipsoid(2 * size, 2 * size, 2 * size).painted(WHITE)


def _glass_box(size: float, rgb: np.ndarray) -> Solid:
    """A four- or six-sided lantern that widens upwards, under a roof with a finial."""
    glass = cylinder(size * 0.55, size * 1.6, size * 0.95, segments=6).painted(COLOURS["yellow"])
    roof = [
        cylinder(size * 1.15, size * 0.7, size * 0.15, segments=6).at(y=size * 1.6),
        superellipsoid(size * 0.3, size * 0.4, size * 0.3).at(y=size * 2.2),
    ]
    bars = [rod((size * 0.57, 0, 0), (size * 0.97, size * 1.6, 0), size * 0.05).turned("y", 60 * k) for k in range(6)]
    return join(glass, join(*roof, *bars, cylinder(size * 0.6, size * 0.1, segments=6)).painted(rgb))


@category
def mailbox(d: Draw) -> Solid:
    """An arched box on a post with a flag, a box for the wall, or a collection box on legs."""
    return one_of(d, {"rural mailbox": _post_mailbox, "wall mailbox": _wall_mailbox, "collection box": _collection_box})


def _arched(width: float, height: float, depth: float) -> Solid:
    """A body along z with an upright lower half and a half round above, standing on y = 0."""
    spring = max(height - width / 2, height * 0.3)
    top = arc(width / 2, height - spring, 0, 180, 17)[:, :2] + (0, spring)
    outline = np.concatenate([[(-width / 2, 0.0), (width / 2, 0.0)], top])
    return loft([points(outline, z) for z in (-depth / 2, depth / 2)])


def _post_mailbox(d: Draw) -> Solid:
    width, depth = d(0.16, 0.24), d(0.42, 0.55)
    height, level = width * d(1.1, 1.4), d(0.8, 1.1)
    rgb, flag_rgb = paint(d), paint(d, "red", "yellow", "orange")
    lid = _arched(width * 1.04, height * 1.02, 0.03)
    door = lid.at(z=depth / 2) if d.chance(0.7) else lid.turned("x", 95).at(y=0.01, z=depth / 2 + 0.01)
    knob = superellipsoid(0.03, 0.03, 0.03).at(y=height * 0.75, z=depth / 2 + 0.02)
    pole = rod((0, 0, 0), (0, 0.14, 0), 0.006)
    flag = join(pole, box(0.008, 0.06, 0.09).at(y=0.09, z=-0.045)).turned("x", d.pick(0.0, 90.0))
    side = flag.at(x=width / 2 + 0.008, y=height * 0.45, z=depth * 0.1).painted(flag_rgb)
    post = box(0.09, level + 0.01, 0.09) if d.chance(0.7) else cylinder(0.035, level + 0.01)
    shelf = box(width * 0.9, 0.025, depth * 0.8).at(y=level - 0.025)
    body = join(_arched(width, height, depth), door, knob).at(y=level).painted(rgb)
    return join(body, side.at(y=level), join(post, shelf).painted(wood(d) if d.chance(0.7) else metal(d)))


def _wall_mailbox(d: Draw) -> Solid:
    """A flat box with a sloping lid, a slot, a name plate and a tube for newspapers below."""
    width, height, depth = d(0.26, 0.4), d(0.28, 0.42), d(0.09, 0.14)
    rgb, lid_rgb = paint(d), paint(d)
    lid_rgb = rgb if d.chance(0.5) else lid_rgb
    body = box(width, height, depth).painted(rgb)
    lid = box(width * 1.06, 0.015, depth * 1.35).turned("x", d(12, 30)).at(y=height + 0.012, z=depth * 0.08)
    lid = lid.painted(lid_rgb)
    gable = box(width * 0.98, 0.05, depth * 0.5).at(y=height - 0.01, z=-depth * 0.25).painted(rgb)
    slot = box(width * 0.75, 0.025, 0.01).at(y=height * 0.78, z=depth / 2).painted(BLACK)
    plate = box(width * 0.35, 0.04, 0.008).at(y=height * 0.5, z=depth / 2).painted(WHITE)
    lock = cylinder(0.012, 0.012).turned("x", 90).at(x=width * 0.3, y=height * 0.4, z=depth / 2).painted(metal(d))
    parts = [body, lid, gable, slot, plate, lock]
    if d.chance(0.5):
        roll = lathe([(0.05, 0), (0.05, width * 0.95), (0.046, width * 0.95), (0.046, 0), (0.05, 0)])
        roll = roll.at(y=-width * 0.475)
        parts.append(roll.turned("z", 90).at(y=-0.055).painted(rgb))
    return join(*parts).grounded()


def _collection_box(d: Draw) -> Solid:
    """A big arched box on four short legs with a chute in front, or a round pillar box."""
    rgb = paint(d, "blue", "red", "yellow", "green")
    if d.chance(0.4):
        return _pillar_box(d, rgb)
    width, height, depth = d(0.45, 0.6), d(0.95, 1.15), d(0.45, 0.55)
    body = _arched(width, height, depth).turned("y", 90).at(y=0.15).painted(rgb)
    leg = box(0.06, 0.17, 0.06).at(x=depth / 2 - 0.04, z=width / 2 - 0.04)
    legs = mirrored(mirrored(leg), "z").painted(rgb)
    chute = box(depth * 0.7, 0.06, 0.05).at(y=height * 0.82, z=width / 2 - 0.01).painted(rgb * 0.75)
    label = box(depth * 0.5, 0.16, 0.012).at(y=height * 0.5, z=width / 2).painted(WHITE)
    return join(body, legs, chute, label)


def _pillar_box(d: Draw, rgb: np.ndarray) -> Solid:
    """A round post with a cap, a slot, a plate with the times, and a black foot."""
    radius, height = d(0.19, 0.25), d(1.3, 1.6)
    wall = [(1.12, 0), (1.12, 0.12), (1.0, 0.14), (1.0, height - 0.2), (1.15, height - 0.18), (1.12, height - 0.12)]
    profile = [(size * radius, y) for size, y in (*wall, (0.6, height - 0.03))]
    post = lathe([(0, 0), *profile, (0, height)]).painted(rgb).banded(0.0, 0.13, BLACK)
    slot = box(radius, 0.05, 0.02).at(y=height * 0.72, z=radius - 0.01).painted(BLACK)
    plate = box(radius * 0.7, 0.2, 0.02).at(y=height * 0.48, z=radius - 0.012).painted(WHITE)
    return join(post, slot, plate)
