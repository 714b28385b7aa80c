"""The models against slow, obvious references, and the promises that training and export rely on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.geometry import gather_rows, k_nearest
from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.encoders.pointmlp import POINTMLP_ELITE, PointMLP
from cg3d.models.encoders.pointnet2 import PointNet2
from cg3d.models.encoders.pointwise import fold_batch_norms
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.towers.tokenizer import clip_tokenizer, read_merges
from cg3d.models.towers.towers import TowerConfig, Towers, load_towers
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.labels.tokenizer import ClipTokenizer

RANDOM = TowerConfig(pretrained="random")


@pytest.fixture(scope="module")
def towers() -> Towers:
    torch.manual_seed(0)
    return load_towers(RANDOM)


def fps_order(xyz: Tensor, count: int) -> Tensor:
    """Farthest point sampling of one cloud (N, 3) from its first point."""
    chosen, distance = [0], torch.full((len(xyz),), torch.inf, dtype=xyz.dtype)
    while len(chosen) < count:
        distance = torch.minimum(distance, (xyz - xyz[chosen[-1]]).square().sum(dim=1))
        chosen.append(int(distance.argmax()))
    return torch.tensor(chosen)


def clouds(batch: int, points: int, channels: int = 3, seed: int = 0) -> Tensor:
    """Clouds in farthest-point order, (B, N, C)."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(batch, points, channels, generator=generator) * 2 - 1
    return torch.stack([cloud[fps_order(cloud[:, :3], points)] for cloud in values])


def trained_looking(module: nn.Module) -> nn.Module:
    """Fresh weights hide mistakes in scales, shifts and running statistics: move them all from their initial values."""
    generator = torch.Generator().manual_seed(1)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(0.5 + noise if name.endswith("running_var") else value + 0.2 * (noise - 0.5))
    return module.eval()


def original_pointmlp(model: PointMLP, points: Tensor) -> Tensor:
    """PointMLP as published, one cloud at a time: sample, group, normalise, concatenate, convolve channels-first."""
    return torch.cat([_original_one(model, cloud) for cloud in points])


def _original_one(model: PointMLP, cloud: Tensor) -> Tensor:
    xyz, x = cloud[:, :3], F.relu(model.embedding.net(cloud.T[None]))[0].T  # (N, D)
    stages = zip(model.local_grouper_list, model.pre_blocks_list, model.pos_blocks_list, strict=True)
    for stage, (affine, pre, pos) in enumerate(stages):
        anchors = fps_order(xyz, len(cloud) >> (stage + 1))
        rows = []
        for anchor in anchors:
            nearest = (xyz - xyz[anchor]).square().sum(dim=1).topk(24, largest=False).indices
            rows.append(x[nearest] - x[anchor])
        difference = torch.stack(rows)  # (S, k, D)
        normalised = affine.affine_alpha[0] * difference / (difference.std() + 1e-5) + affine.affine_beta[0]
        grouped = torch.cat([normalised, x[anchors][:, None].expand_as(normalised)], dim=-1)  # (S, k, 2D)
        y = F.relu(pre.transfer.net(grouped.transpose(1, 2)))  # (S, D', k)
        y = _original_blocks(pre.operation, y).amax(dim=2).T[None]  # (1, D', S)
        x, xyz = _original_blocks(pos.operation, y)[0].T, xyz[anchors]
    return F.conv1d(x.amax(dim=0)[None, :, None], model.projection.weight, model.projection.bias)[..., 0]


def _original_blocks(blocks: nn.Sequential, x: Tensor) -> Tensor:
    for block in blocks:
        x = F.relu(x + block.net2(F.relu(block.net1(x))))
    return x


@pytest.mark.parametrize("channels", [3, 6])
def test_pointmlp_is_the_published_one(channels: int) -> None:
    model = trained_looking(PointMLP(POINTMLP_ELITE, 256, channels, 16))
    points = clouds(2, 256, channels)
    with torch.no_grad():
        torch.testing.assert_close(model(points), original_pointmlp(model, points), atol=2e-5, rtol=1e-4)


