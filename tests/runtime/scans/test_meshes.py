"""Meshes through trimesh, and the sampling of surfaces."""

from __future__ import annotations

import base64
import csv
import json
import struct
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.meshes.reader import read_mesh
from cg3d_runtime.scans.meshes.surface import Mesh, linear_to_srgb, sample_surface, srgb_to_linear

TRIANGLE = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_samples_lie_evenly_in_the_triangle() -> None:
    xyz, rgb = sample_surface([TRIANGLE], 50_000, rng())
    assert rgb is None and (xyz >= 0).all() and (xyz.sum(axis=1) <= 1 + 1e-12).all()
    np.testing.assert_allclose(xyz.mean(axis=0), [1 / 3, 1 / 3, 0], atol=0.005)
    np.testing.assert_allclose(np.cov(xyz[:, :2].T), [[1 / 18, -1 / 36], [-1 / 36, 1 / 18]], atol=0.002)


def test_samples_are_in_proportion_to_area() -> None:
    """Three squares of area 1, 4 and 0 in two parts; shares of equal area leave no more than rounding to chance."""
    corners = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    small, large, flat = (Mesh(np.c_[corners * side, np.full(4, z)], faces) for side, z in ((1, 0), (2, 1), (0, 2)))
    xyz, _ = sample_surface([flat, small, large], 1000, rng())
    heights, counts = np.unique(xyz[:, 2].round(6), return_counts=True)
    assert heights.tolist() == [0, 1] and counts[0] == pytest.approx(200, abs=1)


def test_the_same_seed_gives_the_same_samples() -> None:
    np.testing.assert_array_equal(sample_surface([TRIANGLE], 99, rng())[0], sample_surface([TRIANGLE], 99, rng())[0])


def test_triangles_that_are_not_finite_are_left_out() -> None:
    vertices = np.concatenate([TRIANGLE.vertices, [[np.nan, 0, 0], [np.inf, 0, 0]]])
    xyz, _ = sample_surface([Mesh(vertices, np.array([[0, 1, 3], [0, 1, 2], [0, 2, 4]]))], 100, rng())
    assert np.isfinite(xyz).all()


def test_corner_colours_blend() -> None:
    mesh = Mesh(TRIANGLE.vertices, TRIANGLE.faces, corner_rgb=np.eye(3)[None])
    xyz, rgb = sample_surface([mesh], 100, rng())
    assert rgb is not None and rgb.dtype == np.float32
    np.testing.assert_allclose(rgb[:, 1:], xyz[:, :2], atol=1e-6)


@pytest.mark.parametrize("shift", [0, 3, -2])
def test_textures_are_looked_up_from_the_lower_left_and_repeat(shift: int) -> None:
    texture = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [51, 51, 51]]], dtype=np.uint8)
    uv = TRIANGLE.vertices[:, :2] * 0.999
    mesh = Mesh(TRIANGLE.vertices, TRIANGLE.faces, corner_uv=(uv + shift)[None], texture=texture)
    xyz, rgb = sample_surface([mesh], 2000, rng())
    row, column = (xyz[:, 1] * 0.999 < 0.5).astype(int), (xyz[:, 0] * 0.999 >= 0.5).astype(int)
    np.testing.assert_allclose(rgb, texture[row, column] / 255, atol=1e-6)


def test_texture_and_tint_multiply_in_linear_light() -> None:
    grey = np.full((1, 1, 3), 128, dtype=np.uint8)
    tint = np.full((1, 3, 3), 0.5)
    mesh = Mesh(TRIANGLE.vertices, TRIANGLE.faces, tint, np.zeros((1, 3, 2)), grey)
    rgb = sample_surface([mesh], 10, rng())[1]
    np.testing.assert_allclose(rgb, linear_to_srgb(srgb_to_linear(np.array(128 / 255)) * srgb_to_linear(np.array(0.5))))


def test_a_part_without_colour_is_white_beside_coloured_ones() -> None:
    red = Mesh(TRIANGLE.vertices, TRIANGLE.faces, np.broadcast_to([1.0, 0, 0], (1, 3, 3)))
    rgb = sample_surface([red, TRIANGLE], 10, rng())[1]
    assert rgb is not None and rgb[:5].tolist() == [[1, 0, 0]] * 5 and rgb[5:].tolist() == [[1, 1, 1]] * 5


def test_srgb_round_trip_and_known_value() -> None:
    values = np.linspace(0, 1, 101)
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=1e-6)
    assert linear_to_srgb(np.array(0.2140)) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("faces", [[[0, 1, 3]], [[-1, 0, 1]]])
def test_faces_must_have_their_vertices(faces: list[list[int]]) -> None:
    with pytest.raises(ScanError, match="but there are 3 vertices, counted from 0"):
        Mesh(TRIANGLE.vertices, np.array(faces))


