"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Tests run side by side, one a core: a second thread of PyTorch or numpy would wait for a core that another test has, and
# waiting, it takes the time of both. Set before either is loaded; the processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("untimed", deadline=None)  # speed belongs in the benchmarks: a busy machine must fail no test
settings.load_profile("untimed")

REPOSITORY = Path(__file__).resolve().parents[1]
FIRST = REPOSITORY / "tests" / "export" / "test_exporting.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker begins with the bundle that many tests share: later ones of another would wait for it."""
    items.sort(key=lambda item: item.path != FIRST)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data set beside the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CG3D_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "objects.csv").is_file():
        pytest.skip(f"development data not found at {folder}; set CG3D_SHARED_DATA to its folder")
    return folder
