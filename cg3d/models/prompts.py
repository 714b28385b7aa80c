"""Learned prompts that adapt frozen towers, and the towers' forward passes with them.

Image tokens follow VPT (Jia et al. 2022, arXiv 2203.12119) as CG3D uses it: n tokens between the class token and the patches,
replaced before every block (deep) or only given to the first (shallow). Text context follows CoOp (Zhou et al. 2022,
arXiv 2109.01134): n vectors in embedding space after the start mark. Additive prompts are biases on what a tower reads: one
picture for all images, as in visual prompting (Bahng et al. 2022, arXiv 2203.17274), and one vector a position for all texts.
They start at zero, where the tower is as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cg3d.models.towers.architecture import ImageTower, TextTower

IMAGE_DEPTHS = ("deep", "shallow")


@dataclass(frozen=True)
class PromptConfig:
    """The prompts that learn; each kind is on or off by itself."""

    image_tokens: int = 5  # per block; 0: none
    image_depth: str = "deep"  # deep: replaced before every block; shallow: first block only
    image_additive: bool = False  # a picture added to every image after pixel normalisation
    text_context: int = 0  # vectors after the start mark; 0: none, labels stay in the tower's own space
    text_additive: bool = False  # a vector a position, added to the embeddings as the position's is

    @property
    def has_image_prompts(self) -> bool:
        return self.image_tokens > 0 or self.image_additive

    @property
    def has_text_prompts(self) -> bool:
        return self.text_context > 0 or self.text_additive

    @property
    def has_prompts(self) -> bool:
        return self.has_image_prompts or self.has_text_prompts


class PromptedImageTower(nn.Module):
    """A frozen open_clip ViT with learned prompts.

    Args:
        visual: open_clip VisionTransformer.
        config: prompts.
        mean, std: pixel statistics per RGB channel that the tower was trained with.
    Attributes:
        has_prompts: whether anything in it learns.
        prompt: (blocks, n, width) tokens, one block where they are shallow, or None.
        bias: (3, S, S) in normalised pixels, or None.
    """

    mean: Tensor  # (3, 1, 1)
    std: Tensor

    def __init__(
        self, visual: ImageTower, config: PromptConfig, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.visual = visual
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)
        self.has_prompts = config.has_image_prompts
        self.prompt = _image_prompt(visual, config)
        self.bias = nn.Parameter(torch.zeros(3, *visual.image_size)) if config.image_additive else None

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in [0, 1] -> (B, D), not normalised."""
        x = self.visual._embeds(self._pixels(image))  # (B, 1 + patches, width)
        for index, block in enumerate(self.visual.transformer.resblocks):
            x = block(self._with_tokens(x, index))
        pooled, _ = self.visual._pool(self._without_tokens(x))
        return pooled @ self.visual.proj

    def _pixels(self, image: Tensor) -> Tensor:
        normalised = (image - self.mean) / self.std
        return normalised if self.bias is None else normalised + self.bias

    def _with_tokens(self, x: Tensor, block: int) -> Tensor:
        if self.prompt is None or block >= len(self.prompt):
            return x
        tokens = self.prompt[block].to(x.dtype).expand(len(x), -1, -1)
        patches = x[:, 1:] if block == 0 else x[:, 1 + tokens.shape[1] :]
        return torch.cat([x[:, :1], tokens, patches], dim=1)

    def _without_tokens(self, x: Tensor) -> Tensor:
        """The tower's own tokens; the prompts' outputs are discarded."""
        if self.prompt is None:
            return x
        return torch.cat([x[:, :1], x[:, 1 + self.prompt.shape[1] :]], dim=1)


class PromptedTextTower(nn.Module):
    """A frozen open_clip text transformer with learned prompts.

    It takes any length: the tower is causal and read at the end mark, so what follows the mark never matters.

    Attributes:
        has_prompts: whether anything in it learns.
        context: (n, width) vectors after the start mark, or None.
        bias: (L, width) for all positions of the sequence, the context's included, or None. L: the tower's context length.
    """

    def __init__(self, text: TextTower, config: PromptConfig) -> None:
        super().__init__()
        self.text = text
        self.has_prompts = config.has_text_prompts
        self.context = _text_context(text, config)
        self.bias = nn.Parameter(torch.zeros_like(text.positional_embedding)) if config.text_additive else None

    @property
    def context_length(self) -> int:
        """Longest token sequence that leaves room for the context."""
        return self.text.context_length - (0 if self.context is None else len(self.context))

    @property
    def positions(self) -> Tensor:
        """(L, width): what every position of the sequence adds to the embedding there, the learned bias included."""
        positions = self.text.positional_embedding
        return positions if self.bias is None else positions + self.bias

    def forward(self, token_ids: Tensor, eot: Tensor) -> Tensor:
        """(B, L) token ids and (B,) positions of the end mark, both int32 -> (B, D), not normalised."""
        x: Tensor = self.text.token_embedding(token_ids)
        if self.context is not None:
            context = self.context.to(x.dtype).expand(len(x), -1, -1)
            x = torch.cat([x[:, :1], context, x[:, 1:]], dim=1)
            eot = eot + len(self.context)
        length = x.shape[1]
        x = x + self.positions[:length]
        mask = self.text.attn_mask[:length, :length]
        for block in self.text.transformer.resblocks:
            x = block(x, attn_mask=mask)
        x = x[torch.arange(len(x), device=x.device), eot.long()]
        normalised: Tensor = self.text.ln_final(x)
        return normalised @ self.text.text_projection


def _image_prompt(visual: ImageTower, config: PromptConfig) -> nn.Parameter | None:
    """(blocks, n, width), uniform in +-sqrt(6 / (3 * patch + width)), CG3D's bound."""
    if config.image_tokens == 0:
        return None
    width = visual.class_embedding.shape[0]
    blocks = len(visual.transformer.resblocks) if config.image_depth == "deep" else 1
    bound = math.sqrt(6 / (3 * visual.patch_size[0] + width))
    return nn.Parameter(torch.empty(blocks, config.image_tokens, width).uniform_(-bound, bound))


def _text_context(text: TextTower, config: PromptConfig) -> nn.Parameter | None:
    """(n, width), normal with the deviation of CLIP's token embedding."""
    if config.text_context == 0:
        return None
    return nn.Parameter(torch.randn(config.text_context, text.width) * 0.02)
