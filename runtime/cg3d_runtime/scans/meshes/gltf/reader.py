"""glTF 2.0, rewritten so that trimesh reads plain triangles, floats and no picture, whatever its version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS
from cg3d_runtime.scans.meshes.gltf.accessors import Accessors, PlainAccessors
from cg3d_runtime.scans.meshes.gltf.checks import check_claims, check_extensions, nodes_above, visible_nodes
from cg3d_runtime.scans.meshes.gltf.file import read_buffers, read_tree
from cg3d_runtime.scans.meshes.gltf.materials import BaseColour, Images, base_colour
from cg3d_runtime.scans.meshes.gltf.skins import joint_matrices, morphed, skinned
from cg3d_runtime.scans.meshes.gltf.triangles import POINTS, TRIANGLE_MODES, TRIANGLES, triangles
from cg3d_runtime.scans.meshes.handed import Handed, Picture
from cg3d_runtime.scans.meshes.textures import Textures

_MOST_DRAWN = 3 * MOST_POINTS
_MOST_PARTS = 20_000  # which trimesh reads in ten seconds
_BUFFER = "buffer"
_PLACE = ("children", "matrix", "translation", "rotation", "scale")


def hand_gltf(path: Path, content: bytes) -> Handed:
    """Check a .glb or .gltf file and rewrite what its scene shows.

    Raises:
        ScanError: it needs an extension that is not read, refers to what is not there, or contradicts itself.
    """
    tree, binary = read_tree(content)
    check_extensions(tree)
    buffers = read_buffers(path, tree, binary)
    check_claims(tree, len(content) + sum(len(buffer) for buffer in buffers if buffer is not binary))
    accessors, textures = Accessors(tree, buffers), Textures()
    scene = _Scene(tree, _Primitives(tree, accessors, Images(path, tree, accessors, textures)))
    return scene.handed(textures)


class _Scene:
    """The nodes of a scene, with what they show, under the numbers of the file."""

    def __init__(self, tree: dict[str, Any], primitives: _Primitives) -> None:
        self._tree, self._primitives = tree, primitives
        self._parents = visible_nodes(tree)
        self._nodes = [{key: node[key] for key in _PLACE if key in node} for node in tree.get("nodes", [])]
        self._roots = [number for number, parent in self._parents.items() if parent is None]
        self._meshes: list[dict[str, Any]] = []

    def handed(self, textures: Textures) -> Handed:
        """The file for trimesh."""
        self._show_meshes()
        self._drop_empty_nodes()
        buffer = self._primitives.plain.buffer()
        tree = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": self._roots}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": list(self._primitives.materials.values()),
            "accessors": self._primitives.plain.accessors,
            "bufferViews": self._primitives.plain.views,
            "buffers": [{"uri": _BUFFER, "byteLength": len(buffer)}],
        }
        pictures = self._primitives.pictures
        return Handed(
            json.dumps(tree).encode(),
            "gltf",
            {_BUFFER: buffer},
            pictures,
            notes=textures.notes(),
            lost_textures=textures.lost(),
        )

    def _show_meshes(self) -> None:
        shown = [(self._tree["nodes"][number], number) for number in self._parents]
        shown = [(node, number) for node, number in shown if "mesh" in node]
        drawn = [
            primitive for node, _ in shown for primitive in self._tree["meshes"][node["mesh"]].get("primitives", [])
        ]
        if len(drawn) > _MOST_PARTS:
            raise ScanError(f"shows {len(drawn)} parts; at most {_MOST_PARTS} are read. Join them.")
        modes = TRIANGLE_MODES if any(_mode(primitive) in TRIANGLE_MODES for primitive in drawn) else (POINTS,)
        known: dict[tuple[int, int | None], int] = {}
        for node, number in sorted(shown, key=lambda each: each[0]["mesh"]):
            key = node["mesh"], number if "skin" in node or "weights" in node else None
            if key not in known:
                known[key] = self._add_mesh(node, modes)
            if self._meshes[known[key]]["primitives"]:  # trimesh would leave the children of such a node out, too
                self._node_for(node, number)["mesh"] = known[key]

    def _drop_empty_nodes(self) -> None:
        needed = nodes_above((number for number in self._parents if "mesh" in self._nodes[number]), self._parents)
        for number in self._parents:
            node = self._nodes[number]
            node["children"] = [child for child in node.get("children", []) if child in needed]
        self._roots = [root for root in self._roots if root in needed or root not in self._parents]

    def _add_mesh(self, node: dict[str, Any], modes: tuple[int, ...]) -> int:
        mesh = self._tree["meshes"][node["mesh"]]
        drawn = [primitive for primitive in mesh.get("primitives", []) if _mode(primitive) in modes]
        joints = self._primitives.joints(node)
        weights = node.get("weights", mesh.get("weights", []))
        self._meshes.append({"primitives": [self._primitives.plain_one(each, weights, joints) for each in drawn]})
        return len(self._meshes) - 1

    def _node_for(self, node: dict[str, Any], number: int) -> dict[str, Any]:
        """The node that shows a mesh: a skinned one stands in the scene's frame."""
        if "skin" not in node:
            return self._nodes[number]
        self._roots.append(len(self._nodes))
        self._nodes.append({})
        return self._nodes[-1]


