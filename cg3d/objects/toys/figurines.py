"""Dolls and statuettes: doll, figurine."""

from __future__ import annotations

import numpy as np

from cg3d.objects.animals.birds import bird
from cg3d.objects.animals.domestic import cat, dog, horse, rabbit
from cg3d.objects.animals.wild import bear, elephant, lion
from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import blob, limb, trunk, uneven
from cg3d.objects.shapes.curves import ellipse, points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import cylinder, lathe, rod, stacked
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite
from cg3d.objects.toys.people import Clothes, arm, clothes, head, leg, physique, torso


def gnome(d: Draw) -> Solid:
    """A pointed hat over a large head with a beard, a round belly and boots."""
    body, wear = physique(d, "cartoon"), clothes(d)
    pose, size = (d(0, 40), d(5, 30), d(20, 100)), body.head
    parts = [torso(body).painted(wear.top), arm(body, wear, *pose), opposite(arm(body, wear, *pose))]
    parts.append(mirrored(leg(body, wear, 5, 3, 5), "z"))
    parts.append(head(d, size, wear, "bare").at(0, body.neck))
    tall, droop = d(1.0, 1.9) * size, d(-0.5, 0.2) * size
    knots = [(0.0, body.neck + size * 0.72, 0, size * 0.5), (0, body.neck + size * 0.72 + tall * 0.5, 0, size * 0.3)]
    knots += [(droop, body.neck + size * 0.72 + tall, 0, size * 0.04)]
    hat = limb(knots, segments=18, blunt=0.15)
    beard = blob(size * 0.4, size * d(0.8, 1.2), size * 0.66).at(size * 0.32, body.neck + size * 0.05)
    return join(*parts, hat.painted(paint(d, "red", "blue", "green")), beard.painted(paint(d, "white", "grey")))


def mascot(d: Draw) -> Solid:
    """A rounded drum for a body, a dome for a head, capsules for arms and legs; feelers, ears or bare."""
    rgb, radius, waist = paint(d), d(0.26, 0.38), d(0.3, 0.5)
    edge = radius * d(0.15, 0.6)
    turn = np.linspace(0, np.pi / 2, 6)
    low = points(radius - edge + edge * np.sin(turn), edge - edge * np.cos(turn))
    drum = lathe([(0, 0), *low, (radius, waist), (0, waist)], 28)
    tall = radius * d(0.75, 1.1)
    dome = lathe([(0, 0), *zip(radius * np.cos(turn), tall * np.sin(turn), strict=True)], 28).at(0, waist + 0.025)
    lift, z = d(0, 60), radius + d(0.07, 0.1)
    thick = d(0.07, 0.1)
    capsule = limb([(0, 0, 0, thick), (0, -waist * 0.6, 0, thick)])
    limbs = [
        capsule.turned("z", angle).turned("x", -d(0, 20)).at(0, waist - thick, z) for angle in (lift, d(0, lift + 1))
    ]
    foot = mirrored(limb([(0.0, 0.05, radius * 0.42, thick * 1.1), (0, -0.14, radius * 0.42, thick * 1.1)]), "z")
    eyes = mirrored(blob(0.05, 0.09, 0.08).at(radius * 0.8, waist + tall * 0.45, radius * 0.4), "z")
    eyes = eyes.painted(paint(d, "white", "black"))
    ears = {0: rod((0, waist + tall * 0.7, radius * 0.4), (0, waist + tall * 1.3, radius * 0.6), 0.022)}
    ears[1] = blob(0.12, 0.22, 0.22).at(0, waist + tall * 0.95, radius * 0.7)
    top = mirrored(ears[d.count(0, 2)], "z").painted(rgb if d.chance(0.6) else BLACK)
    second = rgb if d.chance(0.6) else paint(d)
    parts = [drum, limbs[0], opposite(limbs[1]), foot]
    return join(join(*parts).painted(rgb), dome.painted(second), eyes, top)


