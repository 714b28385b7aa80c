"""glTF as programs write it: quantised, striped, skinned, compressed, and with what trimesh would read wrongly."""

from __future__ import annotations

import base64
import csv
import json
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.meshes.reader import read_mesh

BOX = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)], np.float32)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
BOX_FACES = QUADS[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Builder:
    """A glTF tree whose arrays lie in one buffer."""

    def __init__(self) -> None:
        self.binary = b""
        self.tree: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": []}],
            **{key: [] for key in ("nodes", "meshes", "accessors", "bufferViews")},
        }

    def view(self, blob: bytes, **more: Any) -> int:
        self.tree["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(blob), **more})
        self.binary += blob + bytes(-len(blob) % 4)
        return len(self.tree["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, **more: Any) -> int:
        array = array.reshape(len(array), -1)
        self.tree["accessors"].append(
            {
                "bufferView": self.view(array.tobytes()),
                "componentType": COMPONENTS[array.dtype.name],
                "count": len(array),
                "type": TYPES[array.shape[1]],
                **more,
            }
        )
        return len(self.tree["accessors"]) - 1

    def node(self, primitives: list[dict[str, Any]], **place: Any) -> int:
        self.tree["meshes"].append({"primitives": primitives})
        self.tree["nodes"].append({"mesh": len(self.tree["meshes"]) - 1, **place})
        self.tree["scenes"][0]["nodes"].append(len(self.tree["nodes"]) - 1)
        return len(self.tree["nodes"]) - 1

    def primitive(self, xyz: np.ndarray = BOX, faces: np.ndarray | None = BOX_FACES, **more: Any) -> dict[str, Any]:
        attributes = {"POSITION": self.accessor(xyz.astype(np.float32))}
        indices = {} if faces is None else {"indices": self.accessor(faces.reshape(-1).astype(np.uint16))}
        return {"attributes": attributes, **indices, **more}

    def save(self, path: Path) -> Path:
        tree = {**self.tree, "buffers": [{"byteLength": len(self.binary)}]}
        text = json.dumps(tree).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(self.binary), b"BIN\0") + self.binary
        path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
        return path


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert "\n" not in str(error.value) and "Error(" not in str(error.value)
    return str(error.value).removeprefix(f"{path.parent}/")


def triangles_of(path: Path) -> np.ndarray:
    """Corners of all triangles, (T, 3, 3), in the order of the file."""
    return np.concatenate([part.vertices[part.faces] for part in read_mesh(path)])


def quantised(xyz: np.ndarray, dtype: type[np.generic]) -> tuple[np.ndarray, dict[str, list[float]]]:
    """Normalised integers, and the place of the node that brings them back."""
    low, size = xyz.min(axis=0).astype(float), float(np.ptp(xyz, axis=0).max())
    most = np.iinfo(dtype).max
    whole = np.round((xyz - low) / size * most).astype(dtype)
    return whole, {"translation": low.tolist(), "scale": [size] * 3}


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint8, np.int8])
@pytest.mark.parametrize("strided", [False, True])
def test_normalised_integers_are_placed_as_floats_are(tmp_path: Path, dtype: type[np.generic], strided: bool) -> None:
    """Two boxes, each quantised alone as gltfpack does: trimesh would put both at 65,535 times their size."""
    plain, packed = Builder(), Builder()
    for shift in (0.0, 3.0):
        xyz = BOX * [1, 2, 1] + shift
        plain.node([plain.primitive(xyz)])
        whole, place = quantised(xyz, dtype)
        if strided:  # padded to a multiple of four bytes, as the specification demands
            row = -(-3 * whole.itemsize // 4) * 4
            padded = np.zeros((8, row // whole.itemsize), dtype)
            padded[:, :3] = whole
            number = packed.accessor(padded[:, :3].copy(), normalized=True)
            view = packed.view(padded.tobytes(), byteStride=row)
            packed.tree["accessors"][number]["bufferView"] = view
        else:
            number = packed.accessor(whole, normalized=True)
        indices = packed.accessor(BOX_FACES.reshape(-1).astype(np.uint8))
        packed.node([{"attributes": {"POSITION": number}, "indices": indices}], **place)
    packed.tree["extensionsRequired"] = ["KHR_mesh_quantization"]
    error = 2.5 / np.iinfo(dtype).max
    np.testing.assert_allclose(
        triangles_of(packed.save(tmp_path / "a.glb")), triangles_of(plain.save(tmp_path / "b.glb")), atol=error
    )


def test_each_part_of_a_shared_object_quantised_alone(tmp_path: Path, shared_data: Path) -> None:
    with (shared_data / "objects.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["set"] == "kaykit"][:20]
    for row in rows:
        parts = read_mesh(shared_data / row["path"])
        packed = Builder()
        for part in parts:
            whole, place = quantised(part.vertices, np.uint16)
            position = packed.accessor(whole, normalized=True)
            indices = packed.accessor(part.faces.reshape(-1).astype(np.uint32))
            packed.node([{"attributes": {"POSITION": position}, "indices": indices}], **place)
        whole = np.concatenate([part.vertices[part.faces] for part in parts])
        size = np.ptp(whole.reshape(-1, 3), axis=0).max()
        np.testing.assert_allclose(triangles_of(packed.save(tmp_path / "a.glb")), whole, atol=size * 1e-4)


def test_a_sparse_accessor_moves_its_vertices(tmp_path: Path) -> None:
    builder = Builder()
    primitive = builder.primitive()
    sparse = {
        "count": 1,
        "indices": {"bufferView": builder.view(np.array([7], "<u2").tobytes()), "componentType": 5123},
        "values": {"bufferView": builder.view(np.array([5, 5, 5], "<f4").tobytes())},
    }
    builder.tree["accessors"][primitive["attributes"]["POSITION"]]["sparse"] = sparse
    builder.node([primitive])
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 5


def test_an_accessor_beyond_its_bytes_is_refused(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    builder.tree["accessors"][0]["count"] = 9
    assert "its accessor 0 reaches beyond its buffer view" in refusal(builder.save(tmp_path / "a.glb"))


@pytest.mark.parametrize("mode", [5, 6])
@pytest.mark.parametrize("indexed", [True, False])
def test_strips_and_fans(tmp_path: Path, mode: int, indexed: bool) -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 2, 0]], np.float32)
    order = np.arange(5) if mode == 5 else np.array([0, 1, 3, 2, 4])
    builder = Builder()
    if indexed:
        builder.node([builder.primitive(corners, order, mode=mode)])
    else:
        builder.node([builder.primitive(corners[order], None, mode=mode)])
    triangles = triangles_of(builder.save(tmp_path / "a.glb"))
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    assert len(triangles) == 3 and (normals[:, 2] >= 0).all()
    expected = [[0, 1, 2], [1, 3, 2], [2, 3, 4]] if mode == 5 else [[0, 1, 3], [0, 3, 2], [0, 2, 4]]
    assert sorted(sorted(map(tuple, t)) for t in triangles.tolist()) == sorted(
        sorted(map(tuple, t)) for t in corners[expected].tolist()
    )


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
@pytest.mark.parametrize("apart", [True, False])
def test_lines_and_points_beside_a_mesh_are_left_out(tmp_path: Path, mode: int, apart: bool) -> None:
    builder = Builder()
    mesh, lines = builder.primitive(), builder.primitive(BOX * 9, None, mode=mode)
    if apart:
        builder.node([lines])
        child = builder.node([mesh])
        builder.tree["scenes"][0]["nodes"] = [0]
        builder.tree["nodes"][0].update(children=[child], translation=[0, 0, 4])
    else:
        builder.node([mesh, lines])
    triangles = triangles_of(builder.save(tmp_path / "a.glb"))
    assert len(triangles) == 12 and triangles[..., 2].max() == (5 if apart else 1)


def test_points_alone_are_a_cloud(tmp_path: Path) -> None:
    builder = Builder()
    primitive = builder.primitive(BOX, None, mode=0)
    primitive["attributes"]["COLOR_0"] = builder.accessor(np.tile(np.uint8([255, 0, 51, 255]), (8, 1)), normalized=True)
    builder.node([primitive], translation=[0, 0, 4])
    cloud = read_scan(builder.save(tmp_path / "a.glb"))
    np.testing.assert_allclose(cloud.xyz, BOX + np.float32([0, 0, 4]))
    if cloud.rgb is None:
        pytest.skip("trimesh before 4.6 leaves the colours of points out")
    np.testing.assert_allclose(cloud.rgb, np.tile([1, 0, 0.2], (8, 1)), atol=1e-6)


@pytest.mark.parametrize("name", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_required_compressions_are_named(tmp_path: Path, name: str) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    builder.tree["extensionsRequired"] = [name]
    message = refusal(builder.save(tmp_path / "a.glb"))
    assert f"a.glb: is compressed with {name}, which is not read. Export it without compression" in message


def test_draco_without_another_form_is_named_though_not_required(tmp_path: Path) -> None:
    builder = Builder()
    primitive = builder.primitive(extensions={"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}})
    builder.node([primitive])
    read_scan(builder.save(tmp_path / "a.glb"))  # both forms are there
    del builder.tree["accessors"][0]["bufferView"]
    assert "is compressed with KHR_draco_mesh_compression" in refusal(builder.save(tmp_path / "a.glb"))


def test_meshopt_without_another_form_is_named_though_not_required(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    path = builder.save(tmp_path / "a.gltf")
    tree = {
        **builder.tree,
        "buffers": [{"byteLength": 9, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}],
    }
    path.write_text(json.dumps(tree))
    assert "is compressed with EXT_meshopt_compression" in refusal(path)


@pytest.mark.parametrize("name", ["KHR_gaussian_splatting", "KHR_accessor_float64", "VENDOR_unheard_of"])
def test_other_required_extensions_are_refused_by_name(tmp_path: Path, name: str) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    builder.tree["extensionsRequired"] = [name]
    assert f"requires the glTF extension {name}, which is not read" in refusal(builder.save(tmp_path / "a.glb"))


def test_instances_are_refused_by_name(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()], extensions={"EXT_mesh_gpu_instancing": {"attributes": {}}})
    assert "places copies with EXT_mesh_gpu_instancing" in refusal(builder.save(tmp_path / "a.glb"))


def test_nodes_in_a_circle_or_with_two_parents_are_refused(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()], children=[1])
    builder.tree["nodes"].append({"children": [0]})
    assert "node 0 has two parents, or is its own ancestor" in refusal(builder.save(tmp_path / "a.glb"))


def test_a_tree_as_deep_as_no_object_has_is_refused_at_once(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    builder.tree["nodes"] += [{"children": [number]} for number in range(4000)]
    builder.tree["scenes"][0]["nodes"] = [4000]
    assert "has a mesh below more than 64 nodes" in refusal(builder.save(tmp_path / "a.glb"))


def test_joints_may_be_many_and_deep(tmp_path: Path) -> None:
    builder = Builder()
    builder.tree["nodes"] = [{"children": [number + 1]} for number in range(2000)] + [{}]
    builder.node([builder.primitive()], translation=[0, 0, 1])
    builder.tree["scenes"][0]["nodes"].append(0)
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 2


def test_many_joints_of_many_meshes_take_no_time(tmp_path: Path) -> None:
    builder = Builder()
    attributes = builder.primitive()["attributes"] | {
        "JOINTS_0": builder.accessor(np.zeros((8, 4), np.uint16)),
        "WEIGHTS_0": builder.accessor(np.tile(np.array([1, 0, 0, 0], np.float32), (8, 1))),
    }
    indices = builder.accessor(BOX_FACES.reshape(-1).astype(np.uint16))
    for _ in range(20):
        builder.node([{"attributes": attributes, "indices": indices}], skin=0)
    builder.tree["nodes"] += [{"translation": [0, 0, 1]} for _ in range(5000)]
    builder.tree["skins"] = [{"joints": list(range(20, 5020))}]
    started = time.process_time()
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 2
    assert time.process_time() - started < 10


@pytest.mark.parametrize("above", [False, True])
def test_nodes_that_are_hidden_are_left_out(tmp_path: Path, above: bool) -> None:
    builder = Builder()
    hidden = {"extensions": {"KHR_node_visibility": {"visible": False}}}
    builder.node([builder.primitive()], extensions={"KHR_node_visibility": {"visible": True}})
    builder.node([builder.primitive()], translation=[5, 0, 0], **({} if above else hidden))
    if above:
        builder.tree["nodes"].append({"children": [1], **hidden})
        builder.tree["scenes"][0]["nodes"] = [0, 2]
    builder.tree["extensionsRequired"] = ["KHR_node_visibility"]
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 1


def test_extensions_of_3d_tiles_leave_the_shape_alone(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    builder.tree["extensionsRequired"] = ["CESIUM_RTC", "EXT_mesh_features", "EXT_structural_metadata"]
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 1


def test_only_the_default_scene_is_read_and_cameras_hide_nothing(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()], camera=0)
    other = builder.node([builder.primitive(BOX * 100)])
    builder.tree["cameras"] = [{"type": "perspective", "perspective": {"yfov": 1, "znear": 0.1}}]
    builder.tree["scenes"] = [{"nodes": [other]}, {"nodes": [0]}]
    builder.tree["scene"] = 1
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 1


def test_without_scenes_all_nodes_are_read(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()], name="world", translation=[2, 0, 0])
    del builder.tree["scenes"], builder.tree["scene"]
    assert triangles_of(builder.save(tmp_path / "a.glb"))[..., 0].max() == 3


def test_negative_scales_and_matrices(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()], scale=[-1, 2, 1])
    matrix = np.eye(4)
    matrix[:3, 3] = [0, 0, 5]
    builder.tree["nodes"].append({"children": [0], "matrix": matrix.T.reshape(-1).tolist()})
    builder.tree["scenes"][0]["nodes"] = [1]
    triangles = triangles_of(builder.save(tmp_path / "a.glb")).reshape(-1, 3)
    assert triangles.min(axis=0).tolist() == [-1, 0, 5] and triangles.max(axis=0).tolist() == [0, 2, 6]


def test_a_skinned_mesh_stands_where_its_joints_put_it(tmp_path: Path) -> None:
    """By the specification its own node does not place it: half of the box follows a joint that is moved and doubled."""
    builder = Builder()
    primitive = builder.primitive()
    upper = BOX[:, 2] > 0
    primitive["attributes"]["JOINTS_0"] = builder.accessor(np.c_[upper, np.zeros((8, 3))].astype(np.uint8))
    weights = np.zeros((8, 4), np.uint8)
    weights[:, 0] = 255
    primitive["attributes"]["WEIGHTS_0"] = builder.accessor(weights, normalized=True)
    inverse = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    inverse[1, :3, 3] = [0, 0, -1]
    matrices = builder.accessor(inverse.transpose(0, 2, 1).reshape(2, 16))
    builder.node([primitive], skin=0, translation=[50, 50, 50])
    builder.tree["skins"] = [{"joints": [1, 2], "inverseBindMatrices": matrices}]
    builder.tree["nodes"] += [{"children": [2]}, {"translation": [0, 0, 3], "scale": [2, 2, 2]}]
    builder.tree["scenes"][0]["nodes"] += [1]
    triangles = triangles_of(builder.save(tmp_path / "a.glb"))
    expected = np.where(upper[:, None], (BOX - [0, 0, 1]) * 2 + [0, 0, 3], BOX)
    np.testing.assert_allclose(triangles, expected[BOX_FACES], atol=1e-6)


def test_morph_targets_move_as_far_as_they_weigh(tmp_path: Path) -> None:
    builder = Builder()
    primitive = builder.primitive()
    primitive["targets"] = [{"POSITION": builder.accessor(np.ones((8, 3), np.float32))}]
    builder.node([primitive])
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 1
    builder.tree["meshes"][0]["weights"] = [0.5]
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 1.5
    builder.tree["nodes"][0]["weights"] = [2.0]
    assert triangles_of(builder.save(tmp_path / "a.glb")).max() == 3


def png(pixels: list[list[list[int]]]) -> bytes:
    import io

    file = io.BytesIO()
    Image.fromarray(np.array(pixels, np.uint8)).save(file, "PNG")
    return file.getvalue()


QUARTERS = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]  # red, green above blue, white


def textured(uv: np.ndarray, texture: dict[str, Any] | None = None, picture: bytes = b"") -> Builder:
    """One triangle, all corners at one texture coordinate."""
    builder = Builder()
    primitive = builder.primitive(BOX[:3], np.array([0, 1, 2]), material=0)
    primitive["attributes"]["TEXCOORD_0"] = builder.accessor(np.tile(uv, (3, 1)))
    primitive["attributes"]["TEXCOORD_1"] = builder.accessor(np.tile(np.float32([0.75, 0.75]), (3, 1)))
    builder.node([primitive])
    image = {"bufferView": builder.view(picture or png(QUARTERS)), "mimeType": "image/png", "name": "wood"}
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, **(texture or {})}}}
    builder.tree.update(images=[image], textures=[{"source": 0}], materials=[material])
    return builder


