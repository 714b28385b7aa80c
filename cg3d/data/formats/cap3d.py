"""Reader of Cap3D: clouds of Objaverse with one sentence each.

    Cap3D_automated_Objaverse_full.csv            no header; rows `uid,caption`; several such tables may be there
    PointCloud_pt_zips/*.zip                      of Cap3D_pcs_pt/<uid>.pt, a tensor (6, 16384): xyz, then rgb in [0, 1]
    Cap3D_pcs_pt/<uid>.pt                         the same, unpacked

Clouds are z up. They are put together of depth pictures that Blender rendered, in the coordinates of Blender's world (Cap3D's
text-to-3D/shap-e/extract_pointcloud.py, openai/shap-e's rendering/blender), and Blender's importer turns glTF's y up to its own
z up. Here they are turned back.

Layout: the Hugging Face data set tiange/Cap3D, crockwell/Cap3D (text-to-3D/finetune_pointE.py).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np

from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, safe_id
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb

LICENCE = "ODC-By-1.0"  # of the collection; every object of Objaverse has its own besides
LARGEST = 1 << 24  # bytes of a cloud; those of Cap3D have 393,216 and a header
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile decompresses the others without a limit


@dataclass(frozen=True)
class Cap3dObject(SourceObject):
    """One cloud of Cap3D, in a file or in a zip."""

    info: ObjectInfo
    path: Path  # the .pt file or the zip
    member: str = ""  # its name in the zip

    def problem(self) -> str | None:
        return None if self.path.is_file() else f"{self.path}: is not there."

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        name = f"{self.path}: {self.member}" if self.member else str(self.path)
        try:
            table = _table(_read_member(self.path, self.member) if self.member else _read_file(self.path))
            xyz, rgb = table[:, :3], table[:, 3:]
            cloud = PointCloud(xyz, as_unit_rgb(rgb) if rgb.shape[1] else None, "z")
            return surface_of_cloud(cloud, count, rng)
        except (ScanError, ValueError) as error:
            raise DataError(f"{name}: cannot be read as a cloud of Cap3D: {error}") from error


def read_cap3d(source: str) -> list[SourceObject]:
    """List the clouds with their captions; captions without a cloud are passed over, a cloud without one is a problem.

    Cap3D has no classes: the label is the caption.

    Args:
        source: the folder that holds the tables, and the zips or unpacked files.
    Raises:
        DataError: no table, no cloud, a malformed table or a zip that is damaged.
    """
    folder = Path(source)
    tables = sorted(folder.glob("*.csv")) or sorted(folder.glob("*/*.csv"))
    if not tables:
        raise DataError(
            f"{source}: no captions were found; Cap3D_automated_Objaverse_full.csv or another of Cap3D is needed."
        )
    captions = _captions(tables)
    clouds: dict[str, tuple[Path, str]] = {}
    for uid, path, member in _clouds(folder):
        clouds.setdefault(uid, (path, member))
    if not clouds:
        raise DataError(f"{source}: no cloud was found; <uid>.pt files are needed, or zips of them.")
    return [_object(uid, captions.get(uid, ()), *place, tables) for uid, place in sorted(clouds.items())]


def _object(uid: str, captions: tuple[str, ...], path: Path, member: str, tables: list[Path]) -> SourceObject:
    label = captions[0] if captions else ""
    info = ObjectInfo(safe_id(uid), label, captions, LICENCE, "Cap3D", "Cap3D")
    if not captions:
        named = ", ".join(table.name for table in tables)
        return UnreadableObject(info, f"{path}: object {uid} has no caption in {named}.")
    return Cap3dObject(info, path, member)


def _captions(tables: list[Path]) -> dict[str, tuple[str, ...]]:
    """Captions by uid, each once, those of the first table first."""
    captions: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for uid, text in _rows(table):
            caption = " ".join(text.split()).rstrip(".")
            known = captions.get(uid, ())
            if caption and caption not in known:
                captions[uid] = (*known, caption)
    return captions


def _rows(table: Path) -> Iterator[tuple[str, str]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            for row in rows:
                if not row:
                    continue
                if len(row) != 2:
                    raise DataError(f"{table}, line {rows.line_num}: {len(row)} fields; uid and caption are needed.")
                yield row[0].strip(), row[1]
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(
                f"{table}, line {rows.line_num}: is no table of captions ({error}). Copy it again."
            ) from error


def _clouds(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Every cloud's uid, its file, and its name in that where it is a zip; unpacked ones first."""
    for path in folder.rglob("*.pt"):
        yield path.stem, path, ""
    for archive in sorted([*folder.glob("PointCloud_pt_zips/*.zip"), *folder.glob("*.zip")]):
        for member in _members(archive):
            yield PurePosixPath(member).stem, archive, member


def _members(archive: Path) -> list[str]:
    try:
        with zipfile.ZipFile(archive) as content:
            return [name for name in content.namelist() if name.endswith(".pt")]
    except (zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{archive}: is no zip, or a damaged one ({error}). Download it again.") from error


@cache
def _archive(path: Path) -> zipfile.ZipFile:
    """The zip, kept open: a directory of 200,000 members takes a second and 130 MB, once in every process."""
    return zipfile.ZipFile(path)


def _read_member(path: Path, name: str) -> bytes:
    """A cloud's file in a zip.

    Raises:
        ValueError: of no cloud's size, or damaged.
    """
    try:
        archive = _archive(path)
        info = archive.getinfo(name)
        _check_size(info.file_size)
        if info.compress_type not in _BOUNDED:
            raise ValueError(f"it is compressed by method {info.compress_type}; none and deflate are read.")
        with archive.open(info) as file:
            return file.read(info.file_size)  # without a number zipfile decompresses more than the size it gives
    except Exception as error:  # of zipfile, zlib and struct
        raise ValueError(str(error)) from error


def _read_file(path: Path) -> bytes:
    _check_size(path.stat().st_size)
    return path.read_bytes()


def _check_size(size: int) -> None:
    if not 0 < size <= LARGEST:
        raise ValueError(f"it has {size} bytes; 1 to {LARGEST} are expected.")


def _table(content: bytes) -> np.ndarray:
    """(P, 6) or (P, 3) float32 of the tensor that torch.save wrote, channels first or last.

    Raises:
        ValueError: it holds something else, more than a cloud, or is damaged.
    """
    import torch

    try:
        _check_records(content)
        tensor = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        if tensor.numel() > LARGEST:  # it may repeat one number, so that a small file claims any size
            raise ValueError(f"{tensor.numel()} numbers; {LARGEST} at most are expected")
        table: np.ndarray = tensor.detach().float().numpy()
    except Exception as error:  # bytes that are no pickle fail in any way
        reason = str(error).partition("\n")[0]
        raise ValueError(f"it holds no tensor of a cloud that torch.save wrote ({reason:.200})") from error
    if table.ndim != 2 or not {3, 6} & set(table.shape):
        raise ValueError(f"it holds a tensor of shape {table.shape}; (6, P) is needed.")
    return table.T if table.shape[0] in (3, 6) else table


def _check_records(content: bytes) -> None:
    """Refuse a compressed .pt file, itself a zip: torch.save compresses nothing, and torch.load decompresses all."""
    if not content.startswith(b"PK\3\4"):  # torch.save's older form, which compresses nothing either
        return
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        claimed = sum(info.file_size for info in file.infolist())
    if claimed > len(content):
        raise ValueError(f"it claims {claimed} bytes in a file of {len(content)}")
