"""The parts, each in a process of its own, with a limit: one that crashes or hangs costs only itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from gpu_check import findings

ROOT = Path(__file__).resolve().parents[1]
_SOURCES = (ROOT, ROOT / "runtime", ROOT / "export", ROOT / "calibration")


class Part(NamedTuple):
    """A part.

    Attributes:
        function: `module:function`, which takes a device and `Findings`.
        limit_s: seconds after which it is ended.
    """

    function: str
    limit_s: float


# In the order of their worth: where time runs short, the last ones are left out.
PARTS = {
    "machine": Part("gpu_check.machine:check", 40),
    "runtime": Part("gpu_check.runtime:check_onnx", 80),
    "training": Part("gpu_check.training:check_losses", 110),
    "throughput": Part("gpu_check.throughput:check", 150),
    "resume": Part("gpu_check.training:check_resume", 90),
    "pictures": Part("gpu_check.pictures:check", 60),
    "processes": Part("gpu_check.processes:check", 100),
    "tensorrt": Part("gpu_check.runtime:check_tensorrt", 150),
}


def run(
    name: str, part: Part, device: str, out: Path, left_s: float, packages: Path | None = None
) -> list[findings.Finding]:
    """Run one part, and return its findings, the last of which tells how it ended if that was before its end.

    Args:
        left_s: seconds that are left for all parts.
        packages: a folder that is looked into for packages before all others.
    """
    lines = out / f"{name}.jsonl"
    lines.unlink(missing_ok=True)
    started = monotonic()
    process = [part.function, name, device, str(lines)]
    ending = _ending(process, lines.with_suffix(".log"), min(part.limit_s, left_s), packages)
    seconds = monotonic() - started
    told = findings.Findings(name, lines)
    if ending:
        told.failed("ended", seconds, "s", ending)
    else:
        told.measured("took", seconds, "s")
    return findings.read(lines)


def main(part: str, name: str, device: str, lines: str) -> None:
    """The process of one part."""
    module, _, function = part.partition(":")
    told = findings.Findings(name, Path(lines))
    try:
        if device == "cuda" and not import_module("torch").cuda.is_available():
            told.failed("device", note="torch sees no GPU; --device cpu proves that the check itself works")
            return
        check = getattr(import_module(module), function)
    except ImportError as error:
        told.skipped("start", f"{error}; carry its wheel in the folder of --wheels")
        return
    check(device, told)


def _ending(arguments: list[str], log: Path, limit_s: float, packages: Path | None) -> str:
    """How the process ended, where that was not by itself with status 0."""
    command = [sys.executable, "-c", "import sys; from gpu_check.parts import main; main(*sys.argv[1:])"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=_environment(packages),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its own processes end with it
        )
        try:
            status = process.wait(max(limit_s, 1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"no end within {limit_s:.0f} s"
    said = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"])[-1][:200]
    how = f"ended with status {status}" if status >= 0 else f"crashed ({signal.strsignal(-status)})"
    return "" if status == 0 else f"{how}: {said}"


def _environment(packages: Path | None) -> dict[str, str]:
    places = [*([packages] if packages else []), *_SOURCES]
    inherited = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, places), *inherited]), "ORT_DISABLE_TELEMETRY": "1"}
