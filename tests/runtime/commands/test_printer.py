"""What reaches a terminal or a log: names as they were given, and none that does more than be read."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime import Answer, Candidate, Cg3dError, Recognizer, ScanError
from cg3d_runtime.commands.printer import print_line, show_warnings
from cg3d_runtime.errors import printable, shortened
from cg3d_runtime.infer.cli import app
from tests.runtime.programs import Run, run_in_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file names are other there")
EVIL = "\x1b]0;PWNED\x07\x1b[2J\nmug.ply: sofa\u202eylp\x9b\x7f\udce4"
SHOWN = r"\x1b]0;PWNED\x07\x1b[2J\nmug.ply: sofa\u202eylp\x9b\x7f\udce4"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tiny_bundle: Path, labels_file: Path) -> Run:
    options = ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--threads", 1]
    return partial(run_in_process, capsys, app, "cg3d-infer", *options)


@given(st.text())
def test_printable_text_is_one_line_without_effects(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "mug",
        "caf\u00e9 \u732b",
        "\u6905\u5b50\u3000\u5927",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "a\u00a0b",
        "\U0001f4a1",
    ],
)
def test_words_of_all_scripts_stay(text: str) -> None:
    assert printable(text) == text


def test_names_are_cut_in_the_middle() -> None:
    assert shortened("a.ply") == "a.ply"
    assert shortened(Path("x" * 9999 + ".ply")).endswith("xxx.ply")
    assert len(shortened("x" * 9999)) < 320


def test_a_table_has_no_line_that_is_not_its_own() -> None:
    answer = Answer(f"{EVIL}.ply", (Candidate(EVIL, 0.5),), True, 9, "cpu", "fp32", {}, None, EVIL)
    title, row = answer.to_table().split("\n")
    assert title == f"{SHOWN}.ply: unknown, none of the labels fits well; nearer to: {SHOWN}"
    assert row.startswith(f"  {SHOWN}   50.0%")
    assert json.loads(answer.to_json())["file"] == f"{EVIL}.ply"


def test_names_of_scans_reach_no_terminal_as_they_are(run: Run, make_scan: Callable[..., Path], tmp_path: Path) -> None:
    name = EVIL.replace("/", "")
    good, bad = tmp_path / f"{name}.npy", tmp_path / f"bad{name}.ply"
    make_scan().rename(good)
    bad.write_bytes(b"ply\n\x1b[31m\n")
    assert "\x1b" not in run(bad, "--debug")[2]
    code, out, err = run(good, bad)
    assert code == 1
    assert len(out.splitlines()) == 4 and SHOWN in out
    assert [line for line in err.splitlines() if line.startswith("cg3d-infer: ") and SHOWN in line]
    for text in (out, err):
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"]
        assert not [line for line in text.splitlines() if line.startswith("mug.ply: ")]
    _, out, _ = run(bad, "--json")
    assert json.loads(out)["file"] == str(bad)


def test_warnings_and_errors_are_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("cg3d_runtime")
    monkeypatch.setattr(logger, "propagate", False)  # pytest's own record of a broken name breaks its processes
    before, logger.handlers = logger.handlers, []
    show_warnings("cg3d-infer")
    logging.getLogger("cg3d_runtime.labels.cache").warning("%s: unreadable", EVIL)
    logger.handlers = before
    print_line(str(ScanError(EVIL)))
    assert capsys.readouterr().err == f"cg3d-infer: {SHOWN}: unreadable\n{SHOWN}\n"


@pytest.mark.parametrize("module", ["doctor", "bench"])
def test_the_doctor_and_the_bench_say_it_so_too(module: str, tmp_path: Path) -> None:
    program = f"from cg3d_runtime.entry import {module}; {module}()"
    named = os.fsencode(tmp_path / f"none{EVIL}")
    ran = subprocess.run([sys.executable, "-c", program, b"--bundle", named], capture_output=True)
    assert ran.returncode == 2
    assert SHOWN.encode() in ran.stderr
    assert len(ran.stderr.splitlines()) == 1 and b"\x1b" not in ran.stderr


def test_errors_name_the_file_as_it_was_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_scan: Callable[..., Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "scan.ply").touch()
    code, out, err = run("a/scan.ply", "b/scan.ply", "--json")
    assert code == 1
    assert err.splitlines()[1:] == [f"cg3d-infer: {folder}/scan.ply: is empty (0 bytes)." for folder in "ab"]
    assert [json.loads(line)["error"] for line in out.splitlines()] == [
        f"{folder}/scan.ply: is empty (0 bytes)." for folder in "ab"
    ]


def long_or_none() -> list[list[Any]]:
    name = "x" * 300
    return [["--bundle", name], ["--view", f"{name}.html"], ["--save-image", f"{name}.png"], ["--labels", name],
            ["--require-signature", name], ["--watch", name], ["--view", "none/" * 1000 + "a.html"]]  # fmt: skip


@pytest.mark.parametrize("option", long_or_none(), ids=lambda option: option[0])
def test_names_that_are_too_long_are_one_line(run: Run, make_scan: Callable[..., Path], option: list[str]) -> None:
    code, out, err = run(*([] if option[0] == "--watch" else [make_scan()]), *option)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "given",
    [
        {"bundle": "a\0b"},
        {"bundle": ["mug", "bowl"]},
        {"bundle": "x" * 300},
        {"labels": "a\0b"},
        {"labels": "x" * 300},
        {"public_key": "a\0b"},
    ],
    ids=str,
)
def test_names_that_are_none_are_our_errors(given: dict[str, Any], tiny_bundle: Path) -> None:
    with pytest.raises(Cg3dError):
        Recognizer.open(**{"bundle": tiny_bundle, "labels": ["mug"], **given})


def test_a_folder_says_what_it_lacks(run: Run, tmp_path: Path) -> None:
    (tmp_path / "nest" / "below").mkdir(parents=True)
    (tmp_path / "nest" / "1_depth.png").touch()
    code, _, err = run(tmp_path / "nest")
    assert code == 1
    assert "nest: is a folder; a scan file is needed, and it holds none: images need --depth, folders below" in err


def test_what_is_locked_is_one_line_and_the_others_are_answered(
    as_a_user: list[str], make_scan: Callable[..., Path], tiny_bundle: Path, labels_file: Path
) -> None:
    locked = make_scan("locked/sub/a.npy")
    locked.parent.parent.chmod(0)
    options = ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--json"]
    command = [*as_a_user, sys.executable, "-m", "cg3d_runtime", locked, locked.parent, make_scan(), *options]
    ran = subprocess.run(command, capture_output=True, text=True)
    watch = [*as_a_user, sys.executable, "-m", "cg3d_runtime", locked.parent, *options, "--watch"]
    refused = subprocess.run(watch, capture_output=True, text=True)
    locked.parent.parent.chmod(0o755)
    assert ran.returncode == 1
    assert [line.split(": ", 1)[1] for line in ran.stderr.splitlines()[1:]] == [
        f"{locked}: cannot be read: Permission denied.",
        f"{locked.parent}: cannot be read: Permission denied.",
    ]
    assert json.loads(ran.stdout.splitlines()[2])["label"]
    assert refused.returncode == 2
    assert "or cannot be looked at" in " ".join(refused.stderr.split())
