"""From a run on disk to a bundle, and what the bundle says about its origin."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.towers.towers import TowerConfig
from cg3d.runs.checkpoint import RunRecord, build_model, save_checkpoint, towers_sha256
from cg3d_export import export_run
from cg3d_export.bundles.provenance import full_provenance, tower_licence
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import CheckpointError

POINTS_ALONE = {"text": (), "image": ()}


def test_a_run_becomes_a_bundle(make_model, tmp_path: Path) -> None:
    make_model()  # makes the tiny towers known
    config = TrainConfig(ModelConfig(EncoderConfig("pointnet", 256), TowerConfig("cg3d-tiny", "random")))
    model, run = build_model(config), tmp_path / "run"
    run.mkdir()
    provenance = {"started": "2026-01-01", "data": {"source": "cups", "licences": {"CC0-1.0": 3}}}
    metrics = {"held_out_top1": 0.5}
    record = RunRecord(config, "random", towers_sha256(model), provenance, step=7, metrics=metrics)
    save_checkpoint(run, model, record)

    report = export_run(run, tmp_path / "cups", fp16=False, keep=POINTS_ALONE, towers="random")

    manifest = Bundle.open(tmp_path / "cups").manifest
    assert report.name == manifest.name == "cups"
    assert {entry.precision for entry in report.graphs} == {"fp32"}
    assert manifest.licences == {"towers": "none needed", "training data": {"CC0-1.0": 3}}
    assert manifest.provenance["steps"] == 7
    assert manifest.provenance["towers"] == {"sha256": towers_sha256(model), "weights": "random"}
    card = (tmp_path / "cups" / "MODEL_CARD.md").read_text()
    assert "held_out_top1: 0.5" in card
    assert "CC0-1.0: 3" in card


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no run is there"):
        export_run(tmp_path, tmp_path / "bundle")


def test_a_weight_file_is_named_without_its_folder(make_model, tmp_path: Path) -> None:
    weights = tmp_path / "secret" / "weights.pt"
    weights.parent.mkdir()
    tiny = make_model().towers
    state = {
        f"{part}.{name}": value
        for part in ("visual", "text")
        for name, value in getattr(tiny, part).state_dict().items()
    }
    torch.save({**state, "logit_scale": torch.tensor(2.0)}, weights)
    model = CG3D(ModelConfig(EncoderConfig("pointnet", 256), TowerConfig("cg3d-tiny", str(weights))))

    provenance = full_provenance(model, {"towers": {"sha256": "0"}})
    assert provenance["towers"] == {"sha256": "0", "weights": "cg3d-tiny/weights.pt"}
    assert "secret" not in str(provenance)
    assert tower_licence(model) == "that of cg3d-tiny/weights.pt; ask its source"
