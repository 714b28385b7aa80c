"""Scans for `scripts/fuzz`: a seed of every format and encoding, made by code, and damage that knows the format."""

from __future__ import annotations

import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans import read_scan
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate, mutate_json, splice

COUNT = 60  # points of a seed
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "scans"
_TRIANGLES = [(i, i + 1, i + 2) for i in range(COUNT - 2)]


def write_seeds(folder: Path) -> None:
    """Write the seeds: made by code, and two of the example scans."""
    rng = np.random.default_rng(11)
    xyz = rng.random((COUNT, 3), dtype=np.float32)
    rgb = rng.integers(0, 256, (COUNT, 3), dtype=np.uint8)
    for suffix, make in _SEEDS.items():
        for number, content in enumerate(make(xyz, rgb)):
            (folder / f"{number}{suffix}").write_bytes(content)
    for name in ("ladder.ply", "sofa.ply"):
        (folder / name).write_bytes((_EXAMPLES / name).read_bytes())


def write_scan(random: Random, seeds: Path, folder: Path) -> Path:
    """One damaged scan."""
    files = _read_seeds(seeds)
    suffix = random.choice(list(files))
    content = random.choice(files[suffix])
    chance = random.random()
    if suffix in _STRUCTURED and chance < 0.5:
        content = _STRUCTURED[suffix](content, random)
    elif chance < 0.9:
        content = mutate(content, random)
    else:
        content = splice(content, random.choice(files[random.choice((suffix, suffix, *files))]), random)
    path = folder / f"scan{suffix}"
    path.write_bytes(content)
    return path


def use_scan(path: Path) -> list[Step]:
    return [lambda: prepare_file(path)]


def prepare_file(path: Path) -> None:
    """Read and prepare, as the recogniser does."""
    cloud = read_scan(path)
    try:
        prepare(cloud, PrepareSpec(points=64, channels=6))
    except Cg3dError as error:
        raise type(error)(f"{path}: {error}") from error


def names_scan(error: Cg3dError, path: Path) -> bool:
    return str(error).startswith(f"{path}: ")


SCANS = Target("scans", write_scan, use_scan, names_scan)


@lru_cache
def _read_seeds(seeds: Path) -> dict[str, list[bytes]]:
    files: dict[str, list[bytes]] = {}
    for path in sorted(seeds.iterdir()):
        files.setdefault(path.suffix, []).append(path.read_bytes())
    return files


def _rows(*columns: np.ndarray) -> str:
    table = np.concatenate([column.astype(np.float64) for column in columns], axis=1)
    return "".join(" ".join(f"{number:.6g}" for number in row) + "\n" for row in table)


