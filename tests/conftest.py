"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data set beside the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CG3D_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "objects.csv").is_file():
        pytest.skip(f"development data not found at {folder}; set CG3D_SHARED_DATA to its folder")
    return folder