def begging(d: Draw) -> Solid:
    """A plump dog, mouse or bear upright on its haunches with its forepaws up."""
    rgb, light, wide = paint(d), paint(d, "white", "beige"), d(0.2, 0.28)
    body = trunk([(0, 0.16, wide, wide * 1.1), (0.01, 0.32, wide * 0.95, wide), (0, 0.55, wide * 0.65, wide * 0.7)])
    belly = blob(wide, 0.38, wide * 1.3).at(wide * 0.6, 0.3).painted(light)
    foot = join(
        blob(0.3, 0.28, 0.14).at(0.08, 0.15, wide * 0.95), blob(0.3, 0.12, 0.14).at(wide + 0.06, 0.06, wide * 0.7)
    )
    lift = d(-0.14, 0.06)
    paw = limb(
        [(0.02, 0.52, wide * 0.7, 0.07), (0.12, 0.42, wide * 0.95, 0.06), (wide + 0.08, 0.48 + lift, wide * 0.6, 0.06)]
    )
    size = d(0.38, 0.5)
    skull = trunk([(-0.2, 0, 0.36, 0.38), (0.1, 0.05, 0.46, 0.46), (0.5, -0.05, 0.26, 0.26), (0.75, -0.1, 0.18, 0.18)])
    choices = [blob(0.12, 0.4, 0.4).at(0, 0.5, 0.42), blob(0.3, 0.6, 0.14).turned("x", -15).at(0, 0.1, 0.52)]
    choices += [blob(0.14, 0.9, 0.26).at(0, 0.8, 0.22)]
    ears = mirrored(d.pick(*choices), "z")
    face = join(skull, ears, blob(0.14, 0.12, 0.16).at(0.9, -0.04).painted(BLACK)).resized(size)
    tail = limb(
        [(-wide, 0.1, 0, 0.05), (-wide - 0.15, 0.12, 0, 0.045), (-wide - 0.25, 0.12 + 0.3 * d.random(), 0, 0.02)]
    )
    solid = join(body, mirrored(join(foot, paw), "z"), tail).painted(rgb)
    return join(solid, belly, face.painted(rgb).at(0.0, 0.69))


@category
def figurine(d: Draw) -> Solid:
    """Robed, winged, seated and dancing people, gnomes, busts, animals and round mascots; on a base or on their feet.

    Half of them are of one material: stone, wood, bronze, glaze.
    """
    kinds: dict[str, Maker] = {
        "robed figurine": _robed,
        "angel figurine": lambda d: _robed(d, winged=True),
        "Buddha figurine": _buddha,
        "seated figurine": _seated,
        "garden gnome": gnome,
        "bust": _bust,
        "animal statue": _animal,
        "dancer figurine": _dancer,
        "mascot figurine": mascot,
        "animal figurine": begging,
    }
    mesh = one_of(d, kinds)
    kind = mesh.kind
    if d.chance(0.2 if kind in ("mascot figurine", "garden gnome") else 0.55):
        mesh = mesh.painted(paint(d, "white", "white", "grey", "brown", "beige", "black", "yellow", "green"))
    mesh = uneven(d, mesh.grounded(), d(0.0, 0.005))
    if d.chance(0.5):
        mesh = _on_base(d, mesh)
    factor = d(0.05, 0.35) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor).grounded().called(kind)


def _on_base(d: Draw, mesh: Solid) -> Solid:
    """The figure on a round, oval or square plinth of its own colour or another."""
    size = np.ptp(mesh.vertices, axis=0)
    wide, deep = size[0] * d(0.9, 1.2), size[2] * d(0.9, 1.2)
    if d.chance(0.4):
        wide = deep = max(wide, deep)
    tall, outline = size[1] * d(0.05, 0.18), rectangle if d.chance(0.4) else ellipse
    steps = [(1.05, 0.0), (1.05, 0.45), (0.95, 0.6), (0.95, 1.0)]
    plinth = stacked([(outline(wide * share, deep * share), tall * level) for share, level in steps])
    rgb = mesh.face_rgb[0] if d.chance(0.6) else paint(d, "brown", "black", "white", "grey", "green")
    return join(mesh.at(y=tall * 0.97), plinth.painted(rgb))


def _robe(d: Draw, top: float, wide: float) -> Solid:
    """Cloth to the ground, in folds that grow downwards."""
    share, angle = np.linspace(0, 1, 12)[:, None], -np.arange(36) * 2 * np.pi / 36
    folds, flare = d.count(5, 11), d(0.5, 1.4)
    spread = wide * (1 + flare * (1 - share) ** 1.6) * (1 + 0.08 * (1 - share) * np.cos(folds * angle + d(0, 6)))
    spread = spread * np.interp(share, [0, 0.6, 0.9, 1], [1, 0.95, 1.05, 0.45])
    heights = np.broadcast_to(share * top, spread.shape)
    outlines = np.stack([spread * 0.8 * np.cos(angle), heights, spread * np.sin(angle)], -1)
    return stacked([(ring[::-1][:, [0, 2]], float(ring[0, 1])) for ring in outlines])


