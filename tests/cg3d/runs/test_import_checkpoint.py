"""Official weight files, in their published layout with random weights: the same features, and what is refused."""

from __future__ import annotations

import argparse
import collections
import json
import os
import shutil
import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.weight_files import _LEGACY, read_weight_file, weights_in
from cg3d.runs.checkpoint import CHECKPOINT_FILE, RECORD_FILE, load_record, load_run
from cg3d.runs.import_checkpoint import import_checkpoint
from cg3d.training.train import train
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans.cloud import PointCloud

State = dict[str, Tensor]
Shapes = dict[str, tuple[int, ...]]
EMBED_DIM = 32  # of the small SLIP file


def conv_norm_shapes(name: str, inputs: int, outputs: int, bias: bool = False) -> Shapes:
    """nn.Sequential(nn.Conv1d(inputs, outputs, 1), nn.BatchNorm1d(outputs), ...)."""
    norm = {f"{name}1.{part}": (outputs,) for part in ("weight", "bias", "running_mean", "running_var")}
    shapes = {f"{name}0.weight": (outputs, inputs, 1), **norm, f"{name}1.num_batches_tracked": ()}
    return shapes | ({f"{name}0.bias": (outputs,)} if bias else {})


def pointmlp_shapes() -> Shapes:
    """What `pointMLP()` and `pointMLPProject()` of the official code have in common."""
    shapes = conv_norm_shapes("embedding.net.", 3, 64)
    for stage, width in enumerate((64, 128, 256, 512)):
        shapes |= {f"local_grouper_list.{stage}.affine_{part}": (1, 1, 1, width) for part in ("alpha", "beta")}
        shapes |= conv_norm_shapes(f"pre_blocks_list.{stage}.transfer.net.", 2 * width, 2 * width)
        for blocks, block, net in np.ndindex(2, 2, 2):
            name = f"{('pre', 'pos')[blocks]}_blocks_list.{stage}.operation.{block}.net{net + 1}."
            shapes |= conv_norm_shapes(name, 2 * width, 2 * width)
    return shapes


def classifier_shapes() -> Shapes:
    """The head of `pointMLP()`."""
    shapes: Shapes = {}
    for layer, norm, inputs, outputs in ((0, 1, 1024, 512), (4, 5, 512, 256)):
        shapes |= {f"classifier.{layer}.weight": (outputs, inputs), f"classifier.{layer}.bias": (outputs,)}
        shapes |= {
            f"classifier.{norm}.{part}": (outputs,) for part in ("weight", "bias", "running_mean", "running_var")
        }
    return shapes | {"classifier.8.weight": (40, 256), "classifier.8.bias": (40,)}


def pointtransformer_shapes() -> Shapes:
    """`PointTransformerProject` of the official code."""
    shapes = {"cls_token": (1, 1, 384), "cls_pos": (1, 1, 384), "projection.weight": (EMBED_DIM, 768)}
    shapes |= {"projection.bias": (EMBED_DIM,), "norm.weight": (384,), "norm.bias": (384,)}
    shapes |= conv_norm_shapes("encoder.first_conv.", 3, 128, bias=True)
    shapes |= conv_norm_shapes("encoder.second_conv.", 512, 512, bias=True)
    shapes |= {"encoder.first_conv.3.weight": (256, 128, 1), "encoder.first_conv.3.bias": (256,)}
    shapes |= {"encoder.second_conv.3.weight": (256, 512, 1), "encoder.second_conv.3.bias": (256,)}
    linear = {"reduce_dim": (384, 256), "pos_embed.0": (128, 3), "pos_embed.2": (384, 128)}
    linear |= {"cls_head_finetune.0": (256, 768), "cls_head_finetune.3": (55, 256)}
    for block in (f"blocks.blocks.{i}." for i in range(12)):
        shapes |= {f"{block}{norm}.{part}": (384,) for norm in ("norm1", "norm2") for part in ("weight", "bias")}
        shapes[f"{block}attn.qkv.weight"] = (1152, 384)
        linear |= {f"{block}attn.proj": (384, 384), f"{block}mlp.fc1": (1536, 384), f"{block}mlp.fc2": (384, 1536)}
    for name, (outputs, inputs) in linear.items():
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return shapes


