"""Time and memory of a fresh `cg3d-infer` that names one scan."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from cg3d_runtime.bench.memory import OWN_STATUS, peak_mb
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import LABELS as FIXED_LABELS
from cg3d_runtime.errors import BackendError

LABELS = "bottle\nbowl\nchair\nlamp\nmug\nplate\n"
# cg3d-infer, which at its end tells of its memory.
_PROGRAM = f"""
import sys
sys.path[:] = filter(None, sys.path)
from pathlib import Path
copy = Path(sys.argv.pop())
from cg3d_runtime.infer.cli import main
try:
    main()
finally:
    status = Path("{OWN_STATUS}")
    copy.write_text(status.read_text() if status.exists() else "")
"""


@dataclass(frozen=True)
class ColdStart:
    """New processes, with labels, engines and files in their caches.

    Attributes:
        s: median of their seconds.
        peak_mb: the most memory of the last one, MB of a million bytes; None where the system does not tell.
    """

    scan: str
    s: float
    peak_mb: float | None


def cold_start(bundle: Bundle, scan: str, options: Sequence[str], repeats: int) -> ColdStart:
    """Run `cg3d-infer` once to fill the caches, then `repeats` times.

    Args:
        options: of cg3d-infer, such as --backend cpu.
    Raises:
        BackendError: cg3d-infer does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="cg3d-bench-") as folder:
        labels, status = Path(folder) / "labels.txt", Path(folder) / "status"
        labels.write_text(LABELS)
        words = [] if FIXED_LABELS in bundle.manifest.files else ["--labels", str(labels)]
        arguments = [scan, *words, "--bundle", str(bundle.directory), "--json", *options]
        _run(arguments, status)
        seconds = [_run(arguments, status) for _ in range(repeats)]
        return ColdStart(Path(scan).name, statistics.median(seconds), peak_mb(status))


def _run(arguments: Sequence[str], status: Path) -> float:
    """Seconds of one process, which leaves its /proc/self/status in `status`."""
    started = perf_counter()
    ran = subprocess.run([sys.executable, "-c", _PROGRAM, *arguments, str(status)], capture_output=True)
    seconds = perf_counter() - started
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise BackendError(f"cg3d-infer ended with status {ran.returncode} and said: {said[-1]}")
    return seconds
