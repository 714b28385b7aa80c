"""Runs and fine-tunings that begin with a bundle, whose point encoder is read back from its graph."""

from __future__ import annotations

import copy
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.config import TrainConfig
from cg3d.data.built_in import parametric_objects
from cg3d.finetune.encoder import load_encoder
from cg3d.models.cg3d import CG3D, ModelConfig, unit_rows
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.objects import CATEGORIES
from cg3d.runs.bundle_encoder import TOLERANCE, encoder_config, read_encoder
from cg3d.runs.checkpoint import build_model, load_record, load_run
from cg3d.runs.start import begin_with
from cg3d_export import export_bundle
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL, Bundle, named_folder
from cg3d_runtime.bundle.manifest import Manifest, file_entry, write_manifest
from cg3d_runtime.errors import BundleError, CheckpointError
from cg3d_runtime.preparation.prepare import prepare
from cg3d_runtime.scans.cloud import PointCloud

Configure = Callable[..., TrainConfig]


def trained_like(encoder: nn.Module) -> nn.Module:
    """Every weight its own number, as after training: fresh ones are often all 0 or all 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
        for norm in (module for module in encoder.modules() if isinstance(module, nn.BatchNorm1d)):
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2, generator=generator)
    return encoder


def exported(name: str, folder: Path, points: int = 192) -> tuple[CG3D, Path]:
    """A model and its bundle, which holds the points graph alone."""
    model = CG3D(ModelConfig(EncoderConfig(name, points))).eval()
    trained_like(model.points)
    keep = {"text": (), "image": ()}
    export_bundle(model, folder, name=name, licences={}, provenance={}, fp16=False, keep=keep)
    return model, folder


def features(encoder: nn.Module, points: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return unit_rows(encoder(points))


@pytest.fixture(scope="module")
def shipped() -> nn.Module:
    return read_encoder(Bundle.open(BUNDLE_IN_WHEEL))


@pytest.fixture
def own_copy(tmp_path: Path) -> Path:
    """A copy of the bundle that ships, to be changed."""
    return Path(shutil.copytree(BUNDLE_IN_WHEEL, tmp_path / "own"))


def change(folder: Path, **fields: Any) -> Path:
    write_manifest(replace(Bundle.open(folder).manifest, **fields), folder)
    return folder


def test_the_shipped_encoder_computes_what_its_graph_computes(shipped: nn.Module) -> None:
    vectors = Bundle.open(BUNDLE_IN_WHEEL).test_vectors()
    found = features(shipped, torch.from_numpy(vectors["points"])).numpy()
    assert np.abs(found - vectors["points_features"]).max() < TOLERANCE


def test_its_normalisations_have_the_statistics_of_what_they_see(shipped: nn.Module) -> None:
    """Else the first step of a training, where the statistics are those of the batch, would begin somewhere else."""
    spec, rng = Bundle.open(BUNDLE_IN_WHEEL).manifest.prepare, np.random.default_rng(0)
    objects = parametric_objects(1, seed=5, categories=list(CATEGORIES)[:24])
    surfaces = [PointCloud(source.surface(1024, rng).xyz, up="y") for source in objects]
    clouds = torch.from_numpy(np.stack([prepare(cloud, spec) for cloud in surfaces]))
    still, learning = features(shipped, clouds), features(copy.deepcopy(shipped).train(), clouds)
    assert (still * learning).sum(dim=1).mean() > 0.6  # with mean 0 and variance 1 it is 0.24


@pytest.mark.parametrize("name", ["pointnet", pytest.param("pointmlp-elite", marks=pytest.mark.slow)])
def test_any_exported_encoder_comes_back(name: str, tmp_path: Path) -> None:
    model, folder = exported(name, tmp_path / name)
    found = read_encoder(Bundle.open(folder))
    clouds = torch.randn(4, 192, 3, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(features(found, clouds), features(model.points, clouds), atol=1e-5, rtol=0)
    assert encoder_config(Bundle.open(folder).manifest) == model.config.encoder


def points_graph(manifest: Manifest) -> str:
    """How a bundle's encoder is named to people."""
    return f"points graph {manifest.graphs['points']['fp32'].sha256[:12]}"


