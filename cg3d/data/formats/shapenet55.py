"""Reader of ShapeNet55: the clouds that Point-BERT released, and CG3D's rendered pictures where they are.

    shapenet_pc/<synset>-<model>.npy                        (8192, 3) float, y up
    ShapeNet-55/{train,test}.txt, or {train,test}.txt       one `<synset>-<model>.npy` a line
    taxonomy.json                                           of ShapeNetCore: a list of {"synsetId", "name", ...}
    shapenet_render/{train_img,val_img,test_img}.txt        CG3D: the objects that have pictures
    shapenet_render/img/<synset>/<model>/000.png ... 004.png

Layouts: lulutang0608/Point-BERT (DATASET.md) and deeptibhegde/CLIP-goes-3D.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.formats.listings import first_that_exists, numbered_lines, read_json
from cg3d.data.formats.naming import naming
from cg3d.data.pictures import read_pictures
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, plain_words, safe_id, with_article
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans import read_scan

LICENCE = "LicenseRef-ShapeNet"
SPLITS = ("train", "test", "val")  # an object in two lists belongs to the first: nothing of the test is chosen by
CG3D_NAMES = {"display": "monitor", "vessel": "ship", "ashcan": "trashcan"}  # its own names of three synsets

RendersOf = Callable[[str, str], Path | None]  # of a synset and a model: the folder of its pictures


@dataclass(frozen=True)
class ShapeNetObject(SourceObject):
    """A cloud of ShapeNet, with its folder of pictures where it has one."""

    info: ObjectInfo
    path: Path
    renders: Path | None  # None: its pictures are to be drawn

    def problem(self) -> str | None:
        if not self.path.is_file():
            return f"{self.path}: points are not there."
        if self.renders is not None and not _pictures_in(self.renders):
            return f"{self.renders}: no picture of this object is there."
        return None

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        with naming(self.path):
            return surface_of_cloud(read_scan(self.path, "y"), count, rng)

    def pictures(self, count: int) -> np.ndarray | None:
        if self.renders is None:
            return None
        files = _pictures_in(self.renders)
        if not files:
            raise DataError(f"{self.renders}: no picture of this object is there.")
        return read_pictures(files, count)


def read_shapenet55(source: str) -> list[SourceObject]:
    """List ShapeNet55 by its lists of objects: CG3D's where they are, otherwise Point-BERT's.

    An object's label is the first name of its synset; all names of the synset, and CG3D's own for three of them, are captions.
    Where CG3D's `img` folder is, every object brings its pictures, and one without is a problem; otherwise they are drawn.

    Args:
        source: the folder that holds `shapenet_pc`.
    Raises:
        DataError: no list, no object in the lists, or no taxonomy.
    """
    folder = Path(source)
    cg3d = folder / "shapenet_render"
    lists = split_lists([cg3d / "{}_img.txt", folder / "ShapeNet-55" / "{}.txt", folder / "{}.txt"])
    names = synset_names([folder, folder / "ShapeNet-55", cg3d])
    has_images = (cg3d / "img").is_dir()
    return list_shapenet(
        lists, names, folder, "ShapeNet55", lambda synset, model: cg3d / "img" / synset / model if has_images else None
    )


def split_lists(places: list[Path]) -> dict[str, Path]:
    """The lists of objects by split, all from the first place that has one; `{}` stands for the split.

    Raises:
        DataError: there is none.
    """
    candidates = [[Path(str(place).replace("{}", split)) for split in SPLITS] for place in places]
    for lists in candidates:
        found = {split: path for split, path in zip(SPLITS, lists, strict=True) if path.is_file()}
        if found:
            return found
    tried = ", ".join(str(path) for lists in candidates for path in lists)
    raise DataError(f"no list of objects was found. Looked for {tried}.")


def synset_names(folders: list[Path]) -> dict[str, tuple[str, ...]]:
    """The names of every synset in the taxonomy of one of the folders.

    Raises:
        DataError: no taxonomy, or one without the fields of ShapeNet's.
    """
    path = first_that_exists(
        [folder / "taxonomy.json" for folder in folders],
        "taxonomy.json, which names the synsets, was not found: ShapeNetCore and ULIP's ShapeNet triplets hold it",
    )
    try:
        return {entry["synsetId"]: _names_in(entry["name"]) for entry in read_json(path, list)}
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: is no taxonomy of ShapeNet ({error!r}); entries with synsetId and name are needed."
        ) from error


def list_shapenet(
    lists: Mapping[str, Path], names: Mapping[str, tuple[str, ...]], folder: Path, set: str, renders_of: RendersOf
) -> list[SourceObject]:
    """The objects that the lists name, in their order; a line that names none is an `UnreadableObject`.

    Args:
        lists: by split.
        names: of every synset, the first one its label.
        folder: holds `shapenet_pc`.
        set: the set's name.
        renders_of: the folder of an object's pictures.
    Raises:
        DataError: no list names an object.
    """
    objects: dict[str, SourceObject] = {}
    for split, path in lists.items():
        for number, line in numbered_lines(path):
            name = line.removesuffix(".npy")
            if name in objects:
                continue
            synset, _, model = name.partition("-")  # a model's name may hold the next dash
            info = ObjectInfo(safe_id(name), *_words(names.get(synset, ())), LICENCE, "ShapeNet", set, split=split)
            reason = _why_not(synset, model, names)
            objects[name] = (
                UnreadableObject(info, f"{path}, line {number}: {reason}")
                if reason
                else ShapeNetObject(info, folder / "shapenet_pc" / f"{name}.npy", renders_of(synset, model))
            )
    if not objects:
        raise DataError(
            f"{', '.join(map(str, lists.values()))}: no object is listed; lines <synset>-<model>.npy are needed."
        )
    return list(objects.values())


def _why_not(synset: str, model: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    if not model:
        return f"{synset!r} is not <synset>-<model>.npy."
    if not names.get(synset):
        return f"synset {synset!r} has no name in taxonomy.json."
    return None


def _names_in(field: str) -> tuple[str, ...]:
    """The names in one field of the taxonomy, "airplane,aeroplane,plane"."""
    return tuple(plain_words(name) for name in field.split(",") if name.strip())


def _words(names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Label and captions of a synset's names."""
    if not names:
        return "", ()
    own = [CG3D_NAMES[names[0]]] if names[0] in CG3D_NAMES else []
    return names[0], tuple(dict.fromkeys(with_article(name) for name in (*names, *own)))


def _pictures_in(folder: Path) -> list[Path]:
    """The pictures of one object by view; ULIP keeps depth pictures beside them."""
    return sorted(file for file in folder.glob("*.png") if "_depth" not in file.stem)
