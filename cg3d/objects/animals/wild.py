"""Heavy animals, as toys and models: bear, bull, elephant, lion, rhinoceros."""

from __future__ import annotations

from cg3d.objects.animals.domestic import coat, finished
from cg3d.objects.animals.quadrupeds import Beast, Body, build, varied
from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import blob, limb, spike, trunk
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, WHITE, paint
from cg3d.objects.shapes.solid import Solid, join, mirrored

LION = Beast(0.8, 0.21, 0.165, 0.78, 0.84, 0.26, 34, 0.16, 0.36, 10, 0.12, 0.06, 0.9, "paw")
RHINOCEROS = Beast(0.7, 0.265, 0.25, 1.03, 0.96, 0.27, -6, 0.2, 0.53, 14, 0.14, 0.08, 0.3, "column")
BULL = Beast(0.86, 0.28, 0.22, 0.84, 0.8, 0.22, 12, 0.17, 0.37, 40, 0.13, 0.05, 0.8, "hoof")
ELEPHANT = Beast(1.02, 0.34, 0.29, 0.98, 0.9, 0.12, 28, 0.22, 0.42, 30, 0.15, 0.1, 0.15, "column")
BEAR = Beast(0.74, 0.27, 0.23, 0.96, 1.0, 0.2, 14, 0.17, 0.36, 12, 0.15, 0.085, 0.5, "paw")

LION_HEAD = [(-0.05, 0, 0.3, 0.26), (0.25, 0.04, 0.38, 0.32), (0.5, -0.03, 0.3, 0.25), (0.88, -0.08, 0.22, 0.19)]
RHINOCEROS_HEAD = [(-0.1, 0, 0.3, 0.24), (0.2, 0.02, 0.3, 0.25), (0.5, -0.1, 0.2, 0.18), (0.85, -0.06, 0.2, 0.18)]
BULL_HEAD = [(-0.05, 0, 0.28, 0.26), (0.2, 0, 0.32, 0.3), (0.55, -0.04, 0.23, 0.2), (0.92, -0.05, 0.19, 0.19)]
ELEPHANT_HEAD = [(-0.15, 0.05, 0.4, 0.38), (0.2, 0.1, 0.5, 0.42), (0.5, -0.02, 0.4, 0.32), (0.7, -0.1, 0.28, 0.22)]
BEAR_HEAD = [(-0.05, 0, 0.33, 0.33), (0.25, 0.04, 0.4, 0.4), (0.5, -0.04, 0.26, 0.25), (0.9, -0.08, 0.17, 0.17)]


def _pose(d: Draw, *names: str) -> str:
    return str(d.choice(names))


@category
def lion(d: Draw) -> Solid:
    """Standing, walking, sitting or lying, with a mane round the head and a tufted tail; a lioness now and then."""
    rgb = coat(d, ("beige", "beige", "brown", "orange"))
    dark, maned = rgb * d(0.45, 0.8), d.chance(0.85)
    body = build(
        d, varied(d, LION), LION_HEAD, _pose(d, "standing", "standing", "walking", "sitting", "lying"), rgb, rgb
    )
    ears = mirrored(blob(0.12, 0.2, 0.2).at(0.18, 0.38, 0.27), "z").painted(rgb)
    jowl = mirrored(blob(0.22, 0.18, 0.2).at(0.88, -0.14, 0.08), "z").painted(rgb)
    extras = [body.on_head(join(ears, jowl, blob(0.09, 0.09, 0.14).at(1.02, 0.03).painted(BLACK)))]
    (x, y), floor = body.croup, 0.04
    knots = [(x, y, 0, 0.04), (x - 0.22, max(y - 0.15, floor), 0, 0.028), (x - 0.35, max(y - 0.45, floor), 0, 0.024)]
    end = (x - 0.5 - 0.1 * d.random(), max(y - 0.6 + 0.2 * d.random(), floor + 0.02))
    extras += [limb([*knots, (*end, 0, 0.022)]).painted(rgb), blob(0.17, 0.11, 0.11).at(*end).painted(dark)]
    if maned:
        extras.append(_lion_mane(d, body).painted(dark))
    return finished(d, body, extras, (0.06, 0.3)).called("" if maned else "lioness")


