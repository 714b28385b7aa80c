"""Reader of OpenShape's training packs: Objaverse, ShapeNet, ABO and 3D-FUTURE as clouds with texts.

    meta_data/split/{train_all,train_no_lvis}.json, meta_data/split/ablation/...     a list of {dataset, group, id, data_path}
    meta_data/gpt4_filtering.json                                           {uid: {"flag": "N"}} where the text says nothing
    objaverse-processed/merged_for_training_final/<dataset>/<group>/<id>.npz         made of the pickled .npy by
                                                                                     `cg3d data unpickle SOURCE --out SOURCE`

An .npz holds `xyz` (10000, 3) in [-1, 1], `rgb` (10000, 3) in [0, 1], the texts `text`, `blip_caption`, `msft_caption` and
`retrieval_text`, and features that are of no use here.

The trap: clouds are stored y up, and OpenShape's loader swaps their second and third column (`y_up: True`) for its z-up models.
A swap mirrors every object. Models here are y up, so nothing is swapped and nothing is turned.

Layout: Colin97/OpenShape_code (README, src/data.py), the Hugging Face data set OpenShape/openshape-training-data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from cg3d.data.formats.listings import entries_of, read_json
from cg3d.data.formats.naming import naming
from cg3d.data.samples import ObjectInfo, SourceObject, safe_id
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans import read_scan

CLOUDS = "merged_for_training_final"
SPLIT_FILES = ("train_all.json", "train_no_lvis.json")  # the first that is there
LICENCES = {  # of the collection; every object of Objaverse has its own besides
    "Objaverse": "ODC-By-1.0",
    "ShapeNet": "LicenseRef-ShapeNet",
    "ABO": "LicenseRef-ABO",
    "3D-FUTURE": "LicenseRef-3D-FUTURE",
}
TEXT_KEYS = ("text", "blip_caption", "msft_caption", "retrieval_text")
MOST_CAPTIONS, LONGEST_CAPTION = 16, 300  # an object's; letters: CLIP reads 77 tokens, about as many
FILL, FILL_TOLERANCE = 0.4, 0.01  # the colour that stands for none, 100/255 in some files


@dataclass(frozen=True)
class OpenShapeObject(SourceObject):
    """One cloud of a pack; its label and captions are in its file, so `info` lacks them."""

    info: ObjectInfo
    path: Path  # .npz
    without: tuple[str, ...] = ()  # keys of texts that say nothing

    def problem(self) -> str | None:
        return missing_cloud(self.path)

    def described(self) -> ObjectInfo:
        """`info` with the texts as captions. No set here has classes: the label is the first of the texts.

        Raises:
            DataError: the file is damaged, or holds no text; the message names it.
        """
        captions = _captions(self.path, [key for key in TEXT_KEYS if key not in self.without])
        if not captions:
            raise DataError(f"{self.path}: has no text in any of {', '.join(TEXT_KEYS)}.")
        return replace(self.info, label=captions[0], captions=captions)

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        return cloud_surface(self.path, count, rng)


def read_openshape(source: str) -> list[SourceObject]:
    """List a pack by its split, or where there is none by its files.

    Args:
        source: the folder that holds `meta_data` and the clouds, or one split file in it, `meta_data/split/train_no_lvis.json`.
    Raises:
        DataError: nothing there, a malformed list, or clouds that are still pickled.
    """
    path = Path(source)
    root = _root_of(path) if path.is_file() else path
    flags = _filtered(root / "meta_data" / "gpt4_filtering.json")
    split = path if path.is_file() else _split_file(root)
    entries = _listed(split, clouds_in(root)) if split else _found(clouds_in(root))
    objects = {entry.info.id: replace(entry, without=flags.get(entry.path.stem, ())) for entry in entries}
    refuse_pickled([entry.path for entry in objects.values()], root)
    if not objects:
        raise DataError(f"{split or root}: names no cloud; .npz files of OpenShape are needed.")
    return list(objects.values())


def cloud_surface(path: Path, count: int, rng: np.random.Generator) -> Surface:
    """Points of one converted cloud, y up as stored; rgb is None where it is the fill colour.

    Raises:
        DataError: damaged, without its keys, or too small; the message names the file.
    """
    with naming(path):
        surface = surface_of_cloud(read_scan(path, "y"), count, rng)
    return replace(surface, rgb=None) if is_fill(surface.rgb) else surface


def is_fill(rgb: np.ndarray | None) -> bool:
    """Whether colours are the one grey that stands for none."""
    return rgb is not None and bool(np.all(np.abs(rgb - FILL) < FILL_TOLERANCE))


def missing_cloud(path: Path) -> str | None:
    """The reason why there is no converted cloud at `path`, or None where there is."""
    if path.is_file():
        return None
    pickled = path.with_suffix(".npy")
    if pickled.is_file():
        return f"{pickled}: is not converted. Run {_command(pickled.parent)}."
    return f"{path}: is not there."


def refuse_pickled(paths: list[Path], root: Path) -> None:
    """Refuse a data set of which the first cloud is still pickled: all are, then.

    Raises:
        DataError: with the command to run.
    """
    if paths and not paths[0].is_file() and paths[0].with_suffix(".npy").is_file():
        raise DataError(
            f"{paths[0].with_suffix('.npy')}: is a pickle, which no reader opens. Convert the data set first: {_command(root)}."
        )


def clouds_in(root: Path) -> Path:
    """The folder of the clouds: as OpenShape's archives unpack, or the root itself."""
    candidates = (root / "objaverse-processed" / CLOUDS, root / CLOUDS)
    return next((folder for folder in candidates if folder.is_dir()), root)


