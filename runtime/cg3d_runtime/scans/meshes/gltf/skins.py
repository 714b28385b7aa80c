"""Vertices of glTF meshes that joints or morph targets move, as the file leaves them at rest.

trimesh (4.4 to 5.2) reads neither: it would put a skinned mesh where its node is, which the specification forbids.
Source: glTF 2.0 specification, sections 3.7.3 (skins) and 3.7.2.2 (morph targets).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.gltf.accessors import Accessors


def morphed(
    xyz: np.ndarray, targets: Sequence[dict[str, int]], weights: Sequence[float], accessors: Accessors
) -> np.ndarray:
    """(N, 3) float32 moved by the targets of a primitive, each as far as its weight says."""
    moved = xyz.astype(np.float32)
    for target, weight in zip(targets, weights, strict=False):
        if weight and "POSITION" in target:
            moved = moved + np.float32(weight) * accessors.array(target["POSITION"])
    return moved


def skinned(xyz: np.ndarray, attributes: dict[str, int], joints: np.ndarray, accessors: Accessors) -> np.ndarray:
    """(N, 3) float32 in the scene's frame.

    Args:
        attributes: of the primitive, with its JOINTS_n and WEIGHTS_n.
        joints: (J, 4, 4), from the mesh's own frame to the scene's by each joint.
    """
    blend = np.zeros((len(xyz), 4, 4))
    share = np.zeros(len(xyz))
    for name in (name for name in attributes if name.startswith("JOINTS_")):
        weights = accessors.array(attributes[name.replace("JOINTS", "WEIGHTS")]).astype(np.float64)
        numbers = accessors.array(attributes[name])
        share += weights.sum(axis=1)
        for column in range(weights.shape[1]):
            blend += weights[:, column, None, None] * joints[numbers[:, column]]
    blend[share > 0] /= share[share > 0, None, None]
    whole = np.c_[xyz, np.ones(len(xyz))]
    placed: np.ndarray = np.einsum("nij,nj->ni", blend[:, :3], whole).astype(np.float32)
    return placed


def joint_matrices(tree: dict[str, Any], skin: dict[str, Any], accessors: Accessors) -> np.ndarray:
    """From the frame of a skinned mesh to the scene's by each joint, (J, 4, 4)."""
    nodes = tree["nodes"]
    parents = {child: parent for parent, node in enumerate(nodes) for child in node.get("children", [])}
    world = np.stack([_world(nodes, parents, joint) for joint in skin["joints"]])
    if "inverseBindMatrices" not in skin:
        return world
    inverse = accessors.array(skin["inverseBindMatrices"]).astype(np.float64).reshape(-1, 4, 4)
    placed: np.ndarray = world @ inverse[: len(world)].transpose(0, 2, 1)  # glTF stores columns
    return placed


def _world(nodes: list[dict[str, Any]], parents: dict[int, int], number: int) -> np.ndarray:
    """The transform of a node into the scene, (4, 4)."""
    matrix = _local(nodes[number])
    for _ in nodes:
        if number not in parents:
            return matrix
        number = parents[number]
        matrix = _local(nodes[number]) @ matrix
    raise ScanError("has a joint that is its own ancestor. Export it again.")


def _local(node: dict[str, Any]) -> np.ndarray:
    matrix = np.eye(4)
    if "matrix" in node:
        matrix[:] = np.reshape(node["matrix"], (4, 4)).T
        return matrix
    matrix[:3, :3] = _rotation(node.get("rotation", [0.0, 0.0, 0.0, 1.0])) * node.get("scale", [1.0, 1.0, 1.0])
    matrix[:3, 3] = node.get("translation", [0.0, 0.0, 0.0])
    return matrix


def _rotation(quaternion: Sequence[float]) -> np.ndarray:
    """Of a quaternion x y z w."""
    x, y, z, w = np.asarray(quaternion, np.float64) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
