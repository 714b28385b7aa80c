"""`cg3d-infer` and `cg3d-detect` on bags, as users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fuzzing.recorder import START, STEP, write_bag_file

KINDS = ("bag", "mcap", "db3")
pytest.importorskip("rosbags")


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Fifty clouds as files: boxes, balls and planks of all sizes."""
    folder, rng = tmp_path_factory.mktemp("scans"), np.random.default_rng(7)
    files = []
    for i in range(50):
        xyz = rng.normal(size=(400, 3)) if i % 3 else rng.random((400, 3))
        files.append(folder / f"{i:02}.npy")
        np.save(files[-1], (xyz * rng.uniform(0.05, 0.5, 3)).astype(np.float32))
    return files


def run(program: str, bundle: Path, labels: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    options = ["--bundle", bundle, "--labels", labels, "--backend", "cpu", "--threads", 1, "--json"]
    command = [sys.executable, "-c", f"from cg3d_runtime.entry import {program}; {program}()", *arguments, *options]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def said(answer: dict) -> dict:
    """What is said of the points alone, whatever they were read from."""
    return {key: value for key, value in answer.items() if key not in ("file", "topic", "stamp", "ms")}


@pytest.mark.parametrize("kind", KINDS)
def test_fifty_clouds_of_a_bag_get_the_answers_of_their_files(
    kind: str, scans: list[Path], tmp_path: Path, tiny_bundle: Path, labels_file: Path
) -> None:
    bag = write_bag_file(tmp_path, kind, [np.load(scan) for scan in scans])
    of_bag = run("infer", tiny_bundle, labels_file, bag, "--topic", "/points", "--units", "m")
    of_files = run("infer", tiny_bundle, labels_file, *scans, "--units", "m")
    answers, expected = ([json.loads(line) for line in done.stdout.splitlines()] for done in (of_bag, of_files))

    assert of_bag.returncode == of_files.returncode == 0
    assert len(answers) == 50 and [said(a) for a in answers] == [said(a) for a in expected]
    assert {answer["file"] for answer in answers} == {str(bag)} and {answer["topic"] for answer in answers} == {
        "/points"
    }
    stamps = [answer["stamp"]["sec"] * 10**9 + answer["stamp"]["nanosec"] for answer in answers]
    assert stamps == [START + i * STEP for i in range(50)]


def test_every_second_and_what_is_cut_off(
    scans: list[Path], tmp_path: Path, tiny_bundle: Path, labels_file: Path
) -> None:
    bag = write_bag_file(tmp_path, "bag", [np.load(scan) for scan in scans])
    bag.write_bytes(bag.read_bytes()[: bag.stat().st_size * 4 // 5])
    done = run("infer", tiny_bundle, labels_file, bag, "--every", "1.0")
    *answers, fault = map(json.loads, done.stdout.splitlines())

    assert done.returncode == 1 and len(answers) in (4, 5)
    assert fault["file"] == str(bag) and "cut off" in fault["error"]
    assert [line for line in done.stderr.splitlines() if "cut off" in line] == [f"cg3d-infer: {fault['error']}"]
    assert "Traceback" not in done.stderr


def test_a_table_names_the_stamp(scans: list[Path], tmp_path: Path, tiny_bundle: Path, labels_file: Path) -> None:
    from cg3d_runtime import Recognizer
    from cg3d_runtime.scans.bags import read_bag

    bag = write_bag_file(tmp_path, "mcap", [np.load(scans[0])])
    with Recognizer.open(labels_file, tiny_bundle, backend="cpu", threads=1) as recognizer:
        (cloud,) = read_bag(bag)
        assert recognizer(cloud).to_table().startswith(f"{bag} /points 1700000000.123456789: ")


def test_several_topics_are_an_error_that_lists_them(
    scans: list[Path], tmp_path: Path, tiny_bundle: Path, labels_file: Path
) -> None:
    bag = write_bag_file(tmp_path, "db3", [np.load(scans[0])], topics=("/front", "/back"))
    done = run("infer", tiny_bundle, labels_file, bag)
    assert done.returncode == 1 and "choose with --topic" in done.stderr and "/back, /front." in done.stderr


def test_options_of_bags_need_one(scans: list[Path], tiny_bundle: Path, labels_file: Path) -> None:
    done = run("infer", tiny_bundle, labels_file, scans[0], "--topic", "/points")
    assert done.returncode == 2 and "--topic is for bags, and none is given." in done.stderr
    done = run("infer", tiny_bundle, labels_file, scans[0], "--every", "0")
    assert done.returncode == 2 and "seconds above 0" in done.stderr


def test_scenes_of_a_bag_are_kept_apart_by_their_stamps(tmp_path: Path, tiny_bundle: Path, labels_file: Path) -> None:
    pytest.importorskip("scipy")
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.random((4000, 2)), rng.normal(0, 0.001, 4000)])
    thing = rng.random((1500, 3)) * 0.1 + (0.4, 0.4, 0.0)
    bag = write_bag_file(tmp_path, "mcap", [np.concatenate([table, thing])] * 2)
    done = run("detect", tiny_bundle, labels_file, bag, "--save-segments", tmp_path / "found")
    scenes = list(map(json.loads, done.stdout.splitlines()))

    assert done.returncode == 0 and [scene["stamp"]["nanosec"] for scene in scenes] == [123456789, 223456789]
    names = sorted(path.name for path in (tmp_path / "found").iterdir())
    assert names == [f"drive.1700000000.{nanoseconds}.segments.npy" for nanoseconds in (123456789, 223456789)]
    assert len(np.load(tmp_path / "found" / names[0])) == 5500
