"""No program of ours lets ONNX Runtime write a device id or look for a network; a user who wants that can have it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d_runtime.telemetry import VARIABLE, telemetry_state

PYTHON = sys.executable
INFER = [PYTHON, "-m", "cg3d_runtime"]
TRACE = ["strace", "--quiet=all", "-f", "-e", "trace=socket,connect,sendto,sendmsg", "-o"]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A user's first day: a home that holds nothing, and nobody has turned anything off."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "home").mkdir()
    return {**os.environ, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home/.cache")}


@pytest.fixture
def options(tiny_bundle: Path, labels_file: Path) -> list[object]:
    return ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--json"]


def traced(tmp_path: Path) -> tuple[list[str], Callable[[], list[str]]]:
    """What to put before a command, and what then tells its calls to the network; nothing where strace is missing."""
    log = tmp_path / "strace"
    if shutil.which("strace") is None:
        return [], lambda: []
    return [*TRACE, str(log)], lambda: re.findall(r".*AF_INET.*", log.read_text())


def assert_silent(environment: dict[str, str], calls: list[str]) -> None:
    assert not list(Path(environment["HOME"]).rglob("*Microsoft*"))
    assert calls == []


def commands(scan: Path, tiny_bundle: Path, options: list[object]) -> dict[str, list[object]]:
    use = "import sys, cg3d_runtime, onnxruntime; onnxruntime.InferenceSession(sys.argv[1])"
    bench = ["--backend", "cpu", "--repeats", 1, "--warm-up", 0, "--cold-starts", 1]
    return {
        "cg3d-infer": [*INFER, scan, *options],
        "its workers": [*INFER, scan, scan, *options, "--workers", 1],
        "cg3d-doctor and its provers": [
            PYTHON,
            "-c",
            "from cg3d_runtime.entry import doctor; doctor()",
            "--bundle",
            tiny_bundle,
        ],
        "cg3d-bench": [
            PYTHON,
            "-c",
            "from cg3d_runtime.entry import bench; bench()",
            "--bundle",
            tiny_bundle,
            scan,
            *bench,
        ],
        "the library": [PYTHON, "-c", use, tiny_bundle / "points.fp32.onnx"],
    }


@pytest.mark.parametrize(
    "name", ["cg3d-infer", "its workers", "cg3d-doctor and its provers", "cg3d-bench", "the library"]
)
def test_nothing_is_written_and_nobody_is_called(
    name: str, environment: dict[str, str], options: list[object], make_scan, tiny_bundle: Path, tmp_path: Path
) -> None:
    before, calls = traced(tmp_path)
    command = [*before, *map(str, commands(make_scan(), tiny_bundle, options)[name])]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "elemetry" not in ran.stderr
    assert_silent(environment, calls())


@pytest.mark.slow
def test_a_long_stream_is_silent_too(
    environment: dict[str, str], options: list[object], make_scan, tmp_path: Path
) -> None:
    before, calls = traced(tmp_path)
    command = [*before, *map(str, [*INFER, "-", *options])]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        for pause in (12, 0):  # the first call home comes after ten seconds
            print(make_scan(), file=process.stdin, flush=True)
            assert '"label"' in process.stdout.readline()
            time.sleep(pause)
        process.stdin.close()
        assert process.wait(20) == 0
    assert_silent(environment, calls())


def test_a_user_who_wants_it_can_have_it(environment: dict[str, str]) -> None:
    """What ONNX Runtime then writes, and when, is its own affair: a short run may end before its first event."""
    left = f"import os, cg3d_runtime, onnxruntime; print(os.environ[{VARIABLE!r}])"
    ran = subprocess.run([PYTHON, "-c", left], env={**environment, VARIABLE: "0"}, capture_output=True, text=True)
    assert ran.stdout == "0\n", ran.stderr


@pytest.mark.parametrize(
    ("version", "value", "state"),
    [
        (None, None, "none: no ONNX Runtime"),
        ("1.28.0", None, "none in ONNX Runtime 1.28.0"),
        ("1.9.0", "0", "none in ONNX Runtime 1.9.0"),
        ("1.29.0", None, "ON (ORT_DISABLE_TELEMETRY is not set)"),
        ("1.31.1", "0", "ON (ORT_DISABLE_TELEMETRY=0)"),
        ("1.31.1", "1", "off (ORT_DISABLE_TELEMETRY=1)"),
        ("2.0", " True", "off (ORT_DISABLE_TELEMETRY= True)"),
    ],
)
def test_its_state_in_words(
    version: str | None, value: str | None, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    assert telemetry_state(version) == state


@pytest.mark.parametrize(
    ("version", "value", "warned"), [("1.31.1", None, True), ("1.28.0", None, False), ("1.31.1", "1", False)]
)
def test_a_library_that_was_imported_first_is_told(version: str, value: str | None, warned: bool) -> None:
    program = f"""
import sys, types
sys.modules["onnxruntime"] = types.SimpleNamespace(__version__="{version}")
import cg3d_runtime
"""
    environment = {name: text for name, text in os.environ.items() if name != VARIABLE}
    environment |= {VARIABLE: value} if value else {}
    ran = subprocess.run([PYTHON, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert ("Import cg3d_runtime first" in ran.stderr) is warned
    assert len(ran.stderr.splitlines()) == int(warned)