def random_state(shapes: Shapes) -> State:
    """Weights that keep activations near 1, and statistics that are not those of fresh layers."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in shapes.items():
        noise = torch.randn(shape, generator=generator)
        is_scale = (len(shape) == 1 and name.endswith(("weight", "running_var"))) or name.endswith("alpha")
        state[name] = 1 + 0.2 * noise.tanh() if is_scale else noise / max(np.prod(shape[1:]), 9) ** 0.5
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
    return state


def pointnet2(xyz: Tensor, count: int) -> Tensor:
    """Furthest point sampling of pointnet2_ops."""
    picks, nearest = [0], torch.full((len(xyz),), 1e10)
    allowed = xyz.square().sum(dim=1) > 1e-3
    while len(picks) < count:
        nearest = torch.minimum(nearest, (xyz - xyz[picks[-1]]).square().sum(dim=1))
        picks.append(int(torch.where(allowed, nearest, -1.0).argmax()))
    return torch.tensor(picks)


def official_input(cloud: np.ndarray, points: int) -> Tensor:
    """`pc_normalize`, then `misc.fps`."""
    centred = cloud.astype(np.float64) - cloud.mean(axis=0, dtype=np.float64)
    xyz = torch.from_numpy(centred / np.linalg.norm(centred, axis=1).max()).float()
    return xyz[pointnet2(xyz, points)]


def conv_norm(state: State, name: str, x: Tensor) -> Tensor:
    """(B, D, N) through a convolution of kernel 1 and its batch normalisation in evaluation."""
    x = F.conv1d(x, state[f"{name}0.weight"], state.get(f"{name}0.bias"))
    statistics = [state[f"{name}1.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *statistics)


def official_pointmlp(state: State, xyz: Tensor) -> Tensor:
    """`ModelProject.forward` of one cloud (N, 3)."""
    x = F.relu(conv_norm(state, "embedding.net.", xyz.T[None]))[0].T  # (N, D)
    for stage, count in enumerate((512, 256, 128, 64)):
        anchors = pointnet2(xyz, count)
        nearest = torch.cdist(xyz[anchors], xyz).topk(24, largest=False).indices
        difference = x[nearest] - x[anchors][:, None]
        alpha, beta = (state[f"local_grouper_list.{stage}.affine_{part}"][0] for part in ("alpha", "beta"))
        normalised = alpha * difference / (difference.std() + 1e-5) + beta
        grouped = torch.cat([normalised, x[anchors][:, None].expand_as(normalised)], dim=-1)  # (S, k, 2D)
        y = F.relu(conv_norm(state, f"pre_blocks_list.{stage}.transfer.net.", grouped.mT))
        y = residuals(state, f"pre_blocks_list.{stage}.", y).amax(dim=2).T[None]
        x, xyz = residuals(state, f"pos_blocks_list.{stage}.", y)[0].T, xyz[anchors]
    return state["projection.weight"][..., 0] @ x.amax(dim=0) + state["projection.bias"]


def residuals(state: State, name: str, x: Tensor) -> Tensor:
    for block in range(2):
        inner = F.relu(conv_norm(state, f"{name}operation.{block}.net1.", x))
        x = F.relu(conv_norm(state, f"{name}operation.{block}.net2.", inner) + x)
    return x


def official_pointtransformer(state: State, xyz: Tensor) -> Tensor:
    """`PointTransformerProject.forward` of one cloud (N, 3)."""
    centres = xyz[pointnet2(xyz, 64)]
    nearest = torch.cdist(centres, xyz).topk(32, largest=False).indices
    groups = (xyz[nearest] - centres[:, None]).mT  # (G, 3, K)
    y = F.relu(conv_norm(state, "encoder.first_conv.", groups))
    y = F.conv1d(y, state["encoder.first_conv.3.weight"], state["encoder.first_conv.3.bias"])
    y = torch.cat([y.amax(dim=2, keepdim=True).expand_as(y), y], dim=1)
    y = F.relu(conv_norm(state, "encoder.second_conv.", y))
    y = F.conv1d(y, state["encoder.second_conv.3.weight"], state["encoder.second_conv.3.bias"]).amax(dim=2)
    x = torch.cat([state["cls_token"][0], linear(state, "reduce_dim", y)])
    positions = linear(state, "pos_embed.2", F.gelu(linear(state, "pos_embed.0", centres)))
    positions = torch.cat([state["cls_pos"][0], positions])
    for block in (f"blocks.blocks.{i}." for i in range(12)):
        x = x + positions
        qkv = norm(state, f"{block}norm1", x) @ state[f"{block}attn.qkv.weight"].T
        queries, keys, values = qkv.view(65, 3, 6, 64).permute(1, 2, 0, 3)
        read = (queries @ keys.mT / 8).softmax(dim=-1) @ values
        x = x + linear(state, f"{block}attn.proj", read.transpose(0, 1).flatten(1))
        x = x + linear(
            state, f"{block}mlp.fc2", F.gelu(linear(state, f"{block}mlp.fc1", norm(state, f"{block}norm2", x)))
        )
    x = norm(state, "norm", x)
    return linear(state, "projection", torch.cat([x[0], x[1:].amax(dim=0)]))


def linear(state: State, name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def norm(state: State, name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, (384,), state[f"{name}.weight"], state[f"{name}.bias"])


@pytest.fixture(scope="session")
def visual_state(slip_state: State) -> State:
    """timm's ViT with CG3D's tokens; two blocks, as the SLIP file has."""
    visual = {name.removeprefix("visual."): value for name, value in slip_state.items() if name.startswith("visual.")}
    tokens = torch.randn(2, 5, 128, generator=torch.Generator().manual_seed(1))
    return visual | {"prompt_embeddings": tokens[:1], "deep_prompt_embeddings": tokens[1:]}


@pytest.fixture(scope="session")
def pointmlp_state() -> State:
    projection = {"projection.weight": (EMBED_DIM, 1024, 1), "projection.bias": (EMBED_DIM,)}
    return random_state(pointmlp_shapes() | projection)


@pytest.fixture(scope="session")
def content(pointmlp_state: State, visual_state: State) -> dict[str, Any]:
    """What CG3D's training saves for PointMLP."""
    metrics = {"acc": 0.5}
    optimiser = {"state": {}, "param_groups": [{"lr": 1e-4}]}
    of_training = {"optimizer": optimiser, "epoch": 100, "metrics": metrics, "best_metrics": metrics}
    return {"base_model": pointmlp_state, "visual_clip_model": visual_state, **of_training}


