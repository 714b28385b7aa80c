"""Pickles of arrays, numbers, text and containers, read without running anything that they name.

A pickle is a program for a stack machine that may call any function it can name. Here a name stands for one of the stand-ins
of `_NAMES`, written for this file, or is refused. numpy itself sees an array only when its sizes have been held against the
bytes that are there: `numpy.ndarray.__setstate__` allocates what the pickle claims. A stand-in may copy what it is given, and
a pickle may give it one value again and again, so what all calls take is held against the size of the file.
"""

from __future__ import annotations

import math
import os
import pickle
import pickletools
import re
from collections.abc import Callable, Iterable, Sequence, Sized
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import numpy as np

from cg3d_runtime.errors import DataError

_PLAIN_DTYPE = re.compile(r"[<>=|]?([?bBhHiIlLqQefdFD]|b1|[iu][1248]|f[248]|c8|c16|[SU][0-9]{1,9})")
_MOST_AXES = 64  # as in NumPy
_DATA = (bytes, bytearray, str, list)  # str: bytes of Python 2; list: of objects
_FOREIGN_OPCODES = {"PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"}
_FOREIGN_OPCODES |= {"NEXT_BUFFER", "READONLY_BUFFER"}
_LONGEST_KEY = 8  # items of a tuple
_MOST_KEY = 2**61 - 1  # Python's hashes of whole numbers repeat from here on
_MOST_TAKEN = 4  # items and bytes that all calls may take for a byte of the file; NumPy's own pickles take less than 1


def read_pickle(file: BinaryIO, path: Path) -> Any:
    """The value of one pickle.

    Args:
        file: open at the pickle's first byte; pickles of Python 2 are read too, their strings as Latin-1.
        path: names the file in messages.
    Returns:
        None, numbers, str, bytes, NumPy scalars, dict, list, tuple, set, and `PickledArray` in the place of arrays.
    Raises:
        DataError: it names anything else, is damaged, or claims more than the file holds.
    """
    start, size = file.tell(), os.fstat(file.fileno()).st_size
    try:
        _check_opcodes(file, size)
        file.seek(start)
        return _Unpickler(file, size).load()
    except _RefusedError as error:
        raise DataError(
            f"{path}: {error} Reading it could run any code, so it is refused, and nothing was run. Ask its authors for plain "
            "arrays."
        ) from error
    except OSError:
        raise
    except Exception as error:  # a damaged pickle fails in any way, MemoryError among them
        raise DataError(f"{path}: is no pickle, or a damaged one ({error!r}). Download it again.") from error


class PickledArray:
    """An array as a pickle describes it, unchecked; `plain` checks it."""

    __slots__ = ("_data", "_dtype", "_order", "_shape")

    _order: Literal["C", "F"]

    def __init__(self) -> None:
        self.__setstate__((1, (0,), _Dtype("f4"), False, b""))

    def __setstate__(self, state: Sequence[Any]) -> None:
        _, shape, self._dtype, is_fortran, self._data = state
        self._shape, self._order = shape, "F" if is_fortran else "C"
        is_shape = isinstance(shape, tuple) and len(shape) <= _MOST_AXES and all(isinstance(n, int) for n in shape)
        if not is_shape or not isinstance(self._dtype, _Dtype) or not isinstance(self._data, _DATA):
            raise ValueError("an array's state has parts of other types")

    @property
    def objects(self) -> list[Any] | None:
        """The items of an array of Python objects, flat; None for an array of numbers or text."""
        return self._data if isinstance(self._data, list) else None

    @property
    def is_single(self) -> bool:
        """Whether it has no axes: NumPy's way to save one object, and no list of one."""
        return self._shape == () and len(self._data) == 1

    def plain(self) -> np.ndarray:
        """The array of numbers or text, which shares the pickle's bytes where that is possible.

        Raises:
            ValueError: its parts contradict each other.
        """
        data = self._data.encode("latin1") if isinstance(self._data, str) else self._data
        dtype = self._dtype.plain()
        if len(data) != math.prod(self._shape) * dtype.itemsize:
            raise ValueError(f"an array of shape {self._shape} and {dtype} has {len(data)} bytes")
        array: np.ndarray = np.ndarray(self._shape, dtype, data, order=self._order)
        return array


