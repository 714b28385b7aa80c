"""The names that programs give to the columns of a text: which of them hold coordinates, and which hold colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import find_columns, find_rgb

_UNITS = "mm|cm|dm|m|km|um|in|ft|inch|inches|feet|metres?|meters?|millimetres?|millimeters?"
_DEGREES = "deg|degs|degrees?|rad|radians?|°"
# X [m], x(m), x / mm, x_m, x in cm
_UNIT = re.compile(rf"\s*[\[({{<]\s*(?P<bracketed>[^\])}}>]*)[\])}}>]$|[\s_/]+(?:in\s+)?(?P<bare>{_UNITS}|{_DEGREES})$")
# What stands before or after x, y, z or 0, 1, 2 where it is a coordinate: Points:0 (ParaView), POINT_X (ArcGIS), coordsX.
_OF_POSITION = (
    *(
        "",
        "points",
        "point",
        "pos",
        "position",
        "positions",
        "coords",
        "coord",
        "coordinate",
        "coordinates",
        "p",
        "xyz",
    ),
    *("pointsmxyz", "vertex", "vertices", "location", "loc", "world", "cartesian", "field"),
)
_OF_COLOUR = ("", "rgb", "rgba", "color", "colors", "colour", "colours", "col", "vertexcolor", "pointcolor")
_AXES = (("x", "y", "z"), ("0", "1", "2"), ("1", "2", "3"))
_CHANNELS = (("red", "green", "blue"), ("r", "g", "b"), ("0", "1", "2"))
_EAST = ("easting", "eastings", "east", "e")
_NORTH = ("northing", "northings", "north", "n")
_HEIGHT = ("elevation", "elev", "altitude", "alt", "z")
_ONLY_ABOVE_GROUND = ("height", "up", "h", "u")  # a height beside x and y may be that of a box
_GLOBE = frozenset(("lon", "long", "lng", "longitude", "lat", "latitude"))
_LONGEST_NAME = 200  # characters
_INDEX = frozenset(("", "unnamed0", "index", "id", "idx"))
_NAMELESS = frozenset(
    ("", "v", "x", "var", "column", "col", "field", "f")
)  # pandas, R, MATLAB, numpy number columns so


@dataclass(frozen=True)
class Named:
    """Where the coordinates and the colours stand: the numbers of three columns each."""

    xyz: tuple[int, ...]
    rgb: tuple[int, ...] | None


def find_named(names: Sequence[str], may_quote: bool = True) -> Named:
    """Find coordinates and colours among the names of columns, as they stand in a header.

    Args:
        may_quote: whether messages may quote the names.
    Raises:
        ScanError: no coordinates, more than one kind of them, degrees, or three different units.
    """
    keys, units = zip(*map(_key_and_unit, names), strict=True)
    xyz = _coordinates(keys)
    if xyz is None:
        raise _no_coordinates(names, keys, may_quote)
    found = {units[column] for column in xyz}
    if any(re.fullmatch(_DEGREES, unit) for unit in found):
        raise ScanError("the header says that its coordinates are angles; project them to metres first.")
    if len(found) > 1:
        raise ScanError("the header gives x, y and z different units; write all three in the same one.")
    return Named(xyz, _colours(names, keys))


def names_columns(names: Sequence[str]) -> bool:
    """Whether words name the columns of a table of points, of those that can be read or of longitude and latitude."""
    if not names or any(re.fullmatch(r"[-+.\d]+", name) for name in names):  # a sentence
        return False
    keys = [_key_and_unit(name)[0] for name in names]
    return _coordinates(keys) is not None or len(_GLOBE.intersection(keys)) > 1


def count_index_columns(names: Sequence[str]) -> int | None:
    """How many columns of running numbers stand before nameless ones (0, 1, 2, ... or V1, V2, ...): 0 or 1.

    None where the columns have names of their own.
    """
    keys = [_key_and_unit(name)[0] for name in names]
    for index_columns in range(min(2, len(keys))):
        if set(keys[:index_columns]) <= _INDEX and _are_numbered(keys[index_columns:]):
            return index_columns
    return None


def _are_numbered(keys: Sequence[str]) -> bool:
    """Whether there are three or more names, which only count from 0 or 1."""
    prefix = keys[0].rstrip("0123456789")
    start = keys[0].removeprefix(prefix)
    if len(keys) < 3 or prefix not in _NAMELESS or start not in ("0", "1") or (start == "1" and not prefix):
        return False
    return list(keys) == [f"{prefix}{int(start) + i}" for i in range(len(keys))]


def _key_and_unit(name: str) -> tuple[str, str]:
    """A name in lower case without unit and punctuation, and the unit."""
    lower = name.strip(" \t\"'`\ufeff\u200b")[:_LONGEST_NAME].lower()
    match = _UNIT.search(lower)
    if match is None or match.start() == 0:
        return re.sub(r"[\W_]", "", lower), ""
    unit = (match["bracketed"] if match["bracketed"] is not None else match["bare"]).strip()
    return re.sub(r"[\W_]", "", lower[: match.start()]), unit


def _coordinates(keys: Sequence[str]) -> tuple[int, ...] | None:
    """The columns of x, y and z: those of that name, else of the one family of names that there is."""
    if all(keys.count(axis) == 1 for axis in "xyz"):
        return tuple(keys.index(axis) for axis in "xyz")
    families = [*_families(keys, _AXES, _OF_POSITION), *_surveyed(keys)]
    return families[0] if len(set(families)) == 1 else None


def _families(keys: Sequence[str], kinds: Sequence[Sequence[str]], words: Sequence[str]) -> list[tuple[int, ...]]:
    """Where three columns have the same word before or after their letters."""
    pairs = [(letters, word) for letters in kinds for word in words if word or letters[0].isalpha()]
    spelled = [[word + letter for letter in letters] for letters, word in pairs]
    spelled += [[letter + word for letter in letters] for letters, word in pairs]
    found = [wanted for wanted in spelled if all(keys.count(name) == 1 for name in wanted)]
    return list(dict.fromkeys(tuple(keys.index(name) for name in wanted) for wanted in found))


def _surveyed(keys: Sequence[str]) -> list[tuple[int, ...]]:
    """Easting, northing and height; or x, y and elevation."""
    families = []
    for east, north, height in ((_EAST, _NORTH, _HEIGHT + _ONLY_ABOVE_GROUND), (("x",), ("y",), _HEIGHT)):
        columns = [[i for i, key in enumerate(keys) if key in words] for words in (east, north, height)]
        if all(len(found) == 1 for found in columns):
            families.append(tuple(found[0] for found in columns))
    return families


def _colours(names: Sequence[str], keys: Sequence[str]) -> tuple[int, ...] | None:
    exact = find_rgb(names)
    if exact:
        lower = [name.lower() for name in names]
        return tuple(lower.index(name.lower()) for name in exact)
    families = _families(keys, _CHANNELS, _OF_COLOUR)
    return families[0] if families else None


def _no_coordinates(names: Sequence[str], keys: Sequence[str], may_quote: bool) -> ScanError:
    if len(_GLOBE.intersection(keys)) > 1:
        return ScanError("the header has longitude and latitude: degrees are no lengths; project them to metres first.")
    if not may_quote:
        return ScanError("the header does not name one x, one y and one z column.")
    shown = [name if len(name) <= 20 else f"{name[:20]}..." for name in names[:12]]
    if all(axis in keys for axis in "xyz"):
        return ScanError(f"the header names x, y or z more than once. Fields found: {', '.join(shown)}.")
    try:
        find_columns(shown, "the header", "column")
    except ScanError as error:
        return ScanError(f"{str(error).rstrip('.')}. Name three of them x, y and z in the file's first line.")
    return ScanError(f"the header does not name one x, one y and one z column. Fields found: {', '.join(shown)}.")
