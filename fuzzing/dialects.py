"""The same points in every form that people write them, for `scripts/fuzz`: read right, refused or noted, never just wrong.

A case is a cloud whose points are known, in a dialect put together by chance: separators, decimal signs, headers, byte orders,
pixels without a return, map coordinates, relative indices. Reading it must give those points in their order, or an error, or
a note that says what is odd; that its size is odd is no excuse.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from cg3d_runtime.scans import read_scan
from fuzzing.isolation import Step, Target
from fuzzing.scans import glb_file, names_scan, prepare_file

TRUTH_FILE = "truth.npy"
_NEAR = 2e-3  # of the extent, for points; a text file may hold few digits
_NEAR_SURFACE = 0.05  # of the extent, for the bounds of a mesh's samples
_MAP = np.array([386_341.8, 5_819_822.6, 34.5])
_NOTHING = ("nan", "NaN", "-nan", "-nan(ind)", "-1.#IND", "1.#QNAN", "1.#INF", "inf", "-inf")


@dataclass
class Cloud:
    """What a dialect writes: rows in order, of which those that are `measured` must come back."""

    xyz: np.ndarray  # (N, 3) float64; no-returns are 0 0 0 or NaN
    measured: np.ndarray = field(default_factory=lambda: np.empty(0, bool))  # (N,)

    def truth(self) -> np.ndarray:
        return self.xyz[self.measured]


def write_dialect(random: Random, seeds: Path, folder: Path) -> Path:
    """One cloud in one dialect, with its true points beside it."""
    name = random.choice(("text", *_DIALECTS))  # text has the most of them
    cloud = _cloud(random)
    path = _DIALECTS[name](cloud, random, folder)
    np.save(folder / TRUTH_FILE, cloud.truth())
    return path


def use_dialect(path: Path) -> list[Step]:
    return [lambda: prepare_file(path), lambda: _compare(path)]


DIALECTS = Target("dialects", write_dialect, use_dialect, names_scan)


def _compare(path: Path) -> None:
    cloud, truth = read_scan(path), np.load(path.parent / TRUTH_FILE)
    if cloud.notes:
        return
    found = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)].astype(np.float64)
    near = _NEAR_SURFACE if path.suffix in (".obj", ".glb", ".stl", ".off") else _NEAR
    assert _is_same(found, truth, near), f"{path.name}: other points than were written, and no note"


def _is_same(found: np.ndarray, truth: np.ndarray, near: float) -> bool:
    """Whether points agree in order, wherever their origin lies; of samples of a surface, whether their bounds do."""
    extent = np.ptp(truth, axis=0).max()
    if near == _NEAR_SURFACE:
        return bool(np.abs(np.ptp(found, axis=0) - np.ptp(truth, axis=0)).max() < near * extent)
    if found.shape != truth.shape:
        return False
    return bool(np.abs((found - found[0]) - (truth - truth[0])).max() < near * extent)


def _cloud(random: Random) -> Cloud:
    """Some two hundred points, no two axes alike, perhaps with map coordinates, perhaps with pixels that saw nothing."""
    rng = np.random.default_rng(random.randrange(2**32))
    xyz = rng.normal(size=(random.randrange(40, 300), 3)) * (0.3, 0.12, 0.05) + (0.4, -0.2, 0.9)
    measured = np.ones(len(xyz), bool)
    if random.random() < 0.2:
        xyz += _MAP
    if random.random() < 0.3:
        measured[rng.permutation(len(xyz))[: random.randrange(2, 12)]] = False
        xyz[~measured] = random.choice((0.0, np.nan))
    return Cloud(xyz, measured)


# --- text ---


def _text(cloud: Cloud, random: Random, folder: Path) -> Path:
    """XYZ, TXT and CSV of any program."""
    suffix = random.choice((".xyz", ".txt", ".csv"))
    separator = random.choice((" ", "\t", ",", ";", ", ", "; ", "  "))
    table, header = _columns(cloud, random)
    rows = [separator.join(row) for row in table]
    if header and random.random() < 0.9:
        rows.insert(0, _header(header, separator, random))
    elif random.random() < 0.1:
        rows.insert(0, str(len(rows)))
    if random.random() < 0.15:
        rows = [row + separator.strip() for row in rows]
    text = random.choice(("\n", "\n", "\r\n")).join(rows) + random.choice(("\n", ""))
    encoding = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16"))
    path = folder / f"scan{suffix}"
    path.write_bytes(text.encode(encoding))
    return path


def _columns(cloud: Cloud, random: Random) -> tuple[list[list[str]], list[str]]:
    """Rows of words, and the names of the columns."""
    digits = "{:.6f}" if _needs_double(cloud) else random.choice(("{:.6f}", "{:.9g}", "{:.8e}"))
    words = [[digits.format(number) for number in row] for row in cloud.xyz]
    nothing = random.choice((*_NOTHING, "", "NA", "null"))
    words = [[nothing if word == "nan" else word for word in row] for row in words]
    names = random.choice((["x", "y", "z"], ["X", "Y", "Z"], ["0", "1", "2"], ["Points:0", "Points:1", "Points:2"]))
    if random.random() < 0.2:
        words = [[word.replace(".", ",") for word in row] for row in words]
    if random.random() < 0.2:
        words = [[*row, str(random.randrange(256))] for row in words]
        names = [*names, "intensity" if names[0] != "0" else "3"]
    if random.random() < 0.15:
        words = [[str(number), *row] for number, row in enumerate(words)]
        names = ["" if names[0] == "0" else random.choice(("", "id", "Unnamed: 0")), *names]
    return words, names


def _header(names: list[str], separator: str, random: Random) -> str:
    if random.random() < 0.3:
        names = [f'"{name}"' for name in names]
    return random.choice(("", "", "#", "# ", "//")) + separator.join(names)


# --- points in bytes ---


def _ply(cloud: Cloud, random: Random, folder: Path) -> Path:
    order, word = random.choice((("<", "binary_little_endian"), (">", "binary_big_endian")))
    number, kind = ("f8", "double") if _needs_double(cloud) or random.random() < 0.5 else ("f4", "float")
    names = [*"xyz", *random.choice(((), ("nx", "ny", "nz"), ("intensity",)))]
    table = np.zeros((len(cloud.xyz), len(names)), f"{order}{number}")
    table[:, :3] = cloud.xyz
    properties = "".join(f"property {kind} {name}\n" for name in names)
    head = f"ply\nformat {word} 1.0\nelement vertex {len(table)}\n{properties}end_header\n"
    path = folder / "scan.ply"
    path.write_bytes(head.encode() + table.tobytes())
    return path


def _needs_double(cloud: Cloud) -> bool:
    return bool(np.nanmax(np.abs(cloud.xyz)) > 1000)


def _pcd(cloud: Cloud, random: Random, folder: Path) -> Path:
    size = 8 if _needs_double(cloud) else random.choice((4, 8))
    encoding = random.choice(("ascii", "binary", "binary_compressed"))
    head = (
        f"VERSION 0.7\nFIELDS x y z\nSIZE {size} {size} {size}\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {len(cloud.xyz)}\nHEIGHT 1\n"
        f"POINTS {len(cloud.xyz)}\nDATA {encoding}\n"
    ).encode()
    table = cloud.xyz.astype(f"<f{size}")
    if encoding == "ascii":
        nothing = random.choice(_NOTHING)
        words = "\n".join(" ".join(f"{number:.9f}" for number in row) for row in cloud.xyz)
        body = words.replace("nan", nothing).encode()
    elif encoding == "binary":
        body = table.tobytes()
    else:
        raw = table.T.tobytes()
        packed = b"".join(bytes([len(raw[i : i + 32]) - 1]) + raw[i : i + 32] for i in range(0, len(raw), 32))
        body = struct.pack("<2I", len(packed), len(raw)) + packed
    path = folder / "scan.pcd"
    path.write_bytes(head + body)
    return path


def _npy(cloud: Cloud, random: Random, folder: Path) -> Path:
    number = random.choice(("<f8", ">f8") if _needs_double(cloud) else ("<f4", ">f4", "<f8", ">f8"))
    array = cloud.xyz.astype(number)
    forms: tuple[Callable[[], np.ndarray], ...] = (
        lambda: array,
        lambda: np.asfortranarray(array),
        lambda: np.ascontiguousarray(array.T),
        lambda: np.hstack([array, np.ones((len(array), 1), number)]),
        lambda: array[None],
        lambda: np.rec.fromarrays(array.T, names="x,y,z"),
    )
    array = random.choice(forms)()
    if random.random() < 0.7:
        path = folder / "scan.npy"
        np.save(path, array)
        return path
    path = folder / "scan.npz"
    key = random.choice(("xyz", "points", "pc", "vertices", "coords", "arr_0", "data"))
    np.savez(path, **{key: array})
    return path


# --- meshes: a box, whose bounds are known ---

_CORNERS = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], float)
_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))  # quads


def _box(cloud: Cloud, random: Random) -> np.ndarray:
    """The corners of a box about the cloud, whose own points are then forgotten."""
    corners = _CORNERS * [random.uniform(0.1, 1) for _ in "xyz"]
    cloud.xyz, cloud.measured = corners, np.ones(8, bool)
    return corners


def _obj(cloud: Cloud, random: Random, folder: Path) -> Path:
    """Indices that count from the start, from the end, or from the end in blocks."""
    corners = _box(cloud, random)
    blank, end = random.choice((" ", "\t", "  ")), random.choice(("\n", "\r\n"))
    vertex = [f"v{blank}{blank.join(f'{number:.7f}' for number in corner)}" for corner in corners]
    style = random.choice(("first", "last", "blocks"))
    if style == "blocks":
        lines = [line for face in _FACES for line in (*(vertex[i] for i in face), f"f{blank}-4 -3 -2 -1")]
    else:
        offset = 1 if style == "first" else -8
        lines = vertex + [f"f{blank}{blank.join(str(i + offset) for i in face)}" for face in _FACES]
    head = random.choice((b"", b"\xef\xbb\xbf", "o Größe\n".encode("latin-1"), "# 椅子\n".encode("gbk")))
    tail = random.choice((b"", b"l 1 2\n"))
    path = folder / "scan.obj"
    path.write_bytes(head + (end.join(lines) + end).encode() + tail)
    return path


def _stl(cloud: Cloud, random: Random, folder: Path) -> Path:
    """Binary, perhaps with more bytes after the last triangle."""
    corners = _box(cloud, random)
    triangles = [corners[[face[i] for i in pick]] for face in _FACES for pick in ((0, 1, 2), (0, 2, 3))]
    packed = b"".join(struct.pack("<12fH", 0, 0, 1, *triangle.ravel(), 0) for triangle in triangles)
    title = random.choice((b"", b"solid made by a program", b"\xe4\xf6\xfc")).ljust(80, b"\0")
    path = folder / "scan.stl"
    path.write_bytes(
        title + struct.pack("<I", len(triangles)) + packed + random.choice((b"", b"\0", b"trailing bytes"))
    )
    return path


def _off(cloud: Cloud, random: Random, folder: Path) -> Path:
    """With the counts on the first line or below it, a comment, and colours after the corners of a face."""
    rows = [" ".join(f"{number:.7f}" for number in corner) for corner in _box(cloud, random)]
    colour = random.choice(("", " 255 0 0", " 0.5 0.5 0.5 1"))
    faces = [f"4 {' '.join(map(str, face))}{colour}" for face in _FACES]
    counts = f"{len(rows)} {len(faces)} 0"
    head = random.choice((["OFF", counts], [f"OFF {counts}"], ["OFF", "# made by a program", "", counts]))
    path = folder / "scan.off"
    path.write_text("\n".join([*head, *rows, *faces, ""]))
    return path


def _glb(cloud: Cloud, random: Random, folder: Path) -> Path:
    """Two boxes, each a part at its own place; positions as floats or as integers, normalised or not; perhaps with edges."""
    corners = _box(cloud, random)
    places = np.array([[0.0, 0.0, 0.0], [random.uniform(-2, 2) for _ in "xyz"]])
    number, is_normalised = random.choice(
        ((5126, False), (5122, False), (5122, True), (5123, True), (5121, True), (5120, True))
    )
    stored, step = _quantised(corners, number, is_normalised)
    triangles = np.array([[face[i] for i in pick] for face in _FACES for pick in ((0, 1, 2), (0, 2, 3))], "<u2")
    views = [stored, triangles.tobytes()]
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0, 1]}],
        "nodes": [{"mesh": 0, "translation": place.tolist(), "scale": [step] * 3} for place in places],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}, *_edges(random)]}],
        "buffers": [{"byteLength": len(views[0]) + len(views[1])}],
        "bufferViews": [
            {
                "buffer": 0,
                "byteLength": len(views[0]),
                **({} if number in (5126,) else {"byteStride": len(stored) // 8}),
            },
            {"buffer": 0, "byteOffset": len(views[0]), "byteLength": len(views[1])},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": number,
                "count": 8,
                "type": "VEC3",
                **({"normalized": True} if is_normalised else {}),
            },
            {"bufferView": 1, "componentType": 5123, "count": triangles.size, "type": "SCALAR"},
        ],
    }
    if number != 5126:
        tree["extensionsUsed"] = tree["extensionsRequired"] = ["KHR_mesh_quantization"]
    cloud.xyz, cloud.measured = np.concatenate([corners + place for place in places]), np.ones(16, bool)
    path = folder / "scan.glb"
    path.write_bytes(glb_file(json.dumps(tree).encode(), b"".join(views)))
    return path


def _quantised(corners: np.ndarray, number: int, is_normalised: bool) -> tuple[bytes, float]:
    """The bytes of positions, four bytes aligned, and what one step of the stored value means."""
    if number == 5126:
        return corners.astype("<f4").tobytes(), 1.0
    kind = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2"}[number]
    largest = np.iinfo(kind).max
    size = np.dtype(kind).itemsize
    rows = np.zeros((8, 4), kind)
    rows[:, :3] = np.round(corners * largest)
    return rows.tobytes()[: 8 * 4 * size], 1.0 if is_normalised else 1.0 / largest


def _edges(random: Random) -> list[dict[str, Any]]:
    return [{"attributes": {"POSITION": 0}, "mode": 1}] if random.random() < 0.3 else []


_DIALECTS: dict[str, Callable[[Cloud, Random, Path], Path]] = {
    "text": _text,
    "ply": _ply,
    "pcd": _pcd,
    "npy": _npy,
    "obj": _obj,
    "stl": _stl,
    "off": _off,
    "glb": _glb,
}
