"""Runs that begin with the weights of another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cg3d.config import TrainConfig
from cg3d.runs.checkpoint import build_model, load_record, load_run, start_from, start_run
from cg3d.training.train import resume, train
from cg3d_runtime.errors import Cg3dError, CheckpointError

Configure = Callable[..., TrainConfig]


def test_weights_and_prompts_are_taken(run: Path, configure: Configure) -> None:
    model = build_model(configure())
    start_from(run, model)
    expected = load_run(run)[0].learned_state()
    for name, value in model.learned_state().items():
        assert torch.equal(value, expected[name]), name


def test_prompts_of_other_towers_stay_fresh(run: Path, configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    model = build_model(configure("seed=1"))  # random towers follow from the seed
    before = {name: value.clone() for name, value in model.learned_state().items()}
    with caplog.at_level(logging.INFO, "cg3d"):
        start_from(run, model)
    assert torch.equal(model.learned_state()["image.prompt"], before["image.prompt"])
    assert not torch.equal(model.learned_state()["points.projection.weight"], before["points.projection.weight"])
    assert "after 6 steps; fresh: image.prompt" in caplog.text


def test_more_prompts_than_the_other_run_had_stay_fresh(run: Path, configure: Configure) -> None:
    model = build_model(configure("model.prompts.text_context=2", "scale=learned"))
    start_from(run, model)
    assert torch.equal(model.learned_state()["image.prompt"], load_run(run)[0].learned_state()["image.prompt"])


def test_another_encoder_is_refused(run: Path, configure: Configure) -> None:
    model = build_model(configure("model.encoder.name=pointmlp-elite"))
    with pytest.raises(
        CheckpointError, match=r"the encoder of .* to start from does not fit\. Missing: points\.embedding"
    ):
        start_from(run, model)
    with pytest.raises(CheckpointError, match="no run is there"):
        start_from(run / "nothing", model)


def test_the_record_says_where_a_run_began(run: Path, packed: Path, configure: Configure, tmp_path: Path) -> None:
    record = load_record(train(configure("steps=2"), packed, tmp_path / "next", run))
    assert record.provenance["started_from"] == {"run": "tiny", "step": 6}


def test_killed_before_its_first_step_it_still_begins_there(
    run: Path, packed: Path, configure: Configure, tmp_path: Path
) -> None:
    whole = train(configure("steps=2"), packed, tmp_path / "whole", run)
    model = build_model(configure("steps=2"))
    start_from(run, model)
    start_run(tmp_path / "killed", replace(load_record(whole), step=0, metrics={}), model)
    state = load_run(resume(tmp_path / "killed"))[0].learned_state()
    for name, value in load_run(whole)[0].learned_state().items():
        assert torch.equal(state[name], value), name


def test_weights_to_begin_with_are_saved_before_the_first_step(
    run: Path, packed: Path, configure: Configure, tmp_path: Path
) -> None:
    with pytest.raises(Cg3dError, match="not finite"):
        train(configure("steps=40", "lr=1e30", "save_every=40", "warmup=0"), packed, tmp_path / "next", run)
    state = load_run(tmp_path / "next")[0].learned_state()
    for name, value in load_run(run)[0].learned_state().items():
        assert torch.equal(state[name], value), name
