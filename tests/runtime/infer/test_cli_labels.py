"""`cg3d-infer --labels`: a file, words joined by commas, a list on stdin, or nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "cg3d_runtime", "--backend", "cpu", "--threads", "1", "--json"]
Infer = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def infer(tiny_bundle: Path, make_scan: Callable[..., Path], tmp_path: Path) -> Infer:
    """The command on one scan, in a folder of its own."""
    scan = make_scan()

    def run(*arguments: str, stdin: str = "", bundle: Path | None = tiny_bundle) -> subprocess.CompletedProcess[str]:
        named = ["--bundle", str(bundle)] if bundle else []
        return subprocess.run(
            [*COMMAND, str(scan), *named, *arguments], input=stdin, capture_output=True, text=True, cwd=tmp_path
        )

    return run


def test_words_joined_by_commas(infer: Infer, tmp_path: Path) -> None:
    words = infer("--labels", "mug, bowl,fork,", "--top", "1")
    assert words.returncode == 0 and words.stderr.endswith(" 3 labels\n")
    (tmp_path / "mug, bowl,fork,").write_text("chair\nlamp")
    assert infer("--labels", "mug, bowl,fork,").stderr.endswith(" 2 labels\n")  # a file of that name comes first


def test_a_list_on_stdin_is_read_like_a_file(infer: Infer, tmp_path: Path) -> None:
    text = "# kitchen\n1. mug: coffee mug; cup\n2. bowl\n3. mug: cup; coffee mug\n"
    (tmp_path / "list.txt").write_text(text)
    piped, read = infer("--labels", "-", stdin=text), infer("--labels", "list.txt")
    assert piped.returncode == 0
    assert piped.stdout.partition('"ms"')[0] == read.stdout.partition('"ms"')[0]
    note, introduction = piped.stderr.splitlines()
    assert note == "cg3d-infer: stdin: more than once in the list, and counted once: mug"
    assert introduction.endswith(" 2 labels")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--labels", "mug"],
            "mug: no label list can be read there (No such file or directory); name a file that holds",
        ),
        (["--labels", "mug: cup, beaker,bowl"], "names with synonyms go into a file, one label a line."),
        (["--labels", "mug"], "or write the words themselves: --labels mug,bowl."),
        (["--labels", " , "], "no label in it; name a file"),
        (["--labels", ""], "--labels is empty; name a file"),
        (["--labels", "-", "-"], "--labels - and the scans' - cannot share stdin."),
        (["--labels", "-"], "stdin: no label in it; write one a line"),
        (["--labels", ",".join(["mug"] * 200 + ["x/y.txt"])], "'x/y.txt' is a path and not a name."),
    ],
)
def test_what_is_no_list_is_one_line(infer: Infer, arguments: list[str], message: str) -> None:
    ran = infer(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith("cg3d-infer: ") and message in line


def test_without_labels_the_everyday_names_of_the_bundle_answer(infer: Infer) -> None:
    ran = infer(bundle=None)
    assert ran.returncode == 0, ran.stderr
    introduction = ran.stderr.splitlines()[0]  # a note on the scan may follow
    assert "cg3d-mini" in introduction and int(introduction.split()[-2]) > 500
