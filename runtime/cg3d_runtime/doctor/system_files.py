"""Small files of the kernel and the system, and short commands: None where there is none."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path("/")
_LONGEST_S = 20.0  # nvidia-smi takes seconds where the driver must wake up first


def read_text(path: Path) -> str | None:
    """A text file without the white space, or the NUL of a device tree, around its content."""
    try:
        return path.read_bytes().decode("utf-8", "replace").strip("\0 \t\r\n")
    except OSError:  # also what the kernel says of a sensor without power
        return None


def read_number(path: Path) -> int | None:
    """A file that holds one decimal number."""
    text = read_text(path)
    return int(text) if text and re.fullmatch(r"-?\d+", text) else None


def output_of(*command: str) -> str | None:
    """What a command prints, or None where it is missing, fails or hangs."""
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.decode("utf-8", "replace")


def debian_versions(names: tuple[str, ...], root: Path = ROOT) -> dict[str, str]:
    """The versions of those of `names` that dpkg has installed."""
    status = read_text(root / "var/lib/dpkg/status") or ""
    found = {}
    for name in names:
        entry = re.search(rf"^Package: {re.escape(name)}\n(?:.+\n?)*", status, re.MULTILINE)
        if entry and re.search(r"^Status: .* installed$", entry[0], re.MULTILINE):
            version = re.search(r"^Version: (\S+)$", entry[0], re.MULTILINE)
            found.update({name: version[1]} if version else {})
    return found
