"""`cg3d` as a user runs it."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cg3d.cli import _Stderr, app
from cg3d.runs.checkpoint import load_record


def cg3d(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def options(changes: tuple[str, ...]) -> list[str]:
    return [part for change in changes for part in ("--set", change)]


def test_train_learns_packed_data(packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path) -> None:
    result = cg3d("train", "--data", packed, "--out", tmp_path / "run", *options(tiny_changes))
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{tmp_path / 'run'}: 6 steps, ")
    assert second == f"next: cg3d export {tmp_path / 'run'} --fp16"
    assert load_record(tmp_path / "run").step == 6
    for line in ("18 objects to learn from, 6 held out", "THE TOWERS HAVE RANDOM WEIGHTS", "step 6 of 6  loss"):
        assert line in result.stderr


def test_run_without_a_name_goes_to_runs(
    packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cg3d("train", "--data", packed, *options((*tiny_changes, "steps=1"))).exit_code == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert load_record(run).step == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "--set", "batchsize=3"), "did you mean 'batch_size'?"),
        (("train", "--preset", "huge"), "Name one of mini, mini-cg3d, paper"),
        (("train", "--data", "nowhere"), "nowhere: no packed data there"),
        (("export",), "runs/ holds no finished run. Start one with `cg3d train`"),
        (("export", "nowhere"), "nowhere: no run is there"),
        (("eval", "nowhere", "--data", "nowhere"), "nowhere: no packed data there"),
        (("data", "show", "nowhere"), "nowhere: no packed data there"),
    ],
)
def test_what_a_user_can_mend_is_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cg3d(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("cg3d: ")
    assert message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("train", "--set", "lrr=1", "--debug"), ("--debug", "train", "--set", "lrr=1")])
def test_debug_shows_the_traceback(arguments: tuple[str, ...]) -> None:
    result = cg3d(*arguments)
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("cg3d: 'lrr' is no field")


@pytest.mark.parametrize(
    "command", ["train", "export", "calibrate", "triton", "int8-ranges", "eval", "finetune", "data"]
)
def test_help_needs_neither_torch_nor_numpy(command: str) -> None:
    code = (
        "import sys\nfrom cg3d.cli import app\n"
        f"try:\n    app(['{command}', '--help'])\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'torch', 'numpy', 'onnxruntime', 'onnx', 'open_clip'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_names_in_log_lines_do_not_reach_the_terminal_raw(capfd: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[2J\u202e\nb"
    record = logging.LogRecord("cg3d", logging.INFO, "", 0, "%s: learned", (name,), None)
    _Stderr().emit(record)
    assert capfd.readouterr().err == "a\\x1b[2J\\u202e\\nb: learned\n"
