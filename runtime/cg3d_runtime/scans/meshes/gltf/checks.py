"""Limits of a glTF file: features refused by name where they could not be given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cg3d_runtime.errors import ScanError

# Extensions without which the shape would be another, and the way out; all others named here leave the shape alone.
_COMPRESSIONS = {
    "KHR_draco_mesh_compression": "Export it without compression.",
    "EXT_meshopt_compression": "Export it without compression, for example with gltfpack without -c.",
    "KHR_meshopt_compression": "Export it without compression, for example with gltfpack without -c.",
    "MPEG_buffer_circular": "Export it as a file that holds its data.",
}
_VISIBILITY = "KHR_node_visibility"
_INSTANCES = "EXT_mesh_gpu_instancing"
_HANDLED = (
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_",
    "KHR_lights_",
    "KHR_texture_basisu",  # those of pictures may cost the colour, which is told
    "EXT_texture_webp",
    "EXT_texture_avif",
    "MSFT_texture_dds",
    "KHR_xmp",
    "KHR_animation_pointer",
    _VISIBILITY,
    "EXT_mesh_features",  # what 3D Tiles add beside the shape
    "EXT_structural_metadata",
    "CESIUM_primitive_outline",
    "CESIUM_RTC",  # moves all alike
    "VRM",
)
# A file may name one stretch of bytes many times. Beyond this it is refused before it fills the memory.
_MOST_BYTES_A_BYTE = 16  # that accessors read from one byte of the file
_MOST_ANCESTORS = 64  # of a mesh: trimesh takes minutes for thousands
COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


def check_extensions(tree: dict[str, Any]) -> None:
    """Refuse what needs an extension that is not read, whether the file says so or not.

    Raises:
        ScanError: with the extension's name.
    """
    for name in tree.get("extensionsRequired", []):
        if name in _COMPRESSIONS:
            raise ScanError(f"is compressed with {name}, which is not read. {_COMPRESSIONS[name]}")
        if not name.startswith(_HANDLED):
            raise ScanError(f"requires the glTF extension {name}, which is not read. Export it without {name}.")
    if any(_INSTANCES in node.get("extensions", {}) for node in tree.get("nodes", [])):
        raise ScanError(f"places copies with {_INSTANCES}, which is not read. Export it without instances.")
    for name in _without_fallback(tree):
        raise ScanError(f"is compressed with {name}, which is not read. {_COMPRESSIONS[name]}")


def _without_fallback(tree: dict[str, Any]) -> Iterable[str]:
    """Compressions that the file does not call required, though it holds the data in no other form."""
    accessors = tree.get("accessors", [])
    for mesh in tree.get("meshes", []):
        for primitive in mesh.get("primitives", []):
            position = primitive.get("attributes", {}).get("POSITION")
            is_held = position is None or "bufferView" in accessors[position] or "sparse" in accessors[position]
            yield from () if is_held else _COMPRESSIONS.keys() & primitive.get("extensions", {}).keys()
    for buffer in tree.get("buffers", []):
        extensions = buffer.get("extensions", {})
        yield from (name for name in _COMPRESSIONS.keys() & extensions.keys() if "uri" not in buffer)


def check_claims(tree: dict[str, Any], held: int) -> None:
    """Refuse accessors that claim far more than the `held` bytes: without a buffer, or over the same bytes again.

    Raises:
        ScanError: with both numbers.
    """
    claimed = sum(
        accessor["count"] * COLUMNS[accessor["type"]] * COMPONENT_BYTES[accessor["componentType"]]
        for accessor in tree.get("accessors", [])
    )
    if not claimed <= _MOST_BYTES_A_BYTE * held:
        raise ScanError(f"accessors claim {claimed} bytes, but the file holds {held}; its header is wrong.")


def visible_nodes(tree: dict[str, Any]) -> dict[int, int | None]:
    """The nodes of the scene that the file shows first, each with its parent, parents before their children; none that
    KHR_node_visibility hides.

    Raises:
        ScanError: a node is its own ancestor, or has two parents.
    """
    nodes = tree.get("nodes", [])
    parents: dict[int, int | None] = {}
    waiting: list[tuple[int, int | None]] = [(root, None) for root in dict.fromkeys(_roots(tree))]
    while waiting:
        number, parent = waiting.pop()
        if number in parents:
            raise ScanError(f"its node {number} has two parents, or is its own ancestor. Export it again.")
        if not nodes[number].get("extensions", {}).get(_VISIBILITY, {}).get("visible", True):
            continue  # nor is what lies below it
        parents[number] = parent
        waiting += [(child, number) for child in nodes[number].get("children", [])]
    return parents


def nodes_above(meshes: Iterable[int], parents: dict[int, int | None]) -> set[int]:
    """The nodes that show a mesh, and their ancestors: joints and lights place nothing.

    Raises:
        ScanError: one has too many ancestors.
    """
    needed: set[int] = set()
    for mesh in meshes:
        line: list[int] = []
        number: int | None = mesh
        while number is not None:
            line.append(number)
            number = parents[number]
        if len(line) > _MOST_ANCESTORS + 1:
            raise ScanError(f"has a mesh below more than {_MOST_ANCESTORS} nodes. Export it with a flatter tree.")
        needed.update(line)
    return needed


def _roots(tree: dict[str, Any]) -> list[int]:
    scenes = tree.get("scenes")
    if scenes:
        return list(scenes[tree.get("scene", 0)].get("nodes", []))
    nodes = tree.get("nodes", [])
    children = {child for node in nodes for child in node.get("children", [])}
    return [number for number in range(len(nodes)) if number not in children]
