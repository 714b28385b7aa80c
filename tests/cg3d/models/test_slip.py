"""SLIP's towers against a slow reference in timm's form, and what is refused."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.slip import VIT_B_16, SlipShape, load_slip, random_slip
from cg3d.models.towers.towers import TowerConfig, load_towers
from cg3d_runtime.errors import CheckpointError

State = dict[str, Tensor]


def timm_image(state: State, image: Tensor, prompts: Tensor | None = None) -> Tensor:
    """SLIP's `encode_image`, with CG3D's tokens (blocks, n, width) where there are any."""
    weight, n = state["visual.patch_embed.proj.weight"], 0 if prompts is None else prompts.shape[1]
    x = F.conv2d(image, weight, state["visual.patch_embed.proj.bias"], stride=weight.shape[-1]).flatten(2).mT
    x = torch.cat([state["visual.cls_token"].expand(len(x), -1, -1), x], dim=1) + state["visual.pos_embed"]
    patches = x[:, 1:]
    for i in range(blocks_in(state, "visual.blocks.")):
        block = {name.removeprefix(f"visual.blocks.{i}."): value for name, value in state.items()}
        if prompts is not None:
            x = torch.cat([x[:, :1], prompts[i].expand(len(x), -1, -1), patches], dim=1)
        qkv = norm(block, "norm1.", x, 1e-6) @ block["attn.qkv.weight"].T + block["attn.qkv.bias"]
        x = x + linear(block, "attn.proj.", attention(qkv))
        x = x + linear(block, "mlp.fc2.", F.gelu(linear(block, "mlp.fc1.", norm(block, "norm2.", x, 1e-6))))
        patches = x[:, 1 + n :]
    return norm(state, "visual.norm.", x, 1e-6)[:, 0] @ state["image_projection"]


def slip_text(state: State, token_ids: Tensor) -> Tensor:
    """SLIP's `encode_text`: (B, 77) ids, zero after the end mark, which is the largest."""
    x = state["token_embedding.weight"][token_ids] + state["positional_embedding"]
    mask = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1)
    for i in range(blocks_in(state, "transformer.resblocks.")):
        block = {name.removeprefix(f"transformer.resblocks.{i}."): value for name, value in state.items()}
        qkv = norm(block, "ln_1.", x, 1e-5) @ block["attn.in_proj_weight"].T + block["attn.in_proj_bias"]
        x = x + linear(block, "attn.out_proj.", attention(qkv, mask))
        inner = linear(block, "mlp.c_fc.", norm(block, "ln_2.", x, 1e-5))
        x = x + linear(block, "mlp.c_proj.", inner * torch.sigmoid(1.702 * inner))
    x = norm(state, "ln_final.", x, 1e-5)
    return x[torch.arange(len(x)), token_ids.argmax(dim=-1)] @ state["text_projection"]


def attention(qkv: Tensor, mask: Tensor | float = 0.0) -> Tensor:
    """Heads of 64 channels."""
    queries, keys, values = (part.unflatten(-1, (-1, 64)).transpose(1, 2) for part in qkv.chunk(3, dim=-1))
    return ((queries @ keys.mT / 8 + mask).softmax(dim=-1) @ values).transpose(1, 2).flatten(2)


def norm(state: State, prefix: str, x: Tensor, epsilon: float) -> Tensor:
    weight, bias = state[f"{prefix}weight"], state[f"{prefix}bias"]
    return F.layer_norm(x, weight.shape, weight, bias, epsilon)


