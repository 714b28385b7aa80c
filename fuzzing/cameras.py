"""Files of cameras and depth in OpenEXR for `scripts/fuzz`, damaged."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np

from cg3d_runtime.scans.depth import DepthImage, Intrinsics, parse_intrinsics
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate, mutate_json
from fuzzing.scans import names_scan

_MATRIX = [615.5, 0, 322, 0, 616.25, 242.5, 0, 0, 1]
_TREE = {"height": 480, "depth": {"K": _MATRIX, "D": [0.1, 0]}, "color": {"fx": 1, "fy": 1, "ppx": 2, "ppy": 3}}
_YAML = f"height: 480\nd: [0.0, 0.1]\nk: {_MATRIX}\n---\nheight: 1\n"
_TEXT = "615.5 0 322\n0 616.25 242.5\n0 0 1\n"


def write_camera(random: Random, seeds: Path, folder: Path) -> Path:
    """One damaged file of a camera."""
    suffix = random.choice((".json", ".yaml", ".txt"))
    path = folder / f"camera{suffix}"
    if suffix == ".json" and random.random() < 0.7:
        path.write_bytes(mutate_json(json.dumps(_TREE).encode(), random))
    else:
        whole = {".json": json.dumps(_TREE), ".yaml": _YAML, ".txt": _TEXT}[suffix]
        path.write_bytes(mutate(whole.encode(), random))
    return path


def use_camera(path: Path) -> list[Step]:
    return [lambda: parse_intrinsics(str(path))]


def write_exr_seed(folder: Path) -> None:
    """One file, where OpenEXR is installed to write it."""
    if find_spec("OpenEXR"):
        import OpenEXR

        depth = np.linspace(0.5, 2, 24 * 32, dtype=np.float32).reshape(24, 32)
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, {"Z": depth}).write(str(folder / "depth.exr"))


def write_exr(random: Random, seeds: Path, folder: Path) -> Path:
    """One damaged file of OpenEXR."""
    path = folder / "depth.exr"
    path.write_bytes(mutate(_seed(seeds), random) if random.random() < 0.8 else _seed(seeds))
    return path


def use_exr(path: Path) -> list[Step]:
    return [lambda: DepthImage(path, Intrinsics(40.0, 40.0, 15.5, 11.5)).read()]


CAMERAS = Target("cameras", write_camera, use_camera, names_scan)
EXR = Target("exr", write_exr, use_exr, names_scan, warm_up=2)


@lru_cache
def _seed(seeds: Path) -> bytes:
    return (seeds / "depth.exr").read_bytes()
