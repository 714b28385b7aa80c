"""The pictures of a mesh: one that cannot be read costs its colour, never the shape."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_PIXELS
from cg3d_runtime.scans.images import open_image
from cg3d_runtime.scans.meshes.references import short

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_DECODED = 2 * MOST_PIXELS  # of a picture that is scaled down
_MOST_TEXELS = 2 * 8192 * 8192  # of all pictures of a file


class Textures:
    """The pictures of one mesh file, each decoded once."""

    def __init__(self) -> None:
        self._decoded: dict[str, np.ndarray | None] = {}
        self._faults: list[str] = []
        self._texels = 0

    def decode(self, name: str, content: Callable[[], bytes]) -> np.ndarray | None:
        """Decode a picture to (H, W, 3) uint8 sRGB; None where it cannot be read, which `notes` tells.

        Args:
            name: of the picture, one for each.
            content: reads it; raises ScanError in words that follow the name.
        """
        if name not in self._decoded:
            self._decoded[name] = self._try(name, content)
        return self._decoded[name]

    def notes(self) -> tuple[str, ...]:
        """What was lost, in words that follow the name of the mesh file."""
        if not self._faults:
            return ()
        lost = "1 texture that cannot be read, so its" if len(self._faults) == 1 else ""
        lost = lost or f"{len(self._faults)} textures that cannot be read, so their"
        return (f"has {lost} colour is missing: {self._faults[0]}.",)

    def lost(self) -> tuple[str, ...]:
        """The pictures that cannot be read: the name of each, and the reason."""
        return tuple(self._faults)

    def _try(self, name: str, content: Callable[[], bytes]) -> np.ndarray | None:
        try:
            return self._pixels(content())
        except ScanError as error:
            fault = str(error).partition(": ")[0]  # what follows is Pillow's own
        except Exception:  # every format has a decoder of its own, and damaged files meet all of their faults
            fault = "is damaged"
        self._faults.append(f"{short(name)} {fault.rstrip('.')}")
        return None

    def _pixels(self, content: bytes) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about sizes that are compared here
            with open_image(io.BytesIO(content), _MOST_DECODED) as image:
                pixels = min(image.width * image.height, MOST_PIXELS)
                if self._texels + pixels > _MOST_TEXELS:
                    raise ScanError(f"and those before have more than {_MOST_TEXELS} pixels. Scale them down")
                self._texels += pixels
                return np.asarray(_scaled(image))


def _scaled(image: Image) -> Image:
    """RGB, at half the size where it has more than MOST_PIXELS: 8K is usual for photogrammetry, and samples are 20,000."""
    if image.width * image.height <= MOST_PIXELS:
        return image.convert("RGB")
    image.draft("RGB", (image.width // 2, image.height // 2))  # JPEG is decoded at that size
    return image.convert("RGB").reduce(1 if image.width * image.height <= MOST_PIXELS else 2)
