"""Materials of OBJ files: read here, since trimesh reads the first library only and opens every picture by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.decoding import decoded
from cg3d_runtime.scans.meshes.handed import PICTURE_KEY, Picture
from cg3d_runtime.scans.meshes.references import read_reference, short
from cg3d_runtime.scans.meshes.textures import Textures

_ONE_WORD = ("-blendu", "-blendv", "-bm", "-boost", "-cc", "-clamp", "-imfchan", "-texres", "-type")
_NUMBERS = {"-o": 3, "-s": 3, "-t": 3, "-mm": 2}  # at most


class Material(NamedTuple):
    """What an MTL file says of the diffuse colour.

    Attributes:
        diffuse: the words after Kd.
        picture: the words after map_Kd, options and all.
    """

    diffuse: str = ""
    picture: str = ""


def read_libraries(path: Path, names: Iterable[str]) -> tuple[dict[str, Material], tuple[str, ...]]:
    """The materials of all libraries that an OBJ file names, and a note where one cannot be read."""
    materials: dict[str, Material] = {}
    faults: list[str] = []
    for name in names:
        found, fault = _library(path, name)
        materials |= found
        faults += fault
    return materials, tuple(faults[:1])


def _library(path: Path, names: str) -> tuple[dict[str, Material], list[str]]:
    try:
        return _materials(_library_text(path, names)), []
    except ScanError as error:
        return {}, [f"refers to {short(names)}, which {error}, so the colour of its materials is missing."]


def _library_text(path: Path, names: str) -> str:
    """One file, whose name may hold blanks, or several."""
    try:
        return decoded(read_reference(path, names))
    except ScanError:
        if len(names.split()) == 1:
            raise
        return "\n".join(decoded(read_reference(path, name)) for name in names.split())


def picture_of(path: Path, material: Material, textures: Textures) -> Picture:
    """The picture of a material that has one."""
    name, scale, offset = _split(material.picture)
    return Picture(textures.decode(name, lambda: read_reference(path, name)), scale, offset)


def library_text(materials: dict[str, Material]) -> bytes:
    """An MTL file for trimesh, without pictures; each material keeps its own name under a keyword of ours."""
    lines = []
    for name, material in materials.items():
        lines += [f"newmtl {name}", f"{PICTURE_KEY} {name}"]
        lines += [f"Kd {material.diffuse}"] if material.diffuse else []
    return "\n".join(lines).encode()


def _materials(text: str) -> dict[str, Material]:
    materials: dict[str, Material] = {}
    name = None
    for line in re.sub(r"[ \t]#[^\n]*", "", text).splitlines():
        keyword, _, value = line.strip().replace("\t", " ").partition(" ")
        if keyword.lower() == "newmtl":
            name = " ".join(value.split())
            materials[name] = Material()
        elif (
            name is not None
            and keyword.lower() == "kd"
            and _number(value.split()[0] if value.split() else "") is not None
        ):
            materials[name] = materials[name]._replace(diffuse=value)
        elif name is not None and keyword.lower() == "map_kd" and value.strip():
            materials[name] = materials[name]._replace(picture=value.strip())
    return materials


def _split(words: str) -> tuple[str, tuple[float, float], tuple[float, float]]:
    """The name of a picture, which may hold blanks, and what the options -s and -o before it say."""
    found = {"-s": (1.0, 1.0), "-o": (0.0, 0.0)}
    rest = words.split()
    while len(rest) > 2 and (rest[0] in _ONE_WORD or rest[0] in _NUMBERS):
        option, rest = rest[0], rest[1:]
        if option in _ONE_WORD:
            rest = rest[1:]
            continue
        numbers: list[float] = []
        while len(rest) > 1 and len(numbers) < _NUMBERS[option] and (number := _number(rest[0])) is not None:
            numbers.append(number)
            rest = rest[1:]
        if option in found:
            found[option] = (*numbers, *found[option][len(numbers) :])[:2]  # type: ignore[assignment]
    name = words.split(None, len(words.split()) - len(rest))[-1]  # blanks in it are kept
    return name, found["-s"], found["-o"]


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