def _ply(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    colours = "".join(f"property uchar {colour}\n" for colour in ("red", "green", "blue"))
    faces = f"element face {len(_TRIANGLES)}\nproperty list uchar int vertex_indices\n"
    head = f"comment made by scripts/fuzz\nelement vertex {COUNT}\n{axes}"
    polygons = "".join(f"3 {a} {b} {c}\n" for a, b, c in _TRIANGLES)
    points = np.rec.fromarrays([*xyz.T, *rgb.T]).tobytes()
    packed = b"".join(struct.pack(">B3i", 3, *corners) for corners in _TRIANGLES)
    ragged = packed + struct.pack(">B4i", 4, 0, 1, 2, 3)
    big = head + faces.replace(f"face {len(_TRIANGLES)}", f"face {len(_TRIANGLES) + 1}")
    return [
        f"ply\nformat ascii 1.0\n{head}{colours}end_header\n{_rows(xyz, rgb)}".encode(),
        f"ply\nformat ascii 1.0\n{head}{faces}end_header\n{_rows(xyz)}{polygons}".encode(),
        f"ply\nformat binary_little_endian 1.0\n{head}{colours}end_header\n".encode() + points,
        f"ply\nformat binary_big_endian 1.0\n{head}{faces}end_header\n".encode() + xyz.astype(">f4").tobytes() + packed,
        f"ply\nformat binary_big_endian 1.0\n{big}end_header\n".encode() + xyz.astype(">f4").tobytes() + ragged,
    ]


def _pcd(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    packed = (rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)).astype("<u4")
    head = (
        "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\n"
        f"WIDTH {COUNT}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {COUNT}\nDATA "
    )
    raw = xyz.T.tobytes() + packed.tobytes()
    runs = [raw[i : i + 32] for i in range(0, len(raw), 32)]
    lzf = b"".join(bytes([len(run) - 1]) + run for run in runs)
    return [
        f"{head}ascii\n{_rows(xyz, packed[:, None])}".encode(),
        f"{head}binary\n".encode() + np.rec.fromarrays([*xyz.T, packed]).tobytes(),
        f"{head}binary_compressed\n".encode() + struct.pack("<2I", len(lzf), len(raw)) + lzf,
    ]


def _text(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    plain = _rows(xyz, rgb)
    return [plain.encode(), f"//X Y Z R G B\n{plain}".encode(), f"{COUNT}\n{_rows(xyz)}".encode()]


def _pts(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    rows = _rows(xyz, rgb[:, :1], rgb)
    return [f"{COUNT}\n{rows}".encode(), f"{COUNT}\n{rows}".encode() * 2, _rows(xyz).encode()]


def _bin(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    """As KITTI and as nuScenes have them."""
    reflectance, ring = xyz[:, :1], rgb[:, :1] // 8
    return [
        np.hstack([xyz, reflectance]).astype("<f4").tobytes(),
        np.hstack([xyz, reflectance, ring]).astype("<f4").tobytes(),
    ]


def _e57(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    """Two scans with colours, where pye57 is installed to write them and e57 to read them."""
    if not (find_spec("pye57") and find_spec("e57")):
        return []
    import pye57

    columns = {f"cartesian{axis}": xyz[:, i].astype(np.float64) for i, axis in enumerate("XYZ")}
    columns |= {f"color{name}": rgb[:, i] for i, name in enumerate(("Red", "Green", "Blue"))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.e57"
        file = pye57.E57(str(path), mode="w")
        for _ in range(2):
            file.write_scan_raw(columns)
        file.close()
        return [path.read_bytes()]


def mutate_e57(content: bytes, random: Random) -> bytes:
    """Damage what stands in the pages, whose checksums are right."""
    pages = [content[start : start + 1020] for start in range(0, len(content), 1024)]
    damaged = mutate(b"".join(pages), random)
    damaged = damaged.ljust(-(-len(damaged) // 1020) * 1020, b"\0")
    made = [damaged[start : start + 1020] for start in range(0, len(damaged), 1020)]
    if random.random() < 0.5 and len(made) == len(pages):  # a length in the header that is right
        made[0] = made[0][:16] + struct.pack("<Q", 1024 * len(made)) + made[0][24:]
    return b"".join(page + struct.pack(">I", _crc32c(page)) for page in made)


def _crc32c(data: bytes) -> int:
    """Castagnoli's checksum, as pages of E57 have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _csv(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    return [("x,y,z,r,g,b\n" + _rows(xyz, rgb).replace(" ", separator)).encode() for separator in (",", ";")]


def _npy(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    both = np.concatenate([xyz, rgb], axis=1)
    return [_saved(array) for array in (xyz, xyz.astype(">f8"), np.asfortranarray(both), rgb)]


def _saved(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _zipped(members: dict[str, bytes], compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def _npz(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    members = {"xyz.npy": _saved(xyz), "rgb.npy": _saved(rgb)}
    return [_zipped(members, kind) for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]


def mutate_npz(content: bytes, random: Random) -> bytes:
    """Damage the arrays inside, in an archive that is whole: its checksums are right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(list(members))
    members[name] = mutate(members[name], random)
    if random.random() < 0.1:
        members[random.choice(("points.npy", "xyz", "\x1b.npy", "../xyz.npy"))] = members.pop(name)
    return _zipped(members, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _las(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    """LAS 1.2 with point format 2, a point of 26 bytes: coordinates in millimetres, colours in 16 bits."""
    bounds = [float(value) for axis in xyz.T for value in (axis.max(), axis.min())]
    head = struct.pack("<4sHHIHH8sBB32s32sHHHIIBHI5I", b"LASF", 0, 0, 0, 0, 0, b"", 1, 2, b"", b"", 1, 2026, 227, 227, 0,
                       2, 26, COUNT, COUNT, 0, 0, 0, 0)  # fmt: skip
    head += struct.pack("<12d", 0.001, 0.001, 0.001, 0, 0, 0, *bounds)
    points = b"".join(
        struct.pack("<3iHBBbBH3H", *(int(1000 * value) for value in point), 0, 9, 0, 0, 0, 0, *(int(c) * 257 for c in colour))
        for point, colour in zip(xyz, rgb, strict=True)
    )  # fmt: skip
    return [head + points]


def _laz(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    """The same compressed, where the packages that do it are installed."""
    if not (find_spec("laspy") and find_spec("lazrs")):
        return []
    import laspy

    buffer = io.BytesIO()
    laspy.read(io.BytesIO(_las(xyz, rgb)[0])).write(buffer, do_compress=True)
    return [buffer.getvalue()]


def _obj(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    corners = "".join(f"v {row}\n" for row in _rows(xyz, rgb / 255).splitlines())
    plain = "".join(f"v {row}\n" for row in _rows(xyz).splitlines())
    textured = "".join(f"f {' '.join(f'{i + 1}/1/1' for i in corner)}\n" for corner in _TRIANGLES)
    faces = "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in _TRIANGLES) + "f 1 2 3 4 5\n"
    return [
        f"o thing\n{corners}{faces}".encode(),
        f"mtllib paint.mtl\n{plain}vt 0 0\nvn 0 0 1\nusemtl red\n{textured}".encode(),
    ]


def _stl(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    corners = xyz[np.array(_TRIANGLES)]
    facets = "".join(_facet(face) for face in corners)
    packed = b"".join(struct.pack("<12fH", 0, 0, 1, *face.ravel(), 0) for face in corners)
    return [f"solid s\n{facets}endsolid s\n".encode(), bytes(80) + struct.pack("<I", len(corners)) + packed]


def _facet(corners: np.ndarray) -> str:
    vertices = "".join(f"vertex {row}\n" for row in _rows(corners).splitlines())
    return f"facet normal 0 0 1\nouter loop\n{vertices}endloop\nendfacet\n"


def _off(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    faces = "".join(f"3 {a} {b} {c}\n" for a, b, c in _TRIANGLES)
    return [f"OFF\n{COUNT} {len(_TRIANGLES)} 0\n{_rows(xyz)}{faces}".encode()]


def _glb(xyz: np.ndarray, rgb: np.ndarray) -> list[bytes]:
    """Coloured vertices; and a texture."""
    indices = np.array(_TRIANGLES, "<u2").tobytes()
    colours = np.concatenate([rgb, np.full((COUNT, 1), 255, np.uint8)], axis=1).tobytes()
    views = [xyz.astype("<f4").tobytes(), indices, colours, xyz[:, :2].astype("<f4").tobytes(), _png(rgb[:4])]
    offsets = np.cumsum([0, *(len(view) for view in views)]).tolist()
    accessor = {"componentType": 5126, "count": COUNT, "type": "VEC3", "bufferView": 0, "byteOffset": 0}
    tree = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": [0, 1, 0], "children": [1]}, {"scale": [1, 2, 1], "mesh": 0}],
        "buffers": [{"byteLength": offsets[-1]}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": len(view)} for start, view in zip(offsets, views, strict=False)
        ],
        "accessors": [
            accessor,
            {**accessor, "componentType": 5123, "count": 3 * len(_TRIANGLES), "type": "SCALAR", "bufferView": 1},
            {**accessor, "componentType": 5121, "type": "VEC4", "bufferView": 2, "normalized": True},
            {**accessor, "type": "VEC2", "bufferView": 3},
        ],
        "images": [{"bufferView": 4, "mimeType": "image/png"}],
        "textures": [{"source": 0}],
    }  # fmt: skip
    made = []
    for attribute, paint in (
        ({"COLOR_0": 2}, {"baseColorFactor": [1, 0.5, 0, 1]}),
        ({"TEXCOORD_0": 3}, {"baseColorTexture": {"index": 0}}),
    ):
        mesh = {"primitives": [{"attributes": {"POSITION": 0, **attribute}, "indices": 1, "material": 0}]}
        text = json.dumps({**tree, "meshes": [mesh], "materials": [{"pbrMetallicRoughness": paint}]}).encode()
        made.append(glb_file(text, b"".join(views)))
    return made


def glb_file(text: bytes, binary: bytes) -> bytes:
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _png(rgb: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(rgb.reshape(2, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


def mutate_glb(content: bytes, random: Random) -> bytes:
    """Damage the JSON, or the bytes that it describes, in a container that is whole."""
    size = struct.unpack_from("<I", content, 12)[0]
    text, binary = content[20 : 20 + size], content[20 + size + 8 :]
    return (
        glb_file(mutate_json(text, random), binary) if random.random() < 0.8 else glb_file(text, mutate(binary, random))
    )


_SEEDS: dict[str, Callable[[np.ndarray, np.ndarray], list[bytes]]] = {
    ".ply": _ply,
    ".pcd": _pcd,
    ".npy": _npy,
    ".npz": _npz,
    ".xyz": _text,
    ".pts": _pts,
    ".bin": _bin,
    ".e57": _e57,
    ".csv": _csv,
    ".las": _las,
    ".laz": _laz,
    ".obj": _obj,
    ".stl": _stl,
    ".off": _off,
    ".glb": _glb,
}
_STRUCTURED: dict[str, Callable[[bytes, Random], bytes]] = {
    ".npz": mutate_npz,
    ".glb": mutate_glb,
    ".e57": mutate_e57,
}
