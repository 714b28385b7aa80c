"""From nested dictionaries and lists to named arrays of numbers and text; nothing but None is left out.

* an entry of a dictionary gets its key, after those around it: `text_feat/original`;
* items of a sequence that have one shape and type become one array; rows of one form (dictionaries with equal keys, tuples)
  become one array a column; other items get their number: `text/0`;
* clouds (n, P, 3 or more) in company of n labels are called `points`, `label`, and a second label `original_label`; a value
  that is itself an array is called `data`; None is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cg3d.data.pickles.restricted import PickledArray

_COLUMNS = ("points", "label", "original_label")
_LONGEST_NAME = 1000  # letters
_KEYS = (str, bytes, int, float, complex, np.generic, type(None))
_MOST_GROWTH, _ALWAYS_ALLOWED = 16, 1 << 26  # bytes out for one in; bytes, for padded text in small files

Tree = dict[str, Any]  # of names to np.ndarray and Tree


class PlainArrays:
    """Turns what a pickle of `size` bytes holds into arrays, and counts them: a pickle may name one object without end."""

    def __init__(self, size: int) -> None:
        """`size`: bytes of the pickle."""
        self._values_left = size + 1  # a value takes a byte at least
        self._bytes_left = _MOST_GROWTH * size + _ALWAYS_ALLOWED

    def named(self, value: Any) -> dict[str, np.ndarray]:
        """The arrays of a value of `read_pickle`, by their names.

        Raises:
            ValueError, TypeError: something in it has no place in an array, or it would grow to many times its size.
        """
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