def _lion_mane(d: Draw, body: Body) -> Solid:
    """A ruff behind the face and thick hair over the neck, down to the breast."""
    full = d(1.0, 1.25)
    ruff = blob(0.5, 1.25, 1.1).scaled(1, full, full).at(-0.02, -0.08)
    (x, y), (ahead, top) = body.withers, body.poll
    thick = body.plan.depth
    knots = [
        (x - 0.1, y + 0.04, thick * 0.9, thick * 0.75),
        ((x + ahead) / 2, (y + top) / 2, thick * full, thick * 0.85),
    ]
    locks = [blob(0.16, 0.3, 0.16).at(x + d(0.05, 0.16), y - thick * 0.75, z) for z in (-0.08, 0.0, 0.08)]
    return join(body.on_head(ruff), trunk([*knots, (ahead, top, thick * 0.85, thick * 0.8)]), *locks)


@category
def rhinoceros(d: Draw) -> Solid:
    """A heavy body on column legs, the head low with one or two horns on the nose."""
    rgb = coat(d, ("grey", "grey", "brown", "beige", "black"))
    body = build(d, varied(d, RHINOCEROS, 0.09), RHINOCEROS_HEAD, _pose(d, "standing", "walking"), rgb, rgb)
    horn = spike(d(0.35, 0.65), 0.12).turned("z", d(-25, 15)).at(0.8, 0.08)
    horns = [horn] if d.chance(0.3) else [horn, spike(d(0.15, 0.32), 0.09).at(0.52, 0.06)]
    ears = mirrored(blob(0.12, 0.3, 0.16).turned("x", 18).at(-0.02, 0.38, 0.2), "z").painted(rgb)
    bone = rgb * 0.8 if d.chance(0.6) else paint(d, "beige", "white")
    hump = blob(0.5, 0.3, 0.3).at(0.27, body.plan.stand - 0.1).painted(rgb)
    lip = blob(0.2, 0.2, 0.3).at(0.92, -0.18).painted(rgb)
    extras = [body.on_head(join(*(h.painted(bone) for h in horns), ears, lip)), hump, _thin_tail(body).painted(rgb)]
    return finished(d, body, extras, (0.06, 0.3))


def _thin_tail(body: Body, length: float = 0.5, tuft: float = 0.05) -> Solid:
    (x, y), end = body.croup, max(body.croup[1] - length, tuft)
    rope = limb([(x + 0.04, y + 0.06, 0, 0.03), (x - 0.06, y, 0, 0.024), (x - 0.09, end, 0, 0.016)])
    return join(rope, blob(tuft * 1.4, tuft * 2.6, tuft * 1.4).at(x - 0.09, end))


@category
def bull(d: Draw) -> Solid:
    """Cattle: a bull with a hump and a lowered head, a cow with an udder, a bison with a mane; horns of several shapes."""
    rgb, kind = coat(d, ("brown", "black", "white", "beige")), d.pick("bull", "bull", "cow", "bison")
    plan = varied(d, BULL, 0.08)
    mark = rgb if kind == "bison" or d.chance(0.6) else coat(d, ("white", "brown", "black"))
    body = build(d, plan, BULL_HEAD, _pose(d, "standing", "walking"), rgb, mark)
    out, up = d(0.3, 0.6), d(0.2, 0.6)
    horn = limb([(0.05, 0.22, 0.14, 0.09), (0.05, 0.28, 0.14 + out * 0.7, 0.08), (0.12, 0.28 + up, 0.14 + out, 0.02)])
    ears = mirrored(blob(0.1, 0.16, 0.32).turned("x", 20).at(0.04, 0.12, 0.42), "z").painted(rgb)
    muzzle = blob(0.22, 0.36, 0.4).at(0.95, -0.06).painted(mark)
    extras = [body.on_head(join(mirrored(horn, "z").painted(paint(d, "beige", "white", "black")), ears, muzzle))]
    extras.append(_thin_tail(body, 0.55).painted(rgb))
    if kind == "cow":
        extras.append(
            blob(0.24, 0.2, 0.2).at(-0.25, plan.stand - 2 * plan.depth * 0.88).painted(paint(d, "pink", "beige"))
        )
    elif kind == "bison":
        wool = blob(0.75, 0.75, 0.5).turned("z", -15).at(0.24, plan.stand - 0.2).painted(rgb * 0.6)
        beard = body.on_head(blob(0.5, 0.85, 0.6).at(0.25, -0.15).painted(rgb * 0.6))
        extras += [wool, beard]
    else:
        extras.append(blob(0.5, 0.3, 0.28).at(0.28, plan.stand - 0.06).painted(rgb))
    return finished(d, body, extras, (0.06, 0.32)).called("" if kind == "bull" else kind)


