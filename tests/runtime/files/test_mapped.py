"""Mapped files show what numpy reads, and damaged ones are a ValueError."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime.files.mapped import MappedFile

ARRAYS = {
    "halves": np.arange(12, dtype=np.float16).reshape(3, 4),
    "none": np.zeros((0, 5), np.float16),
    "flags": np.array([True, False]),
    "cube": np.arange(8, dtype=np.int64).reshape(2, 2, 2),
    "bytes": np.frombuffer(b"text", np.uint8),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    np.savez(tmp_path / "all.npz", **ARRAYS)
    return tmp_path / "all.npz"


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_what_was_saved(name: str, tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", ARRAYS[name])
    array = MappedFile(tmp_path / "one.npy").array()
    assert array.dtype == ARRAYS[name].dtype and np.array_equal(array, ARRAYS[name])


def test_an_archive_is_what_was_saved(archive: Path) -> None:
    arrays = MappedFile(archive).arrays()
    assert arrays.keys() == ARRAYS.keys()
    assert all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)


def test_a_mapping_keeps_what_it_shows_when_the_file_is_gone(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", ARRAYS["halves"])
    mapped = MappedFile(tmp_path / "one.npy")
    (tmp_path / "one.npy").unlink()
    assert np.array_equal(mapped.array(), ARRAYS["halves"])


def test_compressed_archives_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "small.npz", a=np.zeros(100))
    with pytest.raises(ValueError, match="compressed"):
        MappedFile(tmp_path / "small.npz").arrays()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(at=st.integers(0, 1 << 30), value=st.integers(0, 255), cut=st.booleans())
def test_damage_is_told_or_harmless(archive: Path, at: int, value: int, cut: bool) -> None:
    content = bytearray(archive.read_bytes())
    place = at % len(content)
    if cut:
        del content[place:]
    else:
        content[place] = value
    damaged = archive.with_name("damaged.npz")
    damaged.write_bytes(bytes(content))
    with contextlib.suppress(ValueError):
        MappedFile(damaged).arrays()