def colour(path: Path) -> list[int]:
    rgb = read_scan(path).rgb
    assert rgb is not None and (rgb == rgb[0]).all()
    return (rgb[0] * 255).round().astype(int).tolist()


UPPER_LEFT = np.float32([0.25, 0.25])


@pytest.mark.parametrize(
    ("texture", "expected"),
    [
        ({}, [255, 0, 0]),
        ({"texCoord": 1}, [255, 255, 255]),
        ({"extensions": {"KHR_texture_transform": {"offset": [0.5, 0]}}}, [0, 255, 0]),
        ({"extensions": {"KHR_texture_transform": {"offset": [0, 0.5]}}}, [0, 0, 255]),
        ({"extensions": {"KHR_texture_transform": {"scale": [3, 1]}}}, [0, 255, 0]),
        ({"extensions": {"KHR_texture_transform": {"texCoord": 1}}}, [255, 255, 255]),
        # The specification's example: the lower left quarter, turned clockwise.
        (
            {"extensions": {"KHR_texture_transform": {"offset": [0, 1], "rotation": np.pi / 2, "scale": [0.5, 0.5]}}},
            [0, 0, 255],
        ),
    ],
)
def test_textures_are_placed(tmp_path: Path, texture: dict[str, Any], expected: list[int]) -> None:
    assert colour(textured(UPPER_LEFT, texture).save(tmp_path / "a.glb")) == expected


