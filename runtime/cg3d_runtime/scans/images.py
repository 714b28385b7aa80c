"""Pictures from elsewhere, of a few formats that Pillow decodes by itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

# By its first bytes Pillow would open many more, EPS among them, for which it starts Ghostscript.
# JPEG includes MPO. TGA is last, since it has no first bytes of its own.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "GIF", "TGA")
_OTHERS = {  # by first bytes: what people have beside these, and why it is not read
    b"%!PS": "EPS or PostScript",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"%PDF": "PDF",
    b"v/1\x01": "OpenEXR",
    b"#?": "Radiance HDR",
    b"8BPS": "Photoshop",
    b"DDS ": "DDS",
    b"\xabKTX": "KTX",
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\x93NUMPY": "NumPy",
    b"<": "HTML or XML",
    b"version https://git-lfs": "Git LFS pointer",
}
_TIFF, _TIFF_NUMBERS = (b"II*\0", b"MM\0*"), "8 and 16-bit integers and 32-bit floats"
# What has a plain array is left as it is: one channel of 1, 8, 16 or 32 bits, grey and alpha, RGB, RGBA.
_AS_ARRAY = {"P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB", "RGBX": "RGB"}
_AS_ARRAY |= {"La": "LA", "RGBa": "RGBA"}


def open_image(file: BinaryIO, most_pixels: int = MOST_PIXELS) -> Image:
    """Open a picture, not decoded yet; a context manager.

    Args:
        file: seekable; must stay open until the picture is decoded.
        most_pixels: for a caller that scales down what has more than MOST_PIXELS.
    Raises:
        ScanError: Pillow is missing, another format, damaged, or more than `most_pixels`; in words that follow the file's name.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ScanError('reading images needs Pillow: pip install pillow (the extra "image")') from error
    try:
        with _quiet():
            image = Image.open(file, formats=FORMATS)
    except Exception as error:  # of any of its decoders, and of images too large to be meant
        raise ScanError(_why_not(file, error)) from error
    if image.width * image.height > most_pixels:
        raise ScanError(f"has {image.width} x {image.height} pixels, above the limit of {most_pixels}; scale it down.")
    return image


def _why_not(file: BinaryIO, error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, Image.DecompressionBombError):
        return f"has more pixels than the limit of {MOST_PIXELS}; scale it down."
    file.seek(0)
    start = file.read(32)
    known = next((name for first, name in _OTHERS.items() if start.startswith(first)), None)
    if start[4:8] == b"ftyp":
        known = "HEIF, AVIF or video"
    if known:
        return f"is a file of the format {known}, which is not read as an image; give one of {', '.join(FORMATS)}."
    if start[:4] in _TIFF:
        return f"is not an image that Pillow can read: a TIFF is damaged, or holds other numbers than {_TIFF_NUMBERS}."
    # The words of an UnidentifiedImageError are an address in memory.
    reason = "" if isinstance(error, UnidentifiedImageError) else f": {error!r}"
    return f"is not an image that Pillow can read as {', '.join(FORMATS)}{reason}."


def decoded(image: Image) -> np.ndarray:
    """The pixels of an open picture, of its first frame where there are several.

    Returns:
        (H, W) as stored: bool, uint8, 16-bit integers of either byte order, int32 or float32; or (H, W, 2 to 4) uint8, with
        alpha as channel 2 or 4 where the picture has transparency of any kind.
    Raises:
        ScanError: damaged; in words that follow the file's name.
    """
    try:
        with _quiet():
            has_key = "transparency" in image.info and image.mode in ("1", "L", "P", "RGB")
            mode = "RGBA" if has_key else _AS_ARRAY.get(image.mode, image.mode)
            pixels: np.ndarray = np.asarray(image if mode == image.mode else image.convert(mode))
            return pixels
    except Exception as error:  # of any of its decoders
        raise ScanError(f"is not an image that Pillow can read: {error!r}. Is it complete?") from error


def frames_of(image: Image) -> int:
    """How many pictures a file holds that are meant to be seen: pages of a TIFF, frames of an animation."""
    if image.format == "MPO":  # a phone's, with previews and gain maps behind the photo
        return 1
    try:
        with _quiet():
            return int(getattr(image, "n_frames", 1)) if getattr(image, "is_animated", False) else 1
    except Exception:  # the frames behind the first may be damaged
        return 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings of odd tags, and of sizes above a limit that is higher than ours, from stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
