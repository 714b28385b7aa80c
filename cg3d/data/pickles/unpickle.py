"""The step that turns pickled data sets into plain .npz files, which every reader takes instead of the pickles.

Pickled are OpenShape's packs and test clouds, the ModelNet caches (.dat) and the few-shot episodes (.pkl) of Point-BERT. What
comes out keeps everything that went in, under the names that `plain_arrays` tells.
"""

from __future__ import annotations

import io
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cg3d.data.pickles.plain_arrays import PlainArrays
from cg3d.data.pickles.restricted import read_pickle
from cg3d.terminal import Progress
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically

log = logging.getLogger(__name__)

SUFFIXES = (".npy", ".pkl", ".pickle", ".p", ".dat")
ANNOUNCEMENT = (
    "Reading the pickled files of {source}. A pickle is a program, and these come from a stranger: arrays, numbers and text "
    "alone are read from them. A file that names anything else is refused, and nothing of it is run."
)


@dataclass(frozen=True)
class Unpickled:
    """The result for the files of a source."""

    converted: int
    there_already: int
    plain: int  # .npy files that hold no pickle, left as they are
    skipped: int  # damaged or refused, named in the log

    def __str__(self) -> str:
        return (
            f"{self.converted} files converted, {self.there_already} there already, "
            f"{self.plain} plain arrays left as they are, {self.skipped} skipped"
        )


def unpickle(
    source: Path, out: Path, skip_bad: bool = False, progress: Progress = lambda done, total: None
) -> Unpickled:
    """Convert a pickled file, or all of a folder; files that an earlier run converted are left as they are.

    Args:
        source: a file, or a folder of files with one of SUFFIXES.
        out: folder for the .npz files, under their names in `source`; the folder itself puts each beside its original.
        skip_bad: name files that cannot be converted in the log, count them and go on.
        progress: called with the number of files done and the number of all.
    Raises:
        DataError: nothing to convert, two files of one name, or a file that is damaged or refused; the message names it.
    """
    targets = _targets(Path(source), Path(out))
    outcomes = dict.fromkeys(("converted", "there_already", "plain", "skipped"), 0)
    for done, (file, target) in enumerate(targets.items()):
        progress(done, len(targets))
        outcomes[_outcome(file, target, skip_bad)] += 1
    progress(len(targets), len(targets))
    return Unpickled(**outcomes)


def _targets(source: Path, out: Path) -> dict[Path, Path]:
    """Every file to convert, with the file that it becomes."""
    if not source.exists():
        raise DataError(f"{source}: not found; a pickled file or a folder of them is needed.")
    root = source if source.is_dir() else source.parent
    files = [source] if source.is_file() else sorted(file for file in source.rglob("*") if file.suffix in SUFFIXES)
    if not files:
        raise DataError(f"{source}: holds no file with one of {', '.join(SUFFIXES)}.")
    origins: dict[Path, Path] = {}
    for file in files:
        target = out / file.relative_to(root).with_suffix(".npz")
        if target in origins:
            raise DataError(f"{origins[target]} and {file} would both become {target}. Convert one of them alone.")
        origins[target] = file
    return {file: target for target, file in origins.items()}


def _outcome(file: Path, target: Path, skip_bad: bool) -> str:
    if target.exists():
        return "there_already"
    try:
        if file.suffix == ".npy" and not _is_pickled(file):
            return "plain"
        content = _npz(plain_arrays(file))
    except (DataError, OSError) as error:
        if not skip_bad:
            raise
        log.warning("skipped: %s", error)
        return "skipped"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, content)
    return "converted"


def plain_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of one pickled file by their names, of numbers and text alone.

    Raises:
        DataError: damaged, refused, or a value that has no place in an array; the message names the file.
    """
    with path.open("rb") as file:
        if path.suffix == ".npy":
            _npy_dtype(file, path)  # past the header
        value = read_pickle(file, path)
    try:
        return PlainArrays(path.stat().st_size).named(value)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise DataError(f"{path}: cannot be written as plain arrays ({error}).") from error


def _is_pickled(path: Path) -> bool:
    """Whether a .npy file holds pickled objects, by its header."""
    with path.open("rb") as file:
        return _npy_dtype(file, path).hasobject


def _npy_dtype(file: BinaryIO, path: Path) -> np.dtype:
    """The type in a .npy file's header; leaves the file at its content."""
    try:
        version = np.lib.format.read_magic(file)
        is_old = version == (1, 0)
        read_header = np.lib.format.read_array_header_1_0 if is_old else np.lib.format.read_array_header_2_0
        return read_header(file)[2]
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise DataError(f"{path}: is no .npy file, or a damaged one ({error}). Download it again.") from error


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    """An archive as np.savez writes it, but of any names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return content.getvalue()
