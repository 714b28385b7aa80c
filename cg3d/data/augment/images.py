"""Random changes to a picture that leave its name true: mirrored, cropped, in another light; each picture its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: how bright red, green and blue look
# Colour differences of YIQ, the plane in which hues turn.
CHROMA = ((0.596, -0.274, -0.322), (0.211, -0.523, 0.312))


@dataclass(frozen=True)
class ImageAugmentation:
    """Strengths of the changes of pictures; 0 leaves a change out. The published CG3D has none of them.

    Every change makes a new picture: a frozen image tower then computes each one, where it else remembers its features.
    """

    flip: float = 0.0  # probability of left and right exchanged
    crop: float = 0.0  # probability of a part, enlarged to the whole
    crop_area: tuple[float, float] = (0.6, 1.0)  # share of the picture that the part has
    crop_aspect: tuple[float, float] = (0.75, 1.3333)  # its width by its height
    brightness: float = 0.0  # largest relative change
    contrast: float = 0.0  # largest relative change of the distance to the mean grey
    saturation: float = 0.0  # largest relative change of the distance to grey
    hue: float = 0.0  # largest turn of the hues to either side, in full turns


RANGES = {  # smallest and largest value
    **dict.fromkeys(("flip", "crop", "brightness", "contrast", "saturation"), (0, 1)),
    "crop_area": (0.05, 1),
    "crop_aspect": (0.1, 10),
    "hue": (0, 0.5),
}


def crop_box(height: int, width: int, how: ImageAugmentation, rng: np.random.Generator) -> tuple[slice, slice]:
    """Rows and columns of a random part of a picture; of the whole with probability 1 - `how.crop`.

    A part that would be wider or higher than the picture is cut to it, and so is smaller than `how.crop_area` says.

    Source: Szegedy et al. 2015, Going Deeper with Convolutions, section 6.
    """
    if rng.random() >= how.crop:
        return slice(0, height), slice(0, width)
    area = height * width * rng.uniform(*how.crop_area)
    aspect = np.exp(rng.uniform(*np.log(how.crop_aspect)))
    rows, columns = min(height, ceil(np.sqrt(area / aspect))), min(width, ceil(np.sqrt(area * aspect)))
    top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    return slice(top, top + rows), slice(left, left + columns)


def change_image(image: Tensor, how: ImageAugmentation, rng: np.random.Generator) -> Tensor:
    """Mirror a picture (3, H, W) in [0, 1] and change its colours at random."""
    if rng.random() < how.flip:
        image = image.flip(-1)
    if not any((how.brightness, how.contrast, how.saturation, how.hue)):
        return image
    brightness, contrast, saturation = (
        1 + rng.uniform(-most, most) for most in (how.brightness, how.contrast, how.saturation)
    )
    colours = brightness * contrast * _hue_and_saturation(2 * np.pi * rng.uniform(-how.hue, how.hue), saturation)
    grey = brightness * float(torch.tensor(LUMA) @ image.mean(dim=(1, 2)))
    turned = torch.from_numpy(colours).float() @ image.reshape(3, -1)  # one product: all these changes are linear
    return turned.add_((1 - contrast) * grey).clamp_(0, 1).reshape(image.shape)


def _hue_and_saturation(angle: float, saturation: float) -> np.ndarray:
    """(3, 3) matrix for columns of RGB that turns hues by `angle` radians and scales the distance to grey."""
    to_yiq = np.array([LUMA, *CHROMA])
    turn = saturation * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    changed = np.eye(3)
    changed[1:, 1:] = turn
    return np.linalg.solve(to_yiq, changed @ to_yiq)
