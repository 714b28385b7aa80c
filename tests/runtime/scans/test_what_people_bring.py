"""One mug written in the ways in which people bring it: named a mug, refused with what to do, or noted; never silently wrong.

Each row stands for a kind that was found in the field. The readers' own tests go further into each.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import DepthImage, Intrinsics, PointCloud, Recognizer, ScanError, read_scan
from cg3d_runtime.scans.pointcloud2 import to_point_cloud

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
MAP = np.array([386_341.8, 5_819_822.6, 34.5])
XYZ = read_scan(EXAMPLES / "scans" / "mug.ply").xyz.astype(np.float64)
FEW = XYZ[:4000]  # for text, which is slow to write
Write = Callable[[Path], Any]  # writes into a folder, and gives what the recogniser takes


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    with Recognizer.open(EXAMPLES / "labels.txt", backend="cpu", threads=1) as opened:
        yield opened


# --- arrays and files of numbers ---


def with_zeros(xyz: np.ndarray, share: float = 0.2) -> np.ndarray:
    """One metre before the camera, with pixels that saw nothing."""
    seen = xyz + np.array([0, 0, 1])
    nothing = np.zeros((int(share * len(xyz)), 3))
    return np.random.default_rng(0).permutation(np.concatenate([seen, nothing]))


def npy(array: np.ndarray) -> Write:
    def write(folder: Path) -> Path:
        np.save(folder / "mug.npy", array)
        return folder / "mug.npy"

    return write


def npz(**arrays: np.ndarray) -> Write:
    def write(folder: Path) -> Path:
        np.savez(folder / "mug.npz", **arrays)
        return folder / "mug.npz"

    return write


def file(name: str, content: bytes | str) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / name

    return write


def memory(given: Any) -> Write:
    return lambda folder: given


def rows(xyz: np.ndarray, separator: str = " ", form: str = "{:.6f}") -> str:
    return "".join(separator.join(form.format(number) for number in row) + "\n" for row in xyz.tolist())


def pcd(table: np.ndarray, encoding: str = "binary") -> bytes:
    size = table.itemsize
    head = (
        f"VERSION 0.7\nFIELDS x y z\nSIZE {size} {size} {size}\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {len(table)}\nHEIGHT 1\n"
    )
    return f"{head}POINTS {len(table)}\nDATA {encoding}\n".encode() + table.tobytes()


def ply(columns: dict[str, np.ndarray], order: str = "<") -> bytes:
    kinds = {"f4": "float", "f8": "double", "u1": "uchar", "i4": "int"}
    table = np.rec.fromarrays([column.astype(order + column.dtype.str[1:]) for column in columns.values()])
    properties = "".join(f"property {kinds[c.dtype.str[1:]]} {name}\n" for name, c in columns.items())
    word = "binary_little_endian" if order == "<" else "binary_big_endian"
    return f"ply\nformat {word} 1.0\nelement vertex {len(table)}\n{properties}end_header\n".encode() + table.tobytes()


def splats(xyz: np.ndarray) -> bytes:
    """A Gaussian splat, with floaters that are not to be seen."""
    rng = np.random.default_rng(1)
    floaters = rng.uniform(-1.5, 1.5, (len(xyz) // 15, 3))
    points = np.concatenate([xyz, floaters]).astype("f4")
    opacity = np.concatenate([np.full(len(xyz), 4.0), np.full(len(floaters), -6.2)]).astype("f4")
    names = ["f_dc_0", "f_dc_1", "f_dc_2", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
    rest = {name: np.full(len(points), -5.0 if "scale" in name else 0.5, "f4") for name in names}
    return ply({**dict(zip("xyz", points.T, strict=True)), "opacity": opacity, **rest})


@dataclass
class Message:
    """sensor_msgs/PointCloud2."""

    data: Any
    width: int
    fields: list[Any]
    point_step: int = 24
    row_step: int = 0
    height: int = 1
    is_bigendian: bool = False


@dataclass
class Field:
    name: str
    offset: int
    datatype: int = 8
    count: int = 1


def message(xyz: np.ndarray) -> PointCloud:
    fields = [Field("x", 0), Field("y", 8), Field("z", 16)]
    return to_point_cloud(Message(xyz.astype("<f8").tobytes(), len(xyz), fields))


class Open3dCloud:
    """What open3d.geometry.PointCloud gives, as far as it is read."""

    points = XYZ
    colors = np.empty((0, 3))


RIGHT: dict[str, Write] = {
    "float64 map coordinates in memory": memory(XYZ + MAP),
    "float64 map coordinates in NPY": npy(XYZ + MAP),
    "float64 map coordinates in PCD": file("mug.pcd", pcd((XYZ + MAP).astype("<f8"))),
    "float64 map coordinates in a PointCloud": lambda folder: PointCloud(XYZ + MAP),
    "float64 map coordinates in a message": lambda folder: message(XYZ + MAP),
    "float64 map coordinates, zeros between": memory(np.concatenate([XYZ + MAP, np.zeros((900, 3))])),
    "zeros in memory": memory(with_zeros(XYZ)),
    "zeros in NPY": npy(with_zeros(XYZ)),
    "zeros in PCD": file("mug.pcd", pcd(with_zeros(XYZ).astype("<f4"))),
    "zeros in PLY": file("mug.ply", ply(dict(zip("xyz", with_zeros(XYZ).astype("f4").T, strict=True)), ">")),
    "zeros in XYZ": file("mug.xyz", rows(with_zeros(FEW))),
    "zeros in a message": lambda folder: message(with_zeros(XYZ)),
    "zeros of millimetres in integers": memory((with_zeros(XYZ) * 10_000).astype(np.int32)),
    "masked array": memory(np.ma.masked_invalid(np.concatenate([XYZ, np.full((50, 3), np.nan)]))),
    "an image of points": memory(XYZ[:11_880].reshape(108, 110, 3)),
    "an image of points and colours": memory(np.dstack([XYZ[:11_880].reshape(108, 110, 3), np.zeros((108, 110, 1))])),
    "a batch of one": memory(XYZ[None]),
    "four columns": memory(np.hstack([XYZ, np.ones((len(XYZ), 1))])),
    "structured x y z": memory(np.rec.fromarrays(XYZ.T, names="x,y,z")),
    "structured f0 f1 f2": memory(np.rec.fromarrays(XYZ.astype("f4").T, names="f0,f1,f2")),
    "Open3D": memory(Open3dCloud()),
    "NPZ of one array": npz(arr_0=XYZ),
    "NPZ called pc": npz(pc=XYZ, label=np.array(3)),
    "NPZ of Point-E": npz(coords=XYZ, R=np.ones(len(XYZ)), G=np.ones(len(XYZ)), B=np.ones(len(XYZ))),
    "invisible splats": file("mug.ply", splats(XYZ)),
    "pandas without header=False": file("mug.csv", "0,1,2\n" + rows(FEW, ",")),
    "pandas with its index": file(
        "mug.csv", ",x,y,z\n" + "".join(f"{i},{row}\n" for i, row in enumerate(rows(FEW, ",").split()))
    ),
    "ParaView": file("mug.csv", '"Points:0","Points:1","Points:2"\n' + rows(FEW, ",")),
    "units in the header": file("mug.csv", "X [m];Y [m];Z [m]\n" + rows(FEW, ";")),
    "decimal commas": file("mug.txt", rows(FEW, ";").replace(".", ",")),
    "trailing separators": file("mug.csv", rows(FEW, ",").replace("\n", ",\n")),
    "empty cells": file("mug.csv", "x,y,z\n" + ",,\n" * 40 + rows(FEW, ",")),
    "-1.#IND": file("mug.xyz", "-1.#IND -1.#IND -1.#IND\n" * 40 + rows(FEW)),
    "UTF-16": file("mug.txt", ("x\ty\tz\n" + rows(FEW, "\t")).encode("utf-16")),
    "a byte order mark": file("mug.xyz", "\ufeff" + rows(FEW)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_named_right(recognizer: Recognizer, tmp_path: Path, name: str) -> None:
    answer = recognizer(RIGHT[name](tmp_path))
    assert (answer.label, answer.unknown) == ("mug", False) and answer.score > 0.9


def depth_npy(xyz: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).integers(500, 900, (480, 640)).astype(np.uint16)


REFUSED: dict[str, tuple[Write, str]] = {
    "a depth map": (npy(depth_npy(XYZ)), "depth image"),
    "a depth map in memory": (memory(depth_npy(XYZ)), "depth image"),
    "transposed": (npy(XYZ.T), "transpose"),
    "several arrays": (npz(a=XYZ, b=XYZ), "a, b"),
    "names in a list": (memory(["a.ply", "b.ply"]), "answer_all"),
    "a name with NUL": (memory("a\0.ply"), "NUL"),
    "a name too long": (memory("a" * 300 + ".ply"), "name"),
    "decimal commas between commas": (file("mug.csv", rows(FEW, ",").replace(".", ",")), "comma"),
    "a compressed splat": (file("mug.ply", b"ply\nformat binary_little_endian 1.0\nelement chunk 1\nproperty float min_x\n"
                                b"element vertex 1\nproperty uint packed_position\nend_header\n" + bytes(8)), "splat"),
    "a list of labels": (file("labels.txt", "mug\nbowl\nchair\n"), "label"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_what_to_do(recognizer: Recognizer, tmp_path: Path, name: str) -> None:
    write, words = REFUSED[name]
    with pytest.raises(ScanError) as refused:
        recognizer(write(tmp_path))
    message = str(refused.value)
    assert words in message and "\n" not in message and len(message) < 600


NOTED: dict[str, tuple[Write, str]] = {
    "float32 map coordinates": (memory((XYZ + MAP).astype(np.float32)), "single precision"),
    "float32 map coordinates in PCD": (file("mug.pcd", pcd((XYZ + MAP).astype("<f4"))), "single precision"),
    "doubles that were floats": (npy((XYZ + MAP).astype(np.float32).astype(np.float64)), "single precision"),
    "zeros": (memory(with_zeros(XYZ)), "0 0 0"),
    "splats": (file("mug.ply", splats(XYZ)), "splat"),
}


@pytest.mark.parametrize("name", NOTED)
def test_noted(recognizer: Recognizer, tmp_path: Path, name: str) -> None:
    write, words = NOTED[name]
    note = recognizer(write(tmp_path)).note
    assert note is not None and words in note


# --- depth images ---


def depth_of_mug() -> tuple[np.ndarray, np.ndarray]:
    """The mug before a wall as a depth camera sees it from the front, in millimetres, and where it is."""
    depth, camera = np.full((240, 320), 1400), CAMERA
    x, y, z = XYZ[:, 0], -XYZ[:, 2] + XYZ[:, 2].mean(), 0.35 + XYZ[:, 1]
    column = np.round(camera.fx * x / z + camera.cx).astype(int)
    row = np.round(camera.fy * y / z + camera.cy).astype(int)
    nearest = np.argsort(-z)
    depth[row[nearest], column[nearest]] = np.round(z[nearest] * 1000)
    return depth, depth < 1400


CAMERA = Intrinsics(300.0, 300.0, 159.5, 119.5)


@pytest.mark.parametrize("form", ["u2", ">u2", "i4", ">i4", "u4", "i8", "pgm", "png", "tiff"])
@pytest.mark.parametrize("nothing", [0, 65535])
def test_depth_without_a_measurement(tmp_path: Path, form: str, nothing: int) -> None:
    image = pytest.importorskip("PIL.Image")
    depth, inside = depth_of_mug()
    values = np.where(inside, depth, nothing)
    if form == "pgm":
        path = tmp_path / "d.pgm"
        path.write_bytes(b"P5\n320 240\n65535\n" + values.astype(">u2").tobytes())
    elif form in ("png", "tiff"):
        path = tmp_path / f"d.{form}"
        image.fromarray(values.astype(np.uint16)).save(path)
    else:
        path = tmp_path / "d.npy"
        np.save(path, values.astype(form))
    cloud = DepthImage(path, CAMERA).read()
    assert np.isfinite(cloud.xyz).all(axis=1).sum() == inside.sum()


def test_a_mask_in_the_alpha_channel(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    depth, inside = depth_of_mug()
    grey = image.fromarray(np.full(depth.shape, 180, np.uint8))
    image.merge("RGBA", [grey, grey, grey, image.fromarray(inside.astype(np.uint8) * 255)]).save(tmp_path / "mask.png")
    cloud = DepthImage(depth.astype(np.uint16), CAMERA, mask=tmp_path / "mask.png").read()
    assert len(cloud) == inside.sum()


# --- meshes ---


def box_obj(relative: bool) -> str:
    corners = [(x, y, z) for x in (0, 1) for y in (0, 0.6) for z in (0, 0.3)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    vertex = [f"v {x} {y} {z}\n" for x, y, z in corners]
    if relative:
        return "".join("".join(vertex[i] for i in face) + "f -4 -3 -2 -1\n" for face in faces)
    return "".join(vertex) + "".join(f"f {' '.join(str(i + 1) for i in face)}\n" for face in faces)


@pytest.mark.parametrize(
    "content",
    [
        box_obj(relative=True).encode(),
        b"\xef\xbb\xbf" + box_obj(relative=False).encode(),
        "o Größe\n".encode("latin-1") + box_obj(relative=False).encode(),
        box_obj(relative=False).replace(" ", "\t").encode(),
        box_obj(relative=False).replace("\n", "\r\n").encode(),
        b"mtllib nowhere.mtl\nusemtl a\n" + box_obj(relative=False).encode() + b"l 1 2\n",
    ],
    ids=["relative", "byte order mark", "Latin-1", "tabs", "CRLF", "lines and a material that is not there"],
)
def test_obj_in_other_programs_words(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("trimesh")
    (tmp_path / "box.obj").write_bytes(content)
    np.testing.assert_allclose(np.ptp(read_scan(tmp_path / "box.obj").xyz, axis=0), [1, 0.6, 0.3], atol=0.01)


def test_stl_with_bytes_after_the_last_triangle(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    buffer = io.BytesIO()
    trimesh.creation.box((1, 0.6, 0.3)).export(buffer, "stl")
    (tmp_path / "box.stl").write_bytes(buffer.getvalue() + b"end")
    np.testing.assert_allclose(np.ptp(read_scan(tmp_path / "box.stl").xyz, axis=0), [1, 0.6, 0.3], atol=0.01)
    (tmp_path / "cut.stl").write_bytes(buffer.getvalue()[:-70])
    with pytest.raises(ScanError, match="truncated"):
        read_scan(tmp_path / "cut.stl")


def test_a_texture_that_is_postscript_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trimesh")
    (tmp_path / "bin").mkdir()
    ghostscript = tmp_path / "bin" / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    (tmp_path / "tex.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"
    )
    (tmp_path / "box.mtl").write_text("newmtl a\nmap_Kd tex.png\n")
    uv = "vt 0 0\nvt 1 0\nvt 0 1\n"
    faces = "f 1/1 2/2 3/3\nf 1/1 2/2 4/3\nf 1/1 3/2 4/3\n"
    (tmp_path / "box.obj").write_text(f"mtllib box.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n{uv}usemtl a\n{faces}")
    assert read_scan(tmp_path / "box.obj").notes
    assert not (tmp_path / "started").exists()


def test_a_draco_mesh_is_refused_by_name(tmp_path: Path) -> None:
    pytest.importorskip("trimesh")
    text = b'{"asset": {"version": "2.0"}, "extensionsRequired": ["KHR_draco_mesh_compression"], "meshes": []}'
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    (tmp_path / "a.glb").write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    with pytest.raises(ScanError, match="KHR_draco_mesh_compression"):
        read_scan(tmp_path / "a.glb")
