"""Types of open_clip's transformers, as far as they are read here.

open_clip ships without types, and attributes of an nn.Module are `Tensor | Module` to a type checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor, nn


class AttentionBlock(Protocol):
    """A residual attention block, its attention batch-first."""

    ln_1: nn.LayerNorm
    ln_2: nn.LayerNorm
    attn: nn.MultiheadAttention
    mlp: nn.Module
    ls_1: nn.Module  # LayerScale, or identity
    ls_2: nn.Module

    def __call__(self, x: Tensor, attn_mask: Tensor | None = None) -> Tensor: ...


class Transformer(Protocol):
    """A stack of blocks of one width."""

    resblocks: Sequence[AttentionBlock]


class Tower(Protocol):
    """The parts of nn.Module that are used of both towers."""

    transformer: Transformer
    positional_embedding: nn.Parameter  # (positions, width)

    def requires_grad_(self, requires_grad: bool) -> object: ...

    def eval(self) -> object: ...

    def parameters(self) -> Iterator[nn.Parameter]: ...

    def state_dict(self) -> dict[str, Tensor]: ...

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> object: ...


class ImageTower(Tower, Protocol):
    """A VisionTransformer."""

    image_size: tuple[int, int]  # pixels
    patch_size: tuple[int, int]  # pixels
    pool_type: str  # "tok": the class token is the answer
    conv1: nn.Conv2d
    class_embedding: nn.Parameter  # (width,)
    ln_pre: nn.Module  # a LayerNorm, or identity
    ln_post: nn.LayerNorm
    proj: nn.Parameter  # (width, D)

    def _embeds(self, x: Tensor) -> Tensor: ...

    def _pool(self, x: Tensor) -> tuple[Tensor, Tensor]: ...


class TextTower(Tower, Protocol):
    """A TextTransformer that is causal and read at the end mark."""

    context_length: int
    vocab_size: int
    width: int
    token_embedding: nn.Embedding
    attn_mask: Tensor  # (context_length, context_length)
    ln_final: nn.LayerNorm
    text_projection: nn.Parameter  # (width, D)