def cloud_path(clouds: Path, place: str) -> Path:
    """The path of a converted cloud, from the one that a list gives: that begins with folders of the authors' own disk.

    Raises:
        ValueError: it names no file, or would lead out of the folder of the clouds.
    """
    inner = PurePath(place.rpartition(f"{CLOUDS}/")[2].lstrip("/"))
    if not inner.name or inner.anchor or ".." in inner.parts:
        raise ValueError(f"path {place!r:.200} names no file in the folder of the clouds.")
    return (clouds / inner).with_suffix(".npz")


def _command(folder: Path) -> str:
    return f"`cg3d data unpickle '{folder}' --out '{folder}'`"


def _root_of(split: Path) -> Path:
    """The folder above a split file that holds the clouds."""
    return next((folder for folder in split.parents if clouds_in(folder) != folder), split.parent)


def _split_file(root: Path) -> Path | None:
    return next((file for name in SPLIT_FILES if (file := root / "meta_data" / "split" / name).is_file()), None)


def _filtered(path: Path) -> dict[str, tuple[str, ...]]:
    """By uid, the keys of texts that GPT-4 flagged as saying nothing of the object."""
    if not path.is_file():
        return {}
    flags = read_json(path, dict)
    try:
        return {uid: ("text",) for uid, entry in flags.items() if entry["flag"] == "N"}
    except (KeyError, TypeError) as error:
        raise DataError(f'{path}: is no list of flags ({error!r}); {{uid: {{"flag": "N"}}}} is expected.') from error


def _listed(split: Path, clouds: Path) -> Iterator[OpenShapeObject]:
    for number, (dataset, place) in enumerate(entries_of(split, ("dataset", "data_path"))):
        try:
            path = cloud_path(clouds, place)
        except ValueError as error:
            raise DataError(f"{split}, entry {number}: {error}") from error
        yield _object(clouds, path, dataset, "train" if "train" in split.stem else "")


def _found(clouds: Path) -> Iterator[OpenShapeObject]:
    if not clouds.is_dir():
        raise DataError(f"{clouds}: not found; a folder of OpenShape's packs is needed.")
    files = {path.with_suffix(".npz") for suffix in ("npz", "npy") for path in clouds.glob(f"*/**/*.{suffix}")}
    for path in sorted(file for file in files if "meta_data" not in file.parts):
        yield _object(clouds, path, path.relative_to(clouds).parts[0], "")


def _object(clouds: Path, path: Path, dataset: str, split: str) -> OpenShapeObject:
    # The folders belong to the id: 3D-FUTURE has no group, and ShapeNet has one model in two.
    name = "-".join(path.relative_to(clouds).with_suffix("").parts)
    info = ObjectInfo(safe_id(name), "", (), LICENCES.get(dataset, "unknown"), "OpenShape", dataset, split=split)
    return OpenShapeObject(info, path)


def _captions(path: Path, keys: list[str]) -> tuple[str, ...]:
    """The texts under some keys of an .npz, each once, short enough for CLIP."""
    texts: dict[str, None] = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for key in keys:
                texts |= dict.fromkeys(_short(str(text)) for text in _strings(arrays, key))
    except OSError:
        raise
    except Exception as error:  # of zipfile, zlib and numpy
        raise DataError(f"{path}: is no .npz file, or a damaged one ({error}). Convert it again.") from error
    return tuple(text for text in texts if text)[:MOST_CAPTIONS]


def _strings(arrays: Mapping[str, np.ndarray], key: str) -> list[str]:
    """The texts of one key, a text or a list of them; a list with gaps is stored by numbers, `text/0`."""
    names = [name for name in arrays if name == key or name.startswith(f"{key}/")]
    return [str(text) for name in names if arrays[name].dtype.kind == "U" for text in arrays[name].ravel()]


def _short(text: str) -> str:
    words = " ".join(text.split()).rstrip(".")
    if len(words) <= LONGEST_CAPTION:
        return words
    cut = words[:LONGEST_CAPTION]
    return cut.rpartition(" ")[0] or cut
