"""Cameras in files: CameraInfo of ROS and calibrations as YAML or JSON, and matrices as text."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from cg3d_runtime.errors import ScanError, one_line, shortened
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.depth.camera import Intrinsics, as_intrinsics

CAMERA_SUFFIXES = (".yaml", ".yml", ".json", ".txt")
_MOST_BYTES = 1 << 16
_MATRICES = ("k", "camera_matrix", "intrinsic_matrix", "cam_k", "intrinsics", "intrinsic")
_COLUMNS_FIRST = ("intrinsic_matrix",)  # Open3D's, as nine numbers
_DISTORTIONS = ("d", "distortion_coefficients")

_log = logging.getLogger(__name__)


def read_intrinsics(path: Path) -> Intrinsics:
    """Read the camera of a depth image from a file.

    Args:
        path: .yaml, .yml or .json with `k` or `K` (CameraInfo of ROS), `camera_matrix` (camera_calibration, OpenCV),
            `intrinsic_matrix` (Open3D), `cam_K` (BOP), or fx, fy and cx, cy or ppx, ppy, at any depth; or .txt of a matrix of
            3 x 3, 3 x 4 or 4 x 4, or of fx fy cx cy. Of several cameras the one under a name with "depth".
    Raises:
        ScanError: one line that starts with the file's name.
    """
    try:
        text = _text(path)
        if path.suffix.lower() == ".txt":
            return _from_numbers(text)
        tree = _parsed(text, path.suffix.lower())
        camera = _only(_cameras(tree))
    except ScanError as error:
        raise ScanError(f"{shortened(path)}: {one_line(error)}") from error
    except OSError as error:
        raise ScanError(f"{shortened(path)}: cannot be read: {error.strerror or error}.") from error
    if _is_distorted(tree):
        _log.warning("%s: its lens distorts, which is not taken out; rectify the depth image first", shortened(path))
    if (scale := _depth_scale(tree)) is not None:
        _log.warning(
            "%s: its depth_scale %g is left out, since programs mean different things by it; --depth-scale is units in a metre",
            *(shortened(path), scale),
        )
    return camera


def _text(path: Path) -> str:
    with open_regular(path) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ScanError(f"has more than {_MOST_BYTES} bytes; a camera takes some hundred.")
    return content.decode("utf-8-sig", "replace")


def _from_numbers(text: str) -> Intrinsics:
    lines = [line.split("#")[0] for line in text.splitlines()]
    rows = [line.replace(",", " ").replace(";", " ").split() for line in lines if line.strip()]
    try:
        numbers: Any = [[float(word) for word in row] for row in rows]
    except ValueError as error:
        raise ScanError("holds other words than numbers; a 3 x 3 camera matrix, or fx fy cx cy, is needed.") from error
    return as_intrinsics(numbers[0] if len(numbers) == 1 else numbers)


def _parsed(text: str, suffix: str) -> Any:
    try:
        if suffix == ".json":
            return json.loads(text)
        return _parsed_yaml(text)
    except ImportError as error:
        raise ScanError('reading YAML needs PyYAML: pip install pyyaml (the extra "image"); or give JSON') from error
    except Exception as error:  # of json, of yaml and of what both meet: depth, numbers of thousands of digits
        raise ScanError(f"cannot be read as {suffix[1:].upper()}: {one_line(error, 120)}.") from error


def _parsed_yaml(text: str) -> Any:
    """The first document, without any code; OpenCV's first line is no directive, and its matrices have a tag of their own."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def matrix(loader: yaml.SafeLoader, node: Any) -> Any:
        return loader.construct_mapping(node, deep=True)

    Loader.add_constructor("tag:yaml.org,2002:opencv-matrix", matrix)
    return next(yaml.load_all(text.removeprefix("%YAML:1.0"), Loader), None)


def _cameras(tree: Any) -> list[tuple[str, Intrinsics]]:
    """Every camera in a tree, with the names that lead to it; below one none is looked for."""
    found, left, seen = [], [("", tree)], set[int]()
    while left:
        name, level = left.pop()
        if not isinstance(level, (dict, list)) or id(level) in seen:  # YAML may name one level in many places
            continue
        seen.add(id(level))
        keys = {str(key).lower(): value for key, value in level.items()} if isinstance(level, dict) else {}
        if (camera := _camera(keys)) is not None:
            found.append((name, camera))
        elif isinstance(level, list):
            left += [(name, item) for item in level]
        else:
            left += [(f"{name}/{key}", value) for key, value in keys.items()]
    return found[::-1]


def _camera(keys: dict[str, Any]) -> Intrinsics | None:
    """The camera that a level of a tree describes, or None."""
    for centre in (("cx", "cy"), ("ppx", "ppy")):
        if all(name in keys for name in ("fx", "fy", *centre)):
            return as_intrinsics(_numbers([keys[name] for name in ("fx", "fy", *centre)]))
    for name in _MATRICES:
        given = keys.get(name)
        numbers = given.get("data") if isinstance(given, dict) else given
        if isinstance(numbers, list) and numbers:
            if name in _COLUMNS_FIRST and len(numbers) == 9:
                numbers = [numbers[row + 3 * column] for row in range(3) for column in range(3)]
            return as_intrinsics(_numbers(numbers))
    return None


def _numbers(given: list[Any]) -> list[Any]:
    """Numbers, or a few rows of them; YAML can write lists in lists without end in a few lines."""
    rows = [item if isinstance(item, list) else [item] for item in given[:17]]
    if len(rows) > 16 or not all(
        len(row) <= 4 and all(isinstance(number, (int, float)) for number in row) for row in rows
    ):
        raise ScanError("intrinsics must be numbers: fx, fy, cx, cy or a 3 x 3 camera matrix.")
    return given


def _only(found: list[tuple[str, Intrinsics]]) -> Intrinsics:
    if not found:
        raise ScanError(f"holds no camera; one of {', '.join(_MATRICES[:4])}, or fx, fy, cx and cy, is needed.")
    cameras = {camera for _, camera in found}
    of_depth = {camera for name, camera in found if "depth" in name}
    chosen = cameras if len(cameras) == 1 else of_depth
    if len(chosen) != 1:
        names = ", ".join(dict.fromkeys(name.strip("/") or "its top" for name, _ in found))
        raise ScanError(
            f"holds {len(cameras)} cameras ({shortened(names, 120)}); a file of the depth camera alone is needed."
        )
    return chosen.pop()


def _depth_scale(tree: Any) -> float | None:
    """What a tree says at its top of the unit of depth: 5000 units a metre in TUM's files, 0.1 mm a unit in BOP's."""
    given = {str(key).lower(): value for key, value in tree.items()} if isinstance(tree, dict) else {}
    scale = given.get("depth_scale")
    return float(scale) if isinstance(scale, (int, float)) else None


def _is_distorted(tree: Any) -> bool:
    """Whether some coefficients of a lens at the top of a tree are not 0."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        numbers = value.get("data") if isinstance(value, dict) else value
        if str(key).lower() in _DISTORTIONS and isinstance(numbers, list):
            return any(isinstance(number, (int, float)) and number for number in numbers)
    return False