def test_texture_coordinates_as_normalised_integers(tmp_path: Path) -> None:
    builder = textured(np.array([0.75 * 65535, 0.25 * 65535]).astype(np.uint16))
    builder.tree["accessors"][2]["normalized"] = True
    assert colour(builder.save(tmp_path / "a.glb")) == [0, 255, 0]


def test_vertex_colours_of_16_bit(tmp_path: Path) -> None:
    builder = Builder()
    primitive = builder.primitive()
    colours = np.tile(np.uint16([65535, 0, 13107]), (8, 1))
    primitive["attributes"]["COLOR_0"] = builder.accessor(colours, normalized=True)
    builder.node([primitive])
    assert colour(builder.save(tmp_path / "a.glb")) == [255, 0, 51]


def cut_short() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).tolist()
    return png(noise)[:4000]


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (cut_short(), "wood is damaged"),
        (b"no picture at all", "wood is no"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n", "wood is no"),
    ],
)
def test_a_texture_that_cannot_be_read_costs_the_colour(tmp_path: Path, picture: bytes, reason: str) -> None:
    cloud = read_scan(textured(UPPER_LEFT, picture=picture).save(tmp_path / "a.glb"))
    assert len(cloud) == 20_000 and cloud.rgb is None
    (note,) = cloud.notes
    assert note.startswith("has 1 texture that cannot be read, so its colour is missing: wood is ")
    assert "0x" not in note and "Error(" not in note


