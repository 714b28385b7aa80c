"""STL files: binary ones as long as they claim, text without the words that trimesh stumbles over.

trimesh (4.4 to 5.2) takes a binary file of another length for text, and reads the vertices of a text up to the first odd word.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.decoding import decoded, refuse_comma
from cg3d_runtime.scans.meshes.handed import Handed

_HEADER, _FACET = 84, 50  # bytes


def hand_stl(path: Path, content: bytes) -> Handed:
    """Tell a binary file from text, and cut what follows its last triangle.

    Raises:
        ScanError: it is cut short, or written with decimal commas.
    """
    facets = int.from_bytes(content[80:84], "little") if len(content) >= _HEADER else 0
    if len(content) != _HEADER + facets * _FACET and _is_text(content):
        return _hand_text(content)
    if len(content) < _HEADER:
        raise ScanError("is no STL: neither text that starts with solid, nor the 84 bytes of a binary header.")
    held = (len(content) - _HEADER) // _FACET
    if held and not facets:
        raise ScanError(f"claims 0 triangles in its header, and {held} follow; it was not finished. Export it again.")
    if held < facets:
        raise ScanError(f"is truncated: its header claims {facets} triangles, and {held} are there. Copy it again.")
    notes = ("has colours in the facets of a binary STL, which are not read.",) if b"COLOR=" in content[:80] else ()
    return Handed(content[: _HEADER + facets * _FACET], "stl", notes=notes)


def _is_text(content: bytes) -> bool:
    """Binary headers may start with solid, too; the number of triangles after them has a byte of 0."""
    is_wide = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return is_wide or (decoded(content[:80]).lstrip().lower().startswith("solid") and b"\0" not in content[:_HEADER])


def _hand_text(content: bytes) -> Handed:
    text = re.sub(r"\r\n?", "\n", decoded(content)).lower()
    text = re.sub(r"(?m)^[ \t]*(end)?solid\b[^\n]*?(?=\bfacet\b|$)", r"\1solid\n", text)  # its name may be any word
    text = text.replace("vertex", "\nvertex").replace("endloop", "\nendloop")
    if "endsolid" not in text:
        raise ScanError("is truncated: it ends before its endsolid. Copy it again.")
    refuse_comma(text, "vertex ")
    return Handed(text.encode(), "stl", triangles=text.count("endloop"))
