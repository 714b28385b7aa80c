"""Faces of OBJ text that trimesh (4.4 to 5.2) would take for others: relative numbers, and forms that change from line to line.

It counts relative numbers from the end of the file instead of from the line (mikedh/trimesh#2364), takes 0 for 1, and reads all
faces with as many numbers as the first in the first one's form; before 4.8 it refuses some polygons.
"""

from __future__ import annotations

import re
import warnings

import numpy as np

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
    """The text with each face as triangles of absolute numbers, without normals; the faces of a material follow its name.

    Raises:
        ScanError: a face refers to vertex 0, or to one before the first, or holds no whole numbers.
    """
    text = _single_blanks(text)
    triangles, ends = _triangles(text)
    chunks, done, start = [], 0, 0
    for chunk in text.split("\nusemtl "):
        done += chunk.count("\nf ")
        chunks.append("\n".join([_FACE.sub("", chunk), *triangles[start : ends[done]], ""]))
        start = ends[done]
    return "\nusemtl ".join(chunks)


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


def _single_blanks(text: str) -> str:
    text = re.sub("  +", " ", text) if "  " in text else text
    return text.replace(" \n", "\n")


def _triangles(text: str) -> tuple[list[str], list[int]]:
    """Each face as a fan of triangles, a line each, and how many lines there are up to a number of faces."""
    faces = _FACE.findall(text)
    corners, textures, counts = _corners(faces)
    vertices, coordinates = (np.repeat(before, counts) for before in _counted(text))
    corners += (corners < 0) * (vertices + 1)
    textures += (textures < 0) * (coordinates + 1)
    starts = np.cumsum(counts) - counts
    if (corners < 1).any():
        wrong = faces[np.searchsorted(starts, np.argmax(corners < 1), side="right") - 1]
        raise ScanError(
            f'has a face "f {wrong[:38]}" that refers to a vertex which is not there; they are counted from 1.'
        )
    fans = np.maximum(counts - 2, 0)
    first = np.repeat(starts, fans)
    nth = np.arange(len(first)) - np.repeat(np.cumsum(fans) - fans, fans)
    numbers = np.stack([first, first + nth + 1, first + nth + 2], axis=1)
    textured = np.repeat(np.minimum.reduceat(textures, starts) > 0, fans)
    return _lines(corners[numbers], textures[numbers], textured), [0, *np.cumsum(fans).tolist()]


def _corners(faces: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertex and the texture coordinate, 0 for none, of every corner, and how many corners each face has."""
    text = "\n" + "\n".join(faces) + "\n"
    text = text.replace("//", "/0/").replace("/ ", "/0 ").replace("/\n", "/0\n")
    letters = np.frombuffer(text.encode(), np.uint8)
    before = letters[np.isin(letters, np.frombuffer(b"\n /", np.uint8))]  # each number, and the end
    with warnings.catch_warnings():  # of words that are no numbers, after which it stops
        warnings.simplefilter("ignore")
        numbers = np.fromstring(text.replace("/", " "), np.int64, sep=" ")
    if len(numbers) != len(before) - 1:
        raise ScanError("has faces that are not whole numbers between blanks and slashes; it is damaged.")
    starts = np.flatnonzero(before[:-1] != ord("/"))
    textures = np.where(before[starts + 1] == ord("/"), np.append(numbers, 0)[starts + 1], 0)
    counts = np.diff(np.flatnonzero(before[np.append(starts, len(numbers))] == ord("\n")))
    return numbers[starts], textures, counts


def _counted(text: str) -> tuple[np.ndarray, np.ndarray]:
    """How many vertices and how many texture coordinates stand before each face."""
    letters = np.frombuffer(text.encode() + b"\n\n", np.uint8)
    starts = np.flatnonzero(letters[:-2] == ord("\n")) + 1
    first, second = letters[starts], letters[starts + 1]
    is_face = (first == ord("f")) & (second == ord(" "))
    vertices, coordinates = (np.cumsum((first == ord("v")) & (second == ord(letter))) for letter in " t")
    return vertices[is_face], coordinates[is_face]


def _lines(corners: np.ndarray, textures: np.ndarray, textured: np.ndarray) -> list[str]:
    """Triangles (T, 3) as text, those that are `textured` with their texture coordinates."""
    bare = _formatted("f %d %d %d", corners) if not textured.all() else []
    full = _formatted("f %d/%d %d/%d %d/%d", np.stack([corners, textures], axis=2)) if textured.any() else []
    return (
        [f if p else b for f, b, p in zip(full, bare, textured.tolist(), strict=True)]
        if full and bare
        else full or bare
    )


def _formatted(form: str, numbers: np.ndarray) -> list[str]:
    return ("\n".join([form] * len(numbers)) % tuple(numbers.ravel().tolist())).split("\n")
