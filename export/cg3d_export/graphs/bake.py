"""Constants computed once at export so that no robot computes them again: prompts, pixel statistics, batch normalisation.

Everything here is exact up to rounding. Batch normalisation is folded by `cg3d.models.encoders.pointwise.fold_batch_norms`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.prompts import PromptedImageTower, PromptedTextTower


@dataclass(frozen=True)
class BakedText:
    """The constants of the text graph. L: the tower's context length, n: context vectors."""

    positions: Tensor  # (L - n, width), of the tokens, the learned bias included
    context: Tensor | None  # (n, width), the learned vectors at their positions, to stand after the start mark


@dataclass(frozen=True)
class BakedImage:
    """The constants of the image graph. P: patches, n: prompt tokens."""

    weight: Tensor  # (width, 3, patch, patch), for pixels in [0, 1]
    positions: Tensor  # (P, width), of the patches, the convolution's and the learned bias included
    prefix: Tensor  # (1, width) the class token; (1 + n, width) with shallow prompts after it
    prompts: tuple[Tensor | None, ...]  # one a block: (n, width) where deep prompts are replaced, else None


@torch.no_grad()
def bake_text(tower: PromptedTextTower) -> BakedText:
    """Give the context vectors their positions, and leave the others to the tokens."""
    positions = tower.positions
    if tower.context is None:
        return BakedText(positions, None)
    after = 1 + len(tower.context)
    return BakedText(torch.cat([positions[:1], positions[after:]]), tower.context + positions[1:after])


@torch.no_grad()
def bake_image(tower: PromptedImageTower) -> BakedImage:
    """Fold the pixel statistics into the patch convolution, the learned bias into the positions, and sort the tokens.

    The tokens go where they are read: shallow ones into the prefix, deep ones to their blocks.
    """
    visual = tower.visual
    weight, bias = fold_pixel_statistics(visual.conv1, tower.mean.flatten(), tower.std.flatten())
    prefix = visual.ln_pre(visual.class_embedding + visual.positional_embedding[0])[None]
    positions = visual.positional_embedding[1:] + bias
    if tower.bias is not None:
        positions = positions + patches_of(tower.bias, visual.conv1)
    prompts: list[Tensor | None] = [None] * len(visual.transformer.resblocks)
    if tower.prompt is not None and len(tower.prompt) == len(prompts):
        prompts = list(tower.prompt)
    elif tower.prompt is not None:
        prefix = torch.cat([prefix, tower.prompt[0]])
    return BakedImage(weight, positions, prefix, tuple(prompts))


def fold_pixel_statistics(conv: nn.Conv2d, mean: Tensor, std: Tensor) -> tuple[Tensor, Tensor]:
    """Weight and bias that give for `image` what `conv` gives for (image - mean) / std.

    Exact because a patch convolution pads nothing: every output sees whole patches.

    Args:
        mean, std: (3,).
    Returns:
        (width, 3, patch, patch) and (width,) float32.
    """
    weight = conv.weight.double() / std.double().view(1, -1, 1, 1)
    bias = -(weight * mean.double().view(1, -1, 1, 1)).sum(dim=(1, 2, 3))
    if conv.bias is not None:
        bias = bias + conv.bias.double()
    return weight.float(), bias.float()


def patches_of(picture: Tensor, conv: nn.Conv2d) -> Tensor:
    """The sum that a picture, added to every image, adds to every patch: conv(image + picture) - conv(image).

    Args:
        picture: (3, S, S), in normalised pixels.
    Returns:
        (P, width) float32, the patches row by row.
    """
    return F.conv2d(picture.double()[None], conv.weight.double(), stride=conv.stride)[0].flatten(1).T.float()
