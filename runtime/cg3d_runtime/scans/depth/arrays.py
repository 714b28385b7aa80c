"""Images and arrays, in files and in memory, as numbers."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError, one_line, shortened
from cg3d_runtime.files.npz import read_array, read_arrays
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.limits import MOST_BYTES, MOST_PIXELS
from cg3d_runtime.scans.depth.exr import read_exr
from cg3d_runtime.scans.depth.pgm import is_pgm, read_pgm
from cg3d_runtime.scans.images import decoded, frames_of, open_image

_LOSSY = ("JPEG", "MPO", "WEBP")

ImageLike = str | os.PathLike[str] | np.ndarray  # a file, or anything that NumPy takes for an array


@dataclass(frozen=True)
class ImageArray:
    """An image as numbers.

    Attributes:
        array: (H, W), or (H, W, channels) with alpha as channel 2 or 4; any number type or bool, of any byte order.
        name: of its file as it was given, or what stands for one in messages.
        is_lossy: whether its compression may have changed values.
        frames: how many pictures its file holds, of which this is the first.
    """

    array: np.ndarray
    name: str
    is_lossy: bool = False
    frames: int = 1

    @property
    def short_name(self) -> str:
        """Without the folder, where another name stands before it."""
        return Path(self.name).name


def image_array(image: ImageLike, role: str) -> ImageArray:
    """Read an image from a file, or take it from memory.

    Args:
        image: a file (.npy, .npz with one array, or a picture), or an array.
        role: what stands for the name of an array in messages.
    Raises:
        ScanError: one line that starts with the file's name, or the role.
    """
    path = Path(image) if isinstance(image, (str, os.PathLike)) else None
    name = role if path is None else shortened(image or ".")
    try:
        read = ImageArray(_as_array(image), name) if path is None else _from_file(path, name)
        return replace(read, array=_flat(read.array))
    except ScanError as error:
        raise ScanError(f"{name}: {one_line(error)}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ScanError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _from_file(path: Path, name: str) -> ImageArray:
    if path.is_dir():
        raise ScanError("is a folder; an image is needed.")
    with open_regular(path) as file:
        size = path.stat().st_size
        if not 0 < size <= MOST_BYTES:
            raise ScanError(f"has {size} bytes; an image has some, and at most {MOST_BYTES} are read.")
        if path.suffix.lower() == ".npy":
            return ImageArray(_npy(file, size), name)
        if path.suffix.lower() == ".npz":
            return ImageArray(_only_array(file), name)
        if path.suffix.lower() == ".exr":
            return ImageArray(read_exr(path), name)
        content = io.BytesIO(file.read())  # from a file Pillow would allocate whatever length a chunk claims
        if is_pgm(content):
            return ImageArray(read_pgm(content), name)
        with open_image(content) as image:
            return ImageArray(decoded(image), name, image.format in _LOSSY, frames_of(image))


def _npy(file: BinaryIO, size: int) -> np.ndarray:
    try:
        return read_array(file, size)
    except ValueError as error:
        raise ScanError(f"is not an array that can be read without pickle: {error}.") from error


def _only_array(file: BinaryIO) -> np.ndarray:
    try:
        arrays = read_arrays(file.read())
    except ValueError as error:
        raise ScanError(f"is not an archive of arrays that can be read without pickle: {error}.") from error
    if len(arrays) != 1:
        raise ScanError(f"holds the arrays {', '.join(arrays) or 'none'}; an .npz with one array is needed.")
    return next(iter(arrays.values()))


def _as_array(image: Any) -> np.ndarray:
    """An array of another library, on the CPU; what is masked in a masked array becomes 0."""
    if isinstance(image, np.ma.MaskedArray):
        filled: np.ndarray = image.filled(0)
        return filled
    try:
        return np.asarray(image.detach().cpu() if hasattr(image, "detach") else image)
    except Exception as error:  # of whatever library: lists of differing length, for one
        raise ScanError(f"is no array that NumPy can read: {one_line(error)}") from error


def _flat(array: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, channels), without an axis of length 1 before or behind."""
    if array.dtype.kind not in "biuf":
        raise ScanError(f"holds {array.dtype} of shape {array.shape}; numbers of shape (H, W) are needed.")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    elif array.ndim == 3 and array.shape[0] == 1 and array.shape[2] > 4:
        array = array[0]
    if array.ndim not in (2, 3):
        raise ScanError(f"holds {array.dtype} of shape {array.shape}; an image (H, W) is needed.")
    height, width = array.shape[:2]
    if height * width > MOST_PIXELS:
        raise ScanError(f"has {width} x {height} pixels, above the limit of {MOST_PIXELS}; scale it down.")
    return array
