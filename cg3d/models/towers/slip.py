"""SLIP's towers (Mu et al. 2021, arXiv 2112.12750), which the published CG3D models learned against.

A file of facebookresearch/SLIP holds a ViT under timm's names and CLIP's text transformer under its own. Both become modules of
open_clip here, so that prompts, training and export treat them as any other towers. Two things differ from OpenAI's CLIP: the
ViT has no normalisation before its first block, and its patch convolution has a bias, which joins the patches' positions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from cg3d.models.towers.architecture import ImageTower, TextTower
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.weight_files import read_weight_file, require_finite, require_layout, weights_in
from cg3d_runtime.errors import CheckpointError

SLIP = "slip-vit-b-16"
IMAGE_MEAN, IMAGE_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's
HEAD_WIDTH = 64
INITIAL_SCALE = 1 / 0.07
_UNUSED = "image_mlp."  # the head of SLIP's self-supervised loss
# From open_clip's names to timm's.
_TIMM_NAMES = {
    "class_embedding": "cls_token",
    "positional_embedding": "pos_embed",
    "conv1.": "patch_embed.proj.",
    "transformer.resblocks.": "blocks.",
    "ln_1.": "norm1.",
    "attn.in_proj_": "attn.qkv.",
    "attn.out_proj.": "attn.proj.",
    "ln_2.": "norm2.",
    "mlp.c_fc.": "mlp.fc1.",
    "mlp.c_proj.": "mlp.fc2.",
    "ln_post.": "norm.",
}


@dataclass(frozen=True)
class SlipShape:
    """The sizes of a SLIP model; the defaults are ViT-B/16's.

    Raises:
        ValueError: a width that heads of 64 channels cannot share.
    """

    embed_dim: int = 512
    image_size: int = 224  # pixels
    patch: int = 16  # pixels
    image_width: int = 768
    image_layers: int = 12
    context_length: int = 77
    vocab_size: int = 49408
    text_width: int = 512
    text_layers: int = 12

    def __post_init__(self) -> None:
        if wrong := [width for width in (self.image_width, self.text_width) if width % HEAD_WIDTH or width == 0]:
            raise ValueError(f"a width of {wrong[0]} is no multiple of {HEAD_WIDTH}")

    @property
    def image_heads(self) -> int:
        return 12 if self.image_width == 384 else self.image_width // HEAD_WIDTH  # ViT-S is that of MoCo v3

    @property
    def text_heads(self) -> int:
        return self.text_width // HEAD_WIDTH


VIT_B_16 = SlipShape()


@dataclass(frozen=True)
class SlipModel:
    """open_clip's VisionTransformer and TextTransformer with SLIP's weights; the factor on cosines, exp already applied."""

    visual: ImageTower
    text: TextTower
    logit_scale: float


def random_slip(shape: SlipShape) -> SlipModel:
    """A SLIP model before training; VIT_B_16 is the shape of the published one."""
    transformer = import_open_clip().transformer
    visual = transformer.VisionTransformer(
        image_size=shape.image_size,
        patch_size=shape.patch,
        width=shape.image_width,
        layers=shape.image_layers,
        heads=shape.image_heads,
        mlp_ratio=4.0,
        output_dim=shape.embed_dim,
        no_ln_pre=True,
        norm_layer=partial(transformer.LayerNorm, eps=1e-6),
    )
    text = transformer.TextTransformer(
        context_length=shape.context_length,
        vocab_size=shape.vocab_size,
        width=shape.text_width,
        heads=shape.text_heads,
        layers=shape.text_layers,
        output_dim=shape.embed_dim,
        act_layer=transformer.QuickGELU,
    )
    return SlipModel(visual, text, INITIAL_SCALE)


def load_slip(file: Path) -> SlipModel:
    """The model of a file such as slip_base_100ep.pt; its sizes are those of its tensors.

    Raises:
        CheckpointError: not a file of SLIP weights; names or shapes that do not fit are listed.
    """
    found = weights_in(read_weight_file(file), "state_dict", file)
    found = {name: value for name, value in found.items() if not name.startswith(_UNUSED)}
    require_finite(found, str(file))
    model = random_slip(_shape_of(found, file))
    visual_layout = {f"visual.{name}": shape for name, shape in timm_layout(model.visual).items()}
    text_layout = {name: value.shape for name, value in model.text.state_dict().items()}
    both = {"image_projection": model.visual.proj.shape, "logit_scale": ()}
    require_layout(visual_layout | text_layout | both, found, str(file))

    of_visual = {name.removeprefix("visual."): value for name, value in found.items() if name in visual_layout}
    model.visual.load_state_dict(weights_from_timm(of_visual, model.visual) | {"proj": found["image_projection"]})
    model.text.load_state_dict({name: found[name] for name in text_layout})
    return SlipModel(model.visual, model.text, found["logit_scale"].exp().item())


def timm_layout(visual: ImageTower) -> dict[str, tuple[int, ...]]:
    """Names and shapes of timm's weights for the tower, its projection left out."""
    layout = {timm_name(name): tuple(value.shape) for name, value in visual.state_dict().items() if name != "proj"}
    width = visual.class_embedding.shape
    return layout | {
        "cls_token": (1, 1, *width),
        "pos_embed": (1, *visual.positional_embedding.shape),
        "patch_embed.proj.bias": tuple(width),
    }


def weights_from_timm(found: Mapping[str, Tensor], visual: ImageTower) -> dict[str, Tensor]:
    """The tower's state dict, its projection left out, from weights that have `timm_layout`."""
    own = {name: value for name, value in visual.state_dict().items() if name != "proj"}
    weights = {name: found[timm_name(name)].reshape(value.shape) for name, value in own.items()}
    # What the convolution adds to every patch, the patches' positions may add as well.
    positions = weights["positional_embedding"]
    with_bias = positions[1:] + found["patch_embed.proj.bias"]
    return weights | {"positional_embedding": torch.cat([positions[:1], with_bias])}


def timm_name(name: str) -> str:
    """timm's name of a weight of open_clip's ViT."""
    for ours, theirs in _TIMM_NAMES.items():
        name = name.replace(ours, theirs)
    return name


def _shape_of(found: Mapping[str, Tensor], file: Path) -> SlipShape:
    try:
        image_width, _, patch, _ = found["visual.patch_embed.proj.weight"].shape
        _, positions, _ = found["visual.pos_embed"].shape
        context_length, text_width = found["positional_embedding"].shape
        vocab_size, embed_dim = len(found["token_embedding.weight"]), found["text_projection"].shape[-1]
        layers = [_count_layers(found, prefix) for prefix in ("visual.blocks.", "transformer.resblocks.")]
        size = math.isqrt(positions - 1) * patch
        return SlipShape(
            embed_dim, size, patch, image_width, layers[0], context_length, vocab_size, text_width, layers[1]
        )
    except KeyError as error:
        raise CheckpointError(f"{file} does not fit. Missing: {error.args[0]}. SLIP's weights are expected.") from error
    except (ValueError, IndexError, TypeError) as error:  # a tensor with another number of axes
        raise CheckpointError(f"{file} does not fit: {error}. SLIP's weights are expected.") from error


def _count_layers(found: Mapping[str, Tensor], prefix: str) -> int:
    return len({name.removeprefix(prefix).split(".")[0] for name in found if name.startswith(prefix)})
