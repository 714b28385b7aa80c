"""The base colour of glTF materials: its factor for trimesh, its picture, and where the picture's coordinates come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.gltf.accessors import Accessors
from cg3d_runtime.scans.meshes.handed import Picture
from cg3d_runtime.scans.meshes.references import read_reference
from cg3d_runtime.scans.meshes.textures import Textures

_WEBP, _TRANSFORM, _GLOSSY = "EXT_texture_webp", "KHR_texture_transform", "KHR_materials_pbrSpecularGlossiness"

_ABSENT = -1  # the number of a picture that the file does not hold


class BaseColour(NamedTuple):
    """How a material colours a part.

    Attributes:
        factor: linear RGBA, or None.
        picture: by its number in the file, or None.
        coordinates: the name of the attribute that places it.
        transform: of these coordinates, (2, 3), or None.
    """

    factor: list[float] | None
    picture: int | None
    coordinates: str
    transform: np.ndarray | None


def base_colour(tree: dict[str, Any], material: dict[str, Any]) -> BaseColour:
    """Read a material, metallic-roughness or the archived specular-glossiness."""
    glossy = material.get("extensions", {}).get(_GLOSSY)
    plain = material.get("pbrMetallicRoughness", {})
    factor = plain.get("baseColorFactor") if glossy is None else glossy.get("diffuseFactor")
    texture = plain.get("baseColorTexture") if glossy is None else glossy.get("diffuseTexture")
    if (
        texture is None and factor is not None and not any(factor[:3])
    ):  # black that shines, as Sketchfab writes shadeless
        factor = [*material.get("emissiveFactor", factor[:3]), 1.0]
        texture = material.get("emissiveTexture")
    if texture is None:
        return BaseColour(factor, None, "", None)
    transform = texture.get("extensions", {}).get(_TRANSFORM, {})
    coordinates = transform.get("texCoord", texture.get("texCoord", 0))
    textures = tree.get("textures", [])
    picture = _source(textures[texture["index"]]) if texture["index"] < len(textures) else _ABSENT
    return BaseColour(factor, picture, f"TEXCOORD_{coordinates}", _matrix(transform) if transform else None)


def _source(texture: dict[str, Any]) -> int | None:
    """The picture of a texture, in the core of glTF or in an extension for another picture format."""
    extensions = texture.get("extensions", {})
    other: int | None = next((each["source"] for each in extensions.values() if "source" in each), None)
    return other if _WEBP in extensions else texture.get("source", other)


def _matrix(transform: dict[str, Any]) -> np.ndarray:
    """Scale, then rotation, counter-clockwise as the picture is looked at (v points down), then offset: (2, 3)."""
    angle = transform.get("rotation", 0.0)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix: np.ndarray = np.c_[rotation * transform.get("scale", [1.0, 1.0]), transform.get("offset", [0.0, 0.0])]
    return matrix


class Images:
    """The pictures of a file by their numbers."""

    def __init__(self, path: Path, tree: dict[str, Any], accessors: Accessors, textures: Textures) -> None:
        self._path, self._tree, self._accessors, self._textures = path, tree, accessors, textures

    def __getitem__(self, number: int) -> Picture:
        """One picture; without texels where it cannot be read."""
        images = self._tree.get("images", [])
        image = images[number] if 0 <= number < len(images) else {}
        uri = image.get("uri", "")
        name = uri if uri and not uri.startswith("data:") else str(image.get("name") or f"number {number}")
        return Picture(self._textures.decode(name, lambda: self._content(image)))

    def _content(self, image: dict[str, Any]) -> bytes:
        if "bufferView" in image:
            return self._accessors.view(image["bufferView"])
        if "uri" not in image:
            raise ScanError("has no data")
        return read_reference(self._path, image["uri"])
