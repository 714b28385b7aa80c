"""Pictures from elsewhere, of a few formats that Pillow decodes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

# By its first bytes Pillow would open many more, EPS among them, for which it starts Ghostscript.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "PPM", "TGA", "GIF")


def open_image(file: BinaryIO) -> Image:
    """Open a picture, not decoded yet; a context manager.

    Args:
        file: seekable; must stay open until the picture is decoded.
    Raises:
        ScanError: Pillow is missing, another format, damaged, or more than MOST_PIXELS; in words that follow the file's name.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ScanError('reading images needs Pillow: pip install "cg3d-runtime[image]"') from error
    try:
        image = Image.open(file, formats=FORMATS)
    except Exception as error:  # of any of its decoders, and of images too large to be meant
        raise ScanError(f"is not an image that Pillow can read as {', '.join(FORMATS)}: {error!r}.") from error
    if image.width * image.height > MOST_PIXELS:
        raise ScanError(f"has {image.width} x {image.height} pixels; at most {MOST_PIXELS} are read. Scale it down.")
    return image