@pytest.mark.parametrize("name", ["KHR_texture_basisu", "EXT_texture_avif"])
def test_texture_formats_that_are_not_read_cost_the_colour(tmp_path: Path, name: str) -> None:
    builder = textured(UPPER_LEFT, picture=b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(99))
    builder.tree["textures"] = [{"extensions": {name: {"source": 0}}}]
    builder.tree["extensionsRequired"] = [name]
    cloud = read_scan(builder.save(tmp_path / "a.glb"))
    assert cloud.rgb is None and "has 1 texture that cannot be read" in cloud.notes[0]
    builder.tree["images"].append({"bufferView": builder.view(png(QUARTERS))})
    builder.tree["textures"] = [{"source": 1, "extensions": {name: {"source": 0}}}]
    assert colour(builder.save(tmp_path / "a.glb")) == [255, 0, 0]


@pytest.mark.parametrize(("key", "value"), [("textures", []), ("images", []), ("images", [{}])])
def test_a_texture_that_is_not_in_the_file_costs_the_colour(
    tmp_path: Path, key: str, value: list[dict[str, Any]]
) -> None:
    builder = textured(UPPER_LEFT)
    builder.tree[key] = value
    cloud = read_scan(builder.save(tmp_path / "a.glb"))
    assert cloud.rgb is None and "has no data" in cloud.notes[0]