class _RefusedError(Exception):
    pass


def require_plain_keys(file: BinaryIO) -> None:
    """Go through one pickle, making nothing of what it names: its keys must be quick to hash, as in `read_pickle`.

    Args:
        file: open at the pickle's first byte, left behind its last.
    Raises:
        ValueError: a key that may take without end to hash, or a call that allocates what it is told to. Anything else, as
            a damaged pickle does.
    """
    _Skimmer(file, encoding="latin1").load()


_LOADERS: dict[int, Callable[[Any], None]] = dict(pickle._Unpickler.dispatch)


class _PlainKeys(pickle._Unpickler):
    """Looks at keys before they are hashed; in Python, so that Ctrl-C is heard."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(_LOADERS)
    stack: list[Any]

    def load_setitem(self) -> None:
        _require_keys(self.stack[-2:-1])
        _LOADERS[pickle.SETITEM[0]](self)

    def load_setitems(self) -> None:
        _require_keys(self.stack[::2])
        _LOADERS[pickle.SETITEMS[0]](self)

    def load_dict(self) -> None:
        _require_keys(self.stack[::2])
        _LOADERS[pickle.DICT[0]](self)

    def load_additems(self) -> None:
        _require_keys(self.stack)
        _LOADERS[pickle.ADDITEMS[0]](self)

    def load_frozenset(self) -> None:
        _require_keys(self.stack)
        _LOADERS[pickle.FROZENSET[0]](self)

    dispatch |= {
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
        pickle.ADDITEMS[0]: load_additems,
        pickle.FROZENSET[0]: load_frozenset,
    }


class _Unpickler(_PlainKeys):
    """Reads a file of `size` bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__(file, encoding="latin1")
        self._budget = _Budget(_MOST_TAKEN * size)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise _RefusedError(f"names {module}.{name}; arrays, numbers, text and containers of them alone are read.")
        return _StandIn(_NAMES[module, name], self._budget)


class _Nothing:
    """Stands for whatever a pickle names, and takes whatever it is given."""

    def __init__(self, *parts: object) -> None:
        pass

    def take(self, *parts: object) -> None:
        """Nothing comes of it."""

    __setstate__ = __setitem__ = append = extend = add = take


class _Skimmer(_PlainKeys):
    """Goes through a pickle without making anything of it."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "bytearray":
            raise ValueError("it calls bytearray, which takes the memory that it is told to")
        return _Nothing

    def persistent_load(self, pid: Any) -> Any:
        return None


def _require_keys(keys: Iterable[Any]) -> None:
    """Refuse what takes without end to hash, tuples in tuples, and numbers chosen so that all have one hash.

    Raises:
        ValueError: a key, or an item of a set, that is neither text nor a plain number, nor a few of these in a tuple.
    """
    for key in keys:
        parts = key if isinstance(key, tuple) and len(key) <= _LONGEST_KEY else (key,)
        if not all(map(_is_quick_to_hash, parts)):
            raise ValueError(f"a key, or an item of a set, of type {type(key).__name__}; numbers and text are expected")


def _is_quick_to_hash(key: Any) -> bool:
    if isinstance(key, int):
        return abs(key) < _MOST_KEY
    is_plain = key is None or isinstance(key, (str, bytes, float, np.number, np.bool_, _Nothing))
    return is_plain and not isinstance(key, np.complexfloating)


class _Budget:
    """The items and bytes that the calls of one file may still take."""

    __slots__ = ("_left",)

    def __init__(self, most: int) -> None:
        self._left = most

    def charge(self, arguments: Sequence[Any]) -> None:
        self._left -= sum(len(argument) for argument in arguments if isinstance(argument, Sized))
        if self._left < 0:
            raise ValueError("its calls take many times what the file holds")


def _check_opcodes(file: BinaryIO, size: int) -> None:
    """Refuse what no array needs, and numbers that would make the reader itself allocate without limit."""
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name in _FOREIGN_OPCODES:
            raise _RefusedError(f"holds {opcode.name}, which no pickle of arrays needs.")
        if opcode.name.endswith("PUT") and int(argument or 0) > size:
            raise ValueError(f"memo {argument} of a file of {size} bytes")


class _Dtype:
    """Stands for numpy.dtype, of plain numbers and text; `O` marks arrays of objects."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: str, align: bool = False, copy: bool = True) -> None:
        self._code, self._order = _text(code), "="

    def __setstate__(self, state: Sequence[Any]) -> None:
        self._order = _text(state[1])

    def plain(self) -> np.dtype:
        if not _PLAIN_DTYPE.fullmatch(self._code):
            raise ValueError(f"dtype {self._code} is neither plain numbers nor text")
        dtype: np.dtype = np.dtype(self._code)
        return dtype.newbyteorder(">" if self._order == ">" else "<") if self._order in ("<", ">") else dtype