@pytest.fixture(scope="session")
def cg3d_file(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cg3d") / "pointmlp_1024.pth"
    torch.save(content, path)
    return path


@pytest.fixture(scope="session")
def transformer_state() -> State:
    return random_state(pointtransformer_shapes())


@pytest.fixture(scope="session")
def transformer_file(transformer_state: State, visual_state: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What CG3D's distributed training saves for its transformer."""
    path = tmp_path_factory.mktemp("cg3d") / "pointtransformer_1024.pth"
    parallel = {f"module.{name}": value for name, value in transformer_state.items()}
    torch.save({"base_model": parallel, "visual_clip_model": visual_state}, path)
    return path


@pytest.fixture(scope="session")
def cloud() -> np.ndarray:
    """3,000 points, a tenth of them in a dense core at the centre, where pointnet2_ops does not sample."""
    rng = np.random.default_rng(0)
    xyz = rng.normal(size=(3_000, 3)) * [1.0, 0.5, 0.2]
    xyz[::10] = xyz.mean(axis=0) + rng.normal(size=(300, 3)) * 1e-3
    return xyz.astype(np.float32)


def assert_same_features(run: Path, slip: Path, cloud: np.ndarray, expected: Tensor) -> None:
    """Prepared and encoded as a run does it, to rounding; the random weights amplify it somewhat."""
    model, config = load_run(run, str(slip))
    points = prepare(PointCloud(cloud, up="y"), config.model.encoder.spec)
    with torch.no_grad():
        features = model.points(torch.from_numpy(points)[None])[0]
    assert F.cosine_similarity(features, expected, dim=0) > 0.9999
    torch.testing.assert_close(features, expected, atol=1e-3 * float(expected.abs().max()), rtol=0)


@pytest.mark.parametrize("points", [1024, pytest.param(8192, marks=pytest.mark.slow)])
def test_pointmlp_gives_the_features_of_the_official_code(
    cg3d_file: Path, slip_file: Path, pointmlp_state: State, cloud: np.ndarray, tmp_path: Path, points: int
) -> None:
    run = import_checkpoint(cg3d_file, "cg3d-pointmlp", tmp_path / "run", slip_file, points)
    assert_same_features(run, slip_file, cloud, official_pointmlp(pointmlp_state, official_input(cloud, points)))


def test_pointtransformer_gives_the_features_of_the_official_code(
    transformer_file: Path, slip_file: Path, transformer_state: State, cloud: np.ndarray, tmp_path: Path
) -> None:
    run = import_checkpoint(transformer_file, "cg3d-pointtransformer", tmp_path / "run", slip_file)
    assert_same_features(
        run, slip_file, cloud, official_pointtransformer(transformer_state, official_input(cloud, 1024))
    )


@pytest.mark.parametrize("wrapped", [True, False])
def test_pointmlp_classifier_gives_its_trunk(
    pointmlp_state: State, slip_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, wrapped: bool
) -> None:
    """The published file of `net`, saved in data-parallel training, and the bare weights."""
    trunk = {name: value for name, value in pointmlp_state.items() if not name.startswith("projection.")}
    net = {f"module.{name}": value for name, value in (trunk | random_state(classifier_shapes())).items()}
    torch.save({"net": net, "epoch": 300} if wrapped else net, tmp_path / "best.pth")
    run = import_checkpoint(tmp_path / "best.pth", "pointmlp", tmp_path / "run", slip_file)
    model, _ = load_run(run, str(slip_file))
    state = model.points.state_dict()
    assert all(torch.equal(state[name], value) for name, value in trunk.items())
    assert state["projection.weight"].shape == (EMBED_DIM, 1024, 1)
    assert model.image.prompt is None
    assert load_record(run).provenance["imported"]["untrained"] == "the projection"
    (warning,) = caplog.messages
    assert warning.startswith("THE PROJECTION IS UNTRAINED")


def test_tokens_go_to_their_blocks(cg3d_file: Path, slip_file: Path, visual_state: State, tmp_path: Path) -> None:
    model, _ = load_run(import_checkpoint(cg3d_file, "cg3d-pointmlp", tmp_path / "run", slip_file), str(slip_file))
    assert torch.equal(model.image.prompt[0], visual_state["prompt_embeddings"][0])
    assert torch.equal(model.image.prompt[1], visual_state["deep_prompt_embeddings"][0])


def test_the_record_tells_where_it_came_from(cg3d_file: Path, slip_file: Path, tmp_path: Path) -> None:
    run = import_checkpoint(cg3d_file, "cg3d-pointmlp", tmp_path / "run", slip_file)
    record = load_record(run)
    imported = record.provenance["imported"]
    assert (imported["file"], imported["kind"], imported["licence"]) == (cg3d_file.name, "cg3d-pointmlp", "unknown")
    assert len(imported["sha256"]) == 64
    assert record.provenance["data"]["licences"] == "unknown"
    assert record.config.model.encoder.spec == PrepareSpec(1024, 3, "y", "cg3d-official")
    assert (record.towers, record.step) == (f"slip-vit-b-16/{slip_file}", 0)


def without(key: str) -> Callable[[dict], object]:
    return lambda tree: tree.pop(key)


@pytest.mark.parametrize(
    ("entry", "change", "message"),
    [
        ("base_model", without("projection.bias"), r"as pointmlp does not fit\. Missing: projection\.bias\.$"),
        ("base_model", lambda s: s.update(head=torch.ones(1)), r"Unexpected: head\.$"),
        (
            "base_model",
            lambda s: s.update({"projection.bias": torch.ones(512)}),
            r"Of another shape: projection\.bias \(512,\) instead of \(32,\)\.$",
        ),
        ("base_model", lambda s: s.update(epoch=3), "base_model is not a state dict; named tensors are expected"),
        ("visual_clip_model", without("prompt_embeddings"), r"prompt_embeddings of visual_clip_model is missing"),
        ("visual_clip_model", without("deep_prompt_embeddings"), r"Missing: deep_prompt_embeddings\.$"),
        (
            "visual_clip_model",
            lambda s: s.update({"norm.bias": s["norm.bias"] + 1, "cls_token": -s["cls_token"]}),
            r"another image tower than that of the SLIP file: cls_token, norm\.bias\. The published models need slip_base",
        ),
    ],
)
def test_weights_that_do_not_fit_are_listed(
    content: dict, slip_file: Path, tmp_path: Path, entry: str, change: Callable[[dict], object], message: str
) -> None:
    tree = {**content, entry: dict(content[entry])}
    change(tree[entry])
    torch.save(tree, tmp_path / "changed.pth")
    with pytest.raises(CheckpointError, match=message):
        import_checkpoint(tmp_path / "changed.pth", "cg3d-pointmlp", tmp_path / "run", slip_file)
    assert not (tmp_path / "run").exists()


def cg3d(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def save_object(path: Path, _: bytes) -> None:
    torch.save({"base_model": {}, "metrics": CliRunner()}, path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (
            lambda path, _: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"),
            "only points to weights that Git LFS keeps. Fetch them: git lfs pull",
        ),
        (
            lambda path, whole: path.write_bytes(whole[: len(whole) // 2]),
            "is no file that torch.save wrote, or a damaged one",
        ),
        (lambda path, _: path.write_bytes(b""), "is no file that torch.save wrote, or a damaged one"),
        (lambda path, _: None, "cannot be read (No such file or directory)"),
        (lambda path, _: torch.save(torch.ones(2), path), "holds a Tensor; a dictionary of weights is expected"),
        (
            lambda path, _: torch.save({"model": {}, "epoch": 1}, path),
            "has no 'visual_clip_model'; found epoch, model.",
        ),
        (save_object, "holds a Python object (typer.testing.CliRunner)"),
    ],
)
def test_other_files_are_refused_in_one_line(
    cg3d_file: Path, tmp_path: Path, write: Callable[[Path, bytes], object], message: str
) -> None:
    write(tmp_path / "file.pth", cg3d_file.read_bytes())
    result = cg3d("import-checkpoint", tmp_path / "file.pth", "--kind", "cg3d-pointmlp", "--out", tmp_path / "run")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert message in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--kind", "pointbert"), "choose one of cg3d-pointmlp, cg3d-pointtransformer, pointmlp, pointmlp-elite"),
        (
            ("--kind", "cg3d-pointtransformer"),
            "as pointtransformer does not fit. Missing: blocks.blocks.0.attn.proj.bias, ",
        ),
        (
            ("--kind", "pointmlp-elite"),
            "has no 'net'; found base_model, best_metrics, epoch, metrics, optimizer and 1 more",
        ),
        (("--kind", "cg3d-pointmlp", "--points", "100"), "model.encoder.points must be 192 to 8192; got 100"),
        (("--kind", "cg3d-pointmlp", "--slip", "nowhere.pt"), "nowhere.pt' is no file"),
    ],
)
def test_other_kinds_are_refused_in_one_line(
    cg3d_file: Path, slip_file: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    result = cg3d("import-checkpoint", cg3d_file, "--slip", slip_file, "--out", tmp_path / "run", *options)
    assert result.exit_code == 2
    assert message in result.stderr.splitlines()[-1]


def test_a_run_is_not_overwritten(cg3d_file: Path, slip_file: Path, tmp_path: Path) -> None:
    (tmp_path / RECORD_FILE).write_text(json.dumps({}))
    with pytest.raises(CheckpointError, match="holds a run already"):
        import_checkpoint(cg3d_file, "cg3d-pointmlp", tmp_path, slip_file)


def test_a_folder_that_cannot_be_made_is_named(cg3d_file: Path, slip_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"run cannot be written \(Not a directory\)\. Choose another --out"):
        import_checkpoint(cg3d_file, "cg3d-pointmlp", tmp_path / "file" / "run", slip_file)


@pytest.mark.slow
def test_import_export_answer(
    transformer_file: Path, slip_file: Path, cloud: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    arguments = ("--kind", "cg3d-pointtransformer", "--slip", slip_file, "--out", run)
    imported = cg3d("import-checkpoint", transformer_file, *arguments)
    assert imported.exit_code == 0, imported.output
    assert imported.stdout.splitlines()[-1] == f"next: cg3d export {run} --fp16 --towers {slip_file}"
    exported = cg3d("export", run, "--held-out", "0", "--out", bundle, "--towers", slip_file)
    assert exported.exit_code == 0, exported.output

    manifest = Bundle.open(bundle).manifest
    assert manifest.prepare == PrepareSpec(1024, 3, "y", "cg3d-official")
    assert manifest.licences["training data"] == "unknown"
    assert "unknown" in (bundle / "MODEL_CARD.md").read_text()
    with Recognizer.open(["mug", "chair"], bundle, backend="cpu", precision="fp32") as recognizer:
        answer = recognizer(PointCloud(cloud, up="y"))
        (embedded,) = recognizer.embed([PointCloud(cloud, up="y")])
    model, config = load_run(run, str(slip_file))
    points = torch.from_numpy(prepare(PointCloud(cloud, up="y"), config.model.encoder.spec))
    with torch.no_grad():
        assert torch.from_numpy(embedded) @ model.encode_points(points[None])[0] > 0.9999
    assert {candidate.label for candidate in answer.top} == {"mug", "chair"}


@pytest.mark.slow
def test_without_slip_every_message_says_that_the_towers_are_random(pointmlp_state: State, tmp_path: Path) -> None:
    trunk = {name: value for name, value in pointmlp_state.items() if not name.startswith("projection.")}
    torch.save({"net": trunk}, tmp_path / "best.pth")
    result = cg3d("import-checkpoint", tmp_path / "best.pth", "--kind", "pointmlp", "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "RANDOM towers" in result.stdout
    assert "THE TOWERS HAVE RANDOM WEIGHTS" in result.stderr
    assert "THE PROJECTION IS UNTRAINED" in result.stderr


@pytest.fixture(scope="session")
def trunk() -> State:
    """The weights of a PointMLP-Elite classifier; small, so that they import in no time."""
    own = build_point_encoder(EncoderConfig("pointmlp-elite"), EMBED_DIM).state_dict()
    trunk = {name: value for name, value in own.items() if not name.startswith("projection.")}
    return {**trunk, "classifier.0.weight": torch.ones(3, 3)}


def assert_takes(file: Path, slip: Path, trunk: State, kind: str = "pointmlp-elite") -> None:
    out = file.parent / "run"
    model, _ = load_run(import_checkpoint(file, kind, out, slip), str(slip))
    state = model.points.state_dict()
    assert all(torch.equal(state[name], value) for name, value in trunk.items() if name in state)


BESIDE = {
    "float": np.float64(93.88),
    "single": np.float32(1.5),
    "whole": np.int64(3),
    "yes": np.bool_(True),
    "text": np.str_("best"),
    "array": np.arange(6.0).reshape(2, 3),
    "objects": np.array([{"a": 1}, None], dtype=object),
    "generator": np.random.RandomState(0).get_state(),
    "options": argparse.Namespace(seed=np.int64(3), rates=np.ones(3), kind=np.float32),
    "counts": collections.defaultdict(list, {"a": [1]}),
    "ordered": collections.OrderedDict(a=np.float16(2)),
    "names": {"a", "b"},
    "path": argparse.Namespace(out=Path("runs"), started=datetime(2024, 5, 1)),
    "complex": 1j,
}


@pytest.mark.parametrize("what", BESIDE)
@pytest.mark.parametrize("zipped", [True, False])
def test_numbers_of_numpy_beside_weights_are_passed_over(tmp_path: Path, what: str, zipped: bool) -> None:
    small = {"a": torch.ones(3)}
    torch.save({"net": small, "acc": BESIDE[what]}, tmp_path / "np.pth", _use_new_zipfile_serialization=zipped)
    assert torch.equal(read_weight_file(tmp_path / "np.pth")["net"]["a"], small["a"])


def test_older_numpy_names_them_otherwise(tmp_path: Path) -> None:
    """NumPy 1 writes numpy.core, NumPy 2 numpy._core."""
    torch.save(
        {"net": {"a": torch.ones(3)}, "acc": np.float64(1)}, tmp_path / "n.pth", _use_new_zipfile_serialization=False
    )
    content = (tmp_path / "n.pth").read_bytes()
    assert (b"numpy._core.multiarray" in content) != (b"numpy.core.multiarray" in content)
    old, new = b"numpy.core.multiarray", b"numpy._core.multiarray"
    other = content.replace(new, old) if new in content else content.replace(old, new)
    (tmp_path / "n.pth").write_bytes(other)
    assert "net" in read_weight_file(tmp_path / "n.pth")


@pytest.mark.parametrize("entry", ["model", "state_dict", "model_state_dict", "base_model", "encoder"])
def test_weights_under_another_name(trunk: State, slip_file: Path, tmp_path: Path, entry: str) -> None:
    torch.save({entry: trunk, "acc": np.float64(93.9), "optimizer": {"state": {}}, "epoch": 3}, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, trunk)


@pytest.mark.parametrize(
    "prefix", ["_orig_mod.", "module.module.", "_orig_mod.module.", "model.", "model.net.", "_fsdp_wrapped_module."]
)
def test_prefixes_of_wrappers(trunk: State, slip_file: Path, tmp_path: Path, prefix: str) -> None:
    torch.save({"net": {f"{prefix}{name}": value for name, value in trunk.items()}}, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, trunk)


@pytest.mark.parametrize("wrapper", ["_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_orig_mod"])
def test_wrappers_inside_of_names(trunk: State, slip_file: Path, tmp_path: Path, wrapper: str) -> None:
    wrapped = {name.replace(".", f".{wrapper}.", 1): value for name, value in trunk.items()}
    torch.save({"model": wrapped}, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, trunk)


@pytest.mark.parametrize("kind", [torch.int32, torch.bool, torch.complex64, torch.float8_e4m3fn])
def test_weights_of_other_number_types_are_refused(
    trunk: State, slip_file: Path, tmp_path: Path, kind: torch.dtype
) -> None:
    changed = {**trunk, "embedding.net.0.weight": trunk["embedding.net.0.weight"].to(kind)}
    torch.save({"net": changed}, tmp_path / "w.pth")
    with pytest.raises(
        CheckpointError, match=rf"no plain floating-point numbers: embedding\.net\.0\.weight {kind}\. Save"
    ):
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    torch.save({"net": {"a": torch.arange(4096.0)}}, tmp_path / "w.pth")
    content = bytearray((tmp_path / "w.pth").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"w\.pth: is damaged, 'w/data/0' in it is not what was saved\. Download"):
        read_weight_file(tmp_path / "w.pth")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match=r"cannot be read \(Not a regular file\)"):
        read_weight_file(tmp_path / "w.pth")


def test_counters_of_batch_normalisation_may_be_missing(trunk: State, slip_file: Path, tmp_path: Path) -> None:
    without_counters = {name: value for name, value in trunk.items() if not name.endswith("num_batches_tracked")}
    torch.save(without_counters, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, without_counters)


def test_fine_tuned_transformer(transformer_state: State, slip_file: Path, tmp_path: Path) -> None:
    """CG3D's and Point-BERT's own: a classifier in the place of the projection, no image tower."""
    own = {name: value for name, value in transformer_state.items() if not name.startswith("projection.")}
    torch.save({"base_model": own, "metrics": {"acc": 0.9}}, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, own, "pointtransformer")
    with pytest.raises(CheckpointError, match=r"has no 'visual_clip_model'.* import them with --kind pointtransformer"):
        import_checkpoint(tmp_path / "w.pth", "cg3d-pointtransformer", tmp_path / "other", slip_file)


def test_two_entries_that_fit_are_not_chosen_between(trunk: State, slip_file: Path, tmp_path: Path) -> None:
    torch.save({"model": trunk, "model_ema": trunk}, tmp_path / "w.pth")
    with pytest.raises(
        CheckpointError, match=r"more than one entry fits: model, model_ema\. Save the one that is meant as 'net'"
    ):
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)
    torch.save({"net": trunk, "model_ema": trunk}, tmp_path / "w.pth")
    assert_takes(tmp_path / "w.pth", slip_file, trunk)


def test_an_entry_that_does_not_fit_is_not_taken(trunk: State, slip_file: Path, tmp_path: Path) -> None:
    torch.save({"model": {**trunk, "head": torch.ones(1)}}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match=r"as pointmlp-elite does not fit\. Unexpected: head\."):
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)


def test_weights_twice(tmp_path: Path) -> None:
    (tmp_path / "w.pth").touch()
    with pytest.raises(CheckpointError, match="has weights twice, with and without a prefix"):
        weights_in({"net": {"a": torch.ones(0), "module.a": torch.ones(0)}}, "net", tmp_path / "w.pth")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite(trunk: State, slip_file: Path, tmp_path: Path, bad: float) -> None:
    value = trunk["embedding.net.0.weight"].clone()
    value[3, 1] = bad
    torch.save({"net": {**trunk, "embedding.net.0.weight": value}}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match=r"weights that are infinite or NaN: embedding\.net\.0\.weight\."):
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)
    assert not (tmp_path / "run").exists()


def test_a_compressed_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    torch.save({"net": {"a": torch.zeros(1 << 22)}}, tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in plain.namelist():
            bomb.writestr(name, plain.read(name))
    assert (tmp_path / "bomb.pth").stat().st_size < 1 << 17
    with pytest.raises(
        CheckpointError, match=r"is compressed, to become 16,7\d\d,\d{3} bytes; torch\.save compresses nothing"
    ):
        read_weight_file(tmp_path / "bomb.pth")


def test_tensors_that_repeat_one_number_without_end(slip_file: Path, tmp_path: Path) -> None:
    torch.save({"net": {"a": torch.zeros(1).expand(1 << 40)}}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="is too small for the tensors that it claims: a"):
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)


def test_what_is_no_weight_file_is_told_apart(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    (tmp_path / "page.pth").write_text("\n<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title>")
    with pytest.raises(CheckpointError, match="is a web page, most likely a warning that came in place of the weights"):
        read_weight_file(tmp_path / "page.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pth")
    recwarn.clear()
    with pytest.raises(CheckpointError, match="is a TorchScript program, not a file of weights"):
        read_weight_file(tmp_path / "script.pth")
    assert not recwarn.list


def test_names_of_strangers_do_not_reach_the_terminal(slip_file: Path, tmp_path: Path) -> None:
    torch.save({"net": {"\x1b[2J\x1b]0;evil\a": torch.ones(1)}}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="does not fit") as told:
        import_checkpoint(tmp_path / "w.pth", "pointmlp-elite", tmp_path / "run", slip_file)
    assert str(told.value).isprintable()


def test_a_run_with_weights_that_are_not_finite_is_no_start(
    run: Path, packed: Path, configure: Callable, tmp_path: Path
) -> None:
    spoiled = tmp_path / "spoiled"
    shutil.copytree(run, spoiled)
    with safe_open(spoiled / CHECKPOINT_FILE, framework="pt") as file:
        metadata, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    name = next(name for name in state if name.startswith("points.") and name.endswith("weight"))
    state[name] = state[name] * float("nan")
    save_file(state, spoiled / CHECKPOINT_FILE, metadata)
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors: weights that are infinite or NaN: points\."):
        train(configure(), packed, tmp_path / "new", spoiled)
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors: weights that are infinite or NaN"):
        load_run(spoiled)


@pytest.mark.parametrize("zipped", [True, False])
def test_tuples_that_are_no_keys_are_harmless(tmp_path: Path, zipped: bool) -> None:
    nested: tuple = ()
    for _ in range(40):
        nested = (nested, nested)
    content = {"net": {"a": torch.ones(1)}, "other": [nested], "grid": {(0, 1): "x"}}
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    assert "net" in read_weight_file(tmp_path / "w.pth")


def test_a_file_of_hostile_keys(tmp_path: Path) -> None:
    hostile = b"\x80\x02})q\x00" + b"h\x00h\x00\x86q\x00" * 40 + b"K\x01s."
    torch.save({"net": {"a": torch.ones(1)}}, tmp_path / "plain.pth")
    with zipfile.ZipFile(tmp_path / "plain.pth") as plain, zipfile.ZipFile(tmp_path / "w.pth", "w") as archive:
        for name in plain.namelist():
            archive.writestr(name, hostile if name.endswith("data.pkl") else plain.read(name))
    with pytest.raises(CheckpointError, match=r"is no file that torch\.save wrote, or a damaged one"):
        read_weight_file(tmp_path / "w.pth")


def test_old_files_of_hostile_keys(tmp_path: Path) -> None:
    hostile = b"\x80\x02})q\x00" + b"h\x00h\x00\x86q\x00" * 40 + b"K\x01s."
    torch.save({"net": {"a": torch.ones(1)}}, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    start = (tmp_path / "w.pth").read_bytes()
    assert start.startswith(_LEGACY)
    third = start.index(b"u.", len(_LEGACY)) + 2
    (tmp_path / "w.pth").write_bytes(start[:third] + hostile)
    with pytest.raises(CheckpointError, match=r"is no file that torch\.save wrote, or a damaged one"):
        read_weight_file(tmp_path / "w.pth")
