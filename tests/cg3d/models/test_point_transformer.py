"""The point transformer against the published form, written out slowly, and what training relies on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.encoders.point_transformer import (
    Attention,
    Block,
    PointTransformer,
    PointTransformerShape,
    StochasticDepth,
)
from cg3d.models.encoders.pointwise import fold_batch_norms
from cg3d_runtime.errors import CheckpointError

SMALL = PointTransformerShape(groups=16, group_size=8, group_width=32, width=48, depth=3, heads=4, drop_path=0.0)


def farthest(xyz: Tensor, count: int) -> list[int]:
    """Farthest point sampling of one cloud (N, 3) from its first point."""
    chosen = [0]
    while len(chosen) < count:
        distances = (xyz[:, None] - xyz[chosen]).square().sum(dim=-1).amin(dim=1)
        chosen.append(int(distances.argmax()))
    return chosen


def clouds(batch: int, points: int, channels: int = 3) -> Tensor:
    """Clouds in farthest-point order, (B, N, C)."""
    values = torch.rand(batch, points, channels, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return torch.stack([cloud[farthest(cloud[:, :3], points)] for cloud in values])


def make(channels: int = 3, shape: PointTransformerShape = SMALL) -> PointTransformer:
    """A small transformer in which no parameter or statistic has its initial value, where some do nothing."""
    torch.manual_seed(1)
    model = PointTransformer(shape, channels, 24)
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value += 0.5 * torch.rand(value.shape) if name.endswith("running_var") else 0.1 * torch.randn(value.shape)
    return model.eval()


def published(model: PointTransformer, points: Tensor) -> Tensor:
    """The original's order of work: sample, group, concatenate, convolve channels-first, attend head by head."""
    grouped = [published_groups(cloud, SMALL.groups, SMALL.group_size) for cloud in points]
    groups, centres = (torch.stack(parts) for parts in zip(*grouped, strict=True))  # (B, G, K, C), (B, G, 3)
    x = model.encoder.first_conv(groups.flatten(0, 1).transpose(1, 2))  # (B * G, 256, K)
    x = torch.cat([x.max(dim=2, keepdim=True).values.expand_as(x), x], dim=1)
    x = model.encoder.second_conv(x).max(dim=2).values  # (B * G, group_width)
    batch = len(points)
    x = torch.cat([model.cls_token.repeat(batch, 1, 1), model.reduce_dim(x).unflatten(0, (batch, -1))], dim=1)
    positions = model.pos_embed[2](F.gelu(model.pos_embed[0](centres)))
    positions = torch.cat([model.cls_pos.repeat(batch, 1, 1), positions], dim=1)
    for block in model.blocks.blocks:
        x = published_block(block, x + positions)
    x = F.layer_norm(x, x.shape[-1:], model.norm.weight, model.norm.bias, 1e-5)
    return model.projection(torch.cat([x[:, 0], x[:, 1:].max(dim=1).values], dim=1))


def published_groups(cloud: Tensor, count: int, size: int) -> tuple[Tensor, Tensor]:
    xyz, colour = cloud[:, :3], cloud[:, 3:]
    centres, groups = xyz[farthest(xyz, count)], []
    for centre in centres:
        nearest = (xyz - centre).norm(dim=1).argsort()[:size]
        groups.append(torch.cat([xyz[nearest] - centre, colour[nearest]], dim=1))
    return torch.stack(groups), centres


def published_block(block: Block, x: Tensor) -> Tensor:
    norm = F.layer_norm(x, x.shape[-1:], block.norm1.weight, block.norm1.bias, 1e-5)
    x = x + published_attention(block.attn, norm)
    norm = F.layer_norm(x, x.shape[-1:], block.norm2.weight, block.norm2.bias, 1e-5)
    return x + block.mlp.fc2(F.gelu(block.mlp.fc1(norm)))


