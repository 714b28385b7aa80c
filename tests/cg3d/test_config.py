from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from cg3d.config import PRESETS, TrainConfig, config_from_tree, field_types, load_config, value_of
from cg3d_runtime.errors import CheckpointError


def test_presets_load_and_are_different_models() -> None:
    mini, whole, paper = load_config("mini"), load_config("mini-cg3d"), load_config("paper")
    assert (mini.model.encoder.name, mini.model.towers.model) == ("pointnet2", "cg3d-mini")
    assert (whole.model.encoder.name, whole.model.prompts.image_tokens) == ("pointmlp-elite", 5)
    assert (paper.model.encoder.name, paper.model.towers.model) == ("pointmlp", "ViT-B-32-quickgelu")
    assert (paper.schedule, paper.lr, paper.weight_decay, paper.prompt_lr) == ("alternate", 1e-4, 0.1, 0.01)


def test_configuration_survives_json() -> None:
    config = load_config("paper", ["seed=7", "model.prompts.image_additive=true", "model.prompts.text_additive=true"])
    assert config_from_tree(json.loads(json.dumps(dataclasses.asdict(config)))) == config


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("batch_size=48", 48),
        ("lr=3e-4", 3e-4),
        ("lr=1", 1.0),
        ("schedule = alternate", "alternate"),
        ("model.encoder.name=pointnet", "pointnet"),
        ("data.augmentation.stretch=[1, 1.5]", (1.0, 1.5)),
        ("model.towers.pretrained=weights/a=b.safetensors", "weights/a=b.safetensors"),
    ],
)
def test_override_has_the_type_of_its_field(override: str, expected: object) -> None:
    value = value_of(load_config("mini-cg3d", [override]), override.partition("=")[0].strip())
    assert (value, type(value)) == (expected, type(expected))


def test_every_field_can_be_set_to_its_own_value() -> None:
    config = TrainConfig()
    values = {name: value_of(config, name) for name in field_types()}
    overrides = [f"{name}={v if isinstance(v, str) else json.dumps(v)}" for name, v in values.items()]
    assert load_config(PRESETS / "mini.toml", overrides) == config


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learning_rate=1", "did you mean"),
        ("batchsize=8", "did you mean 'batch_size'"),
        ("encoder.name=pointnet", "did you mean 'model.encoder.name'"),
        ("batch_size", "write --set batch_size=VALUE"),
        ("batch_size=8.5", "batch_size must be an integer, got 8.5"),
        ("batch_size=true", "batch_size must be an integer, got True"),
        ("lr=fast", "lr must be a number, got 'fast'"),
        ("data.augmentation.stretch=1.5", r"data.augmentation.stretch must be 2 values like \[0.8, 1.2\], got 1.5"),
        ("lr=nan", "lr must be above 0; got nan"),
        ("batch_size=1", "batch_size must be 2 or more"),
        ("data.held_out=1.0", "data.held_out must be below 1"),
        ("schedule=zigzag", "schedule must be one of joint, alternate; got 'zigzag'"),
        ("model.prompts.image_depth=dep", "model.prompts.image_depth must be one of deep, shallow"),
        ("model.encoder.prepare=ulip", "model.encoder.prepare must be one of cg3d, cg3d-2, cg3d-official; got 'ulip'"),
        ("model.prompts.text_context=65", "model.prompts.text_context must be 0 to 64; got 65"),
        ("model.prompts.image_additive=1", "model.prompts.image_additive must be true or false, got 1"),
    ],
)
def test_bad_override_is_named(override: str, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_config("mini", [override])


def test_alternating_needs_prompts() -> None:
    with pytest.raises(CheckpointError, match="schedule must be joint where the model has no prompts"):
        load_config("mini-cg3d", ["schedule=alternate", "model.prompts.image_tokens=0"])
    for kind in ("image_additive=true", "text_additive=true", "text_context=1"):
        changes = ["schedule=alternate", "model.prompts.image_tokens=0", f"model.prompts.{kind}"]
        assert load_config("mini-cg3d", changes).model.prompts.has_prompts
    with pytest.raises(CheckpointError, match=r"weights.image_text must be above 0 to alternate"):
        load_config("mini-cg3d", ["schedule=alternate", "weights.image_text=0"])


def test_bad_presets_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="Name one of mini, mini-cg3d, paper"):
        load_config("huge")
    file = tmp_path / "mine.toml"
    for content, message in (
        ("lr = ", "is not TOML"),
        ("lrr = 1", "did you mean 'lr'"),
        ("[model]\nencoder = 3", "model.encoder must be a table, got 3"),
    ):
        file.write_text(content)
        with pytest.raises(CheckpointError, match=message):
            load_config(file, ["model.encoder.points=512"])


def test_preset_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("batch_size = 4\n[model.encoder]\nname = 'pointnet'\n")
    assert load_config(tmp_path / "mine.toml").model.encoder.name == "pointnet"
