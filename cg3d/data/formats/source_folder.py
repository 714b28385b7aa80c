"""The folder of a data set, and the lists of names that come with it."""

from __future__ import annotations

from pathlib import Path

from cg3d.data.formats.listings import numbered_lines
from cg3d_runtime.errors import DataError


def source_folder(source: str, inner: str, sign: str) -> Path:
    """The folder that holds `sign`, a file or folder that every copy of the data set has.

    Args:
        source: that folder, or the one that holds it.
        inner: the folder's name as the data set is published.
        sign: a path within it.
    Raises:
        DataError: neither holds it.
    """
    for folder in (Path(source), Path(source) / inner):
        if (folder / sign).exists():
            return folder
    if not Path(source).is_dir():
        raise DataError(f"{source}: is no folder; the folder {inner} is needed.")
    found = ", ".join(sorted(path.name for path in Path(source).iterdir())[:8]) or "nothing"
    raise DataError(f"{source}: has no {sign}; the folder {inner} as published has one. Found: {found}.")


def read_list(path: Path) -> list[str]:
    """The lines of a list without the blank ones.

    Raises:
        DataError: no such file, not text, or it names nothing.
    """
    names = [name for _, name in numbered_lines(path)]
    if not names:
        raise DataError(f"{path}: names nothing; one name a line is needed. Copy it again.")
    return names
