"""What holds for every format: names, folders, missing files, and that damaged files give one line, never a traceback."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import SCAN_SUFFIXES, read_scan
from cg3d_runtime.scans.measured import as_unit_rgb, measured_xyz

XYZ = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
PLY_HEADER = (
    "ply\nformat {} 1.0\nelement vertex 40\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
)
TEXT = "".join(f"{x} {y} {z}\n" for x, y, z in XYZ.tolist())
FACE = b"\x03" + np.arange(3, dtype="<i4").tobytes()
PCD_HEADER = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 40\nHEIGHT 1\nPOINTS 40\nDATA {}\n"
PACKED = b"".join(b"\x1f" + XYZ.T.tobytes()[i : i + 32] for i in range(0, 480, 32))


def saved(save: Callable[..., None], *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


WHOLE = {
    "text.ply": (PLY_HEADER.format("ascii") + TEXT + "3 0 1 2\n").encode(),
    "binary.ply": PLY_HEADER.format("binary_little_endian").encode() + XYZ.tobytes() + FACE,
    "ascii.pcd": (PCD_HEADER.format("ascii") + TEXT).encode(),
    "binary.pcd": PCD_HEADER.format("binary").encode() + XYZ.tobytes(),
    "compressed.pcd": PCD_HEADER.format("binary_compressed").encode()
    + len(PACKED).to_bytes(4, "little")
    + (480).to_bytes(4, "little")
    + PACKED,
    "scan.xyz": TEXT.encode(),
    "scan.csv": ("x,y,z\n" + TEXT.replace(" ", ",")).encode(),
    "scan.pts": ("40\n" + TEXT).encode(),
    "scan.bin": np.hstack([XYZ, np.ones((40, 1), np.float32)]).tobytes(),
    "scan.npy": saved(np.save, XYZ),
    "scan.npz": saved(np.savez_compressed, xyz=XYZ, rgb=np.abs(XYZ)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(WHOLE[name])
    cloud = read_scan(str(tmp_path / name))
    if name.endswith(".ply"):
        assert len(cloud) == 20_000
    else:
        np.testing.assert_array_equal(cloud.xyz, XYZ)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_give_one_line(tmp_path: Path, name: str, data: st.DataObject) -> None:
    """Cut the file anywhere and overwrite a few bytes: it is read, or refused in one line that names it."""
    content = bytearray(WHOLE[name][: data.draw(st.integers(0, len(WHOLE[name])))])
    for _ in range(data.draw(st.integers(0, 4)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / name).write_bytes(content)
    try:
        cloud = read_scan(tmp_path / name)
    except ScanError as error:
        assert str(error).startswith(f"{tmp_path / name}: ") and "\n" not in str(error)
    else:
        assert len(cloud) > 0 and cloud.xyz.dtype == np.float32


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    return message[len(str(path.parent)) + 1 :]


def test_unknown_suffix(tmp_path: Path) -> None:
    assert refusal(tmp_path / "scan.ptx") == (
        "scan.ptx: suffix .ptx is not a known scan format. Known: .ply, .pcd, .xyz, .txt, .csv, .npy, .npz, .pts, .bin, "
        ".las, .laz, .e57, .obj, .stl, .off, .glb, .gltf."
    )
    assert refusal(tmp_path / "scan").startswith("scan: suffix (none) is not a known scan format.")


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
def test_missing_empty_and_folder(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"scan{suffix}"
    assert refusal(path) == f"scan{suffix}: cannot be read: No such file or directory."
    path.touch()
    assert refusal(path) == f"scan{suffix}: is empty (0 bytes)."
    path.unlink()
    path.mkdir()
    assert refusal(path) == (
        f"scan{suffix}: is a folder; a scan file is needed, and it holds none: images need --depth, folders below need "
        "--recursive."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "scan.ply"
    path.write_bytes(WHOLE["text.ply"])
    path.chmod(0)
    assert refusal(path) == "scan.ply: cannot be read: Permission denied."


def test_unknown_up(tmp_path: Path) -> None:
    (tmp_path / "scan.xyz").write_text(TEXT)
    assert read_scan(tmp_path / "scan.xyz", "-y").up == "-y"
    with pytest.raises(
        ScanError, match=r"scan\.xyz: up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got 'up'"
    ):
        read_scan(tmp_path / "scan.xyz", "up")


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        (np.array([[255, 0, 51]], np.uint8), [1, 0, 0.2]),
        (np.array([[1, 0, 1]], np.uint8), [1 / 255, 0, 1 / 255]),
        (np.array([[65535, 0, 13107]], np.uint16), [1, 0, 0.2]),
        (np.array([[1.0, 0.0, 0.2]]), [1, 0, 0.2]),
        (np.array([[1.000001, 0.0, 0.2]]), [1, 0, 0.2]),
        (np.array([[255.0, 0.0, 51.0]], np.float32), [1, 0, 0.2]),
        (np.array([[-0.5, 0.5, np.nan]]), [0, 0.5, np.nan]),
        (np.array([[np.nan, np.nan, np.nan]]), [np.nan] * 3),
    ],
)
def test_colour_ranges(rgb: np.ndarray, expected: list[float]) -> None:
    np.testing.assert_allclose(as_unit_rgb(rgb), [expected], atol=1e-6)


@pytest.mark.parametrize(("offset", "moves"), [(0.0, False), (1e3, False), (1e6, True), (1e9, True)])
def test_doubles_far_from_the_origin_keep_their_shape(offset: float, moves: bool) -> None:
    xyz = XYZ.astype(np.float64) + offset
    xyz[3] = np.nan
    expected = xyz - np.nanmin(xyz, axis=0) if moves else xyz
    np.testing.assert_allclose(measured_xyz(xyz)[0], expected, atol=1e-4)


def test_reading_points_imports_no_library_of_other_formats() -> None:
    program = "import sys; import cg3d_runtime.scans; sys.exit(bool({'trimesh', 'laspy', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "is a pointer of Git LFS"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "is a web page and not a scan"),
        (gzip.compress(TEXT.encode()), "is packed by gzip; unpack it first."),
    ],
)
def test_what_stands_in_place_of_a_scan(tmp_path: Path, suffix: str, content: bytes, said: str) -> None:
    if suffix in (".las", ".laz"):
        pytest.importorskip("laspy")
    if suffix in (".obj", ".stl", ".off", ".glb", ".gltf"):
        pytest.importorskip("trimesh")
    (tmp_path / f"scan{suffix}").write_bytes(content)
    assert refusal(tmp_path / f"scan{suffix}").startswith(f"scan{suffix}: {said}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
@pytest.mark.parametrize("name", ["scan.ply", "scan"])
def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert refusal(tmp_path / name).startswith(f"{name}: is a pipe or a device and not a file; write it into a file")
