"""Bring a picture to the size that the image graph takes, as open_clip does before its towers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from cg3d_runtime.bundle.manifest import ImageSpec
from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.images import Picture
from cg3d_runtime.scans.images import decoded, open_image

if TYPE_CHECKING:
    from PIL.Image import Image


def fitted(picture: Picture, spec: ImageSpec) -> np.ndarray:
    """A picture as the image graph takes it.

    Args:
        picture: a file of PNG, JPEG, WebP, TIFF, BMP or another format that `scans.images` lists, or an array: (H, W) grey,
            (H, W, 3) RGB or (H, W, 4) RGBA, uint8; or an image of Pillow. What is transparent becomes white.
        spec: size, and how a picture is brought to it: shortest (scale the shorter side, cut the middle out), longest (scale
            the longer side, white around it), squash.
    Returns:
        (3, S, S) float32 RGB in [0, 1].
    Raises:
        ScanError: no picture that can be read, or another array; Pillow is missing.
    """
    return _channels_first(_resized(_opened(picture), spec))


def _opened(picture: Picture) -> Image:
    if isinstance(picture, np.ndarray):
        return _of_array(picture)
    if isinstance(picture, (str, os.PathLike)):
        return _read(picture)
    if hasattr(picture, "getbands"):  # of Pillow, which need not be there to ask
        return _on_white(_as_bytes(decoded(_turned(cast("Image", picture)))))
    raise ScanError(f"a picture is a file, an array or an image of Pillow, got {type(picture).__name__}.")


def _read(file: str | os.PathLike[str]) -> Image:
    try:
        with open_regular(Path(file)) as opened, open_image(opened) as image:
            return _on_white(_as_bytes(decoded(_turned(image))))
    except OSError as error:
        raise ScanError(f"{os.fspath(file) or repr('')}: cannot be read ({error.strerror}).") from error
    except ScanError as error:
        raise ScanError(f"{os.fspath(file)}: {error}") from error


def _turned(image: Image) -> Image:
    """A photo as it was taken: phones store which way the camera was held, and turn nothing."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged notes about a picture that may be whole
        return image


def _of_array(pixels: np.ndarray) -> Image:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or channels not in (1, 3, 4) or pixels.dtype != np.uint8 or not pixels.size:
        raise ScanError(
            f"a picture is a file or a uint8 array of shape (H, W, 3) with RGB in 0 to 255, got {pixels.dtype} "
            f"{pixels.shape}."
        )
    return _on_white(pixels)


def _as_bytes(pixels: np.ndarray) -> np.ndarray:
    """8 bits a channel, from whatever a file stores."""
    if pixels.dtype == np.uint8:
        return pixels
    most = {"b": 1, "f": 1}.get(pixels.dtype.kind, 65535)
    scaled: np.ndarray = np.clip(pixels.astype(np.float64) / most * 255, 0, 255).round().astype(np.uint8)
    return scaled


def _on_white(pixels: np.ndarray) -> Image:
    from PIL import Image

    rgba = Image.fromarray(pixels.squeeze(axis=2) if pixels.shape[2:] == (1,) else pixels).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def _resized(image: Image, spec: ImageSpec) -> Image:
    from PIL import Image, ImageOps

    size = (spec.size, spec.size)
    if spec.resize == "shortest":
        return ImageOps.fit(image, size, Image.Resampling.BICUBIC)
    if spec.resize == "longest":
        return ImageOps.pad(image, size, Image.Resampling.BICUBIC, "white")
    return image.resize(size, Image.Resampling.BICUBIC)


def _channels_first(image: Image) -> np.ndarray:
    pixels: np.ndarray = np.asarray(image, np.float32) / 255
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