def test_textures_in_webp(tmp_path: Path) -> None:
    import io

    file = io.BytesIO()
    Image.fromarray(np.array(QUARTERS, np.uint8)).save(file, "WEBP", lossless=True)
    builder = textured(UPPER_LEFT, picture=file.getvalue())
    builder.tree["textures"] = [{"extensions": {"EXT_texture_webp": {"source": 0}}}]
    builder.tree["extensionsRequired"] = ["EXT_texture_webp"]
    assert colour(builder.save(tmp_path / "a.glb")) == [255, 0, 0]


def test_the_archived_specular_glossiness_has_a_colour(tmp_path: Path) -> None:
    builder = textured(UPPER_LEFT)
    builder.tree["materials"] = [
        {"extensions": {"KHR_materials_pbrSpecularGlossiness": {"diffuseTexture": {"index": 0}}}}
    ]
    assert colour(builder.save(tmp_path / "a.glb")) == [255, 0, 0]


def test_a_picture_of_one_bit_with_more_pixels_than_are_read(tmp_path: Path) -> None:
    import io

    file = io.BytesIO()
    Image.new("1", (11_000, 11_000)).save(file, "PNG")
    cloud = read_scan(textured(UPPER_LEFT, picture=file.getvalue()).save(tmp_path / "a.glb"))
    assert cloud.rgb is None and "11000 x 11000 pixels" in cloud.notes[0]


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_picture_of_photogrammetry_is_read_at_half_its_size(tmp_path: Path, format: str) -> None:
    import io

    file = io.BytesIO()
    picture = Image.new("RGB", (8192, 4160), (255, 0, 0))
    picture.paste((0, 0, 255), (4096, 0, 8192, 4160))
    picture.save(file, format)
    (part,) = read_mesh(textured(UPPER_LEFT, picture=file.getvalue()).save(tmp_path / "a.glb"))
    assert part.texture is not None and part.texture.shape == (2080, 4096, 3)
    assert part.texture[0, 0].tolist()[2] < 9 and part.texture[-1, -1].tolist()[0] < 9


