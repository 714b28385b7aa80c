"""Faces of OBJ text that trimesh (4.4 to 5.2) would take for others: relative numbers, and forms that change from line to line.

It counts relative numbers from the end of the file instead of from the line (mikedh/trimesh#2364), takes 0 for 1, and reads all
faces with as many numbers as the first in the first one's form; before 4.8 it refuses some polygons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cg3d_runtime.errors import ScanError

_FACE = re.compile(r"\nf ([^\n]*)")


def need_rewriting(text: str) -> bool:
    """Whether a face is written in a form that trimesh reads wrongly."""
    faces = text[text.find("\nf ") :]
    if "-" in faces and re.search(r"\nf [\d/ ]*-", faces):
        return True
    if (" 0" in faces or "/0" in faces) and re.search(r"\nf[\d/ ]*?[ /]0+[ /\n]", faces):
        return True
    return len(faces[3 : faces.find("\n", 1)].split()) > 4 or _forms_are_mixed(faces)


def absolute_triangles(text: str) -> str:
    """The text with each face as triangles of absolute numbers, without normals.

    Raises:
        ScanError: a face refers to vertex 0, or to one before the first.
    """
    lines: list[str] = []
    vertices = coordinates = 0
    for line in text.split("\n"):
        if line.startswith("v "):
            vertices += 1
        elif line.startswith("vt "):
            coordinates += 1
        elif line.startswith("f "):
            lines += _triangles(line, vertices, coordinates)
            continue
        lines.append(line)
    return "\n".join(lines)


def _forms_are_mixed(faces: str) -> bool:
    """Whether faces with equally many numbers are of different forms, such as 3 of 1/1 and 6 of 1."""
    first = _FACE.match(faces)
    slashes = faces.count("/")
    if first is None or slashes == faces.count("\nf ") * first[1].count("/"):
        return False
    forms = {(len(face.split()), face.count("/")) for face in _FACE.findall(faces)}
    return len({_numbers(words, slashes) for words, slashes in forms}) < len(forms)


def _numbers(words: int, slashes: int) -> int:
    return 2 * words if slashes in (words, 2 * words) else words + slashes


def _triangles(line: str, vertices: int, coordinates: int) -> Iterator[str]:
    """A face as a fan, after so many vertices and texture coordinates."""
    words = [word.split("/") for word in line[2:].split()]
    corners = [_resolved(word[0], vertices) for word in words]
    if any(corner < 1 for corner in corners):
        raise ScanError(
            f'has a face "{line[:40]}" that refers to a vertex which is not there; they are counted from 1.'
        )
    places = [_resolved(word[1], coordinates) if len(word) > 1 and word[1] else 0 for word in words]
    ends = [f"{c}/{p}" for c, p in zip(corners, places, strict=True)] if all(p > 0 for p in places) else corners
    return (f"f {ends[0]} {ends[i]} {ends[i + 1]}" for i in range(1, len(ends) - 1))


def _resolved(number: str, count: int) -> int:
    """A number counted from 1; one below 0 counts back from the last of `count`."""
    value = int(number)
    return count + 1 + value if value < 0 else value
