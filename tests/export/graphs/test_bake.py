"""Baked constants give what the learned model gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import onnx
import pytest
import torch
from torch import Tensor, nn

from cg3d.models.cg3d import CG3D
from cg3d.models.prompts import PromptConfig
from cg3d_export.graphs.bake import fold_pixel_statistics, patches_of
from cg3d_export.graphs.convert import build_graph, to_onnx
from cg3d_export.judging.structure import check_structure

COMBINATIONS = [
    PromptConfig(tokens, depth, image_additive, context, text_additive)
    for (tokens, depth), image_additive, context, text_additive in product(
        [(0, "deep"), (5, "shallow"), (5, "deep")], [False, True], [0, 7], [False, True]
    )
]


def largest_difference(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


@torch.no_grad()
@pytest.mark.parametrize("prompts", COMBINATIONS, ids=str)
def test_baked_prompts_equal_learned_ones(make_model, prompts: PromptConfig) -> None:
    model, plain = make_model(prompts=prompts), make_model(prompts=PromptConfig(image_tokens=0))
    picture = torch.rand(3, 3, 64, 64)
    captions = model.towers.tokenize(["a mug", "a rather long name of a thing", "x"], 70)
    image_features, text_features = model.encode_image(picture), model.encode_text(*captions)

    assert largest_difference(build_graph(model, "image", "fp32")(picture), image_features) < 1e-6
    assert largest_difference(build_graph(model, "text", "fp32")(*captions), text_features) < 1e-6
    assert (largest_difference(plain.encode_image(picture), image_features) > 1e-3) == prompts.has_image_prompts
    assert (largest_difference(plain.encode_text(*captions), text_features) > 1e-3) == prompts.has_text_prompts


@pytest.mark.parametrize("graph", ["text", "image"])
def test_additive_prompts_add_no_operator(exported, model: CG3D, make_model, graph: str) -> None:
    precision = "fp16"  # made of the form in fp32, which has the prompts baked in already
    without = make_model(prompts=replace(model.config.prompts, image_additive=False, text_additive=False))
    content = to_onnx(build_graph(without, graph, precision), graph, without)
    expected = check_structure(onnx.load_from_string(content), precision)

    assert check_structure(onnx.load(exported[0] / f"{graph}.{precision}.onnx"), precision) == expected


@torch.no_grad()
@pytest.mark.parametrize("encoder", ["pointnet", "pointnet2", "pointmlp-elite", "pointmlp", "pointtransformer"])
def test_folded_encoder_equals_the_trained_one(make_model, encoder: str) -> None:
    model = make_model(encoder=encoder)
    graph = build_graph(model, "points", "fp32")
    points = torch.rand(3, 256, 3) * 2 - 1

    assert not any(isinstance(module, nn.BatchNorm1d) for module in graph.modules())
    assert largest_difference(graph(points), model.encode_points(points)) < 2e-5


@pytest.mark.parametrize("bias", [False, True])
def test_folded_pixel_statistics_are_exact(bias: bool) -> None:
    conv = nn.Conv2d(3, 16, 8, stride=8, bias=bias)
    mean, std = torch.tensor([0.48, 0.46, 0.41]), torch.tensor([0.27, 0.26, 0.28])
    image = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        weight, folded_bias = fold_pixel_statistics(conv, mean, std)
        folded = nn.functional.conv2d(image.double(), weight.double(), folded_bias.double(), stride=8)
        normalised = (image.double() - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        expected = nn.functional.conv2d(
            normalised, conv.weight.double(), None if conv.bias is None else conv.bias.double(), stride=8
        )
    assert largest_difference(folded, expected) < 1e-6  # the rounding of the folded weights to float32


@torch.no_grad()
@pytest.mark.parametrize("bias", [False, True])
def test_patches_of_a_picture_are_what_it_adds(bias: bool) -> None:
    conv = nn.Conv2d(3, 16, 8, stride=8, bias=bias)
    image, picture = torch.rand(1, 3, 32, 24), torch.randn(3, 32, 24)
    added = (conv(image + picture) - conv(image)).flatten(2)[0].T

    assert largest_difference(patches_of(picture, conv), added) < 1e-5


@torch.no_grad()
def test_context_shortens_what_a_text_may_hold(model: CG3D) -> None:
    graph = build_graph(model, "text", "fp32")
    longest = torch.ones(1, model.text.context_length, dtype=torch.int32)

    assert model.text.context_length == graph.context_length == 77 - 4
    assert graph(longest, torch.tensor([model.text.context_length - 1], dtype=torch.int32)).shape == (1, 64)


def test_export_modules_leave_the_model_alone(model: CG3D) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    for graph in ("points", "text", "image"):
        build_graph(model, graph, "fp16")

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert learning == {name for name, parameter in model.named_parameters() if parameter.requires_grad}
