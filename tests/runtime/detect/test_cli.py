"""`cg3d-detect` as people and programs run it."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.detect.cli import app
from cg3d_runtime.scans import read_scan
from tests.runtime.programs import Run, run_in_process
from tests.runtime.scenes.test_detect import CAMERA, depth_image, table


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command inside this process."""
    return partial(run_in_process, capsys, app, "cg3d-detect")


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    np.save(tmp_path / "table.npy", table())
    return tmp_path / "table.npy"


LABELS = ["--labels", "box,ball,mug", "--threads", 1]


def test_people_get_a_table_of_objects(run: Run, scene: Path) -> None:
    ran = run(scene, *LABELS)
    assert (ran.code, ran.err) == (0, "")
    title, *rows = ran.out.splitlines()
    assert title == f"{scene}: 2 objects, 1 table"
    assert len(rows) == 2 and all(row.endswith("on table 0") and " cm " in row for row in rows)


def test_programs_get_one_json_object_a_line_and_errors_among_them(run: Run, scene: Path) -> None:
    ran = run(scene, "nosuch.ply", scene, "--json", *LABELS)
    assert ran.code == 1
    first, second, third = ran.lines
    assert len(first["objects"]) == len(third["objects"]) == 2
    assert second == {"file": "nosuch.ply", "error": "nosuch.ply: cannot be read: No such file or directory."}
    assert ran.err == "cg3d-detect: nosuch.ply: cannot be read: No such file or directory.\n"


def test_what_is_looked_for_is_told_first(run: Run, scene: Path) -> None:
    ran = run(scene, "--find", "the helicopter on the table", *LABELS)
    assert ran.code == 0
    assert ran.out.splitlines()[1] == "  the helicopter on the table: not found"


def test_words_that_are_no_query_end_before_the_model_is_opened(run: Run, scene: Path) -> None:
    ran = run(scene, "--find", "next to the mug", "--bundle", "nosuch")
    assert ran.code == 2 and "a thing is missing" in ran.err and "nosuch" not in ran.err


def test_a_depth_image_with_a_mask_names_what_it_numbers(run: Run, tmp_path: Path) -> None:
    ids = np.zeros((240, 320), np.uint8)
    ids[80:140, 60:120], ids[90:150, 200:250] = 1, 2
    np.save(tmp_path / "depth.npy", depth_image())
    np.save(tmp_path / "ids.npy", ids)
    camera = ",".join(map(str, CAMERA))
    ran = run(
        "--depth", tmp_path / "depth.npy", "--intrinsics", camera, "--mask", tmp_path / "ids.npy", "--json", *LABELS
    )
    assert ran.code == 0
    assert sorted(each["instance"] for each in ran.lines[0]["objects"]) == [1, 2]


def test_points_are_written_with_their_objects(run: Run, scene: Path, tmp_path: Path) -> None:
    ran = run(
        scene, "--save-ply", tmp_path / "out.ply", "--save-segments", tmp_path / "new" / "segments", "--json", *LABELS
    )
    assert ran.code == 0
    segments = np.load(tmp_path / "new" / "segments" / "table.segments.npy")
    assert segments.dtype == np.int32 and segments.shape == (len(table()),)
    written = read_scan(tmp_path / "out.ply")
    np.testing.assert_array_equal(written.xyz, table())
    assert written.rgb is not None
    colours = {tuple(np.round(row * 255)) for row in written.rgb[segments == 0]}
    assert len(colours) == 1 and colours != {tuple(np.round(row * 255)) for row in written.rgb[segments == 1]}


COUNTED = """
import os, sys
opened = []
sys.addaudithook(lambda event, given: event == "open" and opened.append(given[0]))
from cg3d_runtime.detect.cli import app
try:
    app(sys.argv[1:], prog_name="cg3d-detect")
except SystemExit as ended:
    assert not ended.code
print(opened.count(sys.argv[1]))
"""


def test_what_shows_the_points_reads_no_scene_a_second_time(scene: Path, tmp_path: Path) -> None:
    """Between two readings a sensor's file may have become another scene, of which the numbers of points are wrong."""
    outputs = ["--view", tmp_path / "a.html", "--save-image", tmp_path / "a.png", "--save-ply", tmp_path / "a.ply"]
    counts = []
    for more in ([], outputs):
        command = [sys.executable, "-c", COUNTED, *map(str, [scene, *LABELS, *more])]
        counts.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    assert counts[0] == counts[1] != "0"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "name a scan"),
        (["a.ply", "b.ply", "--mask", "ids.npy"], "--mask goes with one scene, got 2"),
        (["a.ply", "b.ply", "--save-ply", "out.ply"], "--save-ply goes with one scene, got 2"),
        (["a.ply", "--save-ply", "out.pcd"], "out.pcd"),
        (["a.ply", "--units", "miles"], "'miles' is no unit"),
        (["a.ply", "--view", "page.txt"], "page.txt"),
    ],
)
def test_options_that_do_not_go_together_end_before_the_work(run: Run, arguments: list[str], part: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2 and part in ran.err and not ran.out


def test_a_full_or_missing_folder_is_told_and_the_answers_still_come(run: Run, scene: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run(scene, "--save-segments", tmp_path / "file" / "segments", *LABELS)
    assert ran.code == 1 and "cannot be made" in ran.err and len(ran.out.splitlines()) == 3
