"""What lies beside a tower's weights: where it puts words that it was never taught."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cg3d.models.towers.towers import MINI, MINI_FOLDER, TowerConfig, load_towers, unfamiliar_file
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.labels.unfamiliar import Unfamiliar


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The built-in weights under another name, nothing beside them."""
    return Path(shutil.copy(MINI_FOLDER / f"{MINI}.safetensors", tmp_path / "towers.safetensors"))


def test_towers_bring_what_lies_beside_their_weights(weights: Path) -> None:
    assert load_towers(TowerConfig(MINI, str(weights))).unfamiliar is None
    written = Unfamiliar(np.eye(512, dtype=np.float32)[3], 0.4)
    unfamiliar_file(weights).write_bytes(written.to_bytes())
    read = load_towers(TowerConfig(MINI, str(weights))).unfamiliar
    assert read is not None
    assert (read.direction.tolist(), read.threshold) == (written.direction.tolist(), 0.4)
    assert load_towers(TowerConfig(MINI, "random")).unfamiliar is None


@pytest.mark.parametrize("content", [b"milk", Unfamiliar(np.eye(4, dtype=np.float32)[0], 0.4).to_bytes()])
def test_a_damaged_file_beside_them_is_named(weights: Path, content: bytes) -> None:
    unfamiliar_file(weights).write_bytes(content)
    with pytest.raises(CheckpointError, match=r"towers\.unfamiliar\.npz: cannot be read .* Copy the towers again"):
        load_towers(TowerConfig(MINI, str(weights)))
