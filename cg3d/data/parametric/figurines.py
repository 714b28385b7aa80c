"""Parametric statuettes: figurine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.animals import cat, dog, horse, rabbit
from cg3d.data.parametric.birds import bird
from cg3d.data.parametric.bodies import blob, limb, trunk, uneven
from cg3d.data.parametric.mascots import begging, gnome, mascot
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.people import Clothes, arm, clothes, head, leg, opposite, physique, torso
from cg3d.data.parametric.primitives import cylinder, ellipse, lathe, rectangle, rod, stacked
from cg3d.data.parametric.variants import one_of
from cg3d.data.parametric.wild_animals import bear, elephant, lion


def figurine(rng: np.random.Generator) -> Mesh:
    """Robed, winged, seated and dancing people, gnomes, busts, animals and round mascots; on a base or on their feet.

    Half of them are of one material: stone, wood, bronze, glaze.
    """
    kinds: dict[str, Callable[[np.random.Generator], Mesh]] = {
        "robed figurine": _robed,
        "angel figurine": lambda rng: _robed(rng, winged=True),
        "Buddha figurine": _buddha,
        "seated figurine": _seated,
        "garden gnome": gnome,
        "bust": _bust,
        "animal statue": _animal,
        "dancer figurine": _dancer,
        "mascot figurine": mascot,
        "animal figurine": begging,
    }
    mesh = one_of(rng, kinds)
    kind = mesh.kind
    if rng.random() < (0.2 if kind in ("mascot figurine", "garden gnome") else 0.55):
        mesh = mesh.painted(paint(rng, ("white", "white", "grey", "brown", "beige", "black", "yellow", "green")))
    mesh = uneven(rng, mesh.grounded(), rng.uniform(0.0, 0.005))
    if rng.random() < 0.5:
        mesh = _on_base(rng, mesh)
    factor = rng.uniform(0.05, 0.35) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.scaled(factor, factor, factor).grounded().called(kind)


def _on_base(rng: np.random.Generator, mesh: Mesh) -> Mesh:
    """The figure on a round, oval or square plinth of its own colour or another."""
    size = np.ptp(mesh.vertices, axis=0)
    wide, deep = size[0] * rng.uniform(0.9, 1.2), size[2] * rng.uniform(0.9, 1.2)
    if rng.random() < 0.4:
        wide = deep = max(wide, deep)
    tall, outline = size[1] * rng.uniform(0.05, 0.18), rectangle if rng.random() < 0.4 else ellipse
    steps = [(1.05, 0.0), (1.05, 0.45), (0.95, 0.6), (0.95, 1.0)]
    plinth = stacked([(outline(wide * share, deep * share), tall * level) for share, level in steps])
    rgb = mesh.face_rgb[0] if rng.random() < 0.6 else paint(rng, ("brown", "black", "white", "grey", "green"))
    return join([mesh.at(y=tall * 0.97), plinth.painted(rgb)])


def _robe(rng: np.random.Generator, top: float, wide: float) -> Mesh:
    """Cloth to the ground, in folds that grow downwards."""
    share, angle = np.linspace(0, 1, 12)[:, None], -np.arange(36) * 2 * np.pi / 36
    folds, flare = int(rng.integers(5, 11)), rng.uniform(0.5, 1.4)
    spread = (
        wide * (1 + flare * (1 - share) ** 1.6) * (1 + 0.08 * (1 - share) * np.cos(folds * angle + rng.uniform(0, 6)))
    )
    spread = spread * np.interp(share, [0, 0.6, 0.9, 1], [1, 0.95, 1.05, 0.45])
    heights = np.broadcast_to(share * top, spread.shape)
    outlines = np.stack([spread * 0.8 * np.cos(angle), heights, spread * np.sin(angle)], -1)
    return stacked([(ring[::-1][:, [0, 2]], float(ring[0, 1])) for ring in outlines])


def _robed(rng: np.random.Generator, winged: bool = False) -> Mesh:
    """A saint, monk, wizard or angel, hands folded, blessing or on a staff, with a hood, hair or a halo."""
    body, wear = physique(rng, "plain"), clothes(rng)
    wear = Clothes(wear.skin, wear.top, wear.top, wear.boots, wear.top)
    fold = (rng.uniform(15, 35), rng.uniform(-4, 8), rng.uniform(70, 110))
    other = fold if rng.random() < 0.5 else (rng.uniform(20, 90), rng.uniform(5, 40), rng.uniform(10, 70))
    parts = [_robe(rng, body.neck, body.shoulders * 1.05).painted(wear.top)]
    thicker = type(body)(**{**body.__dict__, "thick": body.thick * 1.35})
    parts += [arm(thicker, wear, *fold), opposite(arm(thicker, wear, *other))]
    parts.append(head(rng, body.head, wear, str(rng.choice(["hood", "hair", "bare", "hood"]))).at(0, body.neck + 0.01))
    if rng.random() < 0.4 and not winged:
        parts.append(_robe(rng, body.neck * 0.98, body.shoulders * 1.1).scaled(0.9).at(-0.04).painted(paint(rng)))
    if winged:
        tall, out = rng.uniform(0.4, 0.7), rng.uniform(10, 60)
        wing = trunk(
            [
                (0, 0.1, 0.06, 0.02),
                (-0.08, 0.22, 0.1, 0.025),
                (-0.14, 0.0, 0.11, 0.02),
                (-0.14, -tall * 0.7, 0.04, 0.01),
            ]
        )
        wing = wing.turned("y", 90 - out * 0.3).turned("y", out).at(-body.depth * 0.8, body.neck - 0.12, 0.05)
        parts.append(mirrored(wing, "z").painted(paint(rng, ("white", "yellow", "beige"))))
    elif rng.random() < 0.3:
        parts.append(
            rod((0.2, 0, 0.17), (0.16, rng.uniform(0.8, 1.1), 0.17), 0.012).painted(paint(rng, ("brown", "yellow")))
        )
    return join(parts)


def _buddha(rng: np.random.Generator) -> Mesh:
    """Seated with crossed legs, hands in the lap or on the knees, a knot of hair, slender or with a large belly."""
    fat, rgb = rng.uniform(0.0, 1.0), paint(rng, ("yellow", "brown", "grey", "green", "white"))
    belly = 0.16 + 0.1 * fat
    body = trunk(
        [
            (0, 0.1, belly * 0.9, 0.2 + 0.06 * fat),
            (0.03 * fat, 0.25, belly, 0.2 + 0.08 * fat),
            (0, 0.45, 0.13, 0.22),
            (0, 0.55, 0.08, 0.15),
        ],
        segments=22,
    )
    knee = rng.uniform(0.36, 0.44)
    thigh = limb([(-0.02, 0.1, 0.12, 0.11), (0.16, 0.09, knee * 0.8, 0.1), (0.24, 0.08, knee, 0.09)])
    shin = limb([(0.24, 0.08, knee, 0.085), (0.32, 0.09, 0.2, 0.08), (0.33, 0.1, -0.06, 0.06)])
    hand = (0.3, 0.16, 0.05) if rng.random() < 0.6 else (0.26, 0.18, knee * 0.9)
    upper = limb([(0, 0.5, 0.2, 0.075), (0.02, 0.36, 0.3, 0.065), (0.08, 0.26, 0.31, 0.06), (*hand, 0.05)])
    size = rng.uniform(0.26, 0.32)
    skull = [
        blob(size * 0.85, size, size * 0.85).at(0.02, 0.55 + size * 0.5),
        blob(size * 0.4, size * 0.4, size * 0.4).at(0, 0.55 + size * 1.02),
    ]
    ears = mirrored(blob(size * 0.15, size * 0.5, size * 0.12).at(0, 0.55 + size * 0.42, size * 0.43), "z")
    return join(
        [body, mirrored(join([thigh, shin, upper]), "z"), *skull, ears, cylinder(0.07, 0.12).at(0, 0.52)]
    ).painted(rgb)


def _seated(rng: np.random.Generator) -> Mesh:
    """A person on a block, a stump or a bench."""
    body, wear, high = physique(rng, str(rng.choice(["plain", "cartoon"]))), clothes(rng), rng.uniform(0.75, 1.0)
    pose = (rng.uniform(10, 50), rng.uniform(0, 15), rng.uniform(10, 90))
    parts = [
        torso(body).painted(wear.top),
        arm(body, wear, *pose),
        opposite(arm(body, wear, pose[0] * 0.7, pose[1], pose[2])),
    ]
    lap = body.hip * 0.5
    parts.append(mirrored(leg(body, wear, 84, rng.uniform(3, 12), 84), "z"))
    parts.append(head(rng, body.head, wear, str(rng.choice(["hair", "cap", "hood", "bare"]))).at(0, body.neck + 0.01))
    block = lathe([(0, 0), (0.16, 0), (0.15, 0.9), (0.14, 1), (0, 1)], int(rng.choice([4, 20])))
    seat = block.scaled(1, lap * high, 1).turned("y", 45).at(-0.03, body.hip - body.hips * 0.5 - lap * high)
    return join([*parts, seat.painted(paint(rng, ("brown", "grey")))])


def _bust(rng: np.random.Generator) -> Mesh:
    """A head and shoulders on a foot."""
    wear = clothes(rng)
    chest = trunk(
        [(0, 0.02, 0.2, 0.33), (0, 0.16, 0.26, 0.42), (-0.02, 0.34, 0.14, 0.27), (0, 0.4, 0.1, 0.14)],
        segments=24,
        blunt=0.2,
    )
    foot = lathe([(0, -0.3), (0.24, -0.3), (0.24, -0.24), (0.13, -0.18), (0.14, -0.02), (0.22, 0.08), (0, 0.1)], 28)
    skull = head(rng, rng.uniform(0.5, 0.62), wear, str(rng.choice(["hair", "hair", "bare", "helmet", "hood"])))
    return join([chest.painted(wear.top), foot.painted(wear.bottom), skull.at(0.02, 0.42)])


def _animal(rng: np.random.Generator) -> Mesh:
    kinds = [dog, dog, cat, horse, rabbit, lion, elephant, bear, bird]
    mesh = kinds[rng.integers(len(kinds))](rng)
    factor = 1 / np.ptp(mesh.vertices, axis=0).max()
    return mesh.scaled(factor, factor, factor)


def _dancer(rng: np.random.Generator) -> Mesh:
    """A slender figure with a flared skirt and lifted arms, one leg out."""
    body, wear = physique(rng, "plain"), clothes(rng)
    poses = [(rng.uniform(-20, 160), rng.uniform(20, 80), rng.uniform(0, 50)) for _ in range(2)]
    parts = [torso(body).painted(wear.top), arm(body, wear, *poses[0]), opposite(arm(body, wear, *poses[1]))]
    parts += [
        leg(body, wear, 0, 1, 0),
        opposite(leg(body, wear, rng.uniform(-60, 60), rng.uniform(0, 40), rng.uniform(0, 70))),
    ]
    wide = rng.uniform(0.14, 0.3)
    skirt = lathe([(0, 0.0), (wide, 0.0), (wide, 0.012), (0.09, 0.14), (0, 0.15)], 30).at(
        0, body.hip - rng.uniform(0, 0.1)
    )
    return join([*parts, skirt.painted(wear.top), head(rng, body.head, wear, "hair").at(0, body.neck + 0.01)])
