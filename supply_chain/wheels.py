"""Both wheels, to the same bits every time, with their digests, bills of materials and notices."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from supply_chain.dependencies import PROJECTS, ROOT
from supply_chain.notices import texts
from supply_chain.sbom import bill

SUMS = "SHA256SUMS"


def build(out: Path, epoch: int) -> list[Path]:
    """Build both wheels and what goes with them.

    Hatchling sorts what it packs, gives it plain permissions, and takes its times from SOURCE_DATE_EPOCH; its own version
    stands in the wheel.

    Args:
        out: folder, made where there is none.
        epoch: seconds since 1970, for all times in them.
    Returns:
        The files: of each wheel itself, .cdx.json and .licences.txt, and SHA256SUMS of all.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name in PROJECTS:
        wheel = _wheel(name, out, epoch)
        stem = "-".join(wheel.name.split("-")[:2])
        beside = {out / f"{stem}.cdx.json": bill(name, wheel, epoch), out / f"{stem}.licences.txt": texts(name)}
        for path, content in beside.items():
            path.write_text(content, encoding="utf-8")
        files += [wheel, *beside]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(files)]
    (out / SUMS).write_text("".join(lines), encoding="ascii")
    return [*files, out / SUMS]


def commit_time() -> int:
    """When the commit at hand was made, in seconds since 1970; SOURCE_DATE_EPOCH where that is set."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def _wheel(name: str, out: Path, epoch: int) -> Path:
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.whl")}
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    subprocess.run([*command, str(PROJECTS[name].parent)], env=environment, check=True, stdout=subprocess.DEVNULL)
    (made,) = (path for path in out.glob("*.whl") if before.get(path) != path.stat().st_mtime_ns)
    return made
