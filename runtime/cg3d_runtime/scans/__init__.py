"""Reading scans: one function for every file format.

    cloud                   the point cloud that every part of the SDK passes around
    ply/ pcd las text/ npy lidar_bin e57 meshes/ depth/   the formats; laz_chunks: sizes inside LAZ
    bags/                   recordings, of which every message is a scan
    in_memory pointcloud2   arrays, other libraries' clouds, ROS messages; received: the bytes of scan files
    arrays named shapes positions   columns and arrays as coordinates and colours; rows: which are finite, how far they reach
    measured repeats        what is a measurement, and what only stands for none
    upward                  which way is up; units: odd sizes; images: pictures, by an allow-list of formats

A new format is a module with a reader that returns `arrays.Reading`, and a line in `_READERS`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path

from cg3d_runtime.errors import ScanError, one_line, shortened
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.limits import MOST_FILE_BYTES
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.upward import Up

# Suffix -> module of this package and the reader in it. Each is imported with the first file of its format: together they
# would take a tenth of a start.
_READERS = {
    ".ply": ("ply.reader", "read_ply"),
    ".pcd": ("pcd", "read_pcd"),
    **dict.fromkeys((".xyz", ".txt", ".csv"), ("text.reader", "read_text")),
    ".npy": ("npy", "read_npy"),
    ".npz": ("npy", "read_npz"),
    ".pts": ("text.pts", "read_pts"),
    ".bin": ("lidar_bin", "read_bin"),
    **dict.fromkeys((".las", ".laz"), ("las", "read_las")),
    ".e57": ("e57", "read_e57"),
    **dict.fromkeys((".obj", ".stl", ".off", ".glb", ".gltf"), ("meshes.reader", "read_mesh_samples")),
}
SCAN_SUFFIXES = tuple(_READERS)
_GLTF = (".glb", ".gltf")  # y up, and in metres
_IN_METRES = (".bin", ".e57")  # KITTI and nuScenes; ASTM E2807
_PACKED_SUFFIXES = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz")
IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".exr")
_SPLAT_SUFFIXES = (".splat", ".ksplat", ".spz", ".sog")
_OFTEN_INSTEAD = {
    b"version https://git-lfs": "is a pointer of Git LFS and not the scan; fetch it with `git lfs pull`.",
    b"<!doctype html": "is a web page and not a scan; download the file itself.",
    b"<html": "is a web page and not a scan; download the file itself.",
    b"\x1f\x8b": "is packed by gzip; unpack it first.",
}


def read_scan(path: str | Path, up: Up | None = None, name: str | None = None) -> PointCloud:
    """Read a scan; a mesh becomes 20,000 samples of its surface, the same ones every time.

    Coordinates that float32 would blur (georeferenced scans in double precision) are moved to start at the origin.

    Args:
        path: a file with one of SCAN_SUFFIXES, in any case.
        up: the direction that points up in the file; None for the convention: y for .glb and .gltf, z for all others.
        name: what errors call it; None: its path, as it was given.
    Returns:
        The points as found: rows that are not finite, or no measurement and therefore NaN, are still there.
    Raises:
        ScanError: one line that starts with that name.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ScanError(
            f"a scan file is named by its path, got {type(path).__name__}; what is in memory needs no reading."
        )
    path, named = Path(path), shortened(path if name is None else name)
    suffix = Path(path if name is None else name).suffix.lower()
    try:
        xyz, rgb, notes = _reader(path, suffix)(path)
        if len(xyz) == 0:
            raise ScanError("holds 0 points.")
        convention = "y" if suffix in _GLTF else "z"
        in_metres = suffix in (*_GLTF, *_IN_METRES)
        return PointCloud(xyz, None if rgb is None else as_unit_rgb(rgb), up or convention, notes, in_metres=in_metres)
    except ScanError as error:
        raise ScanError(f"{named}: {_instead(path) or one_line(error)}") from error
    except OSError as error:
        raise ScanError(f"{named}: cannot be read: {error.strerror or error}.") from error


def _reader(path: Path, suffix: str) -> Callable[[Path], Reading]:
    """The reader of a file's format, which `suffix`, in lower case, tells.

    Raises:
        ScanError: what it is instead of a scan that can be read.
    """
    if "\0" in str(path):
        raise ScanError("holds a NUL, which no name of a file can.")
    if path.is_dir():
        raise ScanError(_folder_fault(path))
    if path.is_fifo() or path.is_socket() or path.is_char_device() or path.is_block_device():
        raise ScanError("is a pipe or a device and not a file; write it into a file with the suffix of its format.")
    if suffix in IMAGE_SUFFIXES:
        raise ScanError("is an image; a depth image needs its camera: --depth IMAGE --intrinsics FX,FY,CX,CY.")
    if suffix in _PACKED_SUFFIXES:
        raise ScanError("is packed; unpack it first.")
    if suffix in _SPLAT_SUFFIXES:
        raise ScanError(
            "is a Gaussian splat in a viewer's format; export it as PLY, as SuperSplat and most viewers can."
        )
    if suffix not in _READERS:
        raise ScanError(
            f"suffix {shortened(suffix, 20) or '(none)'} is not a known scan format. Known: {', '.join(SCAN_SUFFIXES)}."
        )
    size = path.stat().st_size
    if size == 0:
        raise ScanError("is empty (0 bytes).")
    if size > MOST_FILE_BYTES:
        raise ScanError(f"has {size} bytes; at most {MOST_FILE_BYTES} are read. Cut out the object, or thin the scan.")
    module, name = _READERS[suffix]
    reader: Callable[[Path], Reading] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return reader


def _instead(path: Path) -> str | None:
    """What stands in a file of another name, of what is often found in place of a scan."""
    try:
        with open_regular(path) as file:
            head = file.read(64).lstrip().lower()
    except (OSError, ValueError):
        return None
    return next((what for start, what in _OFTEN_INSTEAD.items() if head.startswith(start)), None)


def _folder_fault(folder: Path) -> str:
    if not os.access(folder, os.R_OK | os.X_OK):
        return "is a folder that this user may not read."
    if any(path.suffix.lower() in _READERS for path in folder.iterdir()):
        return "is a folder; a scan file is needed."
    return "is a folder; a scan file is needed, and it holds none: images need --depth, folders below need --recursive."
