"""A command as a process: ended at any moment, with streams that are closed or full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals and streams of that kind there")

COMMAND = [sys.executable, "-m", "cg3d_runtime"]
MOMENTS = (0.0, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2)  # seconds after its beginning: while it imports, opens, answers


@pytest.fixture
def options(tiny_bundle: Path, labels_file: Path) -> list[str]:
    return ["--labels", str(labels_file), "--bundle", str(tiny_bundle), "--backend", "cpu", "--threads", "1", "--json"]


def interruptible() -> None:
    """A shell that starts the tests in the background has them, and their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until_it_begins(process: subprocess.Popen[bytes]) -> None:
    """Python itself, before it runs a command, has a handler of Ctrl-C; a command begins by putting it away."""
    status, was_there = Path(f"/proc/{process.pid}/status"), False
    for _ in range(20_000):
        mask = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:")).split()[1]
        is_there = bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)
        if was_there and not is_there:
            return
        was_there = was_there or is_there
        time.sleep(0.001)
    raise AssertionError("it does not begin within 20 seconds")


def ended(command: list[str], moment: float, end: signal.Signals) -> tuple[int, str]:
    """The status of a command that a signal ends `moment` seconds after it began, and what it said on stderr."""
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,
        start_new_session=True,
    ) as process:
        wait_until_it_begins(process)
        time.sleep(moment)
        os.killpg(process.pid, end)  # as a terminal does, workers included
        assert process.stderr
        said = process.stderr.read().decode()
        return process.wait(20), said


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_can_be_ended_at_any_moment_without_a_word(
    options: list[str], make_scan: Callable[..., Path], end: signal.Signals, workers: str
) -> None:
    command = [*COMMAND, *[str(make_scan())] * 10_000, *options, "--workers", workers]
    for moment in MOMENTS:
        status, said = ended(command, moment, end)
        assert status in (-end, 1, 130), said
        assert len(said.splitlines()) <= 1, said
        assert "no inference library" not in said


@pytest.mark.parametrize("module", ["doctor", "bench"])
def test_so_can_the_doctor_and_the_bench(module: str) -> None:
    program = (
        f"from cg3d_runtime.entry import {module}; {module}()"  # on the bundle that ships: no tiny one keeps them busy
    )
    for moment in MOMENTS[:6:2]:
        status, said = ended([sys.executable, "-c", program], moment, signal.SIGINT)
        assert status in (-signal.SIGINT, 130), said
        assert "Traceback" not in said


def shell(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which "$@" is the command."""
    command = ["sh", "-c", script, "sh", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("more", [[], ["--version"]])
def test_a_full_output_is_one_line(options: list[str], make_scan: Callable[..., Path], more: list[str]) -> None:
    ran = shell('"$@" >/dev/full', *COMMAND, make_scan(), *options, *more)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == "cg3d-infer: the output cannot be written: No space left on device."
    assert len(ran.stderr.splitlines()) <= 2


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_answers_need_nobody_who_reads_the_rest(
    options: list[str], make_scan: Callable[..., Path], tmp_path: Path, stderr: str
) -> None:
    scan, broken = make_scan(), tmp_path / "broken.ply"
    broken.write_bytes(b"ply\n")
    ran = shell(f'"$@" {stderr}', *COMMAND, broken, scan, *options)
    assert ran.returncode == 1, ran.stderr
    assert [json.loads(line)["file"] for line in ran.stdout.splitlines()] == [str(broken), str(scan)]


def test_a_closed_stdin_is_one_answer(options: list[str]) -> None:
    ran = shell('"$@" <&-', *COMMAND, "-", *options)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "- takes names from stdin, which is closed." in " ".join(ran.stderr.split())


def test_the_module_is_the_command() -> None:
    ran = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("cg3d-infer ")
