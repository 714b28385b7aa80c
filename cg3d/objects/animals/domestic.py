"""Animals of the field and the house, as toys and models: cat, dog, horse, pig, rabbit."""

from __future__ import annotations

import numpy as np

from cg3d.objects.animals.quadrupeds import Beast, Body, build, looking, varied
from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import blob, limb, placed, spike, trunk, uneven
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import cylinder
from cg3d.objects.shapes.solid import Solid, join, mirrored

HORSE = Beast(1.12, 0.24, 0.18, 0.88, 0.98, 0.52, 48, 0.12, 0.45, 42, 0.12, 0.042, 1.0, "hoof")
DOG = Beast(0.86, 0.2, 0.15, 0.72, 0.8, 0.3, 46, 0.12, 0.38, 6, 0.1, 0.045, 1.1, "paw")
CAT = Beast(0.62, 0.155, 0.14, 0.92, 0.96, 0.17, 48, 0.12, 0.31, 4, 0.085, 0.042, 0.9, "paw")
PIG = Beast(0.6, 0.25, 0.22, 1.0, 0.98, 0.14, 6, 0.19, 0.36, 14, 0.11, 0.05, 0.7, "hoof")

HORSE_HEAD = [(-0.05, -0.02, 0.2, 0.12), (0.2, 0, 0.25, 0.16), (0.5, -0.03, 0.18, 0.13), (0.92, -0.04, 0.13, 0.1)]
HOUND_HEAD = [(-0.05, 0, 0.26, 0.25), (0.25, 0.04, 0.33, 0.3), (0.5, -0.02, 0.22, 0.2), (0.92, -0.06, 0.14, 0.12)]
PUG_HEAD = [(-0.05, 0, 0.3, 0.3), (0.3, 0.05, 0.4, 0.4), (0.6, -0.03, 0.32, 0.32), (0.78, -0.08, 0.22, 0.24)]
CAT_HEAD = [(-0.05, 0, 0.3, 0.3), (0.3, 0.05, 0.42, 0.44), (0.6, -0.02, 0.34, 0.36), (0.85, -0.12, 0.17, 0.2)]
PIG_HEAD = [(-0.05, 0, 0.4, 0.36), (0.25, 0.02, 0.42, 0.38), (0.6, -0.08, 0.26, 0.24), (0.98, -0.08, 0.18, 0.19)]

COATS = ("brown", "brown", "beige", "black", "grey", "white", "orange")


def coat(d: Draw, names: tuple[str, ...] = COATS) -> np.ndarray:
    """The colour of the fur; toys are now and then painted in any colour."""
    return paint(d) if d.chance(0.15) else paint(d, *names)


def finished(d: Draw, body: Body, extras: list[Solid], size: tuple[float, float]) -> Solid:
    """The animal with its ears and tail, looking aside, uneven like a casting, and as long or as tall as a toy is."""
    mesh = uneven(d, looking(d, body, join(body.mesh, *extras)), d(0.0, 0.006))
    factor = d.uniform(*size) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor).grounded()


@category
def horse(d: Draw) -> Solid:
    """Standing, trotting or grazing; with a mane and a hanging or flowing tail, heavy or fine; sometimes a saddle."""
    plan = varied(d, HORSE, 0.08)
    if d.chance(0.15):
        plan = varied(d, Beast(**{**plan.__dict__, "rise": -35, "nod": 62, "neck": plan.neck * 1.1}), 0.03)
    rgb = coat(d)
    hair = rgb * 0.4 if d.chance(0.5) else coat(d)
    lower = rgb if d.chance(0.5) else coat(d, ("black", "white", "brown"))
    body = build(d, plan, HORSE_HEAD, d.pick("standing", "walking"), rgb, lower)
    ears = mirrored(spike(0.24, 0.07).scaled(0.6, 1, 1).turned("z", 20).at(0.06, 0.14, 0.1), "z")
    x, y = body.croup
    fall, out = plan.stand * d(0.45, 0.75), d(0.06, 0.3)
    tail = [(x, y + 0.05, 0.03, 0.03), (x - out * 0.7, y - fall * 0.1, 0.06, 0.05)]
    tail += [(x - out, y - fall * 0.5, 0.075, 0.06), (x - out * 1.1, y - fall, 0.02, 0.02)]
    extras = [body.on_head(ears).painted(rgb), trunk(tail).painted(hair), _mane(d, body).painted(hair)]
    if d.chance(0.15):
        extras.append(blob(0.4, 0.12, plan.girth * 2.1).at(0.0, plan.stand + 0.0).painted(paint(d)))
    return finished(d, body, extras, (0.08, 0.35))


