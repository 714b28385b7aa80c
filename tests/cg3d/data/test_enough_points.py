"""A model that reads more points than the data hold says so, in every command that meets the two."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d.data.built_in import synthesise
from cg3d.data.enough_points import too_few_points
from cg3d.data.shards import Dataset
from cg3d.finetune.config import load_finetune_config
from cg3d.finetune.run import finetune
from cg3d.training.dry_run import dry_run
from cg3d.training.train import train

WARNING = "the data hold 512 points an object and the model reads 1,024"


def test_where_they_are_enough(packed: Path) -> None:
    objects = Dataset.open(packed)
    assert too_few_points(objects, 512) == "" and too_few_points(objects, 192) == ""
    told = too_few_points(objects, 513)
    assert told.startswith("the data hold 512 points an object and the model reads 513") and "--points 513." in told
    assert too_few_points(synthesise(1, 0, categories=["mug"]), 8192) == ""


def test_train_and_finetune(
    packed: Path, configure: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = configure("model.encoder.points=1024", "steps=1")
    dry_run(config, packed)
    assert WARNING in caplog.text
    caplog.clear()
    run = train(config, packed, tmp_path / "run")
    assert WARNING in caplog.text
    caplog.clear()
    tuned = load_finetune_config("linear", ["copies=1", "strength=1e-3", "device=cpu", "precision=fp32"])
    finetune(tuned, run, packed, tmp_path / "tuned")
    assert WARNING in caplog.text
