"""Pictures that come with a data set, where its objects need not be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cg3d_runtime.errors import DataError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.images import open_image


def read_pictures(files: Sequence[Path], count: int) -> np.ndarray:
    """Read `count` of the pictures, spread evenly over `files`; fewer files are repeated.

    Args:
        files: pictures of one object, in the order of their views, all of one size.
        count: V, pictures wanted.
    Returns:
        (V, H, W, 3) uint8 RGB on white.
    Raises:
        DataError: no file, one that does not decode, or sizes that differ; the message names the file.
    """
    if not files:
        raise DataError("no picture of this object was found.")
    chosen = [
        files[index * len(files) // count if count < len(files) else index % len(files)] for index in range(count)
    ]
    pictures = [read_picture(file) for file in chosen]
    for file, picture in zip(chosen, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            sizes = " and ".join(f"{p.shape[1]} x {p.shape[0]}" for p in (pictures[0], picture))
            raise DataError(f"{file}: pictures of one object must have one size, got {sizes} pixels.")
    return np.stack(pictures)


def read_picture(file: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB of one picture; what is transparent in it becomes white.

    Raises:
        DataError: missing, or does not decode.
    """
    try:
        with open_regular(file) as opened, open_image(opened) as image:
            rgba = image.convert("RGBA")
    except Exception as error:  # every format has a decoder of its own, and damaged files meet all of their faults
        raise DataError(f"{file}: is no picture that can be decoded ({error}). Copy it again.") from error
    white = Image.new("RGBA", rgba.size, "white")
    return np.asarray(Image.alpha_composite(white, rgba).convert("RGB"))


def fit_pictures(pictures: np.ndarray, size: int) -> np.ndarray:
    """(V, H, W, 3) uint8 pictures padded with white to a square and scaled to (V, size, size, 3)."""
    return np.stack([np.asarray(_fit(Image.fromarray(picture), size)) for picture in pictures])


def _fit(image: Image.Image, size: int) -> Image.Image:
    if image.size == (size, size):
        return image
    return ImageOps.pad(image, (size, size), Image.Resampling.BICUBIC, "white")
