"""The most memory that a process has held.

The kernel's own figure for a child (ru_maxrss) starts at the memory of the process that started it, so it is not used.
"""

from __future__ import annotations

import re
from pathlib import Path

from cg3d_runtime.doctor.system_files import read_text

OWN_STATUS = Path("/proc/self/status")


def peak_mb(status: Path = OWN_STATUS) -> float | None:
    """The highest resident memory so far, MB of a million bytes; None where the system does not tell.

    Args:
        status: /proc/PID/status of a process, or a copy of it.
    """
    peak = re.search(r"^VmHWM:\s*(\d+) kB", read_text(status) or "", re.MULTILINE)
    return int(peak[1]) * 1024 / 1e6 if peak else None


def megabytes(size: float | None) -> str:
    """For people."""
    return "unknown" if size is None else f"{size:.0f} MB"
