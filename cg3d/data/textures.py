"""Textures of mesh files that do not decode: the mesh reader would leave the object without colour and say nothing."""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from cg3d_runtime.errors import DataError

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942  # glTF 2.0, section 4.4


def require_textures(path: Path) -> None:
    """Check that the base colour textures of a glTF or OBJ file are there and decode; other files have none.

    Raises:
        DataError: one is missing or damaged; the message names the mesh and the texture.
    """
    readers = {".glb": _glb_textures, ".gltf": _gltf_textures, ".obj": _obj_textures}
    textures = readers.get(path.suffix.lower())
    try:
        faults = [(name, fault) for name, content in (textures(path) if textures else ()) if (fault := _fault(content))]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
        raise DataError(f"{path}: its materials cannot be read ({error!r}). Export it again.") from error
    if faults:
        name, fault = faults[0]
        raise DataError(f"{path}: texture {name} does not decode ({fault}). Mend it, or remove it from the file.")


def _fault(content: bytes) -> str | None:
    """Why the bytes of a picture do not decode."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    except UnidentifiedImageError:
        return "it is of no known picture format"
    except Exception as error:  # every format has a decoder of its own, and damaged files meet all of their faults
        return str(error) or type(error).__name__
    return None


def _glb_textures(path: Path) -> Iterator[tuple[str, bytes]]:
    chunks = dict(_chunks(path.read_bytes()))
    yield from _textures(path, json.loads(chunks.get(JSON_CHUNK, b"{}")), chunks.get(BINARY_CHUNK, b""))


def _chunks(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 12
    while place + 8 <= len(content):
        length, kind = struct.unpack_from("<II", content, place)
        yield kind, content[place + 8 : place + 8 + length]
        place += 8 + length


def _gltf_textures(path: Path) -> Iterator[tuple[str, bytes]]:
    yield from _textures(path, json.loads(path.read_bytes()), b"")


def _textures(path: Path, header: dict[str, Any], binary: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the pictures that materials use as base colour."""
    colours = [each.get("pbrMetallicRoughness", {}).get("baseColorTexture") for each in header.get("materials", [])]
    sources = {_source(header["textures"][colour["index"]]) for colour in colours if colour}
    for number in sorted(source for source in sources if source is not None):
        image = header["images"][number]
        if "bufferView" in image:
            view = header["bufferViews"][image["bufferView"]]
            start = view.get("byteOffset", 0)
            yield image.get("name") or str(number), binary[start : start + view["byteLength"]]
        else:
            yield _from_uri(path, image["uri"])


def _source(texture: dict[str, Any]) -> int | None:
    """The picture of a texture, in the core of glTF or in an extension for another picture format."""
    extensions = texture.get("extensions", {}).values()
    return texture.get("source", next((each["source"] for each in extensions if "source" in each), None))


def _from_uri(path: Path, uri: str) -> tuple[str, bytes]:
    if uri.startswith("data:"):
        return "inside the file", base64.b64decode(uri.partition(",")[2])
    return _from_file(path, unquote(uri))


def _obj_textures(path: Path) -> Iterator[tuple[str, bytes]]:
    for material_file in _values(path, "mtllib"):
        materials = path.parent / material_file.replace("\\", "/")
        for name in _values(materials, "map_Kd"):
            yield _from_file(materials, name)


def _values(path: Path, keyword: str) -> list[str]:
    """What follows a keyword in a text file, once each; the last word where options stand before it."""
    if not path.is_file():
        return []  # geometry alone is read then; materials are optional
    lines = (line.split(maxsplit=1) for line in path.read_text("utf-8", errors="replace").splitlines())
    values = [line[1].strip() for line in lines if len(line) == 2 and line[0] == keyword]
    return list(dict.fromkeys(value.split()[-1] if value.startswith("-") else value for value in values))


def _from_file(path: Path, name: str) -> tuple[str, bytes]:
    file = path.parent / name.replace("\\", "/")
    if not file.is_file():
        raise DataError(f"{path}: texture {name} is not there. Put it beside the mesh, or remove it from the material.")
    return name, file.read_bytes()
