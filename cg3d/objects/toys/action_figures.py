"""Toy people with joints: action figure."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import blob, limb, spike, trunk, uneven
from cg3d.objects.shapes.curves import ellipse
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, metal, paint
from cg3d.objects.shapes.primitives import beam, box, cylinder, rod, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite
from cg3d.objects.toys.people import Clothes, Physique, arm, cape, clothes, hand_of, head, leg, physique, torso
from cg3d.objects.toys.robots import arm_pose, robot


@category
def action_figure(d: Draw) -> Solid:
    """Heroes with or without a cape, soldiers, knights, robots, monsters and cartoon characters; arms in any pose."""
    kinds: dict[str, Maker] = {
        "superhero figure": _hero,
        "toy soldier": _soldier,
        "knight figure": _knight,
        "toy robot": robot,
        "monster figure": _monster,
        "cartoon figure": _cartoon,
    }
    if d.chance(0.3):
        kinds = {"superhero figure": _hero}
    mesh = one_of(d, kinds)
    kind, mesh = mesh.kind, uneven(d, mesh, d(0, 0.003))
    if d.chance(0.12):
        mesh = join(mesh, cylinder(0.2, 0.025, 0.19).at(0.02, mesh.vertices[:, 1].min() - 0.02).painted(BLACK))
    size = d(0.07, 0.32)
    mesh = mesh.resized(size)
    return (mesh.turned("z", 90) if d.chance(0.1) else mesh).grounded().called(kind)


def _dressed(d: Draw, body: Physique, wear: Clothes, style: str, poses: list[tuple[float, float, float]]) -> Solid:
    """A whole figure with its two arms in the given poses, standing or striding."""
    stride, spread = d(-5, 24), d(2, 14)
    legs = [leg(body, wear, stride, spread, d(5, 25)), opposite(leg(body, wear, -stride * 0.7, spread, d(0, 22)))]
    arms = [arm(body, wear, *poses[0]), opposite(arm(body, wear, *poses[1]))]
    belt = stacked([(ellipse(body.depth * 1.75, body.hips * 2.1), y) for y in (0.0, 0.03)]).at(0, body.hip + 0.03)
    parts = [torso(body).painted(wear.top), belt.painted(wear.boots), *legs, *arms]
    return join(*parts, head(d, body.head, wear, style).at(0, body.neck + body.head * 0.08))


def _style(d: Draw) -> str:
    return d.pick("bare", "hair", "hair", "masked", "masked", "helmet", "hood", "cap")


def _hero(d: Draw) -> Solid:
    body, wear = physique(d, "hero"), clothes(d)
    mesh = _dressed(d, body, wear, _style(d), [arm_pose(d), arm_pose(d)])
    muscle = mirrored(
        blob(body.depth * 0.7, 0.1, body.shoulders * 0.85).at(body.depth * 0.72, body.neck - 0.1, body.shoulders * 0.4),
        "z",
    )
    parts = [mesh, muscle.painted(wear.top)]
    return join(*([*parts, cape(d, body)] if d.chance(0.3) else parts))


def _soldier(d: Draw) -> Solid:
    """A rifle held in both hands, a helmet or cap, a pack on the back; green plastic or painted."""
    body, wear = physique(d, "plain"), clothes(d)
    if d.chance(0.5):
        wear = Clothes(*[paint(d, "green", "beige", "grey", "brown")] * 5)
    pose = (d(15, 50), d(-8, 8), d(50, 80))
    mesh = _dressed(d, body, wear, d.pick("helmet", "cap"), [pose, (pose[0] - 20, pose[1], pose[2] + 15)])
    x, y, z = hand_of(body, *pose)
    gun = join(
        rod((x - 0.2, y - 0.06, -z), (x + 0.18, y + 0.05, z * 1.1), 0.014),
        beam((x - 0.24, y - 0.08, -z), (x, y, 0), 0.025, 0.05),
    )
    pack = superellipsoid(0.09, 0.2, 0.19, 0.5).at(-body.depth - 0.02, body.hip + 0.1).painted(wear.bottom)
    parts = [mesh, gun.painted(wear.top if d.chance(0.4) else BLACK), pack]
    return join(*parts)


def _knight(d: Draw) -> Solid:
    """A sword or an axe in one hand, a shield on the other arm, shoulder plates; a ninja without the shield."""
    body, wear, pose = physique(d, "hero" if d.chance(0.5) else "plain"), clothes(d), arm_pose(d)
    other = (d(0, 40), d(10, 35), d(50, 100))
    parts = [_dressed(d, body, wear, d.pick("helmet", "hood", "hair"), [pose, other])]
    length = d(0.35, 0.6)
    blade = join(
        box(0.035, length, 0.014).at(y=0.06), box(0.03, 0.02, 0.13).at(y=0.05), rod((0, -0.07, 0), (0, 0.06, 0), 0.013)
    )
    parts.append(blade.turned("z", d(-110, 20)).at(*hand_of(body, *pose)).painted(metal(d)))
    if d.chance(0.5):
        x, y, z = hand_of(body, *other)
        parts.append(blob(0.05, d(0.28, 0.4), 0.26).turned("y", 35).at(x + 0.03, y, -z - 0.02).painted(paint(d)))
    plate = blob(0.13, 0.09, 0.13).at(0, body.neck - 0.02, body.shoulders + 0.02)
    return join(*parts, mirrored(plate, "z").painted(metal(d)))


def _monster(d: Draw) -> Solid:
    """A hunched body with long arms and claws, a snout with ears or horns, often a tail or a shell."""
    body, wear, lean = physique(d, "hero"), clothes(d), d(0.05, 0.14)
    arms = []
    for _ in range(2):
        ahead, out, elbow = arm_pose(d)
        whole = arm(body, wear, ahead, out, elbow, lean)
        hand = np.add(hand_of(body, ahead, out, elbow), (lean, 0, 0))
        claws = [limb([(*hand, 0.02), (*np.add(hand, (0.08, -0.03, off)), 0.006)], 3, 8) for off in (-0.04, 0, 0.04)]
        arms.append(join(whole, join(*claws).painted(wear.boots)))
    stance, spread = d(15, 35), d(6, 16)
    legs = [leg(body, wear, stance, spread, 50), opposite(leg(body, wear, stance - 12, spread, d(20, 45)))]
    size = d(0.16, 0.22)
    skull = trunk([(-0.1, 0, 0.36, 0.36), (0.2, 0.05, 0.46, 0.42), (0.6, -0.1, 0.3, 0.28), (0.95, -0.15, 0.2, 0.2)])
    top = spike(0.5, 0.12) if d.chance(0.6) else blob(0.14, 0.5, 0.36)
    extras = mirrored(top.turned("x", 25).turned("z", d(-20, 40)).at(0.0, 0.35, 0.25), "z").painted(wear.boots)
    face = join(skull.painted(wear.skin if d.chance(0.5) else wear.top), extras).resized(size)
    parts = [torso(body, lean).painted(wear.top), *legs, arms[0]]
    parts += [opposite(arms[1]), face.at(lean + 0.04, body.neck + 0.06)]
    if d.chance(0.5):
        tail = limb(
            [(-0.03, body.hip, 0, 0.05), (-0.2, body.hip - 0.15, 0.05, 0.04), (-0.42, body.hip - 0.12, 0.1, 0.01)]
        )
        parts.append(tail.painted(wear.bottom))
    elif d.chance(0.5):
        shell = blob(0.2, body.neck - body.hip + 0.08, body.shoulders * 2).turned("z", -8)
        parts.append(shell.at(-body.depth * 0.6, (body.neck + body.hip) / 2).painted(paint(d)))
    return join(*parts)


def _cartoon(d: Draw) -> Solid:
    """A large head with a cap, ears or hair and a big nose or snout; round belly, short legs, big shoes."""
    body, wear = physique(d, "cartoon"), clothes(d)
    style = d.pick("cap", "hair", "masked", "helmet", "hood")
    parts = [torso(body).painted(wear.top), arm(body, wear, *arm_pose(d)), opposite(arm(body, wear, *arm_pose(d)))]
    foot = join(
        limb([(0, body.hip, 0.08, 0.06), (0, 0.08, 0.09, 0.055)]).painted(wear.bottom),
        blob(0.22, 0.11, 0.13).at(0.04, 0.05, 0.09).painted(wear.boots),
    )
    parts.append(mirrored(foot, "z"))
    nose = blob(body.head * 0.3, body.head * 0.26, body.head * 0.3).at(body.head * 0.48, body.neck + body.head * 0.45)
    skull = head(d, body.head, wear, style).scaled(1, 1, d(1.0, 1.25)).at(0, body.neck)
    parts += [skull, nose.painted(wear.skin)] if d.chance(0.6) else [skull]
    if d.chance(0.3):
        piece = limb([(-0.1, body.hip, 0, 0.05), (-0.28, body.hip, 0, 0.04), (-0.36, body.hip + 0.16, 0, 0.02)])
        parts.append(piece.painted(wear.top))
    return join(*parts)
