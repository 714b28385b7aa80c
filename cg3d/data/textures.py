"""Textures of mesh files that cannot be read: they cost an object its colour, and that is told."""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cg3d_runtime.errors import DataError, ScanError, one_line
from cg3d_runtime.limits import MOST_BYTES
from cg3d_runtime.regular_file import open_regular
from cg3d_runtime.scans.images import decoded, open_image

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942  # glTF 2.0, section 4.4

Read = Callable[[], bytes]


def lost_textures(path: Path) -> list[str]:
    """Why base colour textures of a glTF or OBJ file cannot be read, one sentence each; other files have none.

    A texture is a picture of a usual format, in the file or in its folder or one below.

    Raises:
        DataError: the materials themselves are damaged.
    """
    readers = {".glb": _glb_textures, ".gltf": _gltf_textures, ".obj": _obj_textures}
    textures = readers.get(path.suffix.lower())
    try:
        faults = [(name, _fault(read)) for name, read in (textures(path) if textures else ())]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
        raise DataError(f"{path}: its materials cannot be read ({error!r}). Export it again.") from error
    return [f"texture {name} {fault}" for name, fault in faults if fault]


def _fault(read: Read) -> str | None:
    """Why a picture cannot be read."""
    try:
        with open_image(io.BytesIO(read())) as image:
            decoded(image)
    except ScanError as error:
        return one_line(error)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name, or no Base64
        return f"cannot be read: {getattr(error, 'strerror', None) or error}."
    return None


def _glb_textures(path: Path) -> Iterator[tuple[str, Read]]:
    chunks = dict(_chunks(path.read_bytes()))
    yield from _textures(path, json.loads(chunks.get(JSON_CHUNK, b"{}")), chunks.get(BINARY_CHUNK, b""))


def _chunks(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 12
    while place + 8 <= len(content):
        length, kind = struct.unpack_from("<II", content, place)
        yield kind, content[place + 8 : place + 8 + length]
        place += 8 + length


def _gltf_textures(path: Path) -> Iterator[tuple[str, Read]]:
    yield from _textures(path, json.loads(path.read_bytes()), b"")


def _textures(path: Path, header: dict[str, Any], binary: bytes) -> Iterator[tuple[str, Read]]:
    """Names and bytes of the pictures that materials use as base colour."""
    colours = [each.get("pbrMetallicRoughness", {}).get("baseColorTexture") for each in header.get("materials", [])]
    sources = {_source(header["textures"][colour["index"]]) for colour in colours if colour}
    for number in sorted(source for source in sources if source is not None):
        image = header["images"][number]
        if "bufferView" in image:
            view = header["bufferViews"][image["bufferView"]]
            start = view.get("byteOffset", 0)
            content = binary[start : start + view["byteLength"]]
            yield image.get("name") or str(number), partial(bytes, content)
        else:
            yield _from_uri(path, image["uri"])


def _source(texture: dict[str, Any]) -> int | None:
    """The picture of a texture, in the core of glTF or in an extension for another picture format."""
    extensions = texture.get("extensions", {}).values()
    return texture.get("source", next((each["source"] for each in extensions if "source" in each), None))


def _from_uri(path: Path, uri: str) -> tuple[str, Read]:
    if uri.startswith("data:"):
        return "inside the file", partial(base64.b64decode, uri.partition(",")[2])
    return _from_file(path, path.parent, unquote(uri))


def _obj_textures(path: Path) -> Iterator[tuple[str, Read]]:
    for material_file in _values(path, "mtllib"):
        materials = path.parent / material_file.replace("\\", "/")
        for name in _values(materials, "map_Kd"):
            yield _from_file(path, materials.parent, name)


def _values(path: Path, keyword: str) -> list[str]:
    """What follows a keyword in a text file, once each; the last word where options stand before it."""
    if not path.is_file():
        return []  # geometry alone is read then; materials are optional
    lines = (line.split(maxsplit=1) for line in path.read_text("utf-8", errors="replace").splitlines())
    values = [line[1].strip() for line in lines if len(line) == 2 and line[0] == keyword]
    return list(dict.fromkeys(value.split()[-1] if value.startswith("-") else value for value in values))


def _from_file(path: Path, folder: Path, name: str) -> tuple[str, Read]:
    return one_line(ValueError(name)), partial(_read_beside, path.parent, folder / name.replace("\\", "/"))


def _read_beside(root: Path, file: Path) -> bytes:
    """What a regular file holds that lies in a folder or below."""
    if not file.resolve().is_relative_to(root.resolve()):
        raise ScanError("lies outside of the folder of its mesh, where nothing is read. Put it beside the mesh.")
    if not file.exists():
        raise ScanError("is not there. Put it beside the mesh.")
    if file.stat().st_size > MOST_BYTES:
        raise ScanError(f"has more than {MOST_BYTES} bytes. Scale it down.")
    with open_regular(file) as opened:
        return opened.read()
