"""Frozen means frozen: whatever learns, no byte of the towers changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import build_model, towers_sha256
from cg3d.training.train import train

Configure = Callable[..., TrainConfig]
TrainAndKeep = Callable[..., CG3D]


@pytest.fixture
def train_and_keep(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainAndKeep:
    """`train_and_keep(config, prepare)`: the very model that a run trained; `prepare` sees it before."""

    def run(config: TrainConfig, prepare: Callable[[CG3D], object] = lambda model: None) -> CG3D:
        models = []

        def build_and_keep(config: TrainConfig) -> CG3D:
            models.append(build_model(config))
            prepare(models[0])
            return models[0]

        monkeypatch.setattr("cg3d.training.train.build_model", build_and_keep)
        train(config, packed, tmp_path / "run")
        (model,) = models
        return model

    return run


def assert_frozen(model: CG3D, sha256: str) -> None:
    for name, parameter in (*model.towers.visual.named_parameters(), *model.towers.text.named_parameters()):
        assert not parameter.requires_grad, name
        assert parameter.grad is None, name
    assert not model.towers.visual.training
    assert not model.towers.text.training
    assert towers_sha256(model) == sha256


@pytest.mark.parametrize("schedule", ["joint", "alternate"])
@pytest.mark.parametrize("depth", ["deep", "shallow"])
def test_training_all_prompts_leaves_the_towers_as_they_were(
    train_and_keep: TrainAndKeep, configure: Configure, all_prompts: tuple[str, ...], schedule: str, depth: str
) -> None:
    config = configure(*all_prompts, f"schedule={schedule}", f"model.prompts.image_depth={depth}", "scale=learned")
    before = build_model(config)
    model = train_and_keep(config)
    assert_frozen(model, towers_sha256(before))
    learned = before.learned_state()
    assert {"image.prompt", "image.bias", "text.context", "text.bias", "log_scale"} <= learned.keys()
    assert [name for name, value in model.learned_state().items() if torch.equal(value, learned[name])] == []


@pytest.mark.parametrize(
    "thaw",
    [
        lambda model: model.towers.visual.ln_post.requires_grad_(True),
        lambda model: model.towers.text.ln_final.bias.data.add_(1),
    ],
    ids=["gradient", "byte"],
)
def test_a_thawed_tower_is_noticed(
    train_and_keep: TrainAndKeep, configure: Configure, all_prompts: tuple[str, ...], thaw: Callable[[CG3D], object]
) -> None:
    config = configure(*all_prompts, "steps=1")
    with pytest.raises(AssertionError):
        assert_frozen(train_and_keep(config, thaw), towers_sha256(build_model(config)))
