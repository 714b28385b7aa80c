"""The parts of a mesh file that trimesh is given, and those kept back from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

PICTURE_KEY = "picture"  # of an OBJ material, for trimesh a keyword that it keeps and does not know


class Picture(NamedTuple):
    """The picture of a material's base colour.

    Attributes:
        texels: (H, W, 3) uint8 sRGB, first row on top; None where it cannot be read.
        scale, offset: of the texture coordinates, origin at the lower left.
    """

    texels: np.ndarray | None
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)


class Handed(NamedTuple):
    """A mesh file in the form in which every version of trimesh reads it right.

    Attributes:
        content: the file.
        file_type: the suffix without its dot.
        files: by name, what `content` refers to.
        pictures: by the name of the material. trimesh sees none of them: it would let Pillow open any format.
        face_rgb: (F, 3) and vertex_rgb: (V, 3), colours of a format whose colours trimesh does not read, or None.
        triangles: how many trimesh must find, or None where it cannot miss any.
        notes: what is odd, as in `Reading`.
        lost_textures: of the pictures that cannot be read, names with the reason.
    """

    content: bytes
    file_type: str
    files: Mapping[str, bytes] = {}
    pictures: Mapping[str, Picture] = {}
    face_rgb: np.ndarray | None = None
    vertex_rgb: np.ndarray | None = None
    triangles: int | None = None
    notes: tuple[str, ...] = ()
    lost_textures: tuple[str, ...] = ()
