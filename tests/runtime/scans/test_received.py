"""Scan files that come as bytes: read as the file would be, named as their sender names them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime import Recognizer, ScanError, read_scan
from cg3d_runtime.scans.received import ReceivedScan

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "scans"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ply"))[:2], ids=lambda path: path.name)
def test_bytes_are_read_as_the_file_is(path: Path) -> None:
    expected, found = read_scan(path), ReceivedScan("somewhere/SCAN.PLY", path.read_bytes()).read()
    assert found.xyz.tobytes() == expected.xyz.tobytes() and found.up == expected.up
    kept = ReceivedScan("other.ply", path).read("y")
    assert kept.xyz.tobytes() == expected.xyz.tobytes() and kept.up == "y"


def test_answers_and_errors_say_the_name_that_was_given(tiny_bundle: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).standard_normal((99, 3)))
    scan = ReceivedScan("robot 7/mug.npy", (tmp_path / "scan.npy").read_bytes())
    with Recognizer.open(["mug", "bowl"], tiny_bundle, backend="cpu") as recognizer:
        assert recognizer(scan).file == "robot 7/mug.npy"
        assert [outcome.file for outcome in recognizer.answer_all([scan], workers=1)] == ["robot 7/mug.npy"]
        with pytest.raises(ScanError, match=r"^robot 7/mug\.ply: is not a PLY file"):
            recognizer(ReceivedScan("robot 7/mug.ply", scan.content))
        with pytest.raises(ScanError, match=r"^x\.doc: suffix \.doc is not a known scan format"):
            recognizer(ReceivedScan("x.doc", tmp_path / "scan.npy"))


def test_what_a_mesh_refers_to_is_not_looked_for_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "red.mtl").write_text("newmtl red\nKd 1 0 0\n")
    mesh = b"mtllib red.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"
    (tmp_path / "mesh.obj").write_bytes(mesh)
    assert read_scan("mesh.obj").rgb is not None
    assert ReceivedScan("mesh.obj", mesh).read().rgb is None


@given(st.text(max_size=40))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leaves_the_temporary_folder_or_anything_in_it(tmp_path: Path, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path))
        with pytest.raises(ScanError):
            ReceivedScan(name, b"nothing of a scan").read()
    assert not list(tmp_path.glob("cg3d-*"))


def test_no_room_for_the_bytes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(ScanError, match="cannot be put into the temporary folder: No such file or directory"):
        ReceivedScan("a.ply", b"ply").read()
