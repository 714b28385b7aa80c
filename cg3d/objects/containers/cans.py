"""Cans."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, loft, slab
from cg3d.objects.shapes.printing import labelled
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.round_bodies import sliced, vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def can(d: Draw) -> Solid:
    """A tin can, flat or tall, a soda can, or a tin that has been opened; standing or lying."""
    kinds = {"tin can": _tin, "soda can": _soda, "opened can": _opened}
    kinds |= {"spray can": _spray_can, "sardine can": _sardines}
    return one_of(d, kinds)


def _beaded(height: float, radius: float, rows: int) -> np.ndarray:
    """(K, 2) the side of a tin: a bead at both ends and rings pressed into the middle."""
    y = np.linspace(0.006, height - 0.006, 36)
    inside = (y > height * 0.25) & (y < height * 0.75)
    dent = 0.012 * radius * (1 - np.cos((y / height - 0.25) * 4 * np.pi * rows)) * inside
    edge = radius * 1.03
    return np.concatenate(
        [
            [(radius, 0), (edge, 0.0012), (radius, 0.003)],
            points(radius - dent, y),
            [(radius, height - 0.003), (edge, height - 0.0012), (radius, height)],
        ]
    )


def _tin_size(d: Draw) -> tuple[float, float]:
    radius = d.pick(d(0.032, 0.045), d(0.045, 0.08))
    return radius * d(0.8, 3.2), radius


def _tin(d: Draw) -> Solid:
    """Sunken ends; a label all round, or bare metal with rings."""
    height, radius = _tin_size(d)
    bare = d.chance(0.3)
    side = _beaded(height, radius, d.count(3, 7) if bare or d.chance(0.4) else 0)
    sunk = 0.003
    ends = [(radius * 0.96, height - sunk), (radius * 0.7, height - sunk)]
    ends += [(radius * 0.68, height - sunk + 0.001), (0, height - sunk + 0.001)]
    body = lathe([(0, sunk), (radius * 0.96, sunk), *side, *ends]).painted(paint(d, "grey", "grey", "white"))
    if not bare:
        body = labelled(d, body, 0.004, height - 0.004)
    if d.chance(0.4):
        body = join(body, _ring_pull(radius).at(y=height - sunk + 0.001).painted(metal(d)))
    return toppled(d, body)


def _ring_pull(radius: float) -> Solid:
    ring = hoop(radius * 0.2, radius * 0.04, 16).scaled(1, 0.5, 1.4).at(y=0.002, x=0, z=radius * 0.45)
    return join(ring, cylinder(radius * 0.1, 0.003, segments=12).at(z=radius * 0.72))


def _soda(d: Draw) -> Solid:
    """Drawn in at the neck and at the foot, with a tab on its sunken lid."""
    height, radius = d.pick(0.122, 0.115, 0.157, 0.165, 0.09), d.pick(0.033, 0.0265, 0.029)
    height, neck = height * d(0.97, 1.03), radius * d(0.78, 0.86)
    knots = [(radius * 0.72, 0.0), (radius * 0.76, 0.002), (radius, 0.012)]
    knots += [(radius, height * 0.5), (radius, height - 0.016)]
    side = sliced(np.array([*knots, (neck, height - 0.004), (neck * 1.04, height - 0.002), (neck * 1.03, height)]))
    ends = [(neck * 0.95, height - 0.001), (neck * 0.9, height - 0.005), (0, height - 0.005)]
    body = lathe([(0, 0.008), (radius * 0.5, 0.005), (radius * 0.7, 0.0), *side, *ends])
    body = body.painted(np.array((0.7, 0.7, 0.72)))
    body = labelled(d, body, 0.006, height - 0.01)
    return toppled(d, join(body, _ring_pull(radius).scaled(0.8, 1, 0.8).at(y=height - 0.005).painted(metal(d))), 0.25)


def _opened(d: Draw) -> Solid:
    """Empty, or full to below the rim, with its lid bent up or gone."""
    height, radius = _tin_size(d)
    side = _beaded(height, radius, d.pick(0, 4, 5))
    shell, lining = vessel(side, 0.0015, paint(d, "grey", "grey", "white"))
    parts = [labelled(d, shell, 0.004, height - 0.004) if d.chance(0.7) else shell, lining]
    if d.chance(0.4):
        parts.append(cylinder(radius * 0.97, height * d(0.3, 0.9)).painted(paint(d)))
    if d.chance(0.5):
        lid = slab(
            points(np.cos(np.arange(28) * np.pi / 14), np.sin(np.arange(28) * np.pi / 14)) * radius * 0.95, 0.001
        )
        raised = lid.at(z=-radius * 0.95).turned("x", d(30, 100)).at(y=height - 0.001, z=radius * 0.97)
        parts.append(raised.painted(metal(d)))
    return toppled(d, join(*parts), 0.15)


def _spray_can(d: Draw) -> Solid:
    """A tall can with a domed shoulder, and a cap or a button."""
    radius = d(0.022, 0.034)
    height = radius * d(3.6, 6.5)
    corners = [(radius, 0), (radius * 1.03, 0.0015), (radius, 0.004), (radius, height)]
    corners += [(radius * 1.03, height + 0.0015), (radius, height + 0.003)]
    side = sliced(np.array(corners))
    knots = [(radius * 0.97, height + 0.003), (radius * 0.75, height + radius * 0.4)]
    knots += [(radius * 0.42, height + radius * 0.6)]
    dome = smooth(knots, 4)
    top = height + radius * 0.6
    body = lathe([(0, 0), *side, *dome, (0, top)]).painted(metal(d))
    body = labelled(d, body, 0.004, height)
    if d.chance(0.5):
        wide, tall = radius * d(0.8, 1.0), radius * d(0.9, 2.0)
        cap = lathe([(0, 0), (wide, 0), (wide * 0.96, tall * 0.92), (wide * 0.85, tall), (0, tall)])
        cap = cap.at(y=height + 0.003)
    else:
        cap = join(cylinder(radius * 0.45, 0.008), cylinder(radius * 0.22, 0.018)).at(y=top - 0.002)
    return toppled(d, join(body, cap.painted(paint(d))))


def _sardines(d: Draw) -> Solid:
    """A flat tin with rounded corners, closed."""
    width, height = d(0.09, 0.12), d(0.02, 0.05)
    depth, corner = width * d(0.55, 0.95), d(0.012, 0.03)
    sizes = [(0, 0.0), (0.002, 0.001), (0, 0.003), (0, height - 0.003), (0.002, height - 0.001), (0, height)]
    rings = [(rectangle(width + o, depth + o, corner), y) for o, y in sizes]
    rings += [(rectangle(width - 0.005, depth - 0.005, corner), y) for y in (height, height - 0.002)]
    body = loft([points(r[::-1, 0], y, r[::-1, 1]) for r, y in rings])
    body = body.painted(metal(d)).banded(0.002, height - 0.002, paint(d))
    return join(
        body.banded(height - 0.0025, height - 0.0015, paint(d)), _ring_pull(0.03).at(y=height - 0.002).painted(metal(d))
    )