def test_pointmlp_gradients_are_the_published_ones() -> None:
    model = trained_looking(PointMLP(POINTMLP_ELITE, 256, 3, 16)).double()
    points = clouds(1, 256).double()
    weights = [p for p in model.parameters() if p.requires_grad]
    fast = torch.autograd.grad(model(points).square().sum(), weights)
    slow = torch.autograd.grad(original_pointmlp(model, points).square().sum(), weights)
    for ours, theirs in zip(fast, slow, strict=True):
        assert (ours - theirs).norm() <= 1e-9 * theirs.norm() + 1e-12


def plain_pointnet2(model: PointNet2, cloud: Tensor) -> Tensor:
    """PointNet++ one neighbourhood at a time: [x_j - x_i, f_j] through a perceptron, then the largest."""
    xyz, x = cloud[:, :3], cloud[:, 3:]
    for stage, count in zip(model.stages, model.anchors, strict=True):
        anchors, rows = fps_order(xyz, count), []
        for anchor in anchors:
            nearest = (xyz - xyz[anchor]).square().sum(dim=1).topk(16, largest=False).indices
            local = torch.cat([xyz[nearest] - xyz[anchor], x[nearest]], dim=1)
            rows.append(_perceptron(stage.layers, local).amax(dim=0))
        xyz, x = xyz[anchors], torch.stack(rows)
    x = _perceptron(model.whole, torch.cat([xyz, x], dim=1))
    x = torch.cat([x.amax(dim=0), x.mean(dim=0)])[None]
    return model.projection(_perceptron([model.hidden], x))


def _perceptron(layers: Iterable[nn.Sequential], rows: Tensor) -> Tensor:
    for layer in layers:
        rows = F.relu(layer(rows.T[None]))[0].T
    return rows


@pytest.mark.parametrize("channels", [3, 6])
def test_pointnet2_is_what_its_paper_says_of_neighbourhoods(channels: int) -> None:
    model = trained_looking(PointNet2(256, channels, 16))
    points = clouds(2, 256, channels)
    with torch.no_grad():
        plain = torch.cat([plain_pointnet2(model, cloud) for cloud in points])
        torch.testing.assert_close(model(points), plain, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("name", "millions"), [("pointmlp-elite", 0.573), ("pointmlp", 13.10)])
def test_parameter_counts_are_the_published_ones(name: str, millions: float) -> None:
    encoder = build_point_encoder(EncoderConfig(name=name), 512)
    assert sum(p.numel() for p in encoder.parameters()) / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize("name", ["pointmlp-elite", "pointnet2", "pointnet"])
def test_batch_of_eight_is_eight_of_one(name: str) -> None:
    encoder = trained_looking(build_point_encoder(EncoderConfig(name=name, points=256), 32))
    points = clouds(8, 256)
    with torch.no_grad():
        one_by_one = torch.cat([encoder(cloud[None]) for cloud in points])
        torch.testing.assert_close(encoder(points), one_by_one, atol=1e-5, rtol=1e-5)


def test_pointmlp_does_not_mind_where_repeats_end() -> None:
    """A small cloud is filled up by repeating its order: the anchors are still its first points."""
    cloud = clouds(1, 96)
    filled = torch.cat([cloud, cloud, cloud], dim=1)[:, :256]
    assert fps_order(filled[0], 96).tolist() == list(range(96))
    encoder = trained_looking(build_point_encoder(EncoderConfig(points=256), 32))
    with torch.no_grad():
        assert torch.isfinite(encoder(filled)).all()


