"""A small packed data set, a configuration that learns it in seconds, and one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d.config import TrainConfig, load_config
from cg3d.data.parametric_objects import parametric_objects
from cg3d.data.samples import SampleSpec, make_sample
from cg3d.data.shards import write_index, write_shard
from cg3d.train import train

CATEGORIES = ("airplane", "bowl", "ladder")
TINY = (
    "model.towers.pretrained=random",
    "model.encoder.name=pointnet",
    "model.encoder.points=192",
    "precision=fp32",
    "device=cpu",
    "steps=6",
    "batch_size=6",
    "data.held_out=0.25",
    "log_every=2",
    "save_every=4",
    "evaluate_every=4",
)

Configure = Callable[..., TrainConfig]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight objects of each of three categories."""
    folder = tmp_path_factory.mktemp("data") / "three"
    folder.mkdir()
    spec = SampleSpec(points=512, views=2, image_size=32, drawn_points=512)
    objects = [source for source in parametric_objects(8) if source.category in CATEGORIES]
    write_shard(folder / "shard-000000.tar", [make_sample(source, spec) for source in objects])
    write_index(folder, [folder / "shard-000000.tar"], spec)
    return folder


@pytest.fixture(scope="session")
def tiny_changes() -> tuple[str, ...]:
    """What makes the mini preset the smallest configuration that has every part."""
    return TINY


@pytest.fixture(scope="session")
def configure() -> Configure:
    """`configure("lr=1", ...)`: the smallest configuration that has every part, with changes."""
    return lambda *changes: load_config("mini", [*TINY, *changes])


@pytest.fixture(scope="session")
def run(packed: Path, configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, to be read only."""
    return train(configure(), packed, tmp_path_factory.mktemp("runs") / "tiny")