def _mane(d: Draw, body: Body) -> Solid:
    """Hair along the crest of the neck, upright or fallen to one side, and a forelock."""
    (x, y), (ahead, top) = body.withers, body.poll
    normal = np.array([-(top - y), ahead - x]) / np.hypot(top - y, ahead - x)
    thick, side = body.plan.depth * 0.6, d.pick(0.0, 0.05, -0.05)
    low, high = np.add((x, y), normal * thick), np.add((ahead, top), normal * body.plan.throat)
    middle = (low + high) / 2 + normal * 0.01
    knots = [(*low, 0.03, 0.02), (*middle, 0.085, 0.035), (*high, 0.075, 0.035)]
    return trunk([*knots, (high[0] + 0.08, high[1] - 0.03, 0.03, 0.025)]).at(z=side)


@category
def dog(d: Draw) -> Solid:
    """Standing, walking, sitting or lying; long, short or flat muzzle, ears up or hanging, tail up, curled or hanging."""
    plan = varied(d, DOG, 0.12)
    short = d.chance(0.25)
    if short:
        plan = Beast(**{**plan.__dict__, "stand": plan.stand * 0.68, "girth": plan.girth * 1.15})
    flat = d.chance(0.3)
    rgb, mark = coat(d), coat(d)
    lower = mark if d.chance(0.3) else rgb
    pose = d.pick("standing", "walking", "sitting", "sitting", "lying")
    body = build(d, plan, PUG_HEAD if flat else HOUND_HEAD, pose, rgb, lower)
    ear, nose = _dog_ears(d, 0.4 if flat else 0.3), blob(0.12, 0.12, 0.14).at(0.97 if not flat else 0.88)
    extras = [body.on_head(ear).painted(mark), body.on_head(nose).painted(BLACK), _dog_tail(d, body).painted(mark)]
    return finished(d, body, extras, (0.05, 0.4)).called("dachshund" if short and not flat else "")


def _dog_ears(d: Draw, wide: float) -> Solid:
    if d.chance(0.45):
        return mirrored(spike(0.36, 0.16).scaled(0.5, 1, 1).at(0.1, 0.24, wide * 0.6).turned("x", 8), "z")
    length = d(0.3, 0.6)
    hanging = blob(0.26, length, 0.1).turned("x", -12).at(0.1, 0.3 - length * 0.5, wide * 1.05)
    return mirrored(hanging, "z")


def _dog_tail(d: Draw, body: Body) -> Solid:
    (x, y), thick = body.croup, d(0.022, 0.06)
    length, kind = d(0.35, 0.6), d.integers(3)
    away = [[(-0.2, 0.15), (-0.35, 0.5), (-0.3, 0.9)], [(-0.2, 0.35), (0.1, 0.65), (0.4, 0.45)]]
    away += [[(-0.3, -0.1), (-0.6, -0.35), (-0.9, -0.35)]]
    path = [(x + 0.08, y + 0.03), *((x + a * length, max(y + b * length, thick)) for a, b in away[kind])]
    return limb([(*p, 0, thick * f) for p, f in zip(path, (1.0, 1.1, 1.0, 0.5), strict=True)])


@category
def cat(d: Draw) -> Solid:
    """Sitting upright, standing, walking or lying, with a round head, pointed ears and a long tail."""
    plan, rgb = varied(d, CAT), coat(d)
    pose = d.pick("standing", "walking", "sitting", "sitting", "lying")
    body = build(d, plan, CAT_HEAD, pose, rgb, rgb if d.chance(0.6) else paint(d, "white", "black"))
    ears = mirrored(spike(0.36, 0.2).scaled(0.45, 1, 1).at(0.22, 0.3, 0.24).turned("x", 6), "z")
    (x, y), thick = body.croup, d(0.03, 0.045)
    if pose in ("sitting", "lying"):
        low = thick
        tail = [(x, y, 0, thick), (x - 0.25, low, 0.1, thick), (x - 0.1, low, 0.36, thick), (x + 0.3, low, 0.4, thick)]
    else:
        up = d(-0.2, 0.75)
        tail = [(x, y, 0, thick), (x - 0.3, y + up * 0.2, 0, thick), (x - 0.5, y + up * 0.7, 0, thick)]
        tail.append((x - 0.5 - 0.2 * d.random(), y + up, 0, thick))
    return finished(d, body, [body.on_head(ears).painted(rgb), limb(tail).painted(rgb)], (0.05, 0.35))


