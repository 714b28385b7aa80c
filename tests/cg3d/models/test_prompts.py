"""Learned prompts on frozen towers: every kind by itself, and all of them together."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.towers import TowerConfig, Towers, load_towers
from cg3d.training.features import BatchEncoder

RANDOM = TowerConfig(pretrained="random")
KINDS: dict[str, dict[str, Any]] = {
    "image.prompt": {"image_tokens": 5},
    "image.bias": {"image_additive": True},
    "text.context": {"text_context": 2},
    "text.bias": {"text_additive": True},
}
COMBINATIONS = [kinds for count in range(5) for kinds in combinations(KINDS, count)]
CAPTIONS = ["mug", "a rather long name of a thing"]


@pytest.fixture(scope="module")
def towers() -> Towers:
    torch.manual_seed(0)
    return load_towers(RANDOM)


@pytest.fixture(scope="module")
def image() -> Tensor:
    return torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0))


def fresh(towers: Towers, *kinds: str, **changes: Any) -> CG3D:
    """A model with these kinds of prompts and no others, before training; the same ones every time."""
    options = {name: value for kind in kinds for name, value in KINDS[kind].items()}
    torch.manual_seed(1)
    return CG3D(ModelConfig(towers=RANDOM, prompts=PromptConfig(**{"image_tokens": 0, **options, **changes})), towers)


@torch.no_grad()
def prompted(towers: Towers, *kinds: str, **changes: Any) -> CG3D:
    """The same with prompts that have moved, additive ones away from zero."""
    model = fresh(towers, *kinds, **changes)
    for _, prompt in model.prompts():
        prompt.add_(0.2 * torch.randn(prompt.shape))
    return model


def largest_difference(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("kinds", COMBINATIONS, ids=" ".join)
def test_kinds_are_on_by_themselves(towers: Towers, kinds: tuple[str, ...]) -> None:
    model = fresh(towers, *kinds)
    on_image, on_text = ({kind for kind in kinds if kind.startswith(tower)} for tower in ("image", "text"))
    assert tuple(name for name, _ in model.prompts()) == kinds
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learning == {*kinds} | {f"points.{name}" for name, _ in model.points.named_parameters()}
    assert model.learned_state().keys() >= {*kinds}
    assert (model.image.has_prompts, model.text.has_prompts) == (bool(on_image), bool(on_text))
    assert model.config.prompts.has_prompts == bool(kinds)


def test_shapes_are_those_of_the_towers(towers: Towers) -> None:
    model = fresh(towers, *KINDS)
    blocks, width = len(towers.visual.transformer.resblocks), towers.visual.class_embedding.shape[0]
    assert {name: tuple(prompt.shape) for name, prompt in model.prompts()} == {
        "image.prompt": (blocks, 5, width),
        "image.bias": (3, 128, 128),
        "text.context": (2, towers.text.width),
        "text.bias": (77, towers.text.width),
    }


@pytest.mark.parametrize("kinds", COMBINATIONS[1:], ids=" ".join)
def test_gradients_reach_the_prompts_alone(towers: Towers, image: Tensor, kinds: tuple[str, ...]) -> None:
    model = prompted(towers, *kinds)
    features = torch.cat([model.encode_image(image), model.encode_captions(CAPTIONS)])
    (features * torch.randn(features.shape)).sum().backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    assert gradients.keys() == {*kinds}
    assert all(gradient.abs().sum() > 0 for gradient in gradients.values())


@torch.no_grad()
@pytest.mark.parametrize("others", [(), ("image.prompt", "text.context")], ids=" ".join)
def test_additive_prompts_start_where_the_towers_are(towers: Towers, image: Tensor, others: tuple[str, ...]) -> None:
    model, without = fresh(towers, *others, "image.bias", "text.bias"), fresh(towers, *others)
    assert torch.equal(model.encode_image(image), without.encode_image(image))
    assert torch.equal(model.encode_captions(CAPTIONS), without.encode_captions(CAPTIONS))


@torch.no_grad()
@pytest.mark.parametrize("others", [(), ("image.prompt",)], ids=" ".join)
def test_image_bias_is_a_change_of_normalised_pixels(towers: Towers, image: Tensor, others: tuple[str, ...]) -> None:
    model, without = prompted(towers, *others, "image.bias"), prompted(towers, *others)
    changed = image + model.image.bias * model.image.std
    assert largest_difference(model.encode_image(image), without.encode_image(changed)) < 1e-6
    assert largest_difference(model.encode_image(image), without.encode_image(image)) > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("others", [(), ("text.context",)], ids=" ".join)
def test_text_bias_is_a_change_of_position_embeddings(towers: Towers, others: tuple[str, ...]) -> None:
    """With context, too: the places that the bias belongs to are counted in the sequence that the tower sees."""
    model = prompted(towers, *others, "text.bias")
    changed = copy.deepcopy(towers.text)
    changed.positional_embedding += model.text.bias
    reference = prompted(replace(towers, text=changed), *others)
    features, without = model.encode_captions(CAPTIONS), prompted(towers, *others).encode_captions(CAPTIONS)
    assert largest_difference(features, reference.encode_captions(CAPTIONS)) < 1e-6
    assert largest_difference(features, without) > 1e-3


@torch.no_grad()
def test_deep_tokens_are_replaced_before_every_block(towers: Towers, image: Tensor) -> None:
    """VPT-deep written out: token outputs of a block are thrown away, the next block gets its own."""
    model, visual = prompted(towers, "image.prompt"), towers.visual
    x = visual._embeds((image - model.image.mean) / model.image.std)
    for block, tokens in zip(visual.transformer.resblocks, model.image.prompt, strict=True):
        y = block(torch.cat([x[:, :1], tokens.expand(2, -1, -1), x[:, 1:]], dim=1))
        x = torch.cat([y[:, :1], y[:, 6:]], dim=1)
    expected = F.normalize(visual.ln_post(x[:, 0]) @ visual.proj, dim=-1)
    assert largest_difference(model.encode_image(image), expected) < 1e-6


@torch.no_grad()
def test_shallow_tokens_pass_through_all_blocks(towers: Towers, image: Tensor) -> None:
    model, visual = prompted(towers, "image.prompt", image_depth="shallow"), towers.visual
    x = visual._embeds((image - model.image.mean) / model.image.std)
    x = torch.cat([x[:, :1], model.image.prompt.expand(2, -1, -1), x[:, 1:]], dim=1)
    for block in visual.transformer.resblocks:
        x = block(x)
    expected = F.normalize(visual.ln_post(x[:, 0]) @ visual.proj, dim=-1)
    assert largest_difference(model.encode_image(image), expected) < 1e-6


@torch.no_grad()
def test_text_context_of_a_words_own_embedding_is_that_word(towers: Towers) -> None:
    """Context vectors equal to the embeddings of "a big" must read as if the words had been written."""
    model, plain = fresh(towers, "text.context"), fresh(towers)
    written, _ = towers.tokenize(["a big mug"], 77)
    model.text.context.copy_(towers.text.token_embedding(written)[0, 1:3])
    assert largest_difference(model.encode_captions(["mug"]), plain.encode_captions(["a big mug"])) < 1e-5
    assert (model.text.context_length, plain.text.context_length) == (75, 77)


@torch.no_grad()
@pytest.mark.parametrize("kind", KINDS)
def test_features_that_can_change_are_not_remembered(towers: Towers, image: Tensor, kind: str) -> None:
    model, modality = prompted(towers, kind), kind.partition(".")[0]
    encoder, batch = BatchEncoder(model, torch.device("cpu"), "fp32"), {"image": image, "captions": CAPTIONS}
    before = encoder.encode(batch, modality, learning=False)
    dict(model.prompts())[kind].normal_()
    assert largest_difference(encoder.encode(batch, modality, learning=False), before) > 1e-3
