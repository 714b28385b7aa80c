"""`cg3d-infer` on depth images, with declared units, and with pictures of its answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import DepthImage, Intrinsics, Recognizer
from cg3d_runtime.infer.cli import app
from tests.runtime.programs import Run, run_in_process

CAMERA = "60,60,31.5,23.5"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tiny_bundle: Path, labels_file: Path) -> Run:
    """The command inside this process, on the tiny bundle."""
    options = ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--threads", 1]
    return partial(run_in_process, capsys, app, "cg3d-infer", *options)


@pytest.fixture
def depth(tmp_path: Path) -> Path:
    """A ball in front of the camera, in millimetres; 0 where nothing is."""
    row, column = np.mgrid[:48, :64]
    across = ((column - 31.5) ** 2 + (row - 23.5) ** 2) / 20**2
    ball = np.where(across < 1, 1000 - 300 * np.sqrt(np.clip(1 - across, 0, 1)), 0).astype(np.uint16)
    np.save(tmp_path / "ball.npy", ball)
    return tmp_path / "ball.npy"


def test_a_depth_image_is_a_scan(run, depth: Path, tiny_bundle: Path, labels_file: Path) -> None:
    code, out, _ = run("--depth", depth, "--intrinsics", CAMERA, "--depth-scale", 1000, "--json")
    answer = json.loads(out)

    assert code == 0
    assert answer["file"] == str(depth)
    assert answer["points"] == np.count_nonzero(np.load(depth))
    image = DepthImage(depth, Intrinsics(60, 60, 31.5, 23.5))
    with Recognizer.open(labels_file, tiny_bundle, backend="cpu", threads=1) as recognizer:
        assert recognizer(image).top[0].label == answer["label"]
        np.testing.assert_array_equal(recognizer.embed([image]), recognizer.embed([image.read()]))


def test_an_image_among_the_scans_is_told_how(run, tmp_path: Path) -> None:
    (tmp_path / "1_depth.png").write_bytes(b"\x89PNG")
    code, _, err = run(tmp_path / "1_depth.png")
    assert code == 1
    assert "1_depth.png: is an image; a depth image needs its camera: --depth IMAGE --intrinsics" in err


def test_depth_images_and_scans_are_answered_together(run, depth: Path, make_scan: Callable[..., Path]) -> None:
    code, out, err = run(make_scan(), "--depth", depth, "--depth", "nowhere.png", "--intrinsics", CAMERA, "--json")
    first, second, third = map(json.loads, out.splitlines())

    assert code == 1 and first["file"] == str(depth)
    assert second == {"file": "nowhere.png", "error": "nowhere.png: cannot be read: No such file or directory."}
    assert third["file"].endswith("scan.npy") and "nowhere.png" in err


def test_a_mask_chooses_the_object(run, depth: Path, tmp_path: Path) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :32] = 255
    np.save(tmp_path / "mask.npy", mask)
    code, out, _ = run("--depth", depth, "--intrinsics", CAMERA, "--mask", tmp_path / "mask.npy", "--json")

    assert code == 0
    assert json.loads(out)["points"] == np.count_nonzero(np.load(depth)[:, :32])


def test_a_folder_of_depth_images_is_answered_by_name(run, depth: Path, tmp_path: Path) -> None:
    folder = tmp_path / "depth"
    folder.mkdir()
    for name in ("2.npy", "1.npy", ".hidden.npy", "times.txt"):
        (folder / name).write_bytes(depth.read_bytes())
    code, out, _ = run("--depth", folder, "--intrinsics", CAMERA, "--json")

    assert code == 0
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(folder / "1.npy"), str(folder / "2.npy")]


def test_a_folder_without_images_is_told(run, tmp_path: Path) -> None:
    code, _, err = run("--depth", tmp_path, "--intrinsics", CAMERA)
    assert code == 2
    assert "is a folder without images of .png, .tif" in " ".join(err.split())


def test_a_camera_of_another_resolution_is_refused(run, depth: Path) -> None:
    code, out, _ = run("--depth", depth, "--intrinsics", "120,120,1325,48", "--json")
    assert code == 1
    assert json.loads(out)["error"].startswith(f"{depth}: cx 1325 lies outside the image of 64x48 pixels; are the")


def test_a_wrong_depth_scale_gets_a_note_that_names_it(run, depth: Path) -> None:
    code, out, err = run("--depth", depth, "--intrinsics", CAMERA, "--depth-scale", 1, "--units", "mm", "--json")
    assert code == 0
    note = json.loads(out)["note"]
    assert "m from the camera with a depth scale of 1; check --depth-scale; is 623" in note
    assert "m long if its unit is m; it may need another --depth-scale, or hold more than one object" in note
    assert note in err


def test_a_depth_image_in_memory_is_a_scan_without_a_file(depth: Path, tiny_bundle: Path, labels_file: Path) -> None:
    matrix = [[60, 0, 31.5], [0, 60, 23.5], [0, 0, 1]]
    with Recognizer.open(labels_file, tiny_bundle, backend="cpu", threads=1) as recognizer:
        named = recognizer(DepthImage(depth, Intrinsics(60, 60, 31.5, 23.5)))
        answer = recognizer(DepthImage(np.load(depth), matrix))
        assert answer.file is None and answer.top == named.top
        (outcome,) = recognizer.answer_all([DepthImage(np.load(depth)[..., None].astype(np.int32), matrix)])
        assert outcome.answer is not None and outcome.answer.top == named.top


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a scan, a bag, a folder, or - for names on stdin; or an image with --depth"),
        (["--depth", "a.png"], "--depth and --intrinsics go together"),
        (["--intrinsics", CAMERA, "scan.ply"], "--depth and --intrinsics go together"),
        (
            ["--depth", "a.png", "--intrinsics", "1,2,3"],
            "four numbers fx,fy,cx,cy in pixels, or a file of them, got '1,2,3'",
        ),
        (["--depth", "a.png", "--depth", "b.png", "--intrinsics", CAMERA, "--mask", "m.png"], "one --depth, got 2"),
        (["--depth", "a.png", "--intrinsics", CAMERA, "--watch"], "--watch takes folders only"),
        (["scan.ply", "--units", "inch"], "'inch' is no unit; choose one of mm|cm|m"),
    ],
)
def test_options_that_do_not_fit_are_named(run, arguments: list[str], message: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert message in " ".join(err.split())


def test_an_odd_size_gets_a_note(run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "mug.npy", rng.normal(size=(300, 3)).astype(np.float32) * 30)  # some 200 long
    code, out, err = run(tmp_path / "mug.npy", "--json")

    assert code == 0
    assert "mug.npy is 205 m long if its unit is m; it may be in mm or cm, or hold" in err
    assert json.loads(out)["note"] in err
    _, out, err = run(tmp_path / "mug.npy", "--json", "--units", "mm")
    assert "note" not in json.loads(out) and len(err.splitlines()) == 1


def test_a_page_and_an_image_hold_every_scan(run, make_scan: Callable[..., Path], tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="images need pillow: pip install pillow")
    broken = tmp_path / "broken.ply"
    broken.write_bytes(b"ply\n")
    page, image = tmp_path / "answers.html", tmp_path / "answers.png"
    code, _, _ = run(make_scan(), broken, "--view", page, "--save-image", image)

    assert code == 1
    assert "scan.npy" in page.read_text() and "broken.ply" in page.read_text()
    assert image.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_is_refused_before_the_work(run, make_scan, tmp_path: Path) -> None:
    code, out, err = run(make_scan(), "--view", tmp_path / "nowhere" / "answers.html")
    assert (code, out) == (2, "")
    assert "its folder does not exist" in err
    code, out, err = run(make_scan(), "--save-image", tmp_path / "answers.jpg")
    assert (code, out) == (2, "") and "must end in .png" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_one_line(run, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0)
    code, _, err = run(folder)
    assert code == 1
    assert "locked: is a folder that this user may not read" in err
