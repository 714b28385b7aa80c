"""NPY and NPZ: shapes, keys, colours, never pickle, and claims that the file cannot hold."""

from __future__ import annotations

import io
import math
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy_format

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.npz import read_arrays
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
    assert f"{path.name}: " in message and "\n" not in message
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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_that_would_be_decompressed_whole(tmp_path: Path, method: int) -> None:
    """1,595 bytes of bzip2 became 3.7 GB before their header was looked at."""
    path = tmp_path / "scan.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("xyz.npy", saved(XYZ))
    assert "xyz.npy is compressed otherwise than numpy does; save it with numpy.savez_compressed" in refusal(path)
    with pytest.raises(ValueError, match="compressed otherwise than numpy does"):
        read_arrays(path.read_bytes())


def saved(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def deflated_zeros(shape: tuple[int, ...], members: int = 1) -> bytes:
    """An .npz archive of arrays of zeros."""
    buffer, block = io.BytesIO(), bytes(1 << 24)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for i in range(members):
            with archive.open("xyz.npy" if i == 0 else f"{i}.npy", "w") as file:
                npy_format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
                for _ in range(8 * math.prod(shape) // len(block)):
                    file.write(block)
    return buffer.getvalue()


def test_arrays_above_the_ceiling(tmp_path: Path) -> None:
    path = tmp_path / "scan.npy"
    with path.open("wb") as file:
        npy_format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (1 << 26, 3)})
        file.truncate(file.tell() + (1 << 26) * 24)  # a sparse file takes nothing on the disk
    tracemalloc.start()
    message = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "it claims float64 of shape (67108864, 3), more than the 1073741824 bytes that are read at most" in message
    assert peak < 1 << 25


def test_files_above_the_ceiling(tmp_path: Path) -> None:
    with (tmp_path / "scan.xyz").open("wb") as file:
        file.truncate((1 << 31) + 1)
    assert "has 2147483649 bytes; at most 2147483648 are read. Cut out the object, or thin the scan." in refusal(
        tmp_path / "scan.xyz"
    )


def test_small_archives_have_a_ceiling_of_their_own() -> None:
    """Those of a bundle and of the label cache: together, since many members may each be within it."""
    with pytest.raises(ValueError, match="its arrays claim 301989888 bytes, more than the 268435456 that are read"):
        read_arrays(deflated_zeros((1 << 22, 3), members=3))


@pytest.mark.parametrize("shape", [(20, 30, 3), (20, 30, 4), (1, 600, 3), (600, 1, 3), (600, 4)])
def test_organised_arrays(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).uniform(0.1, 0.4, shape).astype(np.float32)
    np.save(tmp_path / "scan.npy", array)
    np.testing.assert_array_equal(read_scan(tmp_path / "scan.npy").xyz, array.reshape(-1, shape[-1])[:, :3])


def test_a_data_set_is_told_from_a_picture_of_the_same_shape(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "scan.npy", rng.normal(size=(300, 1024, 3)).astype(np.float32))
    assert "it looks like 300 clouds: give them one by one" in refusal(tmp_path / "scan.npy")
    rows, columns = np.mgrid[:300, :1024] / 1024
    picture = np.stack([columns, rows, np.hypot(columns - 0.5, rows)], axis=-1) + rng.normal(0, 1e-3, (300, 1024, 3))
    picture[:, :50] = np.nan
    np.save(tmp_path / "scan.npy", picture)
    np.testing.assert_array_equal(read_scan(tmp_path / "scan.npy").xyz, picture.reshape(-1, 3).astype(np.float32))


@pytest.mark.parametrize("kind", ["<f4", ">f8", "<i4"])
def test_records(tmp_path: Path, kind: str) -> None:
    rows = np.zeros(4, [("z", kind), ("t", "u8"), ("X", kind), ("y", kind), ("rgb", "<u4")])
    for name, column in zip("Xyz", XYZ.T, strict=True):
        rows[name] = column
    rows["rgb"] = 0xFF0033
    np.save(tmp_path / "scan.npy", rows)
    np.savez(tmp_path / "scan.npz", rows)
    for file in ("scan.npy", "scan.npz"):
        cloud = read_scan(tmp_path / file)
        np.testing.assert_array_equal(cloud.xyz, XYZ)
        np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-6)  # type: ignore[arg-type]


LOOKS_LIKE = {
    "holds uint16 of shape (480, 640); it looks like a depth image, which needs its camera: --depth IMAGE --intrinsics": (
        np.ones((480, 640), np.uint16)
    ),
    "holds float32 of shape (480, 20); it looks like a depth image": np.ones((480, 20), np.float32),
    "holds float64 of shape (3, 400); it looks transposed: points are rows. Save its transpose.": np.ones((3, 400)),
    "holds float64 of shape (4, 400); it looks transposed": np.ones((4, 400)),
    "holds float64 of shape (6, 400); it looks transposed": np.ones((6, 400)),
    "holds float64 of shape (3, 40, 50); it looks transposed": np.ones((3, 40, 50)),
    "holds uint8 of shape (48, 64, 3); it looks like a colour image": np.ones((48, 64, 3), np.uint8),
    "holds float64 of shape (64, 1024, 3); it looks like 64 clouds: give them one by one": np.ones((64, 1024, 3)),
    "holds float64 of shape (1200,); numbers of shape (N, 3) or (N, 6) are needed. If it is x y z x y z": np.ones(1200),
    "holds float64 of shape (); numbers": np.array(3.0),
    "holds bool of shape (4, 3); numbers": np.ones((4, 3), bool),
}


@pytest.mark.parametrize("message", LOOKS_LIKE)
def test_arrays_that_look_like_something_else(tmp_path: Path, message: str) -> None:
    np.save(tmp_path / "scan.npy", LOOKS_LIKE[message])
    assert message in refusal(tmp_path / "scan.npy")


@pytest.mark.parametrize("key", ["arr_0", "pc", "vertices", "coords", "my_scan"])
def test_npz_with_one_array_that_can_be_the_points(tmp_path: Path, key: str) -> None:
    np.savez(tmp_path / "scan.npz", **{key: XYZ, "normals": XYZ, "label": np.array(3), "ids": np.arange(4)})
    np.testing.assert_array_equal(read_scan(tmp_path / "scan.npz").xyz, XYZ)


def test_npz_of_point_e_and_of_columns(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", coords=XYZ, **dict(zip("RGB", (RGB / 255).T, strict=True)))
    cloud = read_scan(tmp_path / "scan.npz")
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-6)  # type: ignore[arg-type]
    np.savez(tmp_path / "scan.npz", **dict(zip("xyz", XYZ.T, strict=True)))
    np.testing.assert_array_equal(read_scan(tmp_path / "scan.npz").xyz, XYZ)


def test_npz_with_faces_is_a_mesh(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", vertices=np.eye(3), faces=np.array([[0, 1, 2]]))
    cloud = read_scan(tmp_path / "scan.npz")
    assert len(cloud) == 20_000
    np.testing.assert_allclose(cloud.xyz.sum(axis=1), 1, atol=1e-6)


def test_npz_with_several_that_can_be_the_points(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", XYZ, XYZ)
    assert refusal(tmp_path / "scan.npz").endswith(
        "has more than one array that can be the points, and none is called xyz or points. Arrays found: arr_0, arr_1."
    )


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
