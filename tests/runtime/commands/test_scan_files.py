"""Which files the arguments of a command line mean."""

from __future__ import annotations

import logging
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.commands.scan_files import in_order, scan_files
from cg3d_runtime.infer.watch import watch


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """Folders as data sets have them: scans, and beside them labels, poses and times."""
    for name in ("seq/1.npy", "seq/2.npy", "seq/10.npy", "seq/deep/3.npy", "other/4.npy"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.zeros((5, 3)))
    np.save(tmp_path / "seq/1_labels.npy", np.arange(5))
    np.save(tmp_path / "seq/2_labels.npy", np.zeros((5, 1), np.uint8))
    (tmp_path / "seq/1.txt").write_text("0 0 0 1\n1 1 1 2\n")  # about the scan of its name
    (tmp_path / "seq/times.txt").write_text("0.0\n0.1\n")
    (tmp_path / "seq/poses.txt").write_text("1 0 0 0 0 1 0 0 0 0 1 0\n")
    (tmp_path / "seq/README.txt").write_text("These are scans.\n")
    return tmp_path


def names(folder: Path, *given: object, recursive: bool = False) -> list[str]:
    return [os.path.relpath(name, folder) for name in scan_files([str(each) for each in given], recursive)]


def test_a_folder_is_read_in_the_order_of_its_numbers_and_labels_are_told_once(
    drive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert names(drive, drive / "seq", drive / "other") == ["seq/1.npy", "seq/2.npy", "seq/10.npy", "other/4.npy"]
    (told,) = caplog.messages
    assert told.startswith("left out, since they lie beside scans and hold no points: ")
    assert told.endswith("and 2 more") and "1.txt" in told and "README" not in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("poses/00.txt", "".join(f"1 0 0 {i} 0 1 0 0 0 0 1 {2 * i}\n" for i in range(400))),
        ("groundtruth.txt", "# time tx ty tz qx qy qz qw\n130.1 1 2 3 0 0 0.6 0.8\n130.2 1 2 3 0 0 0 1\n"),
        ("oxts/data/0000000000.txt", " ".join(map(str, range(30)))),
        ("labels/a.txt", "0 0.5 0.5 0.2 0.2\n"),
        ("stamps.txt", "1.5\n2.5\n"),
    ],
)
def test_poses_and_labels_of_data_sets_are_no_scans(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    np.save(tmp_path / "scan.npy", np.zeros((5, 3)))
    assert names(tmp_path, tmp_path, recursive=True) == ["scan.npy"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{i} {2 * i} {3 * i}\n" for i in range(30)),
        "".join(f"{i} {i} {i} 0 0 1 0 0.6 0.8 10 20 30\n" for i in range(9)),  # twelve numbers, and no rotation
        "".join(f"0.{i} 0.2 0.3 200 10 0 0.6 0.8\n" for i in range(9)),  # eight, and no quaternion
        "1 2 3\n",
    ],
)
def test_points_are_not_taken_for_poses(tmp_path: Path, text: str) -> None:
    (tmp_path / "scan.txt").write_text(text)
    assert names(tmp_path, tmp_path) == ["scan.txt"]


def test_what_is_named_itself_is_never_left_out(drive: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert names(drive, drive / "seq/1_labels.npy") == ["seq/1_labels.npy"] and not caplog.messages


def test_folders_below_are_walked_on_demand(drive: Path) -> None:
    (drive / "seq/loop").symlink_to(drive)
    assert names(drive, drive, recursive=True) == [
        "other/4.npy", "seq/1.npy", "seq/2.npy", "seq/10.npy", "seq/deep/3.npy",
    ]  # fmt: skip
    assert names(drive, drive) == ["."]  # reported as a folder without scans


def test_patterns_are_matched_where_no_file_has_that_name(drive: Path) -> None:
    assert names(drive, drive / "seq/?.npy") == ["seq/1.npy", "seq/2.npy"]
    assert names(drive, drive / "**/[34].npy") == ["other/4.npy", "seq/deep/3.npy"]
    assert names(drive, drive / "seq/*.ply") == ["seq/*.ply"]
    (drive / "scan[1].npy").write_bytes((drive / "seq/1.npy").read_bytes())
    assert names(drive, drive / "scan[1].npy") == ["scan[1].npy"]


def test_bags_in_folders_are_taken_whole(drive: Path) -> None:
    (drive / "seq/bag").mkdir()
    for name in ("bag/metadata.yaml", "bag/bag_0.mcap", "alone.bag"):
        (drive / "seq" / name).write_bytes(b"")
    (drive / "seq/deep/3.npy").unlink()
    assert names(drive, drive / "seq") == ["seq/1.npy", "seq/2.npy", "seq/10.npy", "seq/alone.bag", "seq/bag"]
    assert names(drive, drive / "seq/bag") == ["seq/bag"]


def test_numbers_sort_as_numbers() -> None:
    assert sorted(["b10", "b9", "b", "a", "9", "b9.5"], key=in_order) == ["9", "a", "b", "b9", "b9.5", "b10"]


def test_a_watched_folder_leaves_labels_out_too(drive: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        arrived = islice(watch([drive / "seq"], interval_s=0.01), 3)
        assert sorted(Path(name).name for name in arrived) == ["1.npy", "10.npy", "2.npy"]
    assert len(caplog.messages) <= 1
