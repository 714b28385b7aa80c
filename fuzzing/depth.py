"""Depth images for `scripts/fuzz`: the same pixels in every type and file, with what cameras write where they saw nothing.

A whole image must give exactly the pixels that were measured, or be refused or noted; a damaged one must be read or refused.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.scans.depth import DepthImage, Intrinsics
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate
from fuzzing.scans import names_scan

TRUTH_FILE = "truth.npy"
HEIGHT, WIDTH = 24, 32
_CAMERA = Intrinsics(40.0, 40.0, 15.5, 11.5)


def write_depth(random: Random, seeds: Path, folder: Path) -> Path:
    """A depth image, half the time with a mask; where both are whole, the true distances lie beside them."""
    rng = np.random.default_rng(random.randrange(2**32))
    millimetres = rng.integers(600, 1500, (HEIGHT, WIDTH))
    measured = rng.random((HEIGHT, WIDTH)) > 0.2
    path, is_whole = _write_image(millimetres, measured, random, folder), random.random() < 0.7
    if random.random() < 0.5:
        measured &= _write_mask(rng.random((HEIGHT, WIDTH)) > 0.5, random, folder)
    if is_whole:
        np.save(folder / TRUTH_FILE, millimetres[measured] / 1000)
    else:
        damaged = random.choice(sorted(folder.iterdir()))
        damaged.write_bytes(mutate(damaged.read_bytes(), random))
    return path


def use_depth(path: Path) -> list[Step]:
    return [lambda: _compare(path)]


def names_image(error: Cg3dError, path: Path) -> bool:
    return names_scan(error, path) or f"{path.parent}/mask." in str(error)


DEPTH = Target("depth", write_depth, use_depth, names_image)


def _compare(path: Path) -> None:
    mask = next(path.parent.glob("mask.*"), None)
    cloud = DepthImage(path, _CAMERA, mask=mask).read()
    truth_file = path.parent / TRUTH_FILE
    if truth_file.exists() and not cloud.notes:
        found, truth = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1), 2], np.load(truth_file)
        assert found.shape == truth.shape and np.allclose(found, truth, atol=2e-3), (
            f"{path.name}: other depths, and no note"
        )


def _write_image(millimetres: np.ndarray, measured: np.ndarray, random: Random, folder: Path) -> Path:
    kind = random.choice(("uint16", "int32", "float metres", "float from integers"))
    nothing = random.choice((0, 65535))
    if kind == "float metres":
        return _write_floats(
            np.where(measured, millimetres / 1000, random.choice((0, np.nan, np.inf, -1))), random, folder
        )
    if kind == "float from integers":
        return _write_floats(np.where(measured, millimetres, nothing) / 1000, random, folder)
    values = np.where(measured, millimetres, nothing)
    if kind == "int32" or random.random() < 0.3:
        number = random.choice((">u2", "<u2", "i4", ">i4", "u4", "i8"))
        np.save(folder / "scan.npy", values.astype(number))
        return folder / "scan.npy"
    return _write_picture(values.astype(np.uint16), random, folder)


def _write_picture(values: np.ndarray, random: Random, folder: Path) -> Path:
    from PIL import Image

    suffix = random.choice((".png", ".pgm", ".tiff"))
    path = folder / f"scan{suffix}"
    if suffix == ".pgm":
        path.write_bytes(f"P5\n{WIDTH} {HEIGHT}\n65535\n".encode() + values.astype(">u2").tobytes())
    elif suffix == ".tiff" and random.random() < 0.5:
        Image.frombytes("I;16B", (WIDTH, HEIGHT), values.astype(">u2").tobytes()).save(path)
    else:
        Image.fromarray(values).save(path)
    return path


def _write_floats(values: np.ndarray, random: Random, folder: Path) -> Path:
    from PIL import Image

    if random.random() < 0.5:
        path = folder / "scan.npy"
        np.save(path, values.astype(random.choice(("<f4", ">f4", "<f8", "<f2"))))
        return path
    path = folder / "scan.tiff"
    Image.fromarray(values.astype(np.float32)).save(path)
    return path


def _write_mask(inside: np.ndarray, random: Random, folder: Path) -> np.ndarray:
    """A mask in one of its forms."""
    from PIL import Image

    form = random.choice(("grey", "alpha", "one bit", "instances", "array"))
    path = folder / ("mask.npy" if form == "array" else "mask.png")
    if form == "array":
        np.save(path, inside.astype(random.choice((bool, np.uint8, np.int32, np.float32))))
        return inside
    grey = inside.astype(np.uint8) * 255
    if form == "alpha":
        Image.merge("RGBA", [Image.new("L", (WIDTH, HEIGHT), 200)] * 3 + [Image.fromarray(grey)]).save(path)
    elif form == "one bit":
        Image.fromarray(grey).convert("1").save(path)
    else:
        Image.fromarray(inside.astype(np.uint16) * 7 if form == "instances" else grey).save(path)
    return inside
