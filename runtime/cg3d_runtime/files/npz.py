"""NumPy's .npy and .npz from elsewhere: never pickle, nothing larger than the bytes that are there, no bombs."""

from __future__ import annotations

import io
import math
import zipfile
from typing import IO, NamedTuple

import numpy as np
from numpy.lib import format as npy_format

from cg3d_runtime.limits import MOST_BYTES

_MOST_HEADER_BYTES = 1 << 16  # numpy itself refuses headers above 10,000, but allocates what they claim first
_DEFLATE_RATIO = 1032  # the most that deflate can compress
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile hands out the others whole, whatever they become
_MOST_ARCHIVE_BYTES = 1 << 28  # of the small archives that are read whole


class ArrayHeader(NamedTuple):
    """What a .npy file says it holds."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def size(self) -> int:
        """Bytes, at least 1 an entry."""
        return math.prod(self.shape) * max(self.dtype.itemsize, 1)


def read_header(file: IO[bytes]) -> ArrayHeader:
    """Read the header of a .npy file that is at its start; the file stands anywhere afterwards.

    Raises:
        ValueError: anything that is no such header, in words.
    """
    try:
        head = io.BytesIO(file.read(_MOST_HEADER_BYTES))
        is_old = npy_format.read_magic(head) == (1, 0)
        shape, _, dtype = (npy_format.read_array_header_1_0 if is_old else npy_format.read_array_header_2_0)(head)
    except (ValueError, OSError):
        raise
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise ValueError(repr(error)) from error
    if min(shape, default=0) < 0:
        raise ValueError(f"it claims the shape {shape}")
    return ArrayHeader(shape, dtype)


def read_array(file: IO[bytes], held_bytes: int) -> np.ndarray:
    """Read the one array of a .npy file, but none that claims more than is held: numpy allocates what a header claims.

    Args:
        file: seekable, at its start.
        held_bytes: the most bytes that it can give.
    Raises:
        ValueError: anything that is no such array, or one above MOST_BYTES, in words.
    """
    header = read_header(file)
    claim = f"it claims {header.dtype} of shape {header.shape}, more than the"
    if header.size > held_bytes:
        raise ValueError(f"{claim} {held_bytes} bytes that are held")
    if header.size > MOST_BYTES:
        raise ValueError(f"{claim} {MOST_BYTES} bytes that are read at most")
    try:
        file.seek(0)
        array: np.ndarray = npy_format.read_array(file, allow_pickle=False)
    except (ValueError, OSError):
        raise
    except Exception as error:  # a damaged header again
        raise ValueError(repr(error)) from error
    return array


def read_member_header(archive: zipfile.ZipFile, name: str) -> ArrayHeader:
    """What one member of an .npz archive says it holds, before any of it is read.

    Raises:
        ValueError: as `read_member`.
    """
    try:
        with archive.open(_bounded(archive, name)) as member:
            return read_header(member)
    except (ValueError, OSError):
        raise
    except Exception as error:  # of zipfile and of its decompressors
        raise ValueError(repr(error)) from error


def read_member(archive: zipfile.ZipFile, name: str, archive_bytes: int) -> np.ndarray:
    """Read one array of an .npz archive of `archive_bytes` bytes.

    Raises:
        ValueError: anything that is no such array, or compressed otherwise than numpy does, in words.
    """
    try:
        with archive.open(_bounded(archive, name)) as member:
            return read_array(member, min(archive.getinfo(name).file_size, _DEFLATE_RATIO * archive_bytes))
    except (ValueError, OSError):
        raise
    except Exception as error:  # of zipfile and of its decompressors
        raise ValueError(repr(error)) from error


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read all arrays of a small .npz archive.

    Raises:
        ValueError: no archive of plain arrays, or more than 256 MiB of them, in words.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            size = sum(read_member_header(archive, name).size for name in names)
            if size > _MOST_ARCHIVE_BYTES:
                raise ValueError(
                    f"its arrays claim {size} bytes, more than the {_MOST_ARCHIVE_BYTES} that are read at most"
                )
            return {name.removesuffix(".npy"): read_member(archive, name, len(content)) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise ValueError(repr(error)) from error


def _bounded(archive: zipfile.ZipFile, name: str) -> str:
    """The name, if its member can be read in pieces."""
    if archive.getinfo(name).compress_type not in _BOUNDED:
        raise ValueError(f"{name} is compressed otherwise than numpy does; save it with numpy.savez_compressed")
    return name