def _robed(d: Draw, winged: bool = False) -> Solid:
    """A saint, monk, wizard or angel, hands folded, blessing or on a staff, with a hood, hair or a halo."""
    body, wear = physique(d, "plain"), clothes(d)
    wear = Clothes(wear.skin, wear.top, wear.top, wear.boots, wear.top)
    fold = (d(15, 35), d(-4, 8), d(70, 110))
    other = fold if d.chance(0.5) else (d(20, 90), d(5, 40), d(10, 70))
    parts = [_robe(d, body.neck, body.shoulders * 1.05).painted(wear.top)]
    thicker = type(body)(**{**body.__dict__, "thick": body.thick * 1.35})
    parts += [arm(thicker, wear, *fold), opposite(arm(thicker, wear, *other))]
    parts.append(head(d, body.head, wear, d.pick("hood", "hair", "bare", "hood")).at(0, body.neck + 0.01))
    if d.chance(0.4) and not winged:
        parts.append(_robe(d, body.neck * 0.98, body.shoulders * 1.1).scaled(0.9).at(-0.04).painted(paint(d)))
    if winged:
        tall, out = d(0.4, 0.7), d(10, 60)
        knots = [(0, 0.1, 0.06, 0.02), (-0.08, 0.22, 0.1, 0.025)]
        knots += [(-0.14, 0.0, 0.11, 0.02), (-0.14, -tall * 0.7, 0.04, 0.01)]
        wing = trunk(knots)
        wing = wing.turned("y", 90 - out * 0.3).turned("y", out).at(-body.depth * 0.8, body.neck - 0.12, 0.05)
        parts.append(mirrored(wing, "z").painted(paint(d, "white", "yellow", "beige")))
    elif d.chance(0.3):
        parts.append(rod((0.2, 0, 0.17), (0.16, d(0.8, 1.1), 0.17), 0.012).painted(paint(d, "brown", "yellow")))
    return join(*parts)


def _buddha(d: Draw) -> Solid:
    """Seated with crossed legs, hands in the lap or on the knees, a knot of hair, slender or with a large belly."""
    fat, rgb = d(0.0, 1.0), paint(d, "yellow", "brown", "grey", "green", "white")
    belly = 0.16 + 0.1 * fat
    knots = [(0.0, 0.1, belly * 0.9, 0.2 + 0.06 * fat), (0.03 * fat, 0.25, belly, 0.2 + 0.08 * fat)]
    knots += [(0, 0.45, 0.13, 0.22), (0, 0.55, 0.08, 0.15)]
    body = trunk(knots, segments=22)
    knee = d(0.36, 0.44)
    thigh = limb([(-0.02, 0.1, 0.12, 0.11), (0.16, 0.09, knee * 0.8, 0.1), (0.24, 0.08, knee, 0.09)])
    shin = limb([(0.24, 0.08, knee, 0.085), (0.32, 0.09, 0.2, 0.08), (0.33, 0.1, -0.06, 0.06)])
    hand = (0.3, 0.16, 0.05) if d.chance(0.6) else (0.26, 0.18, knee * 0.9)
    upper = limb([(0, 0.5, 0.2, 0.075), (0.02, 0.36, 0.3, 0.065), (0.08, 0.26, 0.31, 0.06), (*hand, 0.05)])
    size = d(0.26, 0.32)
    skull = [
        blob(size * 0.85, size, size * 0.85).at(0.02, 0.55 + size * 0.5),
        blob(size * 0.4, size * 0.4, size * 0.4).at(0, 0.55 + size * 1.02),
    ]
    ears = mirrored(blob(size * 0.15, size * 0.5, size * 0.12).at(0, 0.55 + size * 0.42, size * 0.43), "z")
    limbs = mirrored(join(thigh, shin, upper), "z")
    return join(body, limbs, *skull, ears, cylinder(0.07, 0.12).at(0, 0.52)).painted(rgb)