def test_training_begins_there_and_its_record_says_so(packed: Path, tmp_path: Path, shipped: nn.Module) -> None:
    changes = ("steps=2", "batch_size=6", "data.variants=0", "precision=fp32", "device=cpu", "lr=1e-12", "warmup=0")
    options = [part for change in changes for part in ("--set", change)]
    result = CliRunner().invoke(
        app, ["train", "--from", "cg3d-mini", "--data", str(packed), "--out", str(tmp_path / "run"), *options]
    )
    assert result.exit_code == 0, result.output
    manifest = Bundle.open(BUNDLE_IN_WHEEL).manifest
    assert f"starting from bundle cg3d-mini, {points_graph(manifest)}; fresh: nothing" in result.stderr
    started = load_record(tmp_path / "run").provenance["started_from"]
    assert started["bundle"] == "cg3d-mini"
    assert started["points_sha256"] == manifest.graphs["points"]["fp32"].sha256
    assert started["training data"] == manifest.licences["training data"]
    weights = load_run(tmp_path / "run")[0].points.state_dict()
    torch.testing.assert_close(weights["projection.weight"], shipped.state_dict()["projection.weight"])


def test_a_dry_run_tells_it_and_proves_that_it_fits(packed: Path) -> None:
    arguments = ["train", "--dry-run", "--from", "cg3d-mini", "--data", str(packed), "--set", "batch_size=6"]
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 0, told.output
    assert f"start           bundle cg3d-mini, {points_graph(Bundle.open(BUNDLE_IN_WHEEL).manifest)}" in told.stdout
    refused = CliRunner().invoke(app, [*arguments, "--set", "model.encoder.name=pointnet"])
    assert refused.exit_code == 2
    assert "to start from does not fit. Missing: layers.0.0.weight" in refused.stderr


