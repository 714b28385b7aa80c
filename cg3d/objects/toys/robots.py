"""Robots of rounded blocks, facing +x and about one unit tall, and the poses of the arms of toy figures."""

from __future__ import annotations

from cg3d.objects.shapes.bodies import blob
from cg3d.objects.shapes.curves import rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import box, cylinder, rod, stacked
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite


def arm_pose(d: Draw) -> tuple[float, float, float]:
    """Angles of an arm: hanging, reaching ahead, raised, or held away from the body."""
    kind = d.integers(5)
    ahead = (d(-15, 15), d(30, 80), d(100, 165), d(-25, 25), d(0, 40))[kind]
    out = (d(6, 22), d(0, 25), d(5, 30), d(30, 80), d(10, 35))[kind]
    return (ahead, out, (d(5, 30), d(10, 60), d(0, 45), d(0, 60), d(60, 120))[kind])


def robot(d: Draw) -> Solid:
    """Square or rounded blocks for chest, head, arms and feet, with an antenna or shoulder armour."""
    square, main, second = d(0.15, 0.85), paint(d), paint(d)

    def block(x: float, y: float, z: float) -> Solid:
        edge = (1 - square) * min(x, y, z) / 2
        sizes = [(2 * edge, 0.0), (0.6 * edge, 0.3 * edge), (0.0, edge), (0.0, y - edge)]
        sizes += [(0.6 * edge, y - 0.3 * edge), (2 * edge, y)]
        return stacked([(rectangle(x - less * 0.7, z - less * 0.7, edge), level) for less, level in sizes])

    wide, hip = d(0.16, 0.24), d(0.3, 0.45)
    chest, size = 0.75 - hip + 0.04, d(0.14, 0.24)
    parts = [
        block(wide * 1.2, chest, wide * 2).at(0, hip).painted(main),
        block(wide, 0.1, wide * 1.4).at(0, hip - 0.06).painted(second),
    ]
    skull = [
        block(size, size, size * 1.1).at(0, 0.78),
        box(0.02, size * 0.25, size * 0.8).at(size * 0.46, 0.78 + size * 0.5),
    ]
    parts += [skull[0].painted(main), skull[1].painted(BLACK), cylinder(0.05, 0.06).at(0, 0.74).painted(second)]
    sides = []
    for _ in range(2):
        ahead, out, elbow = arm_pose(d)
        upper = join(block(0.1, 0.2, 0.1).at(0, -0.2).painted(second), blob(0.14, 0.14, 0.13).painted(main))
        lower = join(
            block(0.12, 0.2, 0.12).at(0, -0.2).painted(main), block(0.1, 0.07, 0.09).at(0, -0.25).painted(second)
        )
        whole = join(upper, lower.turned("z", min(elbow, 100)).at(0, -0.18)).turned("z", ahead)
        whole = whole.turned("x", -min(out, 60))
        foot = block(0.2, 0.09, 0.14).at(0.03)
        shin = join(
            block(0.13, hip * 0.5, 0.12).at(0, 0.05).painted(main), block(0.09, hip * 0.5, 0.09).at(0, hip * 0.48), foot
        )
        sides.append(join(whole.at(0, 0.7, wide + 0.06), shin.turned("z", 0).at(d(-0.06, 0.06), 0, wide * 0.5)))
    parts += [sides[0], opposite(sides[1])]
    if d.chance(0.5):
        parts.append(
            mirrored(rod((0, 0.78 + size, size * 0.3), (-0.02, 0.87 + size, size * 0.45), 0.012), "z").painted(second)
        )
    else:
        parts.append(mirrored(block(0.18, 0.09, 0.16).at(0, 0.72, wide + 0.05), "z").painted(second))
    return join(*parts)