@pytest.mark.parametrize("name", ["pointmlp-elite", "pointnet2", "pointnet"])
def test_folded_batch_norms_give_the_same_features(name: str) -> None:
    encoder = trained_looking(build_point_encoder(EncoderConfig(name=name, points=256), 32))
    points = clouds(2, 256)
    with torch.no_grad():
        torch.testing.assert_close(fold_batch_norms(encoder)(points), encoder(points), atol=2e-5, rtol=1e-4)


def test_unknown_encoder_names_the_known_ones() -> None:
    with pytest.raises(
        CheckpointError, match="'pointbert' is not known; choose one of pointmlp, pointmlp-elite, pointnet, pointnet2, "
    ):
        build_point_encoder(EncoderConfig(name="pointbert"), 512)


def test_nearest_neighbours_are_those_of_a_sorted_table() -> None:
    queries, points = torch.rand(2, 5, 3), torch.rand(2, 40, 3)
    expected = torch.cdist(queries, points).argsort(dim=-1)[..., :7]
    assert torch.equal(k_nearest(queries, points, 7).sort().values, expected.sort().values)


def test_gathered_rows_stay_in_their_sample() -> None:
    values, index = torch.rand(3, 10, 4), torch.randint(10, (3, 5, 2))
    expected = torch.stack([table[rows] for table, rows in zip(values, index, strict=True)])
    assert torch.equal(gather_rows(values, index), expected)


def test_towers_without_prompts_are_open_clips(towers: Towers) -> None:
    model = CG3D(ModelConfig(towers=RANDOM, prompts=PromptConfig(image_tokens=0)), towers)
    image = torch.rand(2, 3, 128, 128)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (towers.image_mean, towers.image_std))
    token_ids, eot = towers.tokenize(["a mug", "a photo of a rather long thing"], 77)
    padded = F.pad(token_ids, (0, 77 - token_ids.shape[1])).long()
    with torch.no_grad():
        plain_image = F.normalize(towers.visual((image - mean) / std), dim=-1)
        plain_text = F.normalize(towers.text(padded), dim=-1)
        torch.testing.assert_close(model.encode_image(image), plain_image, atol=1e-6, rtol=0)
        torch.testing.assert_close(model.encode_text(token_ids, eot), plain_text, atol=1e-5, rtol=0)


def test_padding_and_batch_mates_do_not_change_a_text(towers: Towers) -> None:
    model = CG3D(ModelConfig(towers=RANDOM), towers)
    with torch.no_grad():
        alone = model.encode_captions(["mug"])
        torch.testing.assert_close(
            model.encode_captions(["mug", "a much longer caption"])[:1], alone, atol=1e-5, rtol=0
        )


def test_only_the_point_encoder_and_the_prompts_learn(towers: Towers) -> None:
    model = CG3D(ModelConfig(towers=RANDOM, prompts=PromptConfig(text_context=2)), towers).train()
    learned = {name for name, p in model.named_parameters() if p.requires_grad}
    assert learned == {f"points.{name}" for name, _ in model.points.named_parameters()} | {
        "image.prompt",
        "text.context",
    }
    assert model.points.training
    assert not model.image.training
    assert not model.text.training


