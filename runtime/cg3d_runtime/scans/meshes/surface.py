"""Triangle meshes, and points sampled evenly from their surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.errors import ScanError

FILE_SAMPLES = 20_000  # points that a mesh file becomes
_BLOCK = 1 << 18  # faces measured together


@dataclass(frozen=True)
class Mesh:
    """Triangles of one material; an object may have several.

    Attributes:
        vertices: (V, 3) float, any unit.
        faces: (F, 3) integer, each corner's vertex.
        corner_rgb: (F, 3, 3) float, sRGB in [0, 1] of each corner of each face, or None.
        corner_uv: (F, 3, 2) float, texture coordinates of the corners, origin at the lower left, repeating; or None.
        texture: (H, W, 3) uint8, sRGB, first row on top; with `corner_rgb` the two multiply in linear light, as in glTF.
    Raises:
        ScanError: a face has a corner that is no vertex.
    """

    vertices: np.ndarray
    faces: np.ndarray
    corner_rgb: np.ndarray | None = None
    corner_uv: np.ndarray | None = None
    texture: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.faces.size and not (self.faces.min() >= 0 and self.faces.max() < len(self.vertices)):
            raise ScanError(
                f"faces refer to vertices {self.faces.min()} to {self.faces.max()}, but there are {len(self.vertices)} "
                "vertices, counted from 0."
            )


def sample_surface(
    meshes: Sequence[Mesh], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """Sample points from a surface in proportion to area.

    The area is cut into `count` equal shares with one point in each, which leaves fewer gaps and clumps than independent
    points. Triangles with a corner that is not finite have no area.

    Args:
        meshes: the parts of one object, in one frame.
        count: number of points, at least 1.
        rng: for the place within a share and within a triangle.
    Returns:
        xyz (count, 3) float64, in the order of the faces, and rgb (count, 3) float32 sRGB in [0, 1]; None where no part
        has colour. A part without colour beside parts with is white, the default of glTF.
    Raises:
        ScanError: the surface has no area.
    """
    face = _choose_faces(np.concatenate([_areas(mesh) for mesh in meshes]), count, rng)
    weights = _barycentric(count, rng)
    xyz = np.einsum("nc,ncd->nd", weights, _corners(meshes, face))
    if all(mesh.corner_rgb is None and mesh.texture is None for mesh in meshes):
        return xyz, None
    rgb = np.empty((count, 3), dtype=np.float32)
    first = 0
    for mesh in meshes:
        mine = (face >= first) & (face < first + len(mesh.faces))
        rgb[mine] = _colours(mesh, face[mine] - first, weights[mine]).clip(0.0, 1.0)
        first += len(mesh.faces)
    return xyz, rgb


def sample_mesh_file(meshes: Sequence[Mesh]) -> tuple[np.ndarray, np.ndarray | None]:
    """The 20,000 samples that stand for a mesh file, the same ones every time."""
    return sample_surface(meshes, FILE_SAMPLES, np.random.default_rng(0))


def _areas(mesh: Mesh) -> np.ndarray:
    """Twice the area of each face, (F,), 0 where a corner is not finite; in blocks, since corners take 72 bytes a face."""
    area = np.empty(len(mesh.faces))
    with np.errstate(invalid="ignore", over="ignore"):
        vertices = mesh.vertices.astype(np.float64)
        for start in range(0, len(area), _BLOCK):
            corners = vertices[mesh.faces[start : start + _BLOCK]]
            normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            area[start : start + _BLOCK] = np.nan_to_num(np.linalg.norm(normals, axis=1), posinf=0.0)
    return area


def _corners(meshes: Sequence[Mesh], face: np.ndarray) -> np.ndarray:
    """The corners (n, 3, 3) float64 of the chosen faces, which ascend and count on from mesh to mesh."""
    last = np.cumsum([len(mesh.faces) for mesh in meshes])
    parts = np.split(face, np.searchsorted(face, last[:-1]))
    firsts = [0, *last[:-1].tolist()]
    with np.errstate(invalid="ignore"):  # NaN may be of the signalling kind
        return np.concatenate(
            [
                mesh.vertices[mesh.faces[part - first]].astype(np.float64)
                for mesh, part, first in zip(meshes, parts, firsts, strict=True)
            ]
        )


def _choose_faces(area: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    cumulative = np.cumsum(area)
    if len(area) == 0 or cumulative[-1] == 0:
        raise ScanError(f"its {len(area)} triangles have no area.")
    shares = (np.arange(count) + rng.random(count)) / count
    face: np.ndarray = np.searchsorted(cumulative, shares * cumulative[-1], side="right")
    face[face > np.flatnonzero(area)[-1]] = np.flatnonzero(area)[-1]  # rounding may reach the very end
    return face


def _barycentric(count: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform in the triangle (Osada et al. 2002, Shape Distributions, section 4.2): (count, 3), rows sum to 1."""
    root, along = np.sqrt(rng.random(count)), rng.random(count)
    return np.stack([1 - root, root * (1 - along), root * along], axis=1)


def _colours(mesh: Mesh, face: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The sRGB colour of points given by face and barycentric weights, (n, 3)."""
    tint = None if mesh.corner_rgb is None else np.einsum("nc,ncd->nd", weights, mesh.corner_rgb[face])
    if mesh.texture is None or mesh.corner_uv is None:
        return np.ones((len(face), 3)) if tint is None else tint
    texel = _nearest_texel(mesh.texture, np.einsum("nc,ncd->nd", weights, mesh.corner_uv[face]))
    return texel if tint is None else linear_to_srgb(srgb_to_linear(texel) * srgb_to_linear(tint))


def _nearest_texel(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    height, width = texture.shape[:2]
    uv = np.nan_to_num(uv, posinf=0.0, neginf=0.0)
    uv = uv - np.floor(uv)  # repeats, and no integer holds what a damaged file says
    column = np.floor(uv[:, 0] * width).astype(np.int64) % width
    row = np.floor((1.0 - uv[:, 1]) * height).astype(np.int64) % height
    rgb: np.ndarray = texture[row, column] / 255.0
    return rgb


def srgb_to_linear(rgb: np.ndarray) -> np.ndarray:
    """Decode sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: np.ndarray) -> np.ndarray:
    """Encode linear light in [0, 1] as sRGB (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0) ** (1 / 2.4) - 0.055)