def test_a_surface_without_area_is_refused() -> None:
    with pytest.raises(ScanError, match="its 1 triangles have no area"):
        sample_surface([Mesh(np.ones((3, 3)), TRIANGLE.faces)], 10, rng())


OBJ = "v 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n"


def test_obj_with_polygons(tmp_path: Path) -> None:
    (tmp_path / "scan.obj").write_text(OBJ + "f 1 2 3 4\n")
    cloud = read_scan(tmp_path / "scan.obj")
    assert len(cloud) == 20_000 and cloud.rgb is None and cloud.up == "z"
    np.testing.assert_allclose(cloud.xyz.mean(axis=0), [0.5, 0.5, 1], atol=0.01)
    np.testing.assert_array_equal(cloud.xyz, read_scan(tmp_path / "scan.obj").xyz)


def test_obj_material_and_vertex_colours(tmp_path: Path) -> None:
    (tmp_path / "paint.mtl").write_text("newmtl red\nKd 1 0 0.2\n")
    (tmp_path / "scan.obj").write_text("mtllib paint.mtl\n" + OBJ + "usemtl red\nf 1 2 3\n")
    rgb = read_scan(tmp_path / "scan.obj").rgb
    assert rgb is not None
    np.testing.assert_allclose(rgb, np.broadcast_to([1, 0, 0.2], rgb.shape), atol=0.01)
    (tmp_path / "scan.obj").write_text("v 0 0 0 1 0 0\nv 1 0 0 1 0 0\nv 0 1 0 1 0 0\nf 1 2 3\n")
    assert (read_scan(tmp_path / "scan.obj").rgb == [1, 0, 0]).all()


def test_off_and_stl(tmp_path: Path) -> None:
    (tmp_path / "scan.off").write_text("OFF\n4 1 0\n0 0 1\n1 0 1\n1 1 1\n0 1 1\n4 0 1 2 3\n")
    (tmp_path / "scan.stl").write_text(
        "solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 1\nvertex 1 0 1\nvertex 1 1 1\nendloop\nendfacet\nendsolid s\n"
    )
    for name in ("scan.off", "scan.stl"):
        assert (read_scan(tmp_path / name).xyz[:, 2] == 1).all()


def gltf(material: dict[str, object], translation: list[float]) -> str:
    """One red-to-be triangle as glTF text with its buffer inside."""
    data = TRIANGLE.vertices.astype("<f4").tobytes()
    return json.dumps(
        {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "translation": translation}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "material": 0}]}],
            "materials": [{"pbrMetallicRoughness": material}],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
            ],
            "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
            "buffers": [
                {
                    "byteLength": len(data),
                    "uri": "data:application/octet-stream;base64," + base64.b64encode(data).decode(),
                }
            ],
        }
    )


def test_gltf_is_y_up_placed_and_its_base_colour_is_linear(tmp_path: Path) -> None:
    (tmp_path / "scan.gltf").write_text(gltf({"baseColorFactor": [1.0, 0.2140, 0.0, 1.0]}, [0, 5, 0]))
    cloud = read_scan(tmp_path / "scan.gltf")
    assert cloud.up == "y" and cloud.rgb is not None and read_scan(tmp_path / "scan.gltf", "z").up == "z"
    np.testing.assert_allclose(cloud.rgb[0], [1.0, 0.5, 0.0], atol=0.005)
    np.testing.assert_allclose(cloud.xyz.mean(axis=0), [1 / 3, 5 + 1 / 3, 0], atol=0.01)


@pytest.mark.parametrize("suffix", [".obj", ".stl", ".off", ".glb", ".gltf"])
@pytest.mark.parametrize(
    "content", [b"\x00\xff\x13not a mesh", b"glTF\x02\x00\x00\x00\xff\xff\xff\x7f", b"{}", b"OFF 9 9 9"]
)
def test_broken_meshes(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(content)
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    return str(error.value).removeprefix(f"{path.parent}/")


def test_obj_of_vertices_with_one_or_four_numbers(tmp_path: Path) -> None:
    for numbers in ("1", "1 2 3 4", "1 2"):
        (tmp_path / "scan.obj").write_text(f"v {numbers}\n" * 3 + "f 1 2 3\n")
        assert refusal(tmp_path / "scan.obj").startswith("scan.obj: ")


def test_glb_whose_chunk_claims_four_gigabytes(tmp_path: Path) -> None:
    text = gltf({}, [0, 0, 0]).encode().ljust(1024)
    binary = struct.pack("<I4s", 2**32 - 1, b"BIN\0") + bytes(8)
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(binary)) + struct.pack("<I4s", len(text), b"JSON")
    (tmp_path / "scan.glb").write_bytes(head + text + binary)
    tracemalloc.start()
    assert "is cut short: a chunk claims 4294967295 bytes, and 8 are there" in refusal(tmp_path / "scan.glb")
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_gltf_accessor_that_claims_more_than_there_is(tmp_path: Path) -> None:
    tree = json.loads(gltf({}, [0, 0, 0]))
    tree["accessors"].append({"componentType": 5126, "count": 10**12, "type": "VEC3"})
    (tmp_path / "scan.gltf").write_text(json.dumps(tree))
    assert "scan.gltf: accessors claim 12000000000036 bytes, but the file holds" in refusal(tmp_path / "scan.gltf")


