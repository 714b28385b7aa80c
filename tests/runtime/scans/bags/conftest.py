from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fuzzing.recorder import write_bag_file


@pytest.fixture
def write_bag(tmp_path: Path) -> Callable[..., Path]:
    """Writes a bag of a kind ("bag", "mcap", "db3") with rosbags; see `write_bag_file`."""
    pytest.importorskip("rosbags")
    return partial(write_bag_file, tmp_path)


@pytest.fixture
def clouds() -> list[np.ndarray]:
    """Ten clouds of 300 points, no two alike."""
    rng = np.random.default_rng(3)
    return [rng.random((300, 3), dtype=np.float32) * (1, 0.5, 0.2 + 0.1 * i) for i in range(10)]
