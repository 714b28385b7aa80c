"""OBJ, STL, OFF and glTF meshes, read with trimesh (the extra `mesh`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_BYTES
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.meshes.surface import Mesh, sample_mesh_file

if TYPE_CHECKING:
    from cg3d_runtime.scans.meshes.handed import Handed

MESH_SUFFIXES = (".obj", ".stl", ".off", ".glb", ".gltf")


class MeshFile(NamedTuple):
    """What a mesh file holds.

    Attributes:
        parts: one for each material and place, all in the file's frame.
        points: where no part has a triangle, its points.
        notes: what is odd, as in `Reading`.
        lost_textures: of the pictures of its colours that cannot be read, names with the reason.
    """

    parts: list[Mesh]
    points: Reading
    notes: tuple[str, ...]
    lost_textures: tuple[str, ...] = ()


def read_mesh_samples(path: Path) -> Reading:
    """Read a mesh as samples of its surface, or the points of a file that holds no triangles."""
    mesh = read_mesh_file(path)
    if len(mesh.points.xyz):
        return mesh.points._replace(notes=mesh.notes)
    return Reading(*sample_mesh_file(mesh.parts), mesh.notes)


def read_mesh(path: Path) -> list[Mesh]:
    """Read the parts of a mesh file.

    Raises:
        ScanError: as `read_mesh_file`, or it holds points without faces.
    """
    mesh = read_mesh_file(path)
    if len(mesh.points.xyz):
        raise ScanError("holds no triangles, only points.")
    return mesh.parts


def read_mesh_file(path: Path) -> MeshFile:
    """Read a mesh file.

    Colours come from vertices, faces, materials and their textures; transparency is ignored. What the file refers to is read
    from its own folder and those below only.

    Raises:
        ScanError: trimesh is missing or cannot read the file, or it holds neither triangles nor points.
    """
    from cg3d_runtime.scans.meshes.scene import import_trimesh, read_parts

    trimesh = import_trimesh(path.suffix)
    content = _content(path)
    try:
        with np.errstate(all="ignore"):
            handed = _hand(path.suffix.lower())(path, content)
            mesh = MeshFile(*read_parts(trimesh, handed), handed.lost_textures)
    except (ScanError, OSError):
        raise
    except Exception as error:  # whatever a parser meets in a damaged file comes out of it as it is
        raise ScanError(f"cannot be read as {path.suffix[1:].upper()}; it is damaged, or in another format.") from error
    if not any(len(part.faces) for part in mesh.parts) and not len(mesh.points.xyz):
        raise ScanError("holds no triangles and no points.")
    return mesh


def _content(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise ScanError(
            f"holds {path.stat().st_size} bytes; of a mesh at most {MOST_BYTES} are read. Simplify it first."
        )
    return path.read_bytes()  # from a file trimesh would allocate whatever length a chunk claims


def _hand(suffix: str) -> Callable[[Path, bytes], Handed]:
    """What makes a format plain; each is imported where it is used."""
    if suffix == ".obj":
        from cg3d_runtime.scans.meshes.obj.reader import hand_obj

        return hand_obj
    if suffix == ".stl":
        from cg3d_runtime.scans.meshes.stl import hand_stl

        return hand_stl
    if suffix == ".off":
        from cg3d_runtime.scans.meshes.off import hand_off

        return hand_off
    from cg3d_runtime.scans.meshes.gltf.reader import hand_gltf

    return hand_gltf
