"""The explicit transformer against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cg3d.models.cg3d import CG3D
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.transformer import LayerNormFP32
from cg3d_export.graphs.convert import build_graph
from cg3d_export.graphs.transformer import Attention, Block, causal_mask
from cg3d_runtime.errors import CheckpointError

WIDTH, HEADS = 48, 3


@pytest.fixture
def attention() -> nn.MultiheadAttention:
    torch.manual_seed(0)
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).eval()
    nn.init.normal_(module.in_proj_bias)
    return module


@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
def test_attention_equals_torch(attention: nn.MultiheadAttention, causal: bool) -> None:
    x = torch.randn(4, 9, WIDTH)
    infinite = torch.full((9, 9), -torch.inf).triu(1) if causal else None
    expected, _ = attention(x, x, x, need_weights=False, attn_mask=infinite)

    torch.testing.assert_close(Attention(attention)(x, causal_mask(9) if causal else None), expected)


@torch.no_grad()
def test_a_baked_prompt_equals_rows_beside_the_sequence(attention: nn.MultiheadAttention) -> None:
    x, prompt = torch.randn(4, 9, WIDTH), torch.randn(5, WIDTH)
    rows = torch.cat([x, prompt.expand(4, -1, -1)], dim=1)
    expected, _ = attention(rows, rows, rows, need_weights=False)

    torch.testing.assert_close(Attention(attention, prompt)(x), expected[:, :9])


@torch.no_grad()
def test_layer_norm_keeps_float32_inside_half_precision() -> None:
    norm = LayerNormFP32(nn.LayerNorm(WIDTH))
    x = (300 * torch.randn(2, WIDTH)).half()  # the squares overflow half precision

    assert norm(x).dtype == torch.float16
    torch.testing.assert_close(norm(x), nn.LayerNorm(WIDTH)(x.float()).half())


@torch.no_grad()
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_text_of_length_9_equals_length_77(model: CG3D, precision: str) -> None:
    graph = build_graph(model, "text", precision)
    token_ids, eot = torch.randint(1, 600, (3, 9), dtype=torch.int32), torch.tensor([8, 4, 6], dtype=torch.int32)
    padded = nn.functional.pad(token_ids, (0, graph.context_length - 9))

    torch.testing.assert_close(
        graph(token_ids, eot), graph(padded, eot), atol=1e-3 if precision == "fp16" else 1e-6, rtol=0
    )


def test_other_blocks_are_refused() -> None:
    block = import_open_clip().transformer.CustomResidualAttentionBlock(WIDTH, HEADS)
    with pytest.raises(CheckpointError, match=r"CustomResidualAttentionBlock cannot be exported.*ViT-B-32"):
        Block(block)
