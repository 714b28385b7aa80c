"""`scripts/gpu_check`: parts that go wrong cost only themselves, and on the CPU all of it passes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch
from torch import nn

from gpu_check.findings import FAILED, PASSED, Finding, table
from gpu_check.parts import PARTS, ROOT, Part, run
from gpu_check.peaks import documented
from gpu_check.roofline import Work, bytes_of, flops_of
from gpu_check.wheels import unpack

BAD = "tests.gpu_check.bad_parts"


@pytest.mark.parametrize(
    ("function", "why"),
    [("crash", "crashed (Segmentation fault)"), ("raises", "status 1: RuntimeError: CUDA error: out of")],
)
def test_a_part_that_ends_early_keeps_what_it_found(tmp_path: Path, function: str, why: str) -> None:
    found = run("bad", Part(f"{BAD}:{function}", 60), "cpu", tmp_path, 60)
    assert [(each.check, each.outcome) for each in found] == [("before", PASSED), ("ended", FAILED)]
    assert why in found[-1].note


def test_a_part_that_hangs_is_ended_with_its_processes(tmp_path: Path) -> None:
    before, child, ended = run("bad", Part(f"{BAD}:hang", 3), "cpu", tmp_path, 60)
    assert before.value == 3.0 and ended.note == "no end within 3 s"
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child.value:.0f}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{child.value:.0f}/stat").read_text().split()[2] == "Z":  # ended, and nobody has asked yet
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child.value:.0f}/stat").exists()


def test_a_package_that_is_missing_is_told(tmp_path: Path) -> None:
    (first, _) = run("bad", Part("no_such_package:check", 30), "cpu", tmp_path, 60)
    assert first.outcome == "skipped" and "no_such_package" in first.note and "--wheels" in first.note


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_every_part_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gpu_check", "--only", "machine", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "| machine | device | failed |" in done.stdout and "--device cpu" in done.stdout
    assert json.loads((tmp_path / "gpu_check.json").read_text())["findings"][0]["outcome"] == FAILED


def test_an_unknown_part_lists_the_known(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gpu_check", "--only", "nothing", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "'nothing' is not known; the parts are machine, " in done.stderr


def test_a_carried_wheel_is_installed_for_the_check_alone(tmp_path: Path) -> None:
    assert "no wheels" in unpack(tmp_path, tmp_path / "packages")
    (tmp_path / "broken-1-py3-none-any.whl").write_bytes(b"")
    assert unpack(tmp_path, tmp_path / "packages")
    (tmp_path / "broken-1-py3-none-any.whl").unlink()
    with ZipFile(tmp_path / "carried-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("carried.py", "def check(device, told):\n    told.passed('carried')\n")
        wheel.writestr("carried-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: carried\nVersion: 1\n")
        wheel.writestr("carried-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("carried-1.dist-info/RECORD", "carried.py,,\n")
    assert unpack(tmp_path, tmp_path / "packages") == ""
    found = run("with", Part("carried:check", 30), "cpu", tmp_path, 60, tmp_path / "packages")
    assert [each.outcome for each in found] == [PASSED, "measured"]


def test_peaks_are_found_by_name() -> None:
    assert documented("NVIDIA H200").bytes_s == 4.8e12
    assert documented("NVIDIA A100-SXM4-40GB").bytes_s < documented("NVIDIA A100-SXM4-80GB").bytes_s
    assert documented("NVIDIA GeForce") is None and documented("CPU, x86_64") is None


def test_work_is_counted() -> None:
    layer, x = nn.Linear(64, 32, bias=False), torch.randn(10, 64)
    assert flops_of(lambda: layer(x)) == 2 * 10 * 64 * 32
    moved = 4 * (10 * 64 + 64 * 32 + 10 * 32)
    assert bytes_of(lambda: layer(x)) == moved
    assert Work(100.0, 10.0).roof(1000.0, 50.0) == 500.0  # by its memory
    assert Work(100.0, 10.0).roof(300.0, 50.0) == 300.0  # by computing


def test_a_table_is_markdown() -> None:
    text = table([Finding("a", "b | c", PASSED, 0.12345, "ms", "x|y"), Finding("a", "d", FAILED)])
    assert text.splitlines()[2:] == ["| a | b / c | passed | 0.1235 ms | x/y |", "| a | d | failed |  |  |"]


@pytest.mark.slow
def test_on_the_cpu_everything_passes_within_eight_minutes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gpu_check", "--device", "cpu", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    tree = json.loads((tmp_path / "gpu_check.json").read_text())
    wrong = [each for each in tree["findings"] if each["outcome"] == FAILED]
    assert done.returncode == 0 and wrong == []
    assert {each["part"] for each in tree["findings"]} == set(PARTS)
