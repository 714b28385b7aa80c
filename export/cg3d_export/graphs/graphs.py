"""The three deployed graphs: what the model computes, with everything baked that does not depend on the input.

Float32 in, float32 rows of length 1 out, at every precision; names and shapes are those of the runtime's contract.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.cg3d import CG3D, ModelConfig, unit_rows
from cg3d.models.encoders.geometry import gather_rows
from cg3d.models.encoders.pointwise import fold_batch_norms
from cg3d.models.transformer import LayerNormFP32
from cg3d_export.graphs.bake import bake_image, bake_text
from cg3d_export.graphs.transformer import Block, causal_mask
from cg3d_runtime.errors import CheckpointError


class PointsModel(Protocol):
    """As much of a CG3D as a points graph is made from."""

    @property
    def points(self) -> nn.Module: ...

    @property
    def config(self) -> ModelConfig: ...


class PointsGraph(nn.Module):
    """(B, N, C) prepared points -> (B, D)."""

    def __init__(self, model: PointsModel) -> None:
        super().__init__()
        self.encoder = fold_batch_norms(model.points)

    def forward(self, points: Tensor) -> Tensor:
        return unit_rows(self.encoder(points))


class TextGraph(nn.Module):
    """(B, L) int32 token ids and (B,) int32 end positions -> (B, D), for any L up to `context_length`."""

    mask: Tensor  # (context_length, context_length) float32

    def __init__(self, model: CG3D) -> None:
        super().__init__()
        tower, baked = model.text.text, bake_text(model.text)
        self.context_length = model.text.context_length
        self.token_embedding = tower.token_embedding
        self.positions = nn.Parameter(baked.positions, requires_grad=False)
        self.context = None if baked.context is None else nn.Parameter(baked.context, requires_grad=False)
        self.register_buffer("mask", causal_mask(tower.context_length))
        self.blocks = nn.ModuleList(Block(block) for block in tower.transformer.resblocks)
        self.norm = LayerNormFP32(tower.ln_final)
        self.projection = tower.text_projection

    def forward(self, token_ids: Tensor, eot: Tensor) -> Tensor:
        x: Tensor = self.token_embedding(token_ids) + self.positions[: token_ids.shape[1]]
        if self.context is not None:
            x = torch.cat([x[:, :1], self.context.expand(x.shape[0], -1, -1), x[:, 1:]], dim=1)
            eot = eot + len(self.context)
        mask = self.mask[: x.shape[1], : x.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        x = gather_rows(x, eot[:, None, None]).flatten(1)  # (B, width)
        return unit_rows(self.norm(x) @ self.projection)


class ImageGraph(nn.Module):
    """(B, 3, S, S) RGB in [0, 1] -> (B, D).

    Raises:
        CheckpointError: a tower that does not answer with its class token.
    """

    def __init__(self, model: CG3D) -> None:
        super().__init__()
        tower, baked = model.image.visual, bake_image(model.image)
        if tower.pool_type != "tok":
            raise CheckpointError(
                f"an image tower that pools by {tower.pool_type!r} cannot be exported; 'tok', the class token, is expected. "
                "Choose a plain CLIP tower such as ViT-B-32."
            )
        self.stride = (tower.conv1.stride[0], tower.conv1.stride[1])
        self.patches = nn.Parameter(baked.weight, requires_grad=False)
        self.positions = nn.Parameter(baked.positions, requires_grad=False)
        self.prefix = nn.Parameter(baked.prefix, requires_grad=False)
        self.norm_patches = LayerNormFP32(tower.ln_pre) if isinstance(tower.ln_pre, nn.LayerNorm) else tower.ln_pre
        blocks = zip(tower.transformer.resblocks, baked.prompts, strict=True)
        self.blocks = nn.ModuleList(Block(block, prompt) for block, prompt in blocks)
        self.norm = LayerNormFP32(tower.ln_post)
        self.projection = tower.proj

    def forward(self, image: Tensor) -> Tensor:
        x = F.conv2d(image.to(self.patches.dtype), self.patches, stride=self.stride).flatten(2).mT  # (B, P, width)
        x = self.norm_patches(x + self.positions)
        x = torch.cat([self.prefix.expand(x.shape[0], -1, -1), x], dim=1)
        for block in self.blocks:
            x = block(x)
        return unit_rows(self.norm(x[:, 0]) @ self.projection)


GRAPH_MODULES: dict[str, type[nn.Module]] = {"points": PointsGraph, "text": TextGraph, "image": ImageGraph}
