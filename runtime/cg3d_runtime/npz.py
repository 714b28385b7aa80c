"""NumPy's .npy and .npz from elsewhere: never pickle, and nothing larger than the bytes that are there."""

from __future__ import annotations

import io
import math
import zipfile
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

_MOST_HEADER_BYTES = 1 << 16  # numpy itself refuses headers above 10,000, but allocates what they claim first
_DEFLATE_RATIO = 1032  # the most that deflate can compress


def read_array(file: IO[bytes], held_bytes: int) -> np.ndarray:
    """Read the one array of a .npy file, but none that claims more than is held: numpy allocates what a header claims.

    Args:
        file: seekable, at its start.
        held_bytes: the most bytes that it can give.
    Raises:
        ValueError: anything that is no such array, in words.
    """
    try:
        head = io.BytesIO(file.read(_MOST_HEADER_BYTES))
        is_old = npy_format.read_magic(head) == (1, 0)
        read_header = npy_format.read_array_header_1_0 if is_old else npy_format.read_array_header_2_0
        shape, _, dtype = read_header(head)
        if min(shape, default=0) < 0 or math.prod(shape) * max(dtype.itemsize, 1) > held_bytes:
            raise ValueError(f"it claims {dtype} of shape {shape}, more than the {held_bytes} bytes that are held")
        file.seek(0)
        array: np.ndarray = npy_format.read_array(file, allow_pickle=False)
    except (ValueError, OSError):
        raise
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise ValueError(repr(error)) from error
    return array


def read_member(archive: zipfile.ZipFile, name: str, archive_bytes: int) -> np.ndarray:
    """Read one array of an .npz archive of `archive_bytes` bytes.

    Raises:
        ValueError: anything that is no such array, in words.
    """
    try:
        with archive.open(name) as member:
            return read_array(member, min(archive.getinfo(name).file_size, _DEFLATE_RATIO * archive_bytes))
    except (ValueError, OSError):
        raise
    except Exception as error:  # of zipfile and of four decompressors
        raise ValueError(repr(error)) from error


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read all arrays of an .npz archive.

    Raises:
        ValueError: no archive of plain arrays, in words.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            return {name.removesuffix(".npy"): read_member(archive, name, len(content)) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise ValueError(repr(error)) from error