class _Primitives:
    """Rewrites primitives, and collects what they share."""

    def __init__(self, tree: dict[str, Any], accessors: Accessors, images: Images) -> None:
        self._tree, self._accessors, self._images = tree, accessors, images
        self.plain = PlainAccessors(accessors)
        self.materials: dict[int, dict[str, Any]] = {}
        self.pictures: dict[str, Picture] = {}
        self._drawn = 0
        self._joints: dict[int, np.ndarray] = {}

    def joints(self, node: dict[str, Any]) -> np.ndarray | None:
        """The matrices of a node's joints, (J, 4, 4), or None."""
        if "skin" not in node:
            return None
        number = node["skin"]
        if number not in self._joints:
            self._joints[number] = joint_matrices(self._tree, self._tree["skins"][number], self._accessors)
        return self._joints[number]

    def plain_one(self, primitive: dict[str, Any], weights: list[float], joints: np.ndarray | None) -> dict[str, Any]:
        """A primitive of points or of a list of triangles, with positions, colours and one set of coordinates."""
        self._count(primitive)
        attributes = primitive["attributes"]
        plain = {"POSITION": self._position(primitive, weights, joints)}
        if "COLOR_0" in attributes:
            plain["COLOR_0"] = self._colours(attributes["COLOR_0"], "material" in primitive)
        rewritten: dict[str, Any] = {"attributes": plain, "mode": POINTS if _mode(primitive) == POINTS else TRIANGLES}
        if _mode(primitive) != POINTS:
            rewritten["indices"] = self._indices(primitive)
        if "material" in primitive:
            rewritten["material"] = self._material(primitive["material"], attributes, plain)
        return rewritten

    def _colours(self, number: int, has_material: bool) -> int:
        """Colours that no material tints are bytes: trimesh makes bytes of them anyway, but 4.4 not of each type."""
        rgb = self._accessors.array(number)
        if has_material or rgb.dtype.kind != "f":
            return self.plain.take(number)
        return self.plain.add((np.nan_to_num(rgb) * 255).clip(0, 255).round().astype(np.uint8))

    def _position(self, primitive: dict[str, Any], weights: list[float], joints: np.ndarray | None) -> int:
        number = primitive["attributes"]["POSITION"]
        moves = any(weights) and "targets" in primitive
        if not moves and joints is None:
            return self.plain.take(number)
        xyz = self._accessors.array(number)
        if moves:
            xyz = morphed(xyz, primitive["targets"], weights, self._accessors)
        return self.plain.add(xyz if joints is None else skinned(xyz, primitive["attributes"], joints, self._accessors))

    def _indices(self, primitive: dict[str, Any]) -> int:
        if "indices" not in primitive:
            count = self._tree["accessors"][primitive["attributes"]["POSITION"]]["count"]
            corners = np.arange(count, dtype=np.uint32)
        else:
            corners = self._accessors.array(primitive["indices"])[:, 0]
            if corners.dtype.kind != "u":
                raise ScanError("has faces whose numbers are no whole numbers. Export it again.")
        return self.plain.add(triangles(corners, _mode(primitive)).reshape(-1, 1))

    def _count(self, primitive: dict[str, Any]) -> None:
        """Refuse parts that draw the same numbers over and over, before each gets a copy of its own."""
        numbers = (primitive["attributes"]["POSITION"], primitive.get("indices"))
        self._drawn += sum(self._tree["accessors"][number]["count"] for number in numbers if number is not None)
        if self._drawn > _MOST_DRAWN:
            raise ScanError(f"draws more than {_MOST_DRAWN} vertices and corners. Export it with fewer triangles.")

    def _material(self, number: int, attributes: Mapping[str, int], plain: dict[str, int]) -> int:
        colour = base_colour(self._tree, self._tree["materials"][number])
        if colour.picture is not None and colour.coordinates in attributes:
            plain["TEXCOORD_0"] = self._coordinates(colour, attributes[colour.coordinates])
            self.pictures[str(number)] = self._images[colour.picture]
        if number not in self.materials:
            factor = {} if colour.factor is None else {"baseColorFactor": colour.factor}
            self.materials[number] = {"name": str(number), "pbrMetallicRoughness": factor}
        return list(self.materials).index(number)

    def _coordinates(self, colour: BaseColour, number: int) -> int:
        if colour.transform is None:
            return self.plain.take(number)
        uv = self._accessors.array(number)
        placed = uv @ colour.transform[:, :2].T + colour.transform[:, 2]
        return self.plain.add(placed.astype(np.float32))


def _mode(primitive: dict[str, Any]) -> int:
    return int(primitive.get("mode", TRIANGLES))