def test_prompts_start_anew(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    model = build_model(configure("model.encoder.name=pointnet2", "scale=learned"))
    before = model.learned_state()["image.prompt"].clone()
    with caplog.at_level(logging.INFO, "cg3d"):
        begin_with(BUNDLE_IN_WHEEL, model)
    assert torch.equal(model.learned_state()["image.prompt"], before)
    assert "fresh: image.prompt" in caplog.text
    assert "learned beside other towers" in caplog.text  # random ones here
    assert model.logit_scale == pytest.approx(20)


def test_fine_tuning_finds_the_shipped_model_by_name(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    changes = ("device=cpu", "precision=fp32", "held_out=0.25", "copies=1", "strength=0.001")
    options = [part for change in changes for part in ("--set", change)]
    result = CliRunner().invoke(app, ["finetune", "cg3d-mini", "--data", str(packed), "--mode", "linear", *options])
    assert result.exit_code == 0, result.output
    record = json.loads(Path("runs/cg3d-mini-finetune-linear-three/finetune.json").read_text())
    assert (record["weights"], record["bundle"]["name"]) == ("bundle", "cg3d-mini")
    assert record["pretraining"]["licences"] == Bundle.open(BUNDLE_IN_WHEEL).manifest.licences["training data"]
    assert not (BUNDLE_IN_WHEEL / "finetune-linear-three").exists()


def test_a_folder_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert named_folder(Path("cg3d-mini")) == BUNDLE_IN_WHEEL
    Path("cg3d-mini").mkdir()
    assert named_folder(Path("cg3d-mini")) == Path("cg3d-mini")


def test_scratch_of_a_bundle_is_its_shape_with_fresh_weights() -> None:
    fresh = load_encoder(BUNDLE_IN_WHEEL, scratch=True, seed=0)
    assert (fresh.config.name, fresh.config.points, fresh.embed_dim, fresh.fresh) == ("pointnet2", 512, 512, True)


def test_what_cannot_be_read_back_is_named(own_copy: Path) -> None:
    manifest = Bundle.open(own_copy).manifest
    half = {**manifest.graphs, "points": {"fp16": manifest.graphs["points"]["fp16"]}}
    cases = {
        "it has no fp32 points graph": {"graphs": half},
        "its manifest does not tell which one it is": {"provenance": {}},
        "its manifest tells another input than it prepares": {"prepare": replace(manifest.prepare, points=256)},
        "no weights for layers.0.0.weight are told apart in it": {
            "provenance": {"model": {"encoder": {"name": "pointnet", "points": 512, "prepare": manifest.prepare.mode}}}
        },
    }
    for reason, fields in cases.items():
        write_manifest(manifest, own_copy)
        with pytest.raises(CheckpointError, match=f"{reason}.*Name the run that it was exported from"):
            read_encoder(Bundle.open(change(own_copy, **fields)))


def put_weights(folder: Path, spoil: Callable[[np.ndarray], np.ndarray]) -> Path:
    """Change one weight of the points graph, and its hash."""
    file = folder / "points.fp32.onnx"
    model = onnx.load(file)
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == "encoder.projection.weight")
    weight.CopyFrom(onnx.numpy_helper.from_array(spoil(onnx.numpy_helper.to_array(weight).copy()), weight.name))
    onnx.save(model, file)
    graphs = Bundle.open(folder).manifest.graphs
    return change(folder, graphs={**graphs, "points": {**graphs["points"], "fp32": file_entry(file)}})


def test_weights_other_than_the_test_vectors_are_refused(own_copy: Path) -> None:
    with pytest.raises(CheckpointError, match="what was read differs from its test vectors by"):
        read_encoder(Bundle.open(put_weights(own_copy, lambda weight: weight[::-1].copy())))


def test_weights_that_are_not_finite_are_refused(own_copy: Path) -> None:
    with pytest.raises(CheckpointError, match=r"weights that are infinite or NaN: projection\.weight"):
        read_encoder(Bundle.open(put_weights(own_copy, lambda weight: weight * np.nan)))


def test_an_altered_bundle_is_refused(own_copy: Path, packed: Path) -> None:
    (own_copy / "points.fp32.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="altered or cut short"):
        read_encoder(Bundle.open(own_copy))
    command = ["finetune", str(own_copy), "--data", str(packed), "--mode", "linear", "--out", str(own_copy / "out")]
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_run_whose_weights_are_not_finite_is_no_start(
    run: Path, configure: Configure, tmp_path: Path, packed: Path
) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    spoilt = Path(shutil.copytree(run, tmp_path / "spoilt"))
    file = spoilt / "checkpoint.safetensors"
    with safe_open(file, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        metadata = opened.metadata()
    save_file(tensors | {"points.projection.bias": tensors["points.projection.bias"] * np.nan}, file, metadata)
    with pytest.raises(CheckpointError, match=r"infinite or NaN: points\.projection\.bias"):
        begin_with(spoilt, build_model(configure()))
    with pytest.raises(CheckpointError, match=r"infinite or NaN: projection\.bias"):
        load_encoder(spoilt, scratch=False, seed=0)
    assert load_encoder(spoilt, scratch=True, seed=0).fresh


def test_a_record_from_before_there_was_a_choice_means_the_first_mode(own_copy: Path) -> None:
    manifest = Bundle.open(own_copy).manifest
    tree = manifest.provenance["model"]["encoder"]
    older = {**manifest.provenance, "model": {"encoder": {name: tree[name] for name in tree if name != "prepare"}}}
    first = replace(manifest.prepare, mode="cg3d")
    assert encoder_config(replace(manifest, provenance=older, prepare=first)).prepare == "cg3d"
