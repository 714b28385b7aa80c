"""Reader of named meshes and scans: a table that lists them, or a folder with one subfolder a label."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.samples import ObjectInfo, with_article
from cg3d.data.surface import Surface, surface_of
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.points import UP_AXES
from cg3d_runtime.prepare import rotation
from cg3d_runtime.scans import SCAN_SUFFIXES, read_scan
from cg3d_runtime.scans.mesh import MESH_SUFFIXES, read_mesh

TABLE = "objects.csv"
REQUIRED = ("id", "path", "name")
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,90}")  # a dot would end WebDataset's key, a slash tar's short names


@dataclass(frozen=True)
class ObjectFile:
    """A mesh or scan file with its description; implements `SourceObject`."""

    info: ObjectInfo
    path: Path
    up: str | None  # None: what the file's format means by convention

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        """See `SourceObject`.

        Raises:
            DataError: the file cannot be read; the message names it.
        """
        try:
            if self.path.suffix.lower() in MESH_SUFFIXES:
                return self._mesh_surface(count, rng)
            return self._scan_surface(count, rng)
        except (ScanError, OSError) as error:
            raise DataError(f"{self.path}: object {self.info.id} cannot be read: {error}") from error

    def _mesh_surface(self, count: int, rng: np.random.Generator) -> Surface:
        surface = surface_of(read_mesh(self.path), count, rng)
        turn = self._turn("y" if self.path.suffix.lower() in (".glb", ".gltf") else "z")
        rgb = None if surface.rgb is None or _is_bare(surface.rgb) else surface.rgb
        return Surface(surface.xyz @ turn, rgb, surface.normals @ turn)

    def _scan_surface(self, count: int, rng: np.random.Generator) -> Surface:
        cloud = read_scan(self.path)
        finite = np.flatnonzero(np.isfinite(cloud.xyz).all(axis=1))
        if len(finite) < 16:
            raise ScanError(f"{len(finite)} finite points, at least 16 are needed.")
        chosen = rng.permutation(finite)[:count]
        rgb = None if cloud.rgb is None else cloud.rgb[chosen]
        return Surface(cloud.xyz[chosen] @ self._turn(cloud.up), rgb, None)

    def _turn(self, convention: str) -> np.ndarray:
        """The rotation to y up, for row vectors."""
        return rotation(self.up or convention, "y").T.astype(np.float32)


def _is_bare(rgb: np.ndarray) -> bool:
    """Whether all is one neutral grey, which is how modelling tools write that there is no colour."""
    return bool(np.ptp(rgb) < 1 / 255)


def read_objects(source: str) -> list[ObjectFile]:
    """List the objects of a source; their files are only checked to be there.

    Args:
        source: a table (.csv), a folder that holds `objects.csv`, or a folder `<label>/<file>`. The table has the columns
            id, path (relative to the table) and name, and may have caption, licence, source, set, units ("m" or "unit")
            and up (an axis).
    Raises:
        DataError: nothing there, or a malformed row; the message names its line.
    """
    path = Path(source)
    table = path / TABLE if path.is_dir() else path
    if table.is_file():
        return _read_table(table)
    if path.is_dir():
        return _read_folders(path)
    raise DataError(f"{source}: not found; a .csv table or a folder of objects is needed.")


def _read_table(table: Path) -> list[ObjectFile]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [column for column in REQUIRED if column not in (rows.fieldnames or ())]
        if missing:
            found = ", ".join(rows.fieldnames or ["none"])
            raise DataError(f"{table}: column {', '.join(missing)} is missing. Columns found: {found}.")
        objects = [_table_object(table, rows.line_num, row) for row in rows]
    return _distinct(objects, str(table))


def _table_object(table: Path, line: int, row: dict[str, str]) -> ObjectFile:
    where = f"{table}, line {line}"
    if None in row or None in row.values():
        raise DataError(f"{where}: the number of fields differs from the header's.")
    if not _SAFE_ID.fullmatch(row["id"]):
        raise DataError(f"{where}: id {row['id']!r} must be 1 to 90 letters, digits, - or _.")
    if not row["name"].strip():
        raise DataError(f"{where}: name is empty; a name in plain words is needed.")
    up = row.get("up") or None
    if up is not None and up not in UP_AXES:
        raise DataError(f"{where}: up is {up!r}; one of {', '.join(UP_AXES)} or nothing is needed.")
    return ObjectFile(_table_info(row), _existing(table.parent / row["path"], where), up)


def _table_info(row: dict[str, str]) -> ObjectInfo:
    name = row["name"].strip()
    caption = row.get("caption", "").strip().rstrip(".")
    return ObjectInfo(
        id=row["id"],
        label=name,
        captions=tuple(filter(None, (with_article(name), caption))),
        licence=row.get("licence") or "unknown",
        source=row.get("source") or "unknown",
        set=row.get("set", ""),
        units=row.get("units") or "unit",
    )


def _existing(path: Path, where: str) -> Path:
    if path.suffix.lower() not in SCAN_SUFFIXES:
        raise DataError(f"{where}: {path.name} is no known format. Known: {', '.join(SCAN_SUFFIXES)}.")
    if not path.is_file():
        raise DataError(f"{where}: {path} is not there.")
    return path


def _read_folders(folder: Path) -> list[ObjectFile]:
    files = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in SCAN_SUFFIXES)
    if not files:
        raise DataError(f"{folder}: holds neither {TABLE} nor <label>/<file> with one of {', '.join(SCAN_SUFFIXES)}.")
    return _distinct([_folder_object(path) for path in files], str(folder))


def _folder_object(path: Path) -> ObjectFile:
    label = path.parent.name.replace("_", " ")
    own_id = re.sub(r"[^A-Za-z0-9_-]", "_", f"{path.parent.name}-{path.stem}")[:90]
    return ObjectFile(ObjectInfo(own_id, label, (with_article(label),), set=path.parent.parent.name), path, None)


def _distinct(objects: list[ObjectFile], where: str) -> list[ObjectFile]:
    seen: dict[str, Path] = {}
    for each in objects:
        if each.info.id in seen:
            raise DataError(
                f"{where}: id {each.info.id} is used by {seen[each.info.id]} and {each.path}; make it unique."
            )
        seen[each.info.id] = each.path
    if not objects:
        raise DataError(f"{where}: lists no object.")
    return objects