@category
def pig(d: Draw) -> Solid:
    """A barrel on short legs with a snout, drooping or upright ears and a curl of a tail."""
    plan, rgb = varied(d, PIG), coat(d, ("pink", "pink", "pink", "beige", "brown", "black"))
    body = build(d, plan, PIG_HEAD, d.pick("standing", "walking"), rgb, rgb)
    snout = cylinder(0.21, 0.1, 0.21, 20).turned("z", -90).at(0.98, -0.08)
    ear = spike(0.34, 0.17).scaled(0.35, 1, 1).turned("z", d(-80, 10)).at(0.15, 0.3, 0.24)
    x, y = body.croup
    angle = np.linspace(0, 9, 12)
    curl = points(x - 0.012 * angle, y + 0.08 + 0.04 * np.sin(angle), 0.04 * np.cos(angle), 0 * angle + 0.014)
    extras = [body.on_head(join(snout, mirrored(ear, "z"))).painted(rgb * 0.92), limb(curl, 2).painted(rgb)]
    return finished(d, body, extras, (0.05, 0.3))


@category
def rabbit(d: Draw) -> Solid:
    """Crouching or sitting up, with long ears upright, laid back or hanging, and a round tail."""
    rgb, up = coat(d, ("white", "white", "brown", "beige", "grey", "pink")), d(0, 70)
    wide, light = d(0.2, 0.27), coat(d, ("white", "beige", "brown"))
    knots = [(-0.35, 0.24, 0.2, wide * 0.85), (-0.12, 0.32, 0.29, wide), (0.12, 0.3, 0.22, wide * 0.8)]
    raised = placed(trunk([*knots, (0.3, 0.27, 0.15, wide * 0.6)], segments=22).at(0.3, -0.25), up, (-0.3, 0.25))
    turn = np.radians(up)
    neck = np.array(
        [-0.3 + 0.58 * np.cos(turn) - 0.07 * np.sin(turn), 0.25 + 0.58 * np.sin(turn) + 0.07 * np.cos(turn)]
    )
    size = d(0.36, 0.5)
    skull = trunk([(-0.1, 0, 0.24, 0.22), (0.2, 0.05, 0.33, 0.31), (0.55, -0.02, 0.27, 0.25), (0.8, -0.1, 0.15, 0.16)])
    head = join(skull.painted(rgb), _rabbit_ears(d).painted(rgb), blob(0.07, 0.06, 0.09).at(0.93, -0.05).painted(BLACK))
    head = placed(head.resized(size), d(-25, 5), neck)
    thigh = blob(0.42, 0.4, 0.2).turned("z", 20).at(-0.18, 0.2, wide * 0.75)
    hind = trunk([(-0.25, 0.05, 0.05, 0.05), (0.12, 0.045, 0.045, 0.06)]).at(z=wide * 0.8)
    paw = np.array([max(neck[0] - 0.05, 0.12), 0.05]) if up < 45 else np.add(neck, (0.16, -0.22 - 0.1 * d.random()))
    fore = trunk(
        [(*(neck - (0.1, 0.12)), 0.09, 0.08), (*((neck + paw) / 2 - (0.02, 0.03)), 0.06, 0.06), (*paw, 0.05, 0.05)]
    )
    limbs = mirrored(join(thigh, hind, fore.at(z=wide * 0.45)), "z").painted(rgb)
    tail = blob(0.17, 0.17, 0.17).at(-0.53, 0.22).painted(light)
    mesh = uneven(d, join(raised.painted(rgb), head, limbs, tail), d(0, 0.006))
    factor = d(0.05, 0.3) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor).grounded().called("bunny" if up > 45 else "")


def _rabbit_ears(d: Draw) -> Solid:
    length = d(0.75, 1.3)
    ear = blob(0.16, length, 0.26).at(0, length * 0.45)
    if d.chance(0.15):
        return mirrored(ear.turned("x", 165).at(0.1, 0.28, 0.27), "z")
    return mirrored(ear.turned("x", d(2, 16)).turned("z", d(0, 60)).at(0.1, 0.22, 0.13), "z")
