"""Command lines of earlier versions, as they are read now, and what is refused because it would be ignored."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.old_spellings import current


def cg3d(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("export --verify-only B", ["verify B"]),
        ("--debug export --verify-only=B --debug", ["--debug verify B --debug"]),
        ("export --compare B", ["compare B"]),
        ("export --triton models --bundle B", ["triton B --out models"]),
        (
            "export --bundle B --triton-precision auto --triton models --triton-tensorrt --triton-max-batch=8",
            ["triton B --out models --precision auto --max-batch 8 --tensorrt"],
        ),
        (
            "export runs/robot --fp16 --triton models --triton-precision fp32",
            ["export runs/robot --fp16 --out bundles/robot", "triton bundles/robot --out models --precision fp32"],
        ),
        (
            "export --fp16 --held-out 0 runs/robot --out b --triton models",
            ["export --fp16 --held-out 0 runs/robot --out b", "triton b --out models"],
        ),
        (
            "export --data packed --int8 --held-out=9 runs/other/ --triton models",
            [
                "export --data packed --int8 --held-out=9 runs/other/ --out bundles/other",
                "triton bundles/other --out models",
            ],
        ),
        ("calibrate B --confidence --data packed --keep 0.9", ["calibrate B --data packed --keep 0.9"]),
        ("calibrate B --data packed --method entropy", ["int8-ranges B --data packed --method entropy"]),
        ("calibrate B --data packed --out ranges.json", ["int8-ranges B --data packed --out ranges.json"]),
        ("data pack 3 --format parametric --out packed", ["data synth 3 --out packed"]),
    ],
)
def test_old_spellings(old: str, new: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert current(old.split()) == [line.split() for line in new]
    told = capsys.readouterr().err.splitlines()
    assert told == [f"cg3d: this is now written: cg3d {line.removeprefix('--debug ')}" for line in new]


@pytest.mark.parametrize(
    "words",
    [
        "export runs/robot --fp16 --out b",
        "export",
        "calibrate B --data packed",
        "calibrate B --data packed --out report",
        "data pack objects --format ulip --out packed",
        "data",
        "--debug",
        "verify B",
        "",
    ],
)
def test_what_is_written_so_today_is_left_alone(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert current(words.split()) == [words.split()]
    assert capsys.readouterr().err == ""


def test_the_newest_run_is_exported_and_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = cg3d("export", "--triton", "models")
    assert told.exit_code == 2
    assert told.stderr.splitlines()[-1].startswith("cg3d: runs/ holds no finished run.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("export --verify-only B --int8", "No such option: --int8"),
        ("export --verify-only B --triton tri", "No such option: --triton"),
        ("export runs/robot --triton-precision fp16", "cg3d triton BUNDLE --out DIR [--precision P]"),
        ("export --bundle B", "the model repository is a command of its own: cg3d triton BUNDLE"),
        ("export runs/robot --calibration ranges.json", "add --int8, or leave it out."),
        ("export runs/robot --data packed --held-out 0", "--held-out 0 compares no answers, so --data is not read"),
        ("calibrate B --data packed --confidence --method entropy", "No such option: --method"),
        ("calibrate B --data packed --graphs points --keep 0.9", "No such option: --keep"),
        ("train --towers FILE", "--towers goes with --resume"),
        ("data show packed --objects 0 --sheet a.png", "--objects 0 draws no picture; leave --sheet out"),
        ("data pack x --format parametric --out y", "'x' is not a valid int"),
        ("verify", "Missing argument 'BUNDLE'. See `cg3d verify --help`."),
        ("nonsense", "No such command 'nonsense'"),
        ("data pack a --out b --points 3", "Invalid value for '--points': 3 is not in the range x>=16"),
    ],
)
def test_what_would_be_ignored_is_refused(arguments: str, message: str) -> None:
    told = cg3d(*arguments.split())
    assert (told.exit_code, told.stdout) == (2, "")
    line = told.stderr.splitlines()[-1]
    assert line.startswith("cg3d: ") and message in line


def test_cg3d_takes_what_the_runtimes_programs_take() -> None:
    from cg3d_runtime import __version__

    assert cg3d("--version").stdout == f"cg3d {__version__}\n"
    assert cg3d("-h").stdout == cg3d("--help").stdout == cg3d().stdout
    assert cg3d("data", "-h").stdout == cg3d("data").stdout
    assert cg3d("verify", "-h").exit_code == 0
