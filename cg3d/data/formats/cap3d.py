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
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, safe_id
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.points import PointCloud
from cg3d_runtime.scans.arrays import as_float32, as_unit_rgb

LICENCE = "ODC-By-1.0"  # of the collection; every object of Objaverse has its own besides
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a zip's member: signature, lengths of its name and extra field


@dataclass(frozen=True)
class Member:
    """Where a file lies in a zip, so that a worker need not read a directory of 200,000 members to open one."""

    name: str
    offset: int
    compressed: int  # bytes
    size: int  # bytes
    crc: int
    method: int

    def read(self, archive: Path) -> bytes:
        """The file's bytes.

        Raises:
            ValueError, zlib.error, struct.error: the archive is damaged.
        """
        with archive.open("rb") as file:
            file.seek(self.offset)
            signature, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            if signature != b"PK\3\4":
                raise ValueError("no member begins where the archive says")
            file.seek(name + extra, io.SEEK_CUR)
            content = file.read(self.compressed)
        if self.method == zipfile.ZIP_DEFLATED:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, self.size)
        if len(content) != self.size or zlib.crc32(content) != self.crc:
            raise ValueError("its checksum is wrong")
        return content


@dataclass(frozen=True)
class Cap3dObject(SourceObject):
    """One cloud of Cap3D, in a file or in a zip."""

    info: ObjectInfo
    path: Path  # the .pt file or the zip
    member: Member | None = None  # in the zip

    def problem(self) -> str | None:
        return None if self.path.is_file() else f"{self.path}: is not there."

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        name = f"{self.path}: {self.member.name}" if self.member else str(self.path)
        try:
            table = _table(self.member.read(self.path) if self.member else self.path.read_bytes())
            xyz, rgb = table[:, :3], table[:, 3:]
            cloud = PointCloud(as_float32(xyz), as_unit_rgb(rgb) if rgb.shape[1] else None, "z")
            return surface_of_cloud(cloud, count, rng)
        except (ScanError, ValueError, zlib.error, struct.error) as error:
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
    clouds: dict[str, tuple[Path, Member | None]] = {}
    for uid, path, member in _clouds(folder):
        clouds.setdefault(uid, (path, member))
    if not clouds:
        raise DataError(f"{source}: no cloud was found; <uid>.pt files are needed, or zips of them.")
    return [_object(uid, captions.get(uid, ()), *place, tables) for uid, place in sorted(clouds.items())]


def _object(uid: str, captions: tuple[str, ...], path: Path, member: Member | None, tables: list[Path]) -> SourceObject:
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


def _clouds(folder: Path) -> Iterator[tuple[str, Path, Member | None]]:
    """Every cloud's uid, its file, and its place in that where it is a zip; unpacked ones first."""
    for path in folder.rglob("*.pt"):
        yield path.stem, path, None
    for archive in sorted([*folder.glob("PointCloud_pt_zips/*.zip"), *folder.glob("*.zip")]):
        for info in _members(archive):
            member = Member(
                info.filename, info.header_offset, info.compress_size, info.file_size, info.CRC, info.compress_type
            )
            yield Path(info.filename).stem, archive, member


def _members(archive: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(archive) as content:
            return [info for info in content.infolist() if info.filename.endswith(".pt")]
    except (zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{archive}: is no zip, or a damaged one ({error}). Download it again.") from error


def _table(content: bytes) -> np.ndarray:
    """(P, 6) or (P, 3) float32 of the tensor that torch.save wrote, channels first or last.

    Raises:
        ValueError: it holds something else, or is damaged.
    """
    import torch

    try:
        tensor = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        table: np.ndarray = tensor.detach().float().numpy()
    except Exception as error:  # bytes that are no pickle fail in any way
        reason = str(error).partition("\n")[0]
        raise ValueError(f"it holds no tensor that torch.save wrote ({reason:.200})") from error
    if table.ndim != 2 or not {3, 6} & set(table.shape):
        raise ValueError(f"it holds a tensor of shape {table.shape}; (6, P) is needed.")
    return table.T if table.shape[0] in (3, 6) else table