@category
def elephant(d: Draw) -> Solid:
    """Large ears, a trunk hanging, curled or raised, with tusks or without; heavy adult or round young one."""
    rgb = coat(d, ("grey", "grey", "grey", "brown", "blue", "pink"))
    plan = varied(d, ELEPHANT, 0.1)
    body = build(d, plan, ELEPHANT_HEAD, _pose(d, "standing", "walking"), rgb, rgb)
    away = [(0.45, -0.15, 0.2), (0.85, -0.28, 0.15), (1.0, -0.7, 0.12)]
    ends = {"hanging": [(1.1, -1.2, 0.1), (1.35, -1.5, 0.08)], "curled": [(1.3, -1.05, 0.1), (1.65, -0.85, 0.08)]}
    ends["raised"] = [(1.5, -0.3, 0.1), (1.5, 0.25, 0.08)]
    knots = [(*p[:2], 0, p[2]) for p in away + ends[_pose(d, *ends)]]
    parts = [placed_nod(limb(knots), plan).painted(rgb)]
    size, spread = d(0.8, 1.25), d(15, 50)
    ear = blob(0.85 * size, 1.1 * size, 0.09).at(-0.36 * size, -0.12).turned("y", spread).at(0.1, 0.08, 0.36)
    parts.append(mirrored(ear, "z").painted(rgb * d(0.85, 1.0)))
    if d.chance(0.65):
        tusk = limb([(0.5, -0.2, 0.2, 0.06), (0.85, -0.45, 0.24, 0.05), (1.2, -0.4, 0.22, 0.015)])
        parts.append(placed_nod(mirrored(tusk, "z"), plan).painted(WHITE))
    return finished(d, body, [body.on_head(join(*parts)), _thin_tail(body, 0.5).painted(rgb)], (0.06, 0.35))


def placed_nod(part: Solid, plan: Beast) -> Solid:
    """A part that hangs level in the world, turned into the frame of the nodding head."""
    return part.turned("z", plan.nod * 0.6)


@category
def bear(d: Draw) -> Solid:
    """Standing, walking, sitting or lying: brown, black, polar bear and panda, with round ears and a heavy rump."""
    kind = d.pick("bear", "bear", "polar bear", "panda")
    rgb = WHITE * 0.98 if kind != "bear" else coat(d, ("brown", "brown", "black", "grey"))
    dark = BLACK if kind == "panda" else rgb
    body = build(d, varied(d, BEAR), BEAR_HEAD, _pose(d, "standing", "walking", "sitting", "lying"), rgb, dark)
    ears = mirrored(blob(0.12, 0.24, 0.24).at(0.12, 0.38, 0.3), "z").painted(dark)
    nose = blob(0.12, 0.12, 0.16).at(0.98, -0.02).painted(BLACK)
    (x, y), patches = body.croup, mirrored(blob(0.2, 0.16, 0.14).at(0.46, 0.14, 0.22), "z").painted(dark)
    hump = blob(0.45, 0.25, 0.3).at(0.27, body.plan.stand - 0.06).painted(rgb)
    standing = y > body.plan.stand * 0.6 and body.withers[1] < body.plan.stand
    extras = [body.on_head(join(ears, nose, patches)), blob(0.14, 0.14, 0.14).at(x, y).painted(rgb)]
    return finished(d, body, [*extras, hump] if standing else extras, (0.06, 0.3)).called(
        "" if kind == "bear" else kind
    )