def linear(state: State, prefix: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{prefix}weight"], state[f"{prefix}bias"])


def blocks_in(state: State, prefix: str) -> int:
    return 1 + max(int(name.removeprefix(prefix).split(".")[0]) for name in state if name.startswith(prefix))


@pytest.fixture
def model(slip_file: Path) -> Callable[[int], CG3D]:
    """`model(tokens)`: on the towers of the file."""
    towers = TowerConfig("slip-vit-b-16", str(slip_file))
    return lambda tokens: CG3D(ModelConfig(EncoderConfig("pointnet", 192), towers, PromptConfig(tokens)))


@torch.no_grad()
@pytest.mark.parametrize("tokens", [0, 5])
def test_images_are_encoded_as_in_timm(model: Callable[[int], CG3D], slip_state: State, tokens: int) -> None:
    learner, image = model(tokens), torch.rand(3, 3, 64, 64)
    normalised = (image - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        3, 1, 1
    )
    expected = F.normalize(timm_image(slip_state, normalised, learner.image.prompt), dim=-1)
    torch.testing.assert_close(learner.encode_image(image), expected, atol=2e-6, rtol=0)


@torch.no_grad()
def test_texts_are_encoded_as_in_slip(model: Callable[[int], CG3D], slip_state: State) -> None:
    learner, captions = model(0), ["a mug", "This is a rather long chair."]
    token_ids, _ = learner.towers.tokenize(captions, 77)
    padded = F.pad(token_ids, (0, 77 - token_ids.shape[1])).long()
    expected = F.normalize(slip_text(slip_state, padded), dim=-1)
    torch.testing.assert_close(learner.encode_captions(captions), expected, atol=2e-6, rtol=0)


def test_towers_are_frozen_and_describe_themselves(slip_file: Path, slip_state: State) -> None:
    towers = load_towers(TowerConfig("slip-vit-b-16", str(slip_file)))
    assert (towers.image_size, towers.image_resize, towers.embed_dim) == (64, "shortest", 32)
    assert towers.logit_scale == pytest.approx(float(slip_state["logit_scale"].exp()))
    assert towers.weights == f"slip-vit-b-16/{slip_file}"
    for tower in (towers.visual, towers.text):
        assert not tower.training
        assert not any(parameter.requires_grad for parameter in tower.parameters())


def test_the_published_shape() -> None:
    """ViT-B/16 of timm has 85,798,656 weights, its patch bias included; heads as in SLIP's models.py."""
    model = random_slip(VIT_B_16)
    weights = sum(p.numel() for name, p in model.visual.named_parameters() if name != "proj")
    assert weights + 768 == 85_798_656
    heads = [tower.transformer.resblocks[0].attn.num_heads for tower in (model.visual, model.text)]
    assert heads == [12, 8]
    assert SlipShape(image_width=384).image_heads == 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("visual.blocks.1.attn.qkv.bias"), r"Missing: visual.blocks.1.attn.qkv.bias\.$"),
        (lambda s: s.pop("visual.pos_embed"), r"Missing: visual.pos_embed\. SLIP's weights are expected"),
        (lambda s: s.update(extra=torch.ones(1)), r"Unexpected: extra\.$"),
        (
            lambda s: s.update(image_projection=torch.ones(128, 3)),
            r"Of another shape: image_projection \(128, 3\) instead of \(128, 32\)\.$",
        ),
        (lambda s: s.update(text_projection=torch.tensor(1.0)), "SLIP's weights are expected"),
        (lambda s: s.update({"positional_embedding": torch.ones(77, 100)}), "100 is no multiple of 64"),
        (lambda s: [s.pop(name) for name in list(s) if "resblocks.0" in name], r"Missing: .* and 7 more\.$"),
    ],
)
def test_weights_that_do_not_fit_are_listed(
    slip_state: State, tmp_path: Path, change: Callable[[State], object], message: str
) -> None:
    state = dict(slip_state)
    change(state)
    torch.save({"state_dict": state}, tmp_path / "slip.pt")
    with pytest.raises(CheckpointError, match=message):
        load_slip(tmp_path / "slip.pt")


def test_options_of_the_training_program_are_read_over(slip_state: State, tmp_path: Path) -> None:
    """SLIP saves its argparse.Namespace beside the weights."""
    torch.save({"state_dict": slip_state, "epoch": 100, "args": argparse.Namespace(lr=3e-3)}, tmp_path / "slip.pt")
    assert load_slip(tmp_path / "slip.pt").logit_scale > 1


def test_no_file_is_named() -> None:
    with pytest.raises(
        CheckpointError, match=r"need a weight file such as slip_base_100ep\.pt, or 'random'; 'builtin'"
    ):
        load_towers(TowerConfig("slip-vit-b-16"))
