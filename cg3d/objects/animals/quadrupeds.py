"""The body plan of four-legged animals, facing +x: proportions in parts of the length of the trunk, and poses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from cg3d.objects.shapes.bodies import bent, blob, placed, trunk
from cg3d.objects.shapes.curves import Points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import cylinder
from cg3d.objects.shapes.solid import Solid, join


@dataclass(frozen=True)
class Beast:
    """Proportions of one animal; lengths in parts of the trunk from breast to rump, angles in degrees."""

    stand: float  # height of the back
    depth: float  # half the height of the chest
    girth: float  # half the width of the chest
    loin: float  # height of the loin in parts of the chest's
    rump: float  # height of the rump in parts of the chest's
    neck: float  # length of the neck
    rise: float  # the neck above the level
    throat: float  # half the height of the neck where it meets the head
    skull: float  # length of the head
    nod: float  # the head below the level
    thigh: float  # radius of the leg at the hip
    shank: float  # radius of the leg above the foot
    bend: float  # how far the joints of the leg stand out: 0 a column, 1 a horse
    foot: str  # hoof, paw or column


@dataclass(frozen=True)
class Body:
    """A built animal without ears, horns and tail, and where these go."""

    mesh: Solid
    plan: Beast
    poll: tuple[float, float]  # where the skull meets the neck
    withers: tuple[float, float]  # where the neck begins
    croup: tuple[float, float]  # where the tail begins

    def on_head(self, part: Solid) -> Solid:
        """A part made in the frame of the head, x along it and lengths in parts of it, put in its place."""
        size = self.plan.skull
        return placed(part.resized(size), -self.plan.nod, self.poll)


def varied(d: Draw, plan: Beast, spread: float = 0.1) -> Beast:
    """Another animal of the same kind."""
    numbers = [field.name for field in fields(plan) if field.name != "foot"]
    factors = d.uniform(1 - spread, 1 + spread, len(numbers))
    return replace(plan, **{name: getattr(plan, name) * f for name, f in zip(numbers, factors, strict=True)})


def build(d: Draw, plan: Beast, head: Points, pose: str, coat: np.ndarray, legs: np.ndarray) -> Body:
    """Torso, neck, head and legs in the pose standing, walking, sitting or lying.

    Args:
        head: knots of the head for `trunk`, in parts of its length, from the poll to the nose.
    """
    pitch = d(38, 58) if pose == "sitting" else 0.0
    if pose == "lying":
        plan = replace(plan, stand=2 * plan.depth * max(plan.rump, plan.loin, 0.96))
    hip = np.array([-0.36, plan.stand - plan.depth * plan.rump])
    if pose == "sitting":
        hip[1] = plan.depth * plan.rump * 0.95
    turn = np.radians(pitch)
    tilt = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def seen(x: float, below: float) -> np.ndarray:
        """A point of the torso: along it, and under the line of the back."""
        return hip + tilt @ (np.array([x, plan.stand - below]) - (-0.36, plan.stand - plan.depth * plan.rump))

    torso = placed(_torso(plan), pitch, hip - tilt @ (-0.36, plan.stand - plan.depth * plan.rump))
    base = seen(0.36, plan.depth * 0.72)
    away = np.radians(plan.rise + pitch * 0.45)
    poll = base + plan.neck * np.array([np.cos(away), np.sin(away)])
    arched = (base + poll) / 2 + 0.1 * plan.neck * np.array([-np.sin(away), np.cos(away)])
    thick = plan.depth * 0.78
    knots = [(*base, thick, plan.girth * 0.72), (*arched, (thick + plan.throat) / 2, plan.girth * 0.5)]
    neck = trunk([*knots, (*poll, plan.throat, plan.throat * 0.7)])
    skull = placed(trunk(head, segments=20).resized(plan.skull), -plan.nod, poll)
    shoulder = seen(0.3, plan.depth * 1.15)
    below = _legs(d, plan, pose, shoulder, hip).painted(legs)
    mesh = join(join(torso, neck, skull).painted(coat), below)
    return Body(mesh, plan, (poll[0], poll[1]), (base[0], base[1]), tuple(seen(-0.5, plan.depth * plan.rump * 0.5)))


def _torso(plan: Beast) -> Solid:
    sections = [(-0.46, plan.rump * 0.72), (-0.3, plan.rump), (0.0, plan.loin), (0.27, 1.0), (0.44, 0.78)]
    knots = [(x, plan.stand - plan.depth * (0.2 + 0.8 * s), plan.depth * s, plan.girth * s) for x, s in sections]
    return trunk(knots, segments=24)


def _legs(d: Draw, plan: Beast, pose: str, shoulder: np.ndarray, hip: np.ndarray) -> Solid:
    wide = plan.girth - plan.thigh * 0.55
    stride = {"standing": 0.05, "walking": 0.22}.get(pose, 0.0) * plan.stand
    parts = []
    for side in (1, -1):
        swing = stride * d(0.5, 1.0) * side
        if pose == "lying":
            parts += [_folded(plan, hip, side), _forearm(plan, shoulder).at(z=side * wide)]
            continue
        parts.append(leg(plan, shoulder, -swing, False).at(z=side * wide))
        hind = _folded(plan, hip, side) if pose == "sitting" else leg(plan, hip, swing, True).at(z=side * wide)
        parts.append(hind)
    return join(*parts)


def leg(plan: Beast, top: np.ndarray, swing: float, hind: bool) -> Solid:
    """One leg from the point `top` to the ground, its foot `swing` further on."""
    x, y = top
    joints = (0.07, -0.09, -0.05) if hind else (-0.04, 0.02, 0.0)
    knee, hock, ankle = np.array(joints) * plan.bend
    thick, thin, high = plan.thigh * (1.25 if hind else 1.0), plan.shank, 0.1 * min(y, 0.6)
    knots = [(x, y, thick, plan.thigh * 0.8), (x + knee + 0.2 * swing, y * 0.62, thick * 0.74, plan.thigh * 0.66)]
    knots += [(x + hock + 0.6 * swing, y * 0.34, thin * 1.25, thin * 1.1)]
    knots += [(x + ankle + swing, high + thin * 0.6, thin, thin * 0.95)]
    return join(trunk(knots, segments=14), _foot(plan).at(x + ankle + swing))


def _foot(plan: Beast) -> Solid:
    thin = plan.shank
    if plan.foot == "paw":
        return blob(thin * 3.4, thin * 2.0, thin * 2.6).at(thin * 0.6, thin * 0.95)
    if plan.foot == "hoof":
        return cylinder(thin * 1.35, 0.07 + thin * 0.6, thin * 0.95, 16).at(thin * 0.3)
    return cylinder(thin * 1.25, 0.06 + thin * 0.6, thin * 0.95, 18)


def _folded(plan: Beast, hip: np.ndarray, side: int) -> Solid:
    """A hind leg folded beside the body, its foot forwards on the ground."""
    size, wide = max(plan.thigh, plan.depth * 0.5), plan.girth * 0.72 + plan.thigh * 0.35
    thigh = blob(size * 2.6, size * 2.5, plan.thigh * 1.5).at(hip[0] + size * 0.5, size * 1.2)
    thin = plan.shank * 1.1
    foot = trunk([(hip[0] + size * 0.2, thin, thin, thin), (hip[0] + size * 2.3, thin, thin * 0.95, thin * 1.2)])
    return join(thigh.turned("y", 6 * side), foot).at(z=side * wide)


def _forearm(plan: Beast, shoulder: np.ndarray) -> Solid:
    """A front leg stretched forwards on the ground."""
    x, y = shoulder
    thin = plan.shank * 1.1
    elbow = (x - 0.05, thin * 1.3, thin * 1.3, thin * 1.2)
    upper = trunk([(x, y, plan.thigh, plan.thigh * 0.7), (x - 0.03, y * 0.5, plan.thigh * 0.8, thin * 1.2), elbow])
    return join(upper, trunk([elbow, (x + 0.2, thin, thin, thin), (x + 0.36, thin * 0.95, thin, thin * 1.2)]))


def looking(d: Draw, body: Body, mesh: Solid, most: float = 50.0) -> Solid:
    """The finished animal with its head turned aside, and its back and tail a little curved."""
    head = d.pick(0.0, d(-most, most))
    ahead = bent(mesh, body.withers[0] - 0.1, 0.45, head, body.withers[1] - body.plan.depth - 0.4)
    return bent(ahead, body.croup[0] + 0.2, -0.6, d(-25, 25), body.plan.stand * 0.2)
