"""Reader of `modelnet40_normal_resampled` (Qi et al. 2017, PointNet++): 10,000 points with normals a shape, as text.

    modelnet40_shape_names.txt             the classes; modelnet10_shape_names.txt likewise
    modelnet40_{train,test}.txt            names of shapes, `night_stand_0001`; modelnet10_{train,test}.txt likewise
    night_stand/night_stand_0001.txt       lines of x,y,z,nx,ny,nz, y up

Names of classes have underscores of their own, so a shape's class ends at the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.formats.modelnet import modelnet_info
from cg3d.data.formats.naming import naming
from cg3d.data.formats.number_lines import read_number_lines
from cg3d.data.formats.source_folder import read_list, source_folder
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.scans.cloud import PointCloud

FOLDER = "modelnet40_normal_resampled"


@dataclass(frozen=True)
class ResampledShape(SourceObject):
    """A text file of points and normals."""

    info: ObjectInfo
    path: Path

    def problem(self) -> str | None:
        return None if self.path.is_file() else f"{self.path}: not found, though a list names it."

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        xyz, normals = np.hsplit(read_number_lines(self.path, 6, ","), 2)
        with naming(self.path):
            return surface_of_cloud(PointCloud(xyz, up="y"), count, rng, normals)


def read_modelnet40_txt(source: str) -> list[SourceObject]:
    """List the 12,311 shapes of ModelNet40.

    Args:
        source: the folder `modelnet40_normal_resampled`, or the one that holds it.
    Raises:
        DataError: no such folder, or a list is missing or names nothing.
    """
    return _read(source, "modelnet40")


def read_modelnet10_txt(source: str) -> list[SourceObject]:
    """List the 4,899 shapes of ModelNet10, which lie in the same folder; otherwise as `read_modelnet40_txt`."""
    return _read(source, "modelnet10")


def _read(source: str, set_name: str) -> list[SourceObject]:
    folder = source_folder(source, FOLDER, f"{set_name}_shape_names.txt")
    classes = set(read_list(folder / f"{set_name}_shape_names.txt"))
    return [
        _shape(folder, set_name, split, name, classes)
        for split in ("train", "test")
        for name in read_list(folder / f"{set_name}_{split}.txt")
    ]


def _shape(folder: Path, set_name: str, split: str, name: str, classes: set[str]) -> SourceObject:
    class_name = name.rpartition("_")[0]
    info = modelnet_info(set_name, name, class_name, split)
    if class_name in classes:
        return ResampledShape(info, folder / class_name / f"{name}.txt")
    table = folder / f"{set_name}_{split}.txt"
    return UnreadableObject(
        info, f"{table}: {name!r} is not <class>_<number> with a class of {set_name}_shape_names.txt."
    )
