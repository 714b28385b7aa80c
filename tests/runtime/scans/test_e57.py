"""E57, written by pye57, whose library is another one, and read back by both."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import ScanError, read_scan

pytest.importorskip("e57", reason="the extra e57 is not installed")
pye57 = pytest.importorskip("pye57", reason="pye57, which writes what is read here, has no wheel for this machine")
RNG = np.random.default_rng(9)
XYZ = RNG.normal(0, 3, (200, 3)).astype(np.float32)
RGB = RNG.integers(0, 256, (200, 3)).astype(np.uint8)


def write(path: Path, *scans: dict[str, np.ndarray], **pose: np.ndarray) -> Path:
    path.unlink(missing_ok=True)
    file = pye57.E57(str(path), mode="w")
    for scan in scans:
        file.write_scan_raw(scan, **pose)
    file.close()
    return path


def columns(xyz: np.ndarray, rgb: np.ndarray | None = None, **more: np.ndarray) -> dict[str, np.ndarray]:
    named = {f"cartesian{axis}": xyz[:, i].astype(np.float64) for i, axis in enumerate("XYZ")}
    if rgb is not None:
        named |= {f"color{name}": rgb[:, i] for i, name in enumerate(("Red", "Green", "Blue"))}
    return named | more


def test_points_and_colours_are_read(tmp_path: Path) -> None:
    cloud = read_scan(path := write(tmp_path / "a.e57", columns(XYZ, RGB)))
    other = pye57.E57(str(path)).read_scan(0, colors=True, ignore_missing_fields=True)
    np.testing.assert_allclose(cloud.xyz, np.stack([other[f"cartesian{axis}"] for axis in "XYZ"], 1), atol=1e-5)
    np.testing.assert_allclose(cloud.rgb * 255, RGB, atol=1e-3)
    assert cloud.in_metres and cloud.up == "z"


def test_scans_stand_in_their_poses(tmp_path: Path) -> None:
    half = np.sqrt(0.5)
    pose = {"rotation": np.array([half, 0, 0, half]), "translation": np.array([10.0, 20.0, 30.0])}
    cloud = read_scan(path := write(tmp_path / "a.e57", columns(XYZ), columns(XYZ[:50]), **pose))
    expected = np.stack([10 - XYZ[:, 1], 20 + XYZ[:, 0], 30 + XYZ[:, 2]], 1)  # a quarter of a turn about z
    np.testing.assert_allclose(cloud.xyz, np.concatenate([expected, expected[:50]]), atol=1e-4)
    other = pye57.E57(str(path)).read_scan(1, ignore_missing_fields=True)
    np.testing.assert_allclose(cloud.xyz[200:, 0], other["cartesianX"], atol=1e-4)


def test_an_intensity_is_no_colour_and_invalid_points_are_left_out(tmp_path: Path) -> None:
    assert read_scan(write(tmp_path / "a.e57", columns(XYZ, intensity=np.linspace(0, 1, 200)))).rgb is None
    invalid = (np.arange(200) % 2).astype(np.int8)
    cloud = read_scan(write(tmp_path / "b.e57", columns(XYZ, cartesianInvalidState=invalid)))
    np.testing.assert_allclose(cloud.xyz, XYZ[::2], atol=1e-5)


def test_colours_of_some_scans_are_not_taken(tmp_path: Path) -> None:
    assert read_scan(write(tmp_path / "a.e57", columns(XYZ, RGB), columns(XYZ))).rgb is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data[:40], "not an E57 file"),
        (lambda data: b"ply\n" + data[4:], "not an E57 file"),
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda data: data[:32] + struct.pack("<Q", 1 << 60) + data[40:], "bytes of XML"),
        (lambda data: data[:2000] + b"\xff" + data[2001:], "e57 cannot read it"),
        (lambda data: data.replace(b'recordCount="200"', b'recordCount="9e9"'), "e57 cannot read it"),
    ],
)
def test_damage_is_one_line(tmp_path: Path, change, why: str) -> None:
    path = write(tmp_path / "a.e57", columns(XYZ, RGB))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ScanError, match=why) as told:
        read_scan(path)
    assert str(told.value).startswith(f"{path}: ") and "\n" not in str(told.value)