def test_gltf_that_places_one_part_over_and_over(tmp_path: Path) -> None:
    tree = json.loads(gltf({}, [0, 0, 0]))
    tree["meshes"][0]["primitives"][0]["indices"] = 1
    indices = np.tile(np.array([0, 1, 2], "<u2"), 40_000).tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(indices).decode()
    tree["buffers"].append({"byteLength": len(indices), "uri": uri})
    tree["bufferViews"].append({"buffer": 1, "byteLength": len(indices)})
    tree["accessors"].append({"bufferView": 1, "componentType": 5123, "count": 120_000, "type": "SCALAR"})
    tree["nodes"] = tree["nodes"] * 30
    tree["scenes"] = [{"nodes": list(range(30))}]
    (tmp_path / "scan.gltf").write_text(json.dumps(tree))
    assert "places its 40000 triangles so often that there are 1200000" in refusal(tmp_path / "scan.gltf")


def test_a_picture_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    Image.new("1", (12_000, 12_000)).save(tmp_path / "large.png")  # 18 kB
    (tmp_path / "paint.mtl").write_text("newmtl red\nmap_Kd large.png\n")
    (tmp_path / "scan.obj").write_text("mtllib paint.mtl\n" + OBJ + "vt 0 0\nusemtl red\nf 1/1 2/1 3/1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cloud = read_scan(tmp_path / "scan.obj")
    assert cloud.rgb is None and "large.png has 12000 x 12000 pixels" in cloud.notes[0]


def test_a_damaged_mesh_leaves_stderr_alone(tmp_path: Path) -> None:
    """By itself trimesh logs a traceback for each attempt to read an STL."""
    (tmp_path / "scan.stl").write_text("solid s\nfacet normal 0 0 x\nvertex 0 0 1\nvertex 1 0 1\nvertex 1 1 y\n")
    program = (
        "from cg3d_runtime import ScanError\n"
        "from cg3d_runtime.scans import read_scan\n"
        f"try: read_scan({str(tmp_path / 'scan.stl')!r})\n"
        "except ScanError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout.startswith(f"{tmp_path / 'scan.stl'}: ") and result.stderr == ""


def test_points_in_a_mesh_format(tmp_path: Path) -> None:
    """CAD edges and depth networks are written like that."""
    (tmp_path / "scan.obj").write_text("o cloud\n" + OBJ + "p 1 2 3 4\nl 1 2\n")
    assert read_scan(tmp_path / "scan.obj").xyz.tolist() == [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
    (tmp_path / "scan.obj").write_text("v 0 0 1 1 0 0\nv 1 0 1 1 0 0\n")
    cloud = read_scan(tmp_path / "scan.obj")
    assert cloud.rgb is not None and cloud.rgb.tolist() == [[1, 0, 0]] * 2
    with pytest.raises(ScanError, match="holds no triangles, only points"):
        read_mesh(tmp_path / "scan.obj")


def test_without_trimesh_the_line_to_type_is_named(tmp_path: Path) -> None:
    (tmp_path / "scan.obj").write_text(OBJ)
    program = (
        "import sys; sys.modules['trimesh'] = None\n"
        "from cg3d_runtime.scans import read_scan\n"
        f"read_scan({str(tmp_path / 'scan.obj')!r})"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stderr.splitlines()[-1].endswith(
        f'{tmp_path / "scan.obj"}: reading .obj needs trimesh: pip install trimesh pillow (the extra "mesh")'
    )


def test_shared_objects(shared_data: Path) -> None:
    """Of each set the first object: every part read, coloured, and inside the mesh's bounding box."""
    with (shared_data / "objects.csv").open(newline="") as table:
        paths = {row["set"]: shared_data / row["path"] for row in csv.DictReader(table)}
    assert len(paths) == 10
    for path in paths.values():
        vertices = np.concatenate([part.vertices for part in read_mesh(path)])
        cloud = read_scan(path)
        assert cloud.up == "y" and cloud.rgb is not None and np.isfinite(cloud.xyz).all()
        assert cloud.xyz[:, 1].min() >= vertices[:, 1].min() - 1e-4
        size = np.ptp(vertices, axis=0).max()
        assert np.abs(cloud.xyz.max(axis=0) - vertices.max(axis=0)).max() < 0.1 * size
