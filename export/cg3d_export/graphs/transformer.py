"""CLIP's transformer as it is deployed: explicit attention, and FP32 where half precision would lose the answer.

Standard operators with a dynamic batch and length come out of it. The tower's attention does not export that well: torch's
fused kernel hides the softmax, and a mask of -inf gives NaN in half precision on some devices.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.towers.architecture import AttentionBlock
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.transformer import LayerNormFP32, attend, split_heads
from cg3d_runtime.errors import CheckpointError

# exp(MASKED) is 0 in float32, and half precision still holds it.
MASKED = -1e4


class Attention(nn.Module):
    """Multi-head self-attention with the weights of an nn.MultiheadAttention.

    Prompts that a block only reads are baked into it as keys and values: their queries would be thrown away.

    Args:
        attention: batch-first, one input width.
        prompt: (n, width) rows that every query attends to besides its own sequence, after the block's normalisation.
    """

    def __init__(self, attention: nn.MultiheadAttention, prompt: Tensor | None = None) -> None:
        super().__init__()
        self.heads = attention.num_heads
        scale = torch.ones(3, attention.embed_dim)
        scale[0] = attention.head_dim**-0.5  # the usual factor on the scores, moved to the queries' weights
        self.weight = _constant(attention.in_proj_weight * scale.reshape(-1, 1))
        self.bias = _constant(attention.in_proj_bias * scale.reshape(-1))
        self.out = attention.out_proj
        self.prompt_keys: nn.Parameter | None = None
        self.prompt_values: nn.Parameter | None = None
        if prompt is not None:
            _, keys, values = self._heads(prompt[None])
            self.prompt_keys, self.prompt_values = _constant(keys), _constant(values)  # (1, heads, n, width / heads)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, L, width), and a float32 (L, L) term of the scores -> (B, L, width)."""
        queries, keys, values = self._heads(x)
        if self.prompt_keys is not None and self.prompt_values is not None:
            keys = torch.cat([self.prompt_keys.expand(x.shape[0], -1, -1, -1), keys], dim=2)
            values = torch.cat([self.prompt_values.expand(x.shape[0], -1, -1, -1), values], dim=2)
        read: Tensor = self.out(attend(queries, keys, values, mask))
        return read

    def _heads(self, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (B, heads, L, width / heads) each, out of one matrix product."""
        return split_heads(F.linear(x, self.weight, self.bias), self.heads)


class Block(nn.Module):
    """A residual attention block of open_clip.

    Args:
        block: the tower's.
        prompt: (n, width) learned tokens that replace the last block's before this one ("deep" prompts).
    Raises:
        CheckpointError: a kind of block with other arithmetic.
    """

    def __init__(self, block: AttentionBlock, prompt: Tensor | None = None) -> None:
        super().__init__()
        if type(block) is not import_open_clip().transformer.ResidualAttentionBlock:
            raise CheckpointError(
                f"a tower of {type(block).__name__} cannot be exported; open_clip's ResidualAttentionBlock is expected. "
                "Choose a plain CLIP tower such as ViT-B-32."
            )
        self.norm_attention, self.norm_mlp = LayerNormFP32(block.ln_1), LayerNormFP32(block.ln_2)
        self.attention = Attention(block.attn, None if prompt is None else self.norm_attention(prompt))
        self.mlp = block.mlp
        self.scale_attention, self.scale_mlp = block.ls_1, block.ls_2  # LayerScale, or identity

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.scale_attention(self.attention(self.norm_attention(x), mask))
        change: Tensor = self.scale_mlp(self.mlp(self.norm_mlp(x)))
        return x + change


def causal_mask(length: int) -> Tensor:
    """(length, length) float32: 0 where a token may look, MASKED at the tokens after it."""
    return torch.full((length, length), MASKED).triu(1)


def _constant(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value.detach(), requires_grad=False)
