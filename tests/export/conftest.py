"""Small models with random weights, and one bundle exported from such a model."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from torch import nn

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.towers.towers import TowerConfig
from cg3d_export import ExportReport, export_bundle
from cg3d_export.graphs.convert import build_graph, to_onnx

TINY_TOWERS = {
    "embed_dim": 64,
    "custom_text": True,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 128, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 4096, "width": 128, "heads": 4, "layers": 2},
}
ALL_PROMPTS = PromptConfig(3, "deep", image_additive=True, text_context=4, text_additive=True)

MakeModel = Callable[..., CG3D]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """`make_model(encoder=..., prompts=..., points=...)` on tiny towers; the same weights every time."""
    folder = tmp_path_factory.mktemp("towers")
    (folder / "cg3d-tiny.json").write_text(json.dumps(TINY_TOWERS))
    import_open_clip().add_model_config(folder)

    @cache
    def make(
        encoder: str = "pointnet", prompts: PromptConfig = ALL_PROMPTS, points: int = 256, towers: str = "cg3d-tiny"
    ) -> CG3D:
        config = ModelConfig(EncoderConfig(encoder, points), TowerConfig(towers, "random"), prompts)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = CG3D(config).eval()
            _randomise_statistics(model)
            _randomise_prompts(model)
        return model

    return make


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers share, since a conversion takes seconds: whoever needs one first makes it for all."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "together"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def make_points_graph(make_model: MakeModel, together: Path) -> Callable[[str, str], bytes]:
    """`make_points_graph(encoder, precision)`: the ONNX file, converted once."""

    def make(encoder: str, precision: str) -> bytes:
        file = together / f"{encoder}.{precision}.onnx"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                model = make_model(encoder)
                file.write_bytes(to_onnx(build_graph(model, "points", precision), "points", model))
        return file.read_bytes()

    return make


@pytest.fixture(scope="session")
def model(make_model: MakeModel) -> CG3D:
    return make_model()


@pytest.fixture(scope="session")
def exported(model: CG3D, together: Path) -> tuple[Path, ExportReport]:
    """A bundle of `model` with every graph at every precision, and its report; to be read only."""
    out, report = together / "bundles" / "tiny", together / "report.pickle"
    with FileLock(f"{report}.lock"):
        if not report.exists():
            licences, provenance = {"weights": "none"}, {"towers": {"seed": 0}}
            made = export_bundle(model, out, name="tiny", licences=licences, provenance=provenance)
            report.write_bytes(pickle.dumps(made))
    return out, pickle.loads(report.read_bytes())


def _randomise_statistics(model: nn.Module) -> None:
    """Fresh batch normalisation does nothing, so folding it would prove nothing."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)


def _randomise_prompts(model: CG3D) -> None:
    """Additive prompts start at zero, where baking them would prove nothing."""
    for _, prompt in model.prompts():
        nn.init.normal_(prompt, 0, 0.3)
