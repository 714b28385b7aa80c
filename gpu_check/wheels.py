"""Packages carried along in a folder, for a machine without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def unpack(folder: Path, target: Path) -> str:
    """Install all wheels of a folder into another, which is looked into before what the machine has.

    Returns:
        What pip says where it fails; empty where it does not.
    """
    wheels = sorted(map(str, folder.glob("*.whl")))
    if not wheels:
        return f"{folder} holds no wheels"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--disable-pip-version-check",
    ]
    done = subprocess.run([*command, "--upgrade", "--target", str(target), *wheels], capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]
