"""Depth in OpenEXR, written by OpenEXR, and damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import DepthImage, ScanError

OpenEXR = pytest.importorskip("OpenEXR", reason="the extra exr is not installed")
DEPTH = np.linspace(0.5, 2, 48 * 64, dtype=np.float32).reshape(48, 64)
CAMERA = (60, 60, 31.5, 23.5)


def write(path: Path, *, header: dict | None = None, **channels: np.ndarray) -> Path:
    made = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **(header or {})}
    OpenEXR.File(made, {name.replace("_", "."): pixels for name, pixels in channels.items()}).write(str(path))
    return path


def read(path: Path) -> np.ndarray:
    return DepthImage(path, CAMERA).read().xyz


@pytest.mark.parametrize(
    "channels",
    [
        {"Z": DEPTH},
        {"Y": DEPTH},
        {"R": DEPTH, "G": DEPTH, "B": DEPTH},
        {"ViewLayer_Depth_Z": DEPTH, "ViewLayer_R": DEPTH},
    ],
)
def test_the_depth_is_that_of_the_same_array(tmp_path: Path, channels: dict[str, np.ndarray]) -> None:
    np.save(tmp_path / "depth.npy", DEPTH)
    np.testing.assert_array_equal(read(write(tmp_path / "a.exr", **channels)), read(tmp_path / "depth.npy"))


def test_half_floats_are_metres_too(tmp_path: Path) -> None:
    half = write(tmp_path / "a.exr", Z=DEPTH.astype(np.float16))
    np.testing.assert_allclose(read(half)[:, 2], DEPTH.ravel(), rtol=1e-3)


def test_what_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match=r"a\.exr: has the channels .*; one that is named Z or depth"):
        read(write(tmp_path / "a.exr", R=DEPTH, G=DEPTH / 2, B=DEPTH))
    part = {"dataWindow": ((4, 4), (67, 51)), "displayWindow": ((0, 0), (99, 99))}
    with pytest.raises(ScanError, match="a part of a picture"):
        read(write(tmp_path / "b.exr", header=part, Z=DEPTH))


def test_damage_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.exr", Z=DEPTH)
    whole = path.read_bytes()
    huge = whole.replace(struct.pack("<4i", 0, 0, 63, 47), struct.pack("<4i", 0, 0, 2**30, 2**30))
    for content in (whole[:8], whole[:300], whole[: len(whole) // 2], whole[:-9] + b"\xff" * 9, huge, b"\0" * 500):
        path.write_bytes(content)
        with pytest.raises(ScanError) as told:
            read(path)
        assert str(told.value).startswith(f"{path}: ") and "\n" not in str(told.value)
    assert capfd.readouterr() == ("", "")
