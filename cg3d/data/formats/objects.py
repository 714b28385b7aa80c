"""Reader of named meshes and scans: a table that lists them, or a folder with one subfolder a label."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cg3d.data.formats.listings import read_text
from cg3d.data.formats.naming import naming
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, plain_words, safe_id, with_article
from cg3d.data.surface import Surface, surface_of, surface_of_cloud
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.commands.beside_scans import lies_beside
from cg3d_runtime.commands.scan_files import tell_left_out
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans import SCAN_SUFFIXES, read_scan
from cg3d_runtime.scans.meshes.reader import MESH_SUFFIXES, read_mesh_file
from cg3d_runtime.scans.text.reader import may_hold_points

TABLE = "objects.csv"
REQUIRED = ("id", "path", "name")


@dataclass(frozen=True)
class ObjectFile(SourceObject):
    """A mesh or scan file with its description."""

    info: ObjectInfo
    path: Path
    up: str | None  # None: what the file's format means by convention

    def problem(self) -> str | None:
        return None if self.path.is_file() else f"{self.path}: object {self.info.id} is not there."

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        with naming(self.path):
            if self.path.suffix.lower() in MESH_SUFFIXES:
                return self._mesh_surface(count, rng)
            return surface_of_cloud(read_scan(self.path, self.up), count, rng)

    def _mesh_surface(self, count: int, rng: np.random.Generator) -> Surface:
        mesh = read_mesh_file(self.path)
        if len(mesh.points.xyz):
            return surface_of_cloud(read_scan(self.path, self.up), count, rng)
        surface = surface_of(mesh.parts, count, rng)
        up = self.up or convention(self.path)
        rgb = None if mesh.lost_textures or surface.rgb is None or _is_bare(surface.rgb) else surface.rgb
        reason = f"{self.path}: texture {mesh.lost_textures[0]}." if mesh.lost_textures else ""
        return replace(surface.upright(up), rgb=rgb, lost_colour=reason)


def convention(path: Path) -> str:
    """The axis that points up in a file of this format, where nothing else is said: glTF defines it, ROS has z."""
    return "y" if path.suffix.lower() in (".glb", ".gltf") else "z"


def _is_bare(rgb: np.ndarray) -> bool:
    """Whether all is one neutral grey, which is how modelling tools write that there is no colour."""
    return bool(np.ptp(rgb) < 1 / 255)


def read_objects(source: str) -> list[SourceObject]:
    """List the objects of a source; a row that does not fit is an `UnreadableObject`.

    Args:
        source: a table (.csv), a folder that holds `objects.csv`, or a folder `<label>/<file>`. The table has the columns
            id, path (relative to the table) and name, and may have caption, licence, source, set, units ("m" or "unit"),
            split and up (an axis).
    Raises:
        DataError: nothing there, or a table without one of these columns.
    """
    path = Path(source)
    table = path / TABLE if path.is_dir() else path
    if table.is_file():
        return _read_table(table)
    if path.is_dir():
        return _read_folders(path)
    raise DataError(f"{source}: not found; a .csv table or a folder of objects is needed.")


def _read_table(table: Path) -> list[SourceObject]:
    rows = csv.DictReader(io.StringIO(read_text(table), newline=""))
    try:
        missing = [column for column in REQUIRED if column not in (rows.fieldnames or ())]
        if missing:
            found = ", ".join(rows.fieldnames or ["none"])
            raise DataError(f"{table}: column {', '.join(missing)} is missing. Columns found: {found}.")
        return [_row_object(table, rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise DataError(f"{table}, line {rows.line_num}: is no row of a table ({error}). Mend it.") from error


def _row_object(table: Path, line: int, row: dict[str, str]) -> SourceObject:
    reason = _why_not(row)
    if reason:
        return UnreadableObject(ObjectInfo(f"line-{line}", "", ()), f"{table}, line {line}: {reason}")
    return ObjectFile(_row_info(row), table.parent / row["path"], row.get("up") or None)


def _why_not(row: dict[str, str]) -> str | None:
    """The fault of a row of a table."""
    if None in row or None in row.values():
        return "the number of fields differs from the header's."
    if not row["id"] or safe_id(row["id"]) != row["id"]:
        return f"id {row['id']!r} must be 1 to 90 letters, digits, - or _."
    if not row["name"].strip():
        return "name is empty; a name in plain words is needed."
    if row.get("up") and row["up"] not in UP_AXES:
        return f"up is {row['up']!r}; one of {', '.join(UP_AXES)} or nothing is needed."
    if Path(row["path"]).suffix.lower() not in SCAN_SUFFIXES:
        return f"{Path(row['path']).name} is no known format. Known: {', '.join(SCAN_SUFFIXES)}."
    return None


def _row_info(row: dict[str, str]) -> ObjectInfo:
    name = row["name"].strip()
    caption = (row.get("caption") or "").strip().rstrip(".")
    return ObjectInfo(
        id=row["id"],
        label=name,
        captions=tuple(filter(None, (with_article(name), caption))),
        licence=row.get("licence") or "unknown",
        source=row.get("source") or "unknown",
        set=row.get("set") or "",
        units=row.get("units") or "unit",
        split=row.get("split") or "",
    )


def _read_folders(folder: Path) -> list[SourceObject]:
    beside = _beside(_named(folder, "*/*"))
    tell_left_out(sorted(beside))
    files = [path for path in _scans_of(folder, "*/*") if path not in beside]
    if not files:
        raise DataError(
            f"{folder}: holds neither {TABLE} nor <label>/<file> with one of {', '.join(SCAN_SUFFIXES)}.{_hint(folder)}"
        )
    _require_one_format(files)
    return [_folder_object(path) for path in files]


def _scans_of(folder: Path, pattern: str) -> list[Path]:
    """Files that may be objects: neither hidden ones nor texts that hold no points, readme.txt and the like."""
    return [path for path in _named(folder, pattern) if may_hold_points(path)]


def _named(folder: Path, pattern: str) -> list[Path]:
    found = folder.glob(pattern)
    return sorted(path for path in found if path.suffix.lower() in SCAN_SUFFIXES and not path.name.startswith("."))


def _beside(files: list[Path]) -> set[Path]:
    """What lies beside scans and holds no points: their labels, poses, texts about them."""
    by_folder: dict[Path, set[Path]] = {}
    for path in files:
        by_folder.setdefault(path.parent, set()).add(path)
    return {path for own in by_folder.values() for path in own if lies_beside(path, own)}


def _hint(folder: Path) -> str:
    """A description of the layout that is there."""
    if any(folder.glob("*/train/*.off")) or any(folder.glob("*/test/*.off")):
        return " <class>/train/<name>.off is ModelNet's own layout: say --format modelnet40-off or modelnet10-off."
    if beside := _scans_of(folder, "*"):
        return f" {beside[0].name} lies in the folder itself: put it into a subfolder that is named as its label."
    if deeper := _scans_of(folder, "*/*/*"):
        found = deeper[0].relative_to(folder)
        return f" {found} lies one folder too deep: move the files up, or name them in a table (docs/data.md)."
    return ""


def _require_one_format(files: list[Path]) -> None:
    """Refuse a.glb beside a.obj, which is one object twice."""
    seen: dict[Path, Path] = {}
    for path in files:
        twin = seen.setdefault(path.with_suffix(""), path)
        if twin != path:
            raise DataError(
                f"{twin} and {path.name} are one object in two formats; keep one format, or give them different names."
            )


def _folder_object(path: Path) -> ObjectFile:
    label = plain_words(path.parent.name)
    own_id = safe_id(f"{path.parent.name}-{path.stem}")
    return ObjectFile(ObjectInfo(own_id, label, (with_article(label),), set=path.parent.parent.name), path, None)
