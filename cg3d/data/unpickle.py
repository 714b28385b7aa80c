"""The step that turns pickled data sets into plain .npz files, which every reader takes instead of the pickles.

Pickled are OpenShape's packs and test clouds, the ModelNet caches (.dat) and the few-shot episodes (.pkl) of Point-BERT. What
comes out keeps everything that went in, under these names:

* an entry of a dictionary gets its key, after those around it: `text_feat/original`;
* items of a sequence that have one shape and type become one array; rows of one form (dictionaries with equal keys, tuples)
  become one array a column; other items get their number: `text/0`;
* clouds (n, P, 3 or more) in company of n labels are called `points`, `label`, and a second label `original_label`; a value
  that is itself an array is called `data`; None is left out.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cg3d.data.restricted_pickle import PickledArray, read_pickle
from cg3d_runtime.atomic import write_atomically
from cg3d_runtime.errors import DataError

log = logging.getLogger(__name__)

SUFFIXES = (".npy", ".pkl", ".pickle", ".p", ".dat")
ANNOUNCEMENT = (
    "Reading the pickled files of {source}. A pickle is a program, and these come from a stranger: arrays, numbers and text "
    "alone are read from them. A file that names anything else is refused, and nothing of it is run."
)
_COLUMNS = ("points", "label", "original_label")
_LONGEST_NAME = 1000  # letters
_KEYS = (str, bytes, int, float, complex, np.generic, type(None))
_MOST_GROWTH, _ALWAYS_ALLOWED = 16, 1 << 26  # bytes out for one in; bytes, for padded text in small files

Tree = dict[str, Any]  # of names to np.ndarray and Tree
Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(frozen=True)
class Unpickled:
    """What became of the files of a source."""

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
        return _Plain(path.stat().st_size).named(value)
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


class _Plain:
    """Turns what a pickle of `size` bytes holds into arrays, and counts them: a pickle may name one object without end."""

    def __init__(self, size: int) -> None:
        self._values_left = size + 1  # a value takes a byte at least
        self._bytes_left = _MOST_GROWTH * size + _ALWAYS_ALLOWED

    def named(self, value: Any) -> dict[str, np.ndarray]:
        tree = self._tree(value)
        arrays: dict[str, np.ndarray] = {}
        for name, array in _flat(tree if isinstance(tree, dict) else {"data": tree}):
            if name in arrays or not name.isprintable():
                raise ValueError(f"{name!r} is the name of two values, or has letters that no archive takes")
            self._charge(len(name))
            arrays[name] = array
        return arrays

    def _tree(self, value: Any) -> Tree | np.ndarray | None:
        self._values_left -= 1
        if self._values_left < 0:
            raise ValueError("its values refer to each other without end")
        if isinstance(value, PickledArray):
            return self._array_tree(value)
        if isinstance(value, dict):
            return {str(_key(key)): self._tree(item) for key, item in value.items()}
        if isinstance(value, (set, frozenset)):
            value = sorted(map(_key, value), key=repr)
        if isinstance(value, (list, tuple)):
            return self._joined([self._tree(item) for item in value])
        return None if value is None else self._counted(_scalar_array(value))

    def _array_tree(self, array: PickledArray) -> Tree | np.ndarray | None:
        if array.objects is None:
            return self._counted(array.plain())
        if array.is_single:
            return self._tree(array.objects[0])
        return self._joined([self._tree(item) for item in array.objects])

    def _joined(self, parts: Sequence[Any]) -> Tree | np.ndarray | None:
        """One array, or one tree of arrays, of parts that have one form; otherwise the parts by their numbers."""
        if not parts:
            return np.zeros(0, np.float32)
        if _are_one_form(parts):
            self._charge(len(parts) * max(part.nbytes for part in parts))  # short texts become as long as the longest
            return np.stack(parts)
        if all(isinstance(part, dict) for part in parts) and len({tuple(part) for part in parts}) == 1:
            return _with_column_names({key: self._joined([part[key] for part in parts]) for key in parts[0]})
        return _with_column_names({str(number): part for number, part in enumerate(parts)})

    def _counted(self, array: np.ndarray) -> np.ndarray:
        self._charge(array.nbytes)
        return array

    def _charge(self, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise ValueError("it would grow to many times its size")


def _key(value: Any) -> Any:
    """A key or an item of a set, which is to become text: that of tuples that repeat each other can be longer than memory."""
    if not isinstance(value, _KEYS):
        raise ValueError(f"a key, or an item of a set, of type {type(value).__name__}; numbers and text are expected")
    return value


def _scalar_array(value: Any) -> np.ndarray:
    array = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else np.asarray(value)
    if array.dtype.kind not in "bifcuUS":
        raise ValueError(f"{value!r:.100} is no number or text that an array holds")
    return array


def _are_one_form(parts: Sequence[Any]) -> bool:
    if not all(isinstance(part, np.ndarray) for part in parts):
        return False
    return len({(part.shape, part.dtype.kind if part.dtype.kind in "US" else part.dtype) for part in parts}) == 1


def _with_column_names(tree: Tree) -> Tree:
    """Call clouds and their labels by name where they are numbered."""
    columns = list(tree.values())
    if list(tree) != [str(number) for number in range(len(columns))] or not 2 <= len(columns) <= len(_COLUMNS):
        return tree
    if not all(isinstance(column, np.ndarray) and column.ndim for column in columns):
        return tree
    clouds, *labels = columns
    are_clouds = clouds.dtype.kind == "f" and clouds.ndim == 3 and clouds.shape[2] >= 3
    are_labels = all(each.dtype.kind in "iu" and each.size == len(clouds) for each in labels)
    return dict(zip(_COLUMNS, columns, strict=False)) if are_clouds and are_labels else tree


def _flat(tree: Tree, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for name, part in tree.items():
        if len(prefix) + len(name) > _LONGEST_NAME:
            raise ValueError(f"a value has a name of more than {_LONGEST_NAME} letters")
        if isinstance(part, dict):
            yield from _flat(part, f"{prefix}{name}/")
        elif part is not None:
            yield f"{prefix}{name}", part


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    """What np.savez writes, but of any names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return content.getvalue()
