"""The few solids that every object is put together from; all of them are lofts.

Unless said otherwise a solid stands on y = 0, is centred on the y axis and is grey until it is painted. Lengths in metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cg3d.objects.shapes.curves import Point, Points, Rings, points
from cg3d.objects.shapes.solid import Solid

GREY = 0.6


def loft(rings: Rings, capped: bool = True) -> Solid:
    """Skin a row of closed rings; a point of one ring is joined to the same point of the next.

    Args:
        rings: (S, K, 3), S >= 2 rings of K >= 3 points, each anticlockwise seen from the last ring's side.
        capped: close both ends with a fan about the mean of the ring, which must be star-shaped from there.
    """
    rings = np.asarray(rings, float)
    ring_count, size = rings.shape[:2]
    ends = [rings[[0, -1]].mean(axis=1)] if capped else []
    faces = _skin(ring_count, size, capped).copy()
    return Solid(np.concatenate([rings.reshape(-1, 3), *ends]), faces, np.full(faces.shape, GREY))


@lru_cache(maxsize=256)
def _skin(ring_count: int, size: int, capped: bool) -> np.ndarray:
    """(F, 3) the faces of a loft, whose last two vertices are the middles of its ends; made once for each size."""
    index = np.arange(ring_count * size).reshape(ring_count, size)
    here, after = index[:-1], np.roll(index[:-1], -1, axis=1)
    above, above_after = index[1:], np.roll(index[1:], -1, axis=1)
    sides = [np.stack([here, after, above_after], -1), np.stack([here, above_after, above], -1)]
    faces = [side.reshape(-1, 3) for side in sides]
    if capped:
        bottom, top = ring_count * size, ring_count * size + 1
        faces.append(np.stack([after[0], here[0], np.full(size, bottom)], -1))
        faces.append(np.stack([index[-1], np.roll(index[-1], -1), np.full(size, top)], -1))
    return np.concatenate(faces)


def box(x: float, y: float, z: float) -> Solid:
    """A box of the given size."""
    return extrude([(-x / 2, 0), (x / 2, 0), (x / 2, y), (-x / 2, y)], z)


def extrude(outline: Points, depth: float) -> Solid:
    """A plate: `outline` (K, 2) in the xy plane, anticlockwise, star-shaped; centred on z = 0, `depth` thick."""
    flat = np.asarray(outline, float)
    back, front = (points(flat, z) for z in (-depth / 2, depth / 2))
    return loft([back, front])


def slab(outline: Points, height: float) -> Solid:
    """A horizontal plate: `outline` (K, 2) in the plane of x and z, anticlockwise seen from above in x right, z down."""
    flat = np.asarray(outline, float)[::-1]
    rings = [points(flat[:, 0], y, flat[:, 1]) for y in (0.0, height)]
    return loft(rings)


def lathe(profile: Points, segments: int = 40) -> Solid:
    """A surface of revolution about the y axis.

    Args:
        profile: (K, 2) radius and y, upwards on the outside. The surface is closed where the profile begins and ends on
            the axis, so a hollow thing goes up the outside and down the inside again.
        segments: corners of the circle; 4 gives a square section with its corners on the axes.
    """
    radius, y = np.asarray(profile, float).T
    angle = -np.arange(segments) * 2 * np.pi / segments
    x, z = radius[:, None] * np.cos(angle), radius[:, None] * np.sin(angle)
    return loft(np.stack([x, np.broadcast_to(y[:, None], x.shape), z], -1), capped=False)


def cylinder(radius: float, height: float, top_radius: float | None = None, segments: int = 32) -> Solid:
    """A cylinder, or a cone frustum where `top_radius` differs from `radius`."""
    top = radius if top_radius is None else top_radius
    return lathe([(0, 0), (radius, 0), (top, height), (0, height)], segments)


def rod(start: Point, end: Point, radius: float, end_radius: float | None = None) -> Solid:
    """A straight round bar between two points."""
    return tube([start, end], [radius, radius if end_radius is None else end_radius])


def beam(start: Point, end: Point, width: float, thickness: float) -> Solid:
    """A straight bar of rectangular section between two points; `width` lies as level as the direction allows."""
    tangent = np.subtract(end, start) / np.linalg.norm(np.subtract(end, start))
    upright = np.array([0.0, 1.0, 0.0]) if abs(tangent[1]) < 0.9 else np.array([0.0, 0.0, 1.0])
    side = np.cross(upright, tangent)
    side /= np.linalg.norm(side)
    across = np.cross(tangent, side)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    ring = np.array([a * side * width / 2 + b * across * thickness / 2 for a, b in corners])
    return loft([ring + start, ring + end])


def tube(path: Points, radius: float | Point, segments: int = 14, flatten: float = 1.0) -> Solid:
    """A round bar along a path.

    Args:
        path: (K, 3) distinct consecutive points.
        radius: one for all, or one a point.
        flatten: the section's extent along the path's first normal, relative to the other; 1 is round.
    """
    centres = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(centres))
    normal, binormal = _frames(centres)
    angle = np.arange(segments) * 2 * np.pi / segments
    section = flatten * np.cos(angle)[:, None] * normal[:, None] + np.sin(angle)[:, None] * binormal[:, None]
    return loft(centres[:, None] + radii[:, None, None] * section)


def _frames(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals and binormals (K, 3) carried along the path without twisting (parallel transport)."""
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    normal = np.eye(3)[np.abs(tangents[0]).argmin()]
    normals = np.empty_like(path)
    for i, tangent in enumerate(tangents):
        normal = normal - tangent * (normal @ tangent)
        normal /= np.linalg.norm(normal)
        normals[i] = normal
    return normals, np.cross(tangents, normals)


