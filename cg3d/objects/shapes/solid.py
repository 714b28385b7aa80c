"""Coloured triangle meshes, built by moving and joining parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cg3d_runtime.scans.meshes.surface import Mesh as SurfaceMesh

Colour = np.ndarray | tuple[float, float, float]  # sRGB in [0, 1]


@dataclass(frozen=True)
class Solid:
    """Triangles with one colour each; y is up, lengths are metres.

    Attributes:
        vertices: (V, 3) float64.
        faces: (F, 3) int64 rows of `vertices`, anticlockwise seen from outside.
        face_rgb: (F, 3) float64 sRGB in [0, 1].
        kind: what people call this kind of the category, such as "grand piano"; empty where there is no such word.
    """

    vertices: np.ndarray
    faces: np.ndarray
    face_rgb: np.ndarray
    kind: str = ""

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Solid:
        """The mesh moved by (x, y, z)."""
        return self.reshaped(self.vertices + np.array([x, y, z]))

    def turned(self, axis: str, degrees: float) -> Solid:
        """The mesh rotated about the axis `x`, `y` or `z` through the origin, right-handed."""
        first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        vertices = self.vertices.copy()
        vertices[:, first] = cosine * self.vertices[:, first] - sine * self.vertices[:, second]
        vertices[:, second] = sine * self.vertices[:, first] + cosine * self.vertices[:, second]
        return self.reshaped(vertices)

    def scaled(self, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Solid:
        """The mesh stretched by positive factors along its axes."""
        return self.reshaped(self.vertices * (x, y, z))

    def resized(self, factor: float) -> Solid:
        """The mesh stretched by one positive factor along all axes."""
        return self.scaled(factor, factor, factor)

    def reshaped(self, vertices: np.ndarray) -> Solid:
        """The mesh with its corners elsewhere, (V, 3)."""
        return replace(self, vertices=vertices)

    def painted(self, rgb: Colour) -> Solid:
        """The mesh in one sRGB colour."""
        return replace(self, face_rgb=np.broadcast_to(np.asarray(rgb, float), self.faces.shape).copy())

    def painted_where(self, where: np.ndarray, rgb: Colour) -> Solid:
        """The mesh with another colour, or one colour a face, (F, 3), on the faces that `where` (F,) marks."""
        return replace(self, face_rgb=np.where(where[:, None], rgb, self.face_rgb))

    def called(self, kind: str) -> Solid:
        """The mesh as an object of the given kind."""
        return replace(self, kind=kind)

    def banded(self, low: float, high: float, rgb: Colour) -> Solid:
        """The mesh with another colour on the faces whose centres lie between two heights."""
        height = self.vertices[self.faces, 1].mean(axis=1)
        return self.painted_where((height > low) & (height < high), rgb)

    def grounded(self) -> Solid:
        """The mesh with its lowest point at y = 0 and its bounding box centred on the y axis."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        return self.at(-(low[0] + high[0]) / 2, -low[1], -(low[2] + high[2]) / 2)

    def coloured_corners(self) -> SurfaceMesh:
        """The mesh as the sampler of `cg3d_runtime.scans` reads it."""
        return SurfaceMesh(self.vertices, self.faces, np.repeat(self.face_rgb[:, None], 3, axis=1))

    def uncoloured(self) -> SurfaceMesh:
        """The shape alone, as the sampler of `cg3d_runtime.scans` reads it."""
        return SurfaceMesh(self.vertices, self.faces)

    def face_centres(self) -> np.ndarray:
        """(F, 3) the mean of each face's corners."""
        return np.asarray(self.vertices[self.faces].mean(axis=1))

    def face_areas(self) -> np.ndarray:
        """(F,) areas in square metres."""
        first, second, third = np.moveaxis(self.vertices[self.faces], 1, 0)
        return np.asarray(np.linalg.norm(np.cross(second - first, third - first), axis=1) / 2)


def join(*parts: Solid) -> Solid:
    """One mesh of all `parts`, which stay separate shells: they may touch or overlap."""
    starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return Solid(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.face_rgb for part in parts]),
    )


def opposite(part: Solid, axis: str = "z") -> Solid:
    """The mirror image of `part` across the plane through the origin that is normal to `axis`."""
    sign = np.where(np.array(list("xyz")) == axis, -1.0, 1.0)
    return Solid(part.vertices * sign, part.faces[:, ::-1], part.face_rgb)


def mirrored(part: Solid, axis: str = "x") -> Solid:
    """`part` together with its mirror image across the plane through the origin that is normal to `axis`."""
    return join(part, opposite(part, axis))
