"""`cg3d-infer` as a careless or hostile neighbour calls it, for `scripts/fuzz`: names on stdin, in folders and as arguments.

Whatever the names, no traceback and no control character comes out, every line of `--json` is JSON, and a good scan that is
named last is still answered.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

from cg3d_runtime.errors import Cg3dError
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate

_CASE_FILE = "case.json"
_GOOD = "good.ply"
_SECONDS = 60.0
_PROGRAM = "from cg3d_runtime.infer.cli import main; main()"
_MUG = Path(__file__).resolve().parents[1] / "examples" / "scans" / "mug.ply"
_NAMES = (
    *(b"missing.ply", b"", b" ", b".", b"/", b"..", b"a\0b.ply", b"\0", b"a" * 300 + b".ply", b"b/" * 3000 + b"c.ply"),
    *(
        b"\x1b]0;owned\x07.ply",
        b"two\nlines.ply",
        b"tab\there.ply",
        b"\xff\xfe.ply",
        b"\xe2\x80\xaeylp.exe.ply",
        b"-",
        b"--json",
    ),
    *(
        b"ply",
        b"# .PCD v0.7",
        b"good.ply/x.ply",
        b"loop.ply",
        b"/dev/null",
        b"/dev/full",
        b"~",
        b"*.ply",
        b"file:///etc/passwd",
    ),
    *(b"readme.txt", b"labels.txt", b"scan.exe", b"\r", b"https://user:secret@host/a.ply", b"good.ply", b"good.PLY"),
)


def write_command(random: Random, seeds: Path, folder: Path) -> Path:
    """A folder to stand in, and what is said there."""
    work = folder / "work"
    work.mkdir()
    shutil.copyfile(_MUG, work / _GOOD)
    (work / "loop.ply").symlink_to("loop.ply")
    (work / "readme.txt").write_text("This folder holds scans.\n")
    (work / "labels.txt").write_text("mug\nbowl\n")
    names = [_name(random) for _ in range(random.randrange(1, 6))]
    on_stdin = random.random() < 0.7
    given = names if on_stdin else [name.replace(b"\0", b"") or b"x" for name in names]
    case = {
        "names": [name.hex() for name in given],
        "on stdin": on_stdin,
        "json": random.random() < 0.5,
        "end": random.choice((b"\n", b"\n", b"\r\n")).hex(),
    }
    (folder / _CASE_FILE).write_text(json.dumps(case))
    return work


def use_command(work: Path) -> list[Step]:
    return [lambda: _run(work)]


def names_nothing(error: Cg3dError, work: Path) -> bool:
    return False  # a program ends with an exit code, never with an error of ours


COMMANDS = Target("commands", write_command, use_command, names_nothing, warm_up=0)


def _name(random: Random) -> bytes:
    name = random.choice(_NAMES)
    return mutate(name, random) if random.random() < 0.2 else name


def _run(work: Path) -> None:
    case = json.loads((work.parent / _CASE_FILE).read_text())
    names = [*(bytes.fromhex(name) for name in case["names"]), _GOOD.encode()]
    end = bytes.fromhex(case["end"])
    arguments = ["-"] if case["on stdin"] else ["--", *map(os.fsdecode, names)]
    options = ["--labels", "labels.txt", "--backend", "cpu", "--threads", "1", *["--json"] * case["json"]]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *options, *arguments],
        input=end.join(names) + end if case["on stdin"] else b"",
        capture_output=True,
        cwd=work,
        timeout=_SECONDS,
        env={**os.environ, "CG3D_CACHE": str(work.parent / "cache")},
    )
    _check(done.returncode, done.stdout.decode(), done.stderr.decode(errors="backslashreplace"), case["json"])


def _check(status: int, out: str, err: str, is_json: bool) -> None:
    assert status in (0, 1, 2), f"exit {status}: {err[-300:]}"
    assert "Traceback" not in err, err[-2000:]
    for line in (out + err).split("\n"):
        assert line.isprintable(), f"control characters come out: {line!r}"
    answers = [line for line in out.split("\n") if line]
    if is_json:
        answers = [answer["file"] for answer in map(json.loads, answers) if "label" in answer]
    was_answered = any(answer.startswith(_GOOD) for answer in answers)
    assert status == 2 or was_answered, f"{_GOOD} was not answered: {err[-300:]}"