def test_scenes_of_too_many_parts_are_refused_at_once(tmp_path: Path) -> None:
    builder = Builder()
    builder.tree["meshes"] = [{"primitives": [builder.primitive()]}]
    builder.tree["nodes"] = [{"mesh": 0}] * 30_000
    builder.tree["scenes"][0]["nodes"] = list(range(30_000))
    assert "shows 30000 parts; at most 20000 are read" in refusal(builder.save(tmp_path / "a.glb"))


def test_a_material_that_only_shines_has_that_colour(tmp_path: Path) -> None:
    builder = Builder()
    builder.tree["materials"] = [
        {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]}, "emissiveFactor": [1, 0, 0]}
    ]
    builder.node([builder.primitive(material=0)])
    rgb = read_scan(builder.save(tmp_path / "a.glb")).rgb
    assert rgb is not None and (rgb == [1, 0, 0]).all()


def as_text(builder: Builder, path: Path, uri: str) -> Path:
    tree = {**builder.tree, "buffers": [{"byteLength": len(builder.binary), "uri": uri}]}
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("my%20scan.bin", "my scan.bin"),
        ("my scan.bin", "my scan.bin"),
        ("my%20scan.bin", "my%20scan.bin"),
        ("gr%C3%B6%C3%9Fe.bin", "größe.bin"),
        ("größe.bin", "größe.bin"),
        ("parts\\scan.bin", "parts/scan.bin"),
        ("C:\\models\\scan.bin", "scan.bin"),
        ("./parts/../scan.bin", "scan.bin"),
    ],
)
def test_names_of_buffers(tmp_path: Path, uri: str, name: str) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    (tmp_path / "parts").mkdir()
    (tmp_path / name).write_bytes(builder.binary)
    assert len(triangles_of(as_text(builder, tmp_path / "a.gltf", uri))) == 12


