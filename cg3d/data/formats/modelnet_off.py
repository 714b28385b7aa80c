"""Reader of ModelNet as published (Wu et al. 2015): meshes in OFF files, z up.

    ModelNet40/night_stand/{train,test}/night_stand_0001.off       ModelNet10 likewise

The first line of many files runs into the second, `OFF490 518 0`, which trimesh reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.formats.modelnet import modelnet_info
from cg3d.data.formats.naming import naming
from cg3d.data.samples import ObjectInfo, SourceObject
from cg3d.data.surface import Surface, surface_of
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.scans.meshes.reader import read_mesh
from cg3d_runtime.scans.meshes.surface import Mesh


@dataclass(frozen=True)
class OffShape(SourceObject):
    """A mesh in an OFF file."""

    info: ObjectInfo
    path: Path

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        with naming(self.path):
            return surface_of(_read_whole(self.path), count, rng).upright("z")


def _read_whole(path: Path) -> list[Mesh]:
    """Read a mesh of which nothing is missing; trimesh is content with the faces that it finds."""
    meshes = read_mesh(path)
    found = sum(len(mesh.faces) for mesh in meshes)
    with path.open(encoding="latin-1") as file:
        head = re.sub("#.*", "", file.read(4096))
    counts = re.match(r"\s*C?OFF\s*\d+\s+(\d+)", head)
    if counts and found < int(counts[1]):
        raise ScanError(f"holds {found} of the {counts[1]} faces that its header names; the file is truncated.")
    return meshes


def read_modelnet40_off(source: str) -> list[SourceObject]:
    """List the 12,311 meshes of ModelNet40.

    Args:
        source: the folder `ModelNet40`, or the one that holds it.
    Raises:
        DataError: there is no such file as `<class>/{train,test}/<name>.off`.
    """
    return _read(source, "ModelNet40")


def read_modelnet10_off(source: str) -> list[SourceObject]:
    """List the 4,899 meshes of ModelNet10, in the folder `ModelNet10`; otherwise as `read_modelnet40_off`."""
    return _read(source, "ModelNet10")


def _read(source: str, published_as: str) -> list[SourceObject]:
    inner = Path(source) / published_as
    folder = inner if inner.is_dir() else Path(source)
    found = [path for split in ("train", "test") for path in sorted(folder.glob(f"*/{split}/*.off"))]
    paths = [path for path in found if not path.name.startswith(".")]  # macOS leaves ._ files beside the real ones
    if not paths:
        raise DataError(f"{source}: holds no <class>/train/<name>.off; the folder {published_as} is needed.")
    return [_shape(path, published_as.lower()) for path in paths]


def _shape(path: Path, set_name: str) -> OffShape:
    class_name, split = path.parts[-3:-1]
    return OffShape(modelnet_info(set_name, path.stem, class_name, split), path)
