"""NumPy's files mapped into memory instead of read: opening costs the same however large they are.

A mapping keeps what it shows, also where the name is given to another file or taken away meanwhile.
"""

from __future__ import annotations

import io
import math
import mmap
import os
import re
import struct
import zipfile
from pathlib import Path

import numpy as np

from cg3d_runtime.files.npz import ArrayHeader, read_header
from cg3d_runtime.files.regular import open_regular

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member of an archive: signature, lengths of its name and its extras
_MOST_HEADER_BYTES = 1 << 12
_PLAIN_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype><f[248]|<[iu][248]|\|[iu]1|\|b1)', 'fortran_order': False, 'shape': "
    rb"\((?P<shape>\d{1,15},|\d{1,15}, \d{1,15})\), \} *\n",
    re.DOTALL,
)


class MappedFile:
    """A file's bytes, mapped for reading."""

    def __init__(self, path: Path) -> None:
        """Map a file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is empty.
        """
        with open_regular(path) as file:
            self.bytes = os.fstat(file.fileno()).st_size
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def array(self) -> np.ndarray:
        """The array of a .npy file.

        Raises:
            ValueError: no such file, or less of it than its header says.
        """
        return self._array_at(0, self.bytes)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of an .npz archive that is not compressed.

        Raises:
            ValueError: no such archive, or one that is compressed.
        """
        try:
            with zipfile.ZipFile(_View(self._map)) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, OSError, struct.error) as error:
            raise ValueError(f"no archive of arrays ({error})") from error
        return {member.filename.removesuffix(".npy"): self._member(member) for member in members}

    def expect_jumps(self, jumps: bool) -> None:
        """Tell the system whether what is read next lies here and there, so that it reads no more than that ahead."""
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_RANDOM if jumps else mmap.MADV_NORMAL)

    def _member(self, member: zipfile.ZipInfo) -> np.ndarray:
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{member.filename} is compressed")
        start = member.header_offset
        head = self._map[start : start + _LOCAL_HEADER.size]
        if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
            raise ValueError(f"{member.filename} is not where the archive says")
        _, name, extra = _LOCAL_HEADER.unpack(head)
        start += _LOCAL_HEADER.size + name + extra
        return self._array_at(start, start + member.file_size)

    def _array_at(self, start: int, end: int) -> np.ndarray:
        if end > self.bytes:
            raise ValueError("it is cut short")
        header, length = _header(self._map[start : min(end, start + _MOST_HEADER_BYTES)])
        if header.dtype.hasobject or start + length + header.size > end:
            raise ValueError("an array has fewer bytes than its header says")
        count = math.prod(header.shape)
        flat = np.frombuffer(self._map, header.dtype, count, start + length) if count else np.empty(0, header.dtype)
        return flat.reshape(header.shape)


def _header(head: bytes) -> tuple[ArrayHeader, int]:
    """What the head of a .npy file says, and where its numbers begin.

    numpy's parser, which takes any such file, is left to what it did not write itself: it takes 100 microseconds an array.
    """
    if plain := _PLAIN_HEADER.match(head):
        shape = tuple(int(side) for side in plain["shape"].split(b",") if side.strip())
        return ArrayHeader(shape, np.dtype(plain["dtype"].decode())), 10 + int.from_bytes(head[8:10], "little")
    header = read_header(io.BytesIO(head))
    size = 2 if head[6] == 1 else 4
    return header, 8 + size + int.from_bytes(head[8 : 8 + size], "little")


class _View(io.RawIOBase):
    """A mapping as the file that `zipfile` reads."""

    def __init__(self, mapping: mmap.mmap) -> None:
        self._map, self._at = mapping, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._map)}[whence]
        if base + offset < 0:
            raise OSError("a position before the start")
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = len(self._map) if size is None or size < 0 else self._at + size
        content = self._map[self._at : end]
        self._at += len(content)
        return content
