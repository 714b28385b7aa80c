"""The folder of this user's caches."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "CG3D_CACHE"


def cache_directory() -> Path:
    """Where this user's caches belong: CG3D_CACHE, else the platform's place.

    Raises:
        RuntimeError: the user has no home directory.
    """
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cg3d"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "cg3d" / "cache"
    named = os.environ.get("XDG_CACHE_HOME", "")  # to be ignored unless absolute, says its specification
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "cg3d"