def _reconstruct(kind: Any, shape: Any, code: Any) -> PickledArray:
    """Stands for numpy's function of that name; what the array is comes with its state."""
    return PickledArray()


def _frombuffer(data: bytes | bytearray, dtype: _Dtype, shape: Any, order: str) -> PickledArray:
    """Stands for numpy's function of that name, which protocol 5 writes."""
    array = PickledArray()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def _scalar(dtype: _Dtype, data: bytes | str) -> Any:
    content = data.encode("latin1") if isinstance(data, str) else data
    (scalar,) = np.frombuffer(content, dtype.plain())
    return scalar


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Stands for _codecs.encode, with which Python 3 writes bytes for Python 2."""
    if _text(encoding) not in ("latin1", "latin-1"):
        raise _RefusedError(f"names the encoding {encoding!r}.")
    return text.encode("latin1")


def _text(value: Any) -> str:
    """The value, which must be text: str() and repr() of lists that repeat each other can be longer than memory."""
    if not isinstance(value, str):
        raise ValueError(f"a value of type {type(value).__name__} in the place of text")
    return value


def _bytes(content: bytes | str = b"", encoding: str = "latin1") -> bytes:
    """Stands for bytes and bytearray, of content alone: with a number they would allocate it."""
    return _encode(content, encoding) if isinstance(content, str) else bytes(memoryview(content))


def _dict(items: Any = ()) -> dict[Any, Any]:
    """Stands for dict and OrderedDict, of nothing, of another or of pairs."""
    pairs = list(items.items() if isinstance(items, dict) else items)
    _require_keys(pair[0] for pair in pairs)
    return dict(pairs)


def _set(items: Any = ()) -> set[Any]:
    _require_keys(items)
    return set(items)


class _StandIn:
    """A function as a pickle gets it: to be called at a charge, never changed by the opcode that sets attributes."""

    __slots__ = ("_budget", "_function")

    _function: Callable[..., Any]
    _budget: _Budget

    def __init__(self, function: Callable[..., Any], budget: _Budget) -> None:
        object.__setattr__(self, "_function", function)
        object.__setattr__(self, "_budget", budget)

    def __call__(self, *arguments: Any) -> Any:
        self._budget.charge(arguments)
        return self._function(*arguments)

    def __setattr__(self, name: str, value: Any) -> None:
        raise _RefusedError(f"sets an attribute, {name}.")

    def __setstate__(self, state: Any) -> None:
        raise _RefusedError("sets the state of a function.")


_NAMES: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): _dict,
}
for _package in ("numpy.core", "numpy._core"):
    _NAMES[f"{_package}.multiarray", "_reconstruct"] = _reconstruct
    _NAMES[f"{_package}.multiarray", "scalar"] = _scalar
    _NAMES[f"{_package}.numeric", "_frombuffer"] = _frombuffer
for _module in ("builtins", "__builtin__"):
    _NAMES |= {(_module, "dict"): _dict, (_module, "list"): list, (_module, "complex"): complex}
    _NAMES[_module, "set"] = _NAMES[_module, "frozenset"] = _set
    _NAMES[_module, "bytes"] = _NAMES[_module, "bytearray"] = _bytes
