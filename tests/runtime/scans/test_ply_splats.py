"""Gaussian splats: what can be seen of them, their colours, SuperSplat's compressed form, and viewers' formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan

COUNT = 1000
XYZ = np.random.default_rng(0).uniform(0.1, 0.4, (COUNT, 3)).astype(np.float32)
RGB = np.random.default_rng(1).uniform(0.0, 1.0, (COUNT, 3)).astype(np.float32)
NAMES = [
    *"xyz",
    "nx",
    "ny",
    "nz",
    "f_dc_0",
    "f_dc_1",
    "f_dc_2",
    "f_rest_0",
    "opacity",
    "scale_0",
    "scale_1",
    "scale_2",
    "rot_0",
]


def logit(opacity: float) -> float:
    return float(np.log(opacity / (1 - opacity)))


def splats(opacity: float = 0.9) -> dict[str, np.ndarray]:
    columns = {name: np.zeros(COUNT, np.float32) for name in NAMES}
    columns.update(zip("xyz", XYZ.T.copy(), strict=True))
    columns.update({f"f_dc_{i}": (RGB[:, i] - 0.5) / np.float32(0.28209479) for i in range(3)})
    columns.update({f"scale_{i}": np.full(COUNT, np.log(0.002), np.float32) for i in range(3)})
    columns["opacity"] = np.full(COUNT, logit(opacity), np.float32)
    return columns


def write(
    path: Path, columns: dict[str, np.ndarray], encoding: str = "binary_little_endian", before: bytes = b""
) -> Path:
    kinds = {"f": "float", "u": "uint"}
    lines = [f"property {kinds[column.dtype.kind]} {name}" for name, column in columns.items()]
    count = len(next(iter(columns.values())))
    rows = np.rec.fromarrays(list(columns.values()), names=list(columns))
    text = "\n".join(" ".join(map(repr, row)) for row in rows.tolist()).encode()
    header = f"element vertex {count}\n" + "\n".join(lines) + "\nend_header\n"
    chunks, _, body = before.partition(b"|")
    top = f"ply\nformat {encoding} 1.0\n".encode() + chunks
    path.write_bytes(top + header.encode() + body + (text if encoding == "ascii" else rows.tobytes()))
    return path


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_visible_splats_are_points_with_their_colour(tmp_path: Path, encoding: str) -> None:
    cloud = read_scan(write(tmp_path / "scan.ply", splats(), encoding))
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    np.testing.assert_allclose(cloud.rgb, RGB, atol=1e-6)  # type: ignore[arg-type]
    assert cloud.notes == ()


@pytest.mark.parametrize("floater", [logit(0.002), logit(0.04), -np.inf, np.nan])
def test_nearly_invisible_splats_are_no_measurement(tmp_path: Path, floater: float) -> None:
    columns = splats()
    columns["opacity"][:100] = floater
    columns["x"][:100] = 5
    cloud = read_scan(write(tmp_path / "scan.ply", columns))
    assert np.isnan(cloud.xyz[:100]).all()
    np.testing.assert_array_equal(cloud.xyz[100:], XYZ[100:])
    assert cloud.notes == (
        "has 100 of 1000 splats that are nearly invisible or larger than the whole, which are left out.",
    )


def test_splats_larger_than_the_whole_are_no_measurement(tmp_path: Path) -> None:
    columns = splats()
    columns["scale_1"][7] = np.log(0.5)
    assert np.flatnonzero(np.isnan(read_scan(write(tmp_path / "scan.ply", columns)).xyz[:, 0])).tolist() == [7]


def test_splats_at_the_start_of_training_are_seen(tmp_path: Path) -> None:
    assert np.isfinite(read_scan(write(tmp_path / "scan.ply", splats(0.1))).xyz).all()


def test_splats_of_which_none_can_be_seen(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match=r"scan\.ply: holds 1000 Gaussian splats, none with an opacity of 5%"):
        read_scan(write(tmp_path / "scan.ply", splats(0.001)))


def test_opacity_of_what_is_no_splat_means_nothing(tmp_path: Path) -> None:
    columns = {**dict(zip("xyz", XYZ.T, strict=True)), "opacity": np.full(COUNT, -9, np.float32)}
    np.testing.assert_array_equal(read_scan(write(tmp_path / "scan.ply", columns)).xyz, XYZ)


def packed(values: np.ndarray, bits: tuple[int, ...]) -> np.ndarray:
    """Fractions (N, K) as SuperSplat packs them, the first in the highest bits."""
    result = np.zeros(len(values), np.uint64)
    for column, width in zip(values.T, bits, strict=True):
        result = (result << np.uint64(width)) | np.round(column * (2**width - 1)).astype(np.uint64)
    return result.astype(np.uint32)


def compressed(opacity: np.ndarray, with_chunks: bool = True) -> tuple[dict[str, np.ndarray], bytes]:
    low, high = XYZ.min(axis=0), XYZ.max(axis=0)
    columns = {
        "packed_position": packed((XYZ - low) / (high - low), (11, 10, 11)),
        "packed_rotation": np.zeros(COUNT, np.uint32),
        "packed_scale": np.zeros(COUNT, np.uint32),
        "packed_color": packed(np.column_stack([RGB, opacity]), (8, 8, 8, 8)),
    }
    names = [f"{side}_{axis}" for side in ("min", "max") for axis in "xyz"]
    lines = "element chunk 4\n" + "".join(f"property float {name}\n" for name in names)
    body = np.concatenate([low, high]).astype("<f4").tobytes() * 4
    return columns, lines.encode() + b"|" + body if with_chunks else b""


def test_compressed_splats(tmp_path: Path) -> None:
    opacity = np.full(COUNT, 0.9)
    opacity[:100] = 0.01
    columns, chunks = compressed(opacity)
    cloud = read_scan(write(tmp_path / "scan.ply", columns, before=chunks))
    assert np.isnan(cloud.xyz[:100]).all() and "100 of 1000 splats" in cloud.notes[0]
    np.testing.assert_allclose(cloud.xyz[100:], XYZ[100:], atol=0.3 / 1023)
    np.testing.assert_allclose(cloud.rgb, RGB, atol=1 / 255)  # type: ignore[arg-type]


def test_compressed_splats_without_chunks(tmp_path: Path) -> None:
    with pytest.raises(
        ScanError, match="is a compressed Gaussian splat without its chunks; export it again, uncompressed"
    ):
        read_scan(write(tmp_path / "scan.ply", compressed(np.ones(COUNT), with_chunks=False)[0]))


@pytest.mark.parametrize("suffix", ["splat", "SPZ", "ksplat", "sog"])
def test_formats_of_viewers_are_refused_by_name(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"scan.{suffix}").write_bytes(b"0" * 64)
    with pytest.raises(ScanError, match="is a Gaussian splat in a viewer's format; export it as PLY"):
        read_scan(tmp_path / f"scan.{suffix}")


def test_opacities_that_are_no_logits(tmp_path: Path) -> None:
    columns = splats()
    columns["opacity"] = np.where(np.arange(COUNT) < 100, 0.01, 0.9).astype(np.float32)
    cloud = read_scan(write(tmp_path / "scan.ply", columns))
    assert np.isnan(cloud.xyz[:100]).all() and np.isfinite(cloud.xyz[100:]).all()