def superellipsoid(x: float, y: float, z: float, squareness: float = 0.0) -> Solid:
    """A solid of the given size between an ellipsoid (`squareness` 0) and a box (towards 1): cushions, stones, bodies.

    Source: Barr, Superquadrics and Angle-Preserving Transformations, 1981.
    """
    power = 1.0 - 0.85 * squareness
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 17)[:, None]
    longitude = -np.linspace(0, 2 * np.pi, 33)[None, :-1]
    ring = _signed_power(np.cos(latitude), power)
    unit = np.stack(
        [
            ring * _signed_power(np.cos(longitude), power),
            np.broadcast_to(_signed_power(np.sin(latitude), power), (17, 32)),
            ring * _signed_power(np.sin(longitude), power),
        ],
        -1,
    )
    return loft(unit * (x / 2, y / 2, z / 2)).at(y=y / 2)


def _signed_power(value: np.ndarray, power: float) -> np.ndarray:
    return np.asarray(np.sign(value) * np.abs(value) ** power)


def stacked(sections: Sequence[tuple[np.ndarray, float]], capped: bool = True) -> Solid:
    """A body of horizontal outlines one above another, such as a tub: up the outside, and down the inside to be hollow.

    Args:
        sections: pairs of an outline as `slab` takes it, all of the same K points, and its y.
        capped: close both ends; a ring comes back to its first section instead.
    """
    rings = [points(flat[::-1, 0], y, flat[::-1, 1]) for flat, y in sections]
    return loft(rings, capped)


def ribbon(path: Points, width: float | Point, thickness: float | np.ndarray) -> Solid:
    """A flat bar along a path (K, 2) in the xy plane; `width`, one for all or one a point, lies along z."""
    centres = points(np.asarray(path, float), np.zeros(len(path)))
    tangents = np.gradient(centres, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    half_width = np.broadcast_to(np.asarray(width, float) / 2, len(centres))[:, None, None] * (0, 0, 1)
    normal = points(-tangents[:, 1], tangents[:, 0], np.zeros(len(path)))[:, None]
    half_normal = np.broadcast_to(np.asarray(thickness, float) / 2, len(centres))[:, None, None] * normal
    across = (
        np.array([-1, 1, 1, -1])[None, :, None] * half_normal + np.array([-1, -1, 1, 1])[None, :, None] * half_width
    )
    return loft(centres[:, None] + across)


def hoop(radius: float, thickness: float, segments: int = 40) -> Solid:
    """A ring round the y axis about y = 0; `thickness` is the radius of its round section."""
    angle = np.linspace(0, 2 * np.pi, 11)
    return lathe(points(radius + thickness * np.cos(angle), thickness * np.sin(angle)), segments)
