"""OFF files: the header and the colours, which trimesh does not read.

Source: Geomview manual, "OFF: object file format".
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.decoding import decoded, refuse_comma
from cg3d_runtime.scans.meshes.handed import Handed

_HEADER = re.compile(r"((?i:ST))?((?i:C))?(N)?(4)?(n)?(?i:OFF)[ \t]*(BINARY)?", re.ASCII)


def hand_off(path: Path, content: bytes) -> Handed:
    """Read the header and the colours of an OFF file; a file without a header line starts with its counts.

    Raises:
        ScanError: another kind of OFF, or fewer vertices or faces than the header names.
    """
    text = decoded(content)
    text = (re.sub(r"#[^\n]*", "", text) if "#" in text else text).strip()
    header = _HEADER.match(text)
    if header is None and not text[:1].isdigit():
        raise ScanError("is no OFF: its first line is neither OFF nor the numbers of vertices and faces.")
    if header and (header[6] or "\0" in text):
        raise ScanError("is binary OFF, which is not read. Write it as text.")
    if header and (header[4] or header[5]):
        raise ScanError(f"is {header[0].strip()}, whose points have not three coordinates. Write it as OFF.")
    refuse_comma("\n" + text)
    lines = [line for line in text[header.end() if header else 0 :].splitlines() if line.strip()]
    vertices, faces = _rows(lines)
    columns = 6 if header and header[3] else 3
    rgb = _colours(vertices, columns) if header and header[2] else None
    return _handed(vertices, faces, rgb)


def _rows(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of the vertices and those of the faces, as many as the header names."""
    counts = lines[0].split() if lines else []
    if len(counts) < 2 or not all(count.isdigit() for count in counts[:2]):
        raise ScanError("names no numbers of vertices and faces after OFF.")
    vertex_count, face_count = int(counts[0]), int(counts[1])
    vertices, faces = lines[1 : 1 + vertex_count], lines[1 + vertex_count : 1 + vertex_count + face_count]
    if len(vertices) < vertex_count:
        raise ScanError(
            f"holds {len(vertices)} of the {vertex_count} vertices that its header names; the file is truncated."
        )
    if len(faces) < face_count:
        raise ScanError(f"holds {len(faces)} of the {face_count} faces that its header names; the file is truncated.")
    return vertices, faces


def _handed(vertices: list[str], faces: list[str], rgb: np.ndarray | None) -> Handed:
    face_rgb = None
    if rgb is None and any(_is_coloured(face) for face in faces[:1]):
        faces, face_rgb = _coloured_triangles(faces)
    lines = ["OFF", f"{len(vertices)} {len(faces)} 0", *vertices, *faces, ""]
    return Handed("\n".join(lines).encode(), "off", vertex_rgb=rgb, face_rgb=face_rgb)


def _colours(vertices: list[str], start: int) -> np.ndarray | None:
    """(V, 3) from the columns after the coordinates and normals, or None where there are none."""
    rgb = [line.split()[start : start + 3] for line in vertices]
    return np.array(rgb, dtype=np.float64) if all(len(row) == 3 for row in rgb) else None


def _is_coloured(face: str) -> bool:
    words = face.split()
    return len(words) >= int(words[0]) + 4


def _coloured_triangles(faces: list[str]) -> tuple[list[str], np.ndarray]:
    """Each face as a fan of triangles, and their colours; a face without one is white."""
    triangles, colours = [], []
    for face in faces:
        words = face.split()
        count = int(words[0])
        corners, rgb = words[1 : 1 + count], [float(word) for word in words[1 + count : 4 + count]]
        fan = [f"3 {corners[0]} {corners[i]} {corners[i + 1]}" for i in range(1, count - 1)]
        triangles += fan
        colours += [rgb if len(rgb) == 3 else None] * len(fan)
    full = 255.0 if any(rgb and max(rgb) > 1 for rgb in colours) else 1.0
    return triangles, np.array([[full] * 3 if rgb is None else rgb for rgb in colours])