def published_attention(attention: Attention, x: Tensor) -> Tensor:
    heads = []
    queries, keys, values = (attention.qkv(x)).chunk(3, dim=-1)
    each = [part.split(x.shape[-1] // SMALL.heads, dim=-1) for part in (queries, keys, values)]
    for query, key, value in zip(*each, strict=True):
        scores = query @ key.transpose(1, 2) / query.shape[-1] ** 0.5
        heads.append(scores.softmax(dim=-1) @ value)
    return attention.proj(torch.cat(heads, dim=-1))


def gradients(model: PointTransformer, encode: Callable[[Tensor], Tensor], points: Tensor) -> list[Tensor]:
    target = torch.randn(len(points), 24, generator=torch.Generator().manual_seed(2))
    return list(torch.autograd.grad((encode(points) * target).sum(), list(model.parameters())))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("channels", [3, 6])
def test_features_and_gradients_are_the_published_ones(channels: int, training: bool) -> None:
    model, points = make(channels).train(training), clouds(3, 64, channels)
    with torch.no_grad():
        torch.testing.assert_close(model(points), published(model, points), atol=2e-5, rtol=1e-4)

    ours = gradients(model, model, points)
    theirs = gradients(model, lambda x: published(model, x), points)
    largest = max(gradient.norm() for gradient in theirs)
    for (name, _), ours_each, theirs_each in zip(model.named_parameters(), ours, theirs, strict=True):
        # A bias before batch normalisation has no gradient in training but rounding.
        assert (ours_each - theirs_each).norm() <= 1e-4 * theirs_each.norm() + 1e-6 * largest, name


BLOCK = {
    "norm1.weight": (384,),
    "norm1.bias": (384,),
    "attn.qkv.weight": (1152, 384),
    "attn.proj.weight": (384, 384),
    "attn.proj.bias": (384,),
    "norm2.weight": (384,),
    "norm2.bias": (384,),
    "mlp.fc1.weight": (1536, 384),
    "mlp.fc1.bias": (1536,),
    "mlp.fc2.weight": (384, 1536),
    "mlp.fc2.bias": (384,),
}
STATISTICS = ("weight", "bias", "running_mean", "running_var")
OFFICIAL = {
    "cls_token": (1, 1, 384),
    "cls_pos": (1, 1, 384),
    "projection.weight": (512, 768),
    "projection.bias": (512,),
    "encoder.first_conv.0.weight": (128, 3, 1),
    "encoder.first_conv.0.bias": (128,),
    **{f"encoder.first_conv.1.{name}": (128,) for name in STATISTICS},
    "encoder.first_conv.1.num_batches_tracked": (),
    "encoder.first_conv.3.weight": (256, 128, 1),
    "encoder.first_conv.3.bias": (256,),
    "encoder.second_conv.0.weight": (512, 512, 1),
    "encoder.second_conv.0.bias": (512,),
    **{f"encoder.second_conv.1.{name}": (512,) for name in STATISTICS},
    "encoder.second_conv.1.num_batches_tracked": (),
    "encoder.second_conv.3.weight": (256, 512, 1),
    "encoder.second_conv.3.bias": (256,),
    "reduce_dim.weight": (384, 256),
    "reduce_dim.bias": (384,),
    "pos_embed.0.weight": (128, 3),
    "pos_embed.0.bias": (128,),
    "pos_embed.2.weight": (384, 128),
    "pos_embed.2.bias": (384,),
    **{f"blocks.blocks.{i}.{name}": shape for i in range(12) for name, shape in BLOCK.items()},
    "norm.weight": (384,),
    "norm.bias": (384,),
}


def test_state_is_that_of_the_official_checkpoints() -> None:
    model = build_point_encoder(EncoderConfig("pointtransformer"), 512)

    assert {name: tuple(value.shape) for name, value in model.state_dict().items()} == OFFICIAL
    assert sum(p.numel() for p in model.parameters()) == 22_252_544


def test_colour_widens_the_first_convolution_alone() -> None:
    model = build_point_encoder(EncoderConfig("pointtransformer", channels=6), 512)
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}

    assert shapes == OFFICIAL | {"encoder.first_conv.0.weight": (128, 6, 1)}


@torch.no_grad()
def test_colour_is_read() -> None:
    model, points = make(channels=6), clouds(1, 64, 6)
    darker = points.clone()
    darker[..., 3:] *= 0.5

    assert (model(points) - model(darker)).abs().max() > 1e-3


@torch.no_grad()
def test_batch_of_eight_is_eight_of_one() -> None:
    model, points = make(), clouds(8, 64)

    torch.testing.assert_close(model(points), torch.cat([model(cloud[None]) for cloud in points]), atol=1e-5, rtol=0)


@torch.no_grad()
def test_order_of_repeats_does_not_matter() -> None:
    """A small cloud is filled up by repeating it: the repeats may come in any order."""
    model, cloud = make(), clouds(1, 40)
    filled = torch.cat([cloud, cloud], dim=1)[:, :64]
    shuffled = torch.cat([cloud, filled[:, 40:][:, torch.randperm(24)]], dim=1)

    torch.testing.assert_close(model(shuffled), model(filled), atol=1e-6, rtol=0)


@torch.no_grad()
def test_folding_is_exact() -> None:
    model, points = make(), clouds(2, 64)
    folded = fold_batch_norms(model)

    assert not any(isinstance(module, torch.nn.BatchNorm1d) for module in folded.modules())
    torch.testing.assert_close(folded(points), model(points), atol=2e-5, rtol=1e-4)


@torch.no_grad()
def test_half_precision_of_autocast_stays_near() -> None:
    model, points = make(), clouds(4, 64)
    with torch.autocast("cpu", torch.bfloat16):
        half = model(points).float()

    assert F.cosine_similarity(half, model(points)).min() > 0.999


def test_stochastic_depth_leaves_out_samples_and_keeps_the_expectation() -> None:
    torch.manual_seed(0)
    depth, branch = StochasticDepth(0.25), torch.ones(4000, 2, 3)
    kept = depth(branch)

    assert torch.equal(kept, kept[:, :1, :1].expand_as(kept))  # a sample as a whole
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert kept.mean().item() == pytest.approx(1, abs=0.03)
    assert torch.equal(depth.eval()(branch), branch)


def test_both_branches_of_a_block_can_be_left_out() -> None:
    block, x = Block(48, 4, drop_path=1.0), torch.randn(2, 5, 48)

    assert torch.equal(block.train()(x), x)
    assert not torch.equal(block.eval()(x), x)


def test_stochastic_depth_rises_from_block_to_block_in_training_alone() -> None:
    shape, points = replace(SMALL, drop_path=0.5), clouds(4, 64)
    model = make(shape=shape)

    assert [block.drop_path.rate for block in model.blocks.blocks] == pytest.approx([0, 0.25, 0.5])
    with torch.no_grad():
        torch.testing.assert_close(model(points), make()(points))
        torch.manual_seed(0)
        assert not torch.allclose(model.train()(points), model(points), atol=1e-3)


def test_too_few_points_are_refused() -> None:
    build_point_encoder(EncoderConfig("pointtransformer", points=64), 8)
    with pytest.raises(CheckpointError, match=r"points must be 64 or more for pointtransformer.*; got 63\."):
        build_point_encoder(EncoderConfig("pointtransformer", points=63), 8)
