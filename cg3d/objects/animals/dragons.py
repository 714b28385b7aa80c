"""Dragons, as toys and statuettes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import bent, blob, limb, spike, trunk, uneven
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import extrude
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def dragon(d: Draw) -> Solid:
    """Wings raised or half folded, a neck in an arch, horns, a row of spikes down a winding tail; on four legs."""
    rgb, second = paint(d), paint(d)
    girth, lift = d(0.17, 0.24), d(0.2, 0.75)
    spine = [(-1.25, 0.16, 0.02, 0.02), (-0.85, 0.2, 0.06, 0.06), (-0.4, 0.42, 0.14, 0.13)]
    spine += [(-0.05, 0.48, girth, girth * 0.9), (0.28, 0.52, girth * 0.9, girth * 0.8)]
    spine += [(0.5, 0.66, 0.1, 0.09), (0.58, 0.7 + lift * 0.6, 0.08, 0.07), (0.72, 0.72 + lift, 0.075, 0.065)]
    skull = trunk(
        [(-0.08, 0, 0.1, 0.1), (0.06, 0.02, 0.12, 0.11), (0.22, -0.04, 0.075, 0.07), (0.38, -0.05, 0.05, 0.05)]
    )
    jaw = trunk([(0, -0.08, 0.05, 0.07), (0.3, -0.12, 0.025, 0.04)]).turned("z", -d(0, 18))
    long = d(0.14, 0.32)
    horns = mirrored(
        limb([(-0.02, 0.08, 0.06, 0.03), (-0.12, 0.12 + long * 0.5, 0.1, 0.022), (-0.2, 0.1 + long, 0.08, 0.005)]), "z"
    )
    face = [join(skull, jaw).painted(rgb), horns.painted(second)]
    head = join(*[part.turned("z", d(-25, 0)) for part in [join(*face)]]).at(0.72, 0.74 + lift)
    parts = [trunk(spine, segments=18).painted(rgb), head, _legs(d, girth).painted(rgb)]
    parts.append(
        mirrored(_wing(d).at(0.2, 0.5 + girth * 0.6, girth * 0.4), "z").painted(second if d.chance(0.7) else rgb)
    )
    crest = smooth(spine, 2)[1:-1]
    normal = np.gradient(crest[:, :2], axis=0)
    normal = points(-normal[:, 1], normal[:, 0]) / np.linalg.norm(normal, axis=1, keepdims=True)
    for (x, y, thick, _), (a, b) in zip(crest, normal, strict=True):
        fin = spike(0.08 + thick * 0.4, 0.05).scaled(1, 1, 0.4).turned("z", np.degrees(np.arctan2(b, a)) - 90)
        parts.append(fin.at(x + a * thick * 0.9, y + b * thick * 0.9).painted(second))
    mesh = bent(bent(join(*parts), -0.3, -0.9, d(-75, 75), 0.1), 0.35, 0.4, d(-40, 40), 0.6)
    mesh = uneven(d, mesh, d(0, 0.005))
    factor = d(0.08, 0.4) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor).grounded()


def _legs(d: Draw, girth: float) -> Solid:
    """Bent legs on clawed feet."""
    parts = []
    for x, top, thick in ((-0.28, 0.44, 0.13), (0.27, 0.46, 0.1)):
        for side in (1, -1):
            step, knee = d(-0.08, 0.1), 0.1 if x < 0 else -0.1
            knots = [(x, top, thick, thick * 0.7), (x + knee, 0.28, thick * 0.65, thick * 0.5)]
            knots += [(x - knee * 0.4 + step, 0.13, 0.045, 0.045), (x + step, 0.05, 0.045, 0.05)]
            claws = [
                trunk([(0, 0.035, 0.035, 0.03), (0.15, 0.02, 0.012, 0.012)], 2, 8).turned("y", turn)
                for turn in (-25, 0, 25)
            ]
            parts.append(join(trunk(knots, segments=12), join(*claws).at(x + step)).at(z=side * girth * 0.75))
    return join(*parts)


def _wing(d: Draw) -> Solid:
    """The left wing: a skin between fingers, scalloped at its rear edge, lifted from the back and swept back."""
    size, lift, sweep = d(0.8, 1.2), d(20, 75), d(-10, 50)
    corners = [(0.05, 0), (0.25, 0.4), (0.3, 0.55), (0.05, 0.8), (-0.3, 1.0), (-0.22, 0.72)]
    corners += [(-0.48, 0.66), (-0.3, 0.42), (-0.52, 0.3), (-0.28, 0.12), (-0.25, 0)]
    skin = extrude(corners, 0.025)
    joint = (0.28, 0.5, 0.0)
    fingers = [limb([(0.03, 0.0, 0, 0.035), (0.2, 0.3, 0, 0.03), (*joint, 0.028)])]
    fingers += [limb([(*joint, 0.025), (*tip, 0, 0.008)], 2, 8) for tip in ((-0.3, 1.0), (-0.48, 0.66), (-0.52, 0.3))]
    knob = blob(0.07, 0.07, 0.07).at(*joint)
    whole = join(skin, *fingers, knob).resized(size)
    return whole.turned("x", 90 - lift).turned("y", sweep * 0.5).turned("z", sweep * 0.3)
