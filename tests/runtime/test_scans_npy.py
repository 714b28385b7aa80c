"""NPY and NPZ: shapes, keys, colours, never pickle, and claims that the file cannot hold."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan

XYZ = np.arange(12.0).reshape(4, 3)
RGB = np.array([[255, 0, 51]] * 4, dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4", np.int32, np.uint8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path: Path, dtype: str, order: str) -> None:
    np.save(tmp_path / "scan.npy", np.array(XYZ, dtype=dtype, order=order))  # type: ignore[call-overload]
    cloud = read_scan(tmp_path / "scan.npy")
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    assert cloud.rgb is None and cloud.up == "z"


def test_six_columns_are_coloured(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", np.concatenate([XYZ, RGB / 255], axis=1))
    cloud = read_scan(tmp_path / "scan.npy")
    assert cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-6)


@pytest.mark.parametrize("key", ["xyz", "points"])
@pytest.mark.parametrize("colour_key", ["rgb", "colors", "colours"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path: Path, key: str, colour_key: str, save: type[np.savez]) -> None:  # type: ignore[valid-type]
    save(tmp_path / "scan.npz", **{"label": np.array("mug"), key: XYZ, colour_key: RGB})
    cloud = read_scan(tmp_path / "scan.npz")
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    assert cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-6)


def claiming(shape: str) -> bytes:
    """A .npy file whose header claims `shape`, followed by 12 bytes."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(12)


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    message = str(error.value)
    assert message.startswith(path.name + ": ") and "\n" not in message
    return message


@pytest.mark.parametrize(
    "shape", ["(1000000000000, 3)", "(2, 3)", "(-1, 3)", "(1, 3", "(9223372036854775808, 3)", "(1.5, 3)", "(True, 3)"]
)
def test_npy_claims_more_than_it_holds(tmp_path: Path, shape: str) -> None:
    (tmp_path / "scan.npy").write_bytes(claiming(shape))
    assert "is not an array that can be read without pickle" in refusal(tmp_path / "scan.npy")


def test_npz_claims_more_than_it_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scan.npz", "w") as archive:
        archive.writestr("xyz.npy", claiming("(1000000000000, 3)"))
    assert "claims float32 of shape (1000000000000, 3), more than the 140 bytes" in refusal(tmp_path / "scan.npz")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (XYZ[:, :2], "holds float64 of shape (4, 2); numbers of shape (N, 3) or (N, 6) are needed."),
        (XYZ[0], "holds float64 of shape (3,); numbers"),
        (XYZ.astype(complex), "holds complex128 of shape (4, 3); numbers"),
        (XYZ.astype(str), "holds <U32 of shape (4, 3); numbers"),
        (XYZ[:0], "holds 0 points."),
    ],
)
def test_refuses_other_arrays(tmp_path: Path, table: np.ndarray, message: str) -> None:
    np.save(tmp_path / "scan.npy", table)
    assert message in refusal(tmp_path / "scan.npy")


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", np.array([None, XYZ], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "scan.npz", xyz=np.array([None, XYZ], dtype=object))
    assert "without pickle" in refusal(tmp_path / "scan.npy")
    assert "without pickle" in refusal(tmp_path / "scan.npz")


def test_npz_without_points(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", normals=XYZ, label=np.array("mug"))
    assert refusal(tmp_path / "scan.npz").endswith("has no array xyz or points. Arrays found: normals, label.")


def test_npz_with_colours_of_another_length(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", xyz=XYZ, rgb=RGB[:2])
    assert refusal(tmp_path / "scan.npz").endswith(
        "must be numbers of shape (4, 3) like xyz, got uint8 of shape (2, 3)."
    )


def test_not_an_archive(tmp_path: Path) -> None:
    (tmp_path / "scan.npz").write_bytes(b"PK not really")
    assert "is not an archive that can be read: BadZipFile('File is not a zip file')" in refusal(tmp_path / "scan.npz")


def test_truncated_archive(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, xyz=np.random.default_rng(0).random((1000, 3)))
    damaged = bytearray(buffer.getvalue())
    damaged[2000:2100] = bytes(100)
    (tmp_path / "scan.npz").write_bytes(damaged)
    assert "holds an array that cannot be read" in refusal(tmp_path / "scan.npz")
