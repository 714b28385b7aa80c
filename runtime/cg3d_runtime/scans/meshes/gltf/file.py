"""The container of glTF 2.0: the JSON text and the buffers, from one .glb, or from a .gltf and what it refers to.

Source: glTF 2.0 specification, sections 3.6.1 (buffers) and 4 (GLB).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, cast

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.references import read_reference, short

_JSON, _BINARY = b"JSON", b"BIN\0"


def read_tree(content: bytes) -> tuple[dict[str, Any], bytes | None]:
    """Split a file into its JSON and its binary chunk, None where it has none.

    Raises:
        ScanError: another version, or cut short.
        ValueError: the text is no JSON.
    """
    is_binary = content[:4] == b"glTF"
    chunks = _chunks(content) if is_binary else {_JSON: content}
    if _JSON not in chunks:
        raise ScanError("is a GLB file without a JSON chunk; it is damaged.")
    tree = json.loads(chunks[_JSON].decode("utf-8-sig"))
    if not isinstance(tree, dict):
        raise ScanError("is no glTF: its JSON is no object.")
    version = str(tree.get("asset", {}).get("version", "2.0"))
    if not version.startswith("2."):
        raise ScanError(f"is glTF {version}; only 2.0 is read. Convert it to glTF 2.0.")
    return cast(dict[str, Any], tree), chunks.get(_BINARY)


def read_buffers(path: Path, tree: dict[str, Any], binary: bytes | None) -> list[bytes]:
    """The buffers of a file, each as long as it claims at least.

    Raises:
        ScanError: one is not beside the file, or cut short.
    """
    return [_buffer(path, buffer, number, binary) for number, buffer in enumerate(tree.get("buffers", []))]


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """The first chunk of each kind."""
    version = int.from_bytes(content[4:8], "little")
    if version != 2:
        raise ScanError(f"is GLB version {version}; only 2 is read. Convert it to glTF 2.0.")
    chunks: dict[bytes, bytes] = {}
    offset = 12
    while offset + 8 <= len(content):
        length, kind = struct.unpack_from("<I4s", content, offset)
        offset += 8
        if length > len(content) - offset and kind in (_JSON, _BINARY):
            raise ScanError(
                f"is cut short: a chunk claims {length} bytes, and {len(content) - offset} are there. Copy it again."
            )
        chunks.setdefault(kind, content[offset : offset + length])
        offset += length
    return chunks


def _buffer(path: Path, buffer: dict[str, Any], number: int, binary: bytes | None) -> bytes:
    uri = buffer.get("uri")
    if uri is None and (binary is None or number > 0):
        raise ScanError(f"has no data for its buffer {number}. Export it again.")
    name = f"its buffer {number}" if uri is None else short(uri)
    try:
        content = cast(bytes, binary) if uri is None else read_reference(path, uri)
    except ScanError as error:
        raise ScanError(f"refers to {name}, which {error}.") from error
    if len(content) < buffer["byteLength"]:
        raise ScanError(f"needs {buffer['byteLength']} bytes of {name}, which holds {len(content)}. Copy it again.")
    return content