@pytest.mark.parametrize(
    "encode", [lambda b: ";base64," + base64.b64encode(b).decode(), lambda b: "," + "".join(f"%{c:02X}" for c in b)]
)
def test_buffers_inside_the_text(tmp_path: Path, encode: Callable[[bytes], str]) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    path = as_text(builder, tmp_path / "a.gltf", "data:application/gltf-buffer" + encode(builder.binary))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(triangles_of(path)) == 12


def test_a_buffer_that_is_missing_or_short_is_named(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    path = as_text(builder, tmp_path / "a.gltf", "scan.bin")
    assert refusal(path) == "a.gltf: refers to scan.bin, which is not beside it."
    (tmp_path / "scan.bin").write_bytes(builder.binary[:-8])
    assert "a.gltf: needs 168 bytes of scan.bin, which holds 160. Copy it again." in refusal(path)


def test_glb_cut_short_and_other_versions(tmp_path: Path) -> None:
    builder = Builder()
    builder.node([builder.primitive()])
    content = builder.save(tmp_path / "a.glb").read_bytes()
    (tmp_path / "a.glb").write_bytes(content[:-50])
    assert "a.glb: is cut short: a chunk claims 168 bytes, and 118 are there" in refusal(tmp_path / "a.glb")
    (tmp_path / "a.glb").write_bytes(content[:4] + struct.pack("<I", 1) + content[8:])
    assert "is GLB version 1; only 2 is read" in refusal(tmp_path / "a.glb")
    (tmp_path / "a.gltf").write_text('{"asset": {"version": "1.0"}}')
    assert "is glTF 1.0; only 2.0 is read" in refusal(tmp_path / "a.gltf")


def test_parts_that_share_their_numbers_thousands_of_times_are_refused(tmp_path: Path) -> None:
    builder = Builder()
    xyz = np.zeros((300_000, 3), np.float32)
    builder.node([builder.primitive(xyz, None)] * 400)
    assert "draws more than" in refusal(builder.save(tmp_path / "a.glb"))