def _seated(d: Draw) -> Solid:
    """A person on a block, a stump or a bench."""
    body, wear, high = physique(d, d.pick("plain", "cartoon")), clothes(d), d(0.75, 1.0)
    pose = (d(10, 50), d(0, 15), d(10, 90))
    parts = [torso(body).painted(wear.top), arm(body, wear, *pose)]
    parts += [opposite(arm(body, wear, pose[0] * 0.7, pose[1], pose[2]))]
    lap = body.hip * 0.5
    parts.append(mirrored(leg(body, wear, 84, d(3, 12), 84), "z"))
    parts.append(head(d, body.head, wear, d.pick("hair", "cap", "hood", "bare")).at(0, body.neck + 0.01))
    block = lathe([(0, 0), (0.16, 0), (0.15, 0.9), (0.14, 1), (0, 1)], d.pick(4, 20))
    seat = block.scaled(1, lap * high, 1).turned("y", 45).at(-0.03, body.hip - body.hips * 0.5 - lap * high)
    return join(*parts, seat.painted(paint(d, "brown", "grey")))


def _bust(d: Draw) -> Solid:
    """A head and shoulders on a foot."""
    wear = clothes(d)
    chest = trunk(
        [(0, 0.02, 0.2, 0.33), (0, 0.16, 0.26, 0.42), (-0.02, 0.34, 0.14, 0.27), (0, 0.4, 0.1, 0.14)],
        segments=24,
        blunt=0.2,
    )
    foot = lathe([(0, -0.3), (0.24, -0.3), (0.24, -0.24), (0.13, -0.18), (0.14, -0.02), (0.22, 0.08), (0, 0.1)], 28)
    skull = head(d, d(0.5, 0.62), wear, d.pick("hair", "hair", "bare", "helmet", "hood"))
    return join(chest.painted(wear.top), foot.painted(wear.bottom), skull.at(0.02, 0.42))


def _animal(d: Draw) -> Solid:
    kinds = [dog, dog, cat, horse, rabbit, lion, elephant, bear, bird]
    mesh = d.pick(*kinds)(d)
    factor = 1 / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor)


def _dancer(d: Draw) -> Solid:
    """A slender figure with a flared skirt and lifted arms, one leg out."""
    body, wear = physique(d, "plain"), clothes(d)
    poses = [(d(-20, 160), d(20, 80), d(0, 50)) for _ in range(2)]
    parts = [torso(body).painted(wear.top), arm(body, wear, *poses[0]), opposite(arm(body, wear, *poses[1]))]
    parts += [leg(body, wear, 0, 1, 0), opposite(leg(body, wear, d(-60, 60), d(0, 40), d(0, 70)))]
    wide = d(0.14, 0.3)
    skirt = lathe([(0, 0.0), (wide, 0.0), (wide, 0.012), (0.09, 0.14), (0, 0.15)], 30).at(0, body.hip - d(0, 0.1))
    return join(*parts, skirt.painted(wear.top), head(d, body.head, wear, "hair").at(0, body.neck + 0.01))


@category
def doll(d: Draw) -> Solid:
    """A fashion doll or a baby doll with hair and a wide, long or short skirt; standing, sitting or on its back."""
    small = d.chance(0.45)
    body, wear = physique(d, "cartoon" if small else "plain"), clothes(d)
    pose = (d(-5, 30), d(8, 45), d(0, 40))
    parts = [torso(body).painted(wear.top), arm(body, wear, *pose)]
    parts += [opposite(arm(body, wear, pose[0] * 0.5, pose[1], pose[2]))]
    spread, seated = d(1, 8), small and d.chance(0.4)
    parts.append(mirrored(leg(body, wear, 85 if seated else 0, spread + 14 * seated, 0), "z"))
    hem, wide = body.hip * d.pick(0.1, 0.5, 0.72), d(1.3, 2.6)
    waist = body.hip + 0.3 * (body.neck - body.hip)
    sizes = [(wide, 0.0), (wide * 0.92, 0.12), (wide * 0.68, 0.5), (1.0, 1.0)]
    if not seated:
        rings = [
            (ellipse(body.depth * 1.1 + body.waist * 1.0 * s, body.waist * 2.1 * s), hem + t * (waist - hem))
            for s, t in sizes
        ]
        parts.append(stacked(rings).painted(wear.top if d.chance(0.5) else paint(d)))
    parts.append(head(d, body.head, wear, "hair").at(0, body.neck + body.head * 0.06))
    size = d(0.12, 0.42)
    mesh = uneven(d, join(*parts), d(0, 0.003)).resized(size)
    return (mesh.turned("z", 90) if d.chance(0.2) else mesh).grounded().called("baby doll" if small else "fashion doll")