def test_long_captions_are_cut_before_the_end_mark(towers: Towers) -> None:
    token_ids, eot = towers.tokenize(["chair " * 100, "chair"], 77)
    assert token_ids.shape == (2, 77)
    assert eot.tolist() == [76, 2]
    assert token_ids[0, 76] == token_ids[1, 2]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (TowerConfig("ViT-B-32", "nobody"), "neither a file nor a tag that open_clip knows; its tags: openai"),
        (TowerConfig("ViT-Z-1", "random"), "towers 'ViT-Z-1' with weights 'random'"),
        (TowerConfig("ViT-B-32", "builtin"), "towers 'ViT-B-32' with weights 'builtin'"),
        (TowerConfig("RN50", "random"), "cannot take prompts: an open_clip ViT image tower"),
    ],
)
def test_towers_that_do_not_fit_are_refused(config: TowerConfig, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_towers(config)


@pytest.mark.parametrize(
    "text",
    [
        "a mug",
        "",
        "It's  a photo\tof THE 3D-printed café's teapot, 12 pieces!",
        "naïve 😀 robot",
        "a_b_c night_stand (furniture)",
        "コーヒーカップ",
        "don't they're we've I'll",
    ],
)
def test_tokenizer_is_clips(text: str) -> None:
    reference = import_open_clip().tokenizer.SimpleTokenizer()
    assert clip_tokenizer(49408).encode(text).ids == [49406, *reference.encode(text), 49407]


def test_smaller_vocabulary_has_the_same_rules_with_fewer_merges() -> None:
    small, full = clip_tokenizer(8192), clip_tokenizer(49408)
    assert small.encode("a chair").tokens == ["<|startoftext|>", "a</w>", "chair</w>", "<|endoftext|>"]
    assert small.get_vocab_size() == 8192
    assert len(small.encode("screwdriver").ids) > len(full.encode("screwdriver").ids)


@pytest.mark.parametrize("size", [513, 49409 + 100_000])
def test_impossible_vocabulary_is_refused(size: int) -> None:
    with pytest.raises(CheckpointError, match=f"the text tower has {size} tokens; CLIP's tokenizer gives 514 to 49408"):
        clip_tokenizer(size)


def test_own_merges_come_behind_those_of_clip() -> None:
    plain = clip_tokenizer(8192)
    first, *parts = plain.encode("screwdriver").tokens[1:-1]
    chain = [(first + "".join(parts[:place]), part) for place, part in enumerate(parts)]
    own = clip_tokenizer(8192 + len(chain), chain)
    assert own.encode("a screwdriver").tokens == ["<|startoftext|>", "a</w>", "screwdriver</w>", "<|endoftext|>"]
    assert own.encode("a chair").tokens == plain.encode("a chair").tokens
    runtime = ClipTokenizer(own.to_str().encode())
    for text in ("a screwdriver and a vise", "screwdrivers", "vis-à-vis"):
        assert runtime.encode(text) == own.encode(text).ids


def test_an_own_merge_of_a_piece_of_clips_is_refused() -> None:
    with pytest.raises(CheckpointError, match="1 of the text tower's own merges make a piece that CLIP's make, too"):
        clip_tokenizer(8193, [("ch", "air</w>")])


@pytest.mark.parametrize(
    ("content", "message"), [(b"a b c\n", "'a b c' is no merge of two pieces"), (b"\xff", "cannot be read")]
)
def test_damaged_merges_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "own.merges.txt").write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        read_merges(tmp_path / "own.merges.txt")


def run_python(folder: Path, code: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


TORCHVISION_WITHOUT_OPERATORS = """
import torch
from types import ModuleType
if not hasattr(torch.ops.torchvision, "nms"):
    raise RuntimeError("operator torchvision::nms does not exist")
"""


def test_open_clip_imports_beside_a_torchvision_without_operators(tmp_path: Path) -> None:
    """An open_clip that fails as torchvision makes it fail, until the operators are declared."""
    package = tmp_path / "open_clip"
    package.mkdir()
    (package / "__init__.py").write_text(TORCHVISION_WITHOUT_OPERATORS + "loaded = True\n")
    code = (
        "import torch\n"
        "from cg3d.models.towers.open_clip_import import import_open_clip\n"
        "print(import_open_clip().loaded, hasattr(torch.ops.torchvision, 'nms'))"
    )
    assert run_python(tmp_path, code) == "True True\n"


def test_other_failures_of_open_clip_are_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "open_clip.py").write_text("raise RuntimeError('something else')\n")
    code = (
        "from cg3d.models.towers.open_clip_import import import_open_clip\n"
        "try:\n    import_open_clip()\nexcept RuntimeError as error:\n    print(error)"
    )
    assert run_python(tmp_path, code) == "something else\n"
