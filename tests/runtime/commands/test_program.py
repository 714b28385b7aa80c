"""What the programs have in common: -h, --version, --debug, one line for an error, old spellings, shell completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d_runtime import __version__

PROGRAMS = ["infer", "detect", "doctor", "bench"]


def run(program: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    code = f"from cg3d_runtime.entry import {program}; {program}()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_all_programs_take(program: str) -> None:
    short, long = run(program, "-h"), run(program, "--help")
    assert short.returncode == 0 and short.stdout == long.stdout
    for option in ("--bundle DIR", "--require-signature KEY", "--json", "--debug", "--version", "Examples:"):
        assert option in short.stdout
    assert run(program, "--version").stdout == f"cg3d-{program} {__version__}\n"


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bundel", "x"], "No such option: --bundel"),
        (["--bundle"], "--bundle' requires an argument. See `"),
        (["--bundle", "nowhere", "--json"], "nowhere: no bundle can be read there"),
    ],
)
def test_an_error_is_one_line(program: str, arguments: list[str], message: str, tmp_path: Path) -> None:
    scans = ["scan.ply", "--labels", "mug,bowl"] if program in ("infer", "detect") else []
    ran = run(program, *scans, *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"cg3d-{program}: ") and message in line


@pytest.mark.parametrize("program", PROGRAMS)
def test_debug_shows_where_an_error_came_from(program: str) -> None:
    scans = ["scan.ply", "--labels", "mug,bowl"] if program in ("infer", "detect") else []
    lines = run(program, "--debug", *scans, "--bundle", "nowhere").stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith(f"cg3d-{program}: nowhere: no bundle can be read there")


def test_completion_can_be_installed_and_completes() -> None:
    variables = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = run("infer", "--show-completion", "bash", **variables)
    assert script.returncode == 0 and "_CG3D_INFER_COMPLETE=complete_bash" in script.stdout
    asked = {"_CG3D_INFER_COMPLETE": "complete_bash", "COMP_WORDS": "cg3d-infer --ba", "COMP_CWORD": "1"}
    assert run("infer", **asked).stdout.split() == ["--backend"]


def test_the_old_spelling_of_the_doctor_works_and_names_the_new_one(tiny_bundle: Path) -> None:
    ran = run("doctor", tiny_bundle, "--json")
    assert ran.returncode == 0 and json.loads(ran.stdout)["bundle"]["name"] == "tiny"
    assert ran.stderr.splitlines()[0] == f"cg3d-doctor: this is now written: cg3d-doctor --bundle {tiny_bundle}"
    refused = run("doctor", tiny_bundle, "--bundle", tiny_bundle)
    assert refused.returncode == 2 and "one bundle is examined, with --bundle DIR; got also" in refused.stderr


def test_the_old_spelling_of_the_bench_works_and_names_the_new_one(
    tiny_bundle: Path, make_scan: Callable[..., Path]
) -> None:
    scan = make_scan()
    few = ["--repeats", 1, "--warm-up", 0, "--cold-starts", 0, "--backend", "cpu", "--json"]
    ran = run("bench", tiny_bundle, scan, *few)
    assert ran.returncode == 0 and json.loads(ran.stdout)["bundle"] == "tiny"
    assert ran.stderr.splitlines()[0] == f"cg3d-bench: this is now written: cg3d-bench {scan} --bundle {tiny_bundle}"
    refused = run("bench", tiny_bundle, scan, "--bundle", "other", *few)
    assert (
        refused.returncode == 2 and "is a bundle, not a scan, and --bundle names another one: other" in refused.stderr
    )


def test_a_typing_error_in_the_name_of_a_scan_is_told_as_that() -> None:
    ran = run("bench", "nosuch.ply")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "cg3d-bench: nosuch.ply: cannot be read: No such file or directory.\n"
