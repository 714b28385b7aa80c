"""Smooth living shapes: trunks, limbs and blobs with rounded ends, and how a finished body is bent and made uneven."""

from __future__ import annotations

import numpy as np

from cg3d.objects.shapes.curves import Point, Points, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import lathe, loft, tube
from cg3d.objects.shapes.solid import Solid


def trunk(knots: Points, steps: int = 4, segments: int = 18, blunt: float = 0.7) -> Solid:
    """A body along a smooth curve in the xy plane; its sections are ellipses, its ends are rounded.

    Args:
        knots: (K, 4) x, y, half the extent across the curve in the plane, half the extent along z.
        blunt: how far the ends reach beyond the first and the last knot, in parts of the radius there.
    """
    row = smooth(knots, steps)
    path, radii = _rounded(row[:, :2], np.maximum(row[:, 2:], 1e-5), blunt)
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    angle = np.arange(segments) * 2 * np.pi / segments
    across = radii[:, :1] * np.cos(angle)  # (S, K)
    rings = [path[:, :1] - tangent[:, 1:] * across, path[:, 1:] + tangent[:, :1] * across, radii[:, 1:] * np.sin(angle)]
    return loft(np.stack(rings, -1))


def limb(knots: Points, steps: int = 4, segments: int = 12, blunt: float = 0.9) -> Solid:
    """A round arm, leg, tail or horn along a smooth curve in space, with rounded ends; `knots` (K, 4) x, y, z, radius."""
    row = smooth(knots, steps)
    path, radii = _rounded(row[:, :3], np.maximum(row[:, 3:], 1e-5), blunt)
    return tube(path, radii[:, 0], segments)


def _rounded(path: np.ndarray, radii: np.ndarray, blunt: float) -> tuple[np.ndarray, np.ndarray]:
    """The sections of a sweep with three more at each end, where it narrows like an ellipse."""
    angle = np.radians([[88.0], [62.0], [32.0]])
    start, end = path[0] - path[1], path[-1] - path[-2]
    start, end = (away / np.linalg.norm(away) * r.mean() * blunt for away, r in ((start, radii[0]), (end, radii[-1])))
    longer = np.concatenate([path[0] + start * np.sin(angle), path, path[-1] + end * np.sin(angle[::-1])])
    return longer, np.concatenate([radii[0] * np.cos(angle), radii, radii[-1] * np.cos(angle[::-1])])


def blob(x: float, y: float, z: float) -> Solid:
    """An ellipsoid of the given size about the origin."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 10)
    profile = points(np.cos(angle), np.sin(angle))
    profile[[0, -1], 0] = 0.0
    return lathe(profile, 16).scaled(x / 2, y / 2, z / 2)


def spike(length: float, radius: float) -> Solid:
    """A cone along y with a slightly rounded tip: claws, studs, pointed ears (scaled flat)."""
    profile = [(0, 0), (radius, 0), (radius * 0.6, length * 0.5), (radius * 0.14, length * 0.96), (0, length)]
    return lathe(profile, 12)


def bent(mesh: Solid, start: float, span: float, degrees: float, level: float = -1e9) -> Solid:
    """The mesh with what lies beyond x = `start` turned about the vertical there, more and more over `span`.

    Args:
        span: negative to turn what lies towards -x.
        level: only what is higher than this turns, so that feet stay where they are.
    """
    along = np.clip((mesh.vertices[:, 0] - start) / span, 0, 1)
    high = np.clip((mesh.vertices[:, 1] - level) / abs(span), 0, 1)
    angle = np.radians(degrees) * along**2 * (3 - 2 * along) * high
    x, z = mesh.vertices[:, 0] - start, mesh.vertices[:, 2]
    turned = [start + np.cos(angle) * x + np.sin(angle) * z, mesh.vertices[:, 1], np.cos(angle) * z - np.sin(angle) * x]
    return mesh.reshaped(np.column_stack(turned))


def uneven(d: Draw, mesh: Solid, size: float) -> Solid:
    """The mesh with soft bumps up to `size`, in parts of its longest side, as fur, muscle and casting leave them."""
    extent = np.ptp(mesh.vertices, axis=0).max()
    moved = mesh.vertices.copy()
    for waves in (5.0, 11.0, 23.0):
        phase = mesh.vertices @ d.normal(0, waves / extent, (3, 3)) * 2 + d.uniform(0, 2 * np.pi, 3)
        moved += size * extent * 2.5 / waves * np.sin(phase)
    return mesh.reshaped(moved)


def placed(part: Solid, degrees: float, where: Point) -> Solid:
    """The part turned in the xy plane about the origin, then moved to the point `where`, (x, y)."""
    return part.turned("z", degrees).at(where[0], where[1])
