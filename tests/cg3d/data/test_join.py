"""Joining packed data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d.data.join import join
from cg3d.data.pack import list_objects, pack
from cg3d.data.samples import SampleSpec
from cg3d.data.shards import Dataset
from cg3d_runtime.errors import DataError

SMALL = SampleSpec(points=64, views=1, image_size=16, drawn_points=64)


def write_cloud(folder: Path, label: str, seed: int) -> None:
    (folder / label).mkdir(parents=True, exist_ok=True)
    np.save(folder / label / f"{seed}.npy", np.random.default_rng(seed).normal(size=(80, 3)).astype(np.float32))


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    write_cloud(tmp_path / "a", "mug", 1)
    write_cloud(tmp_path / "a", "bowl", 2)
    write_cloud(tmp_path / "b", "mug", 3)
    for name in "ab":
        pack(list_objects(str(tmp_path / name), "objects"), tmp_path / f"packed-{name}", SMALL, workers=1)
    return [tmp_path / "packed-a", tmp_path / "packed-b"]


def test_a_joined_set_holds_every_object_unchanged(two: list[Path], tmp_path: Path) -> None:
    joined = join(two, tmp_path / "all")
    samples = [sample for folder in two for sample in Dataset.open(folder)]
    assert [info.id for info in joined.infos] == [sample.id for sample in samples]
    assert joined.index["labels"] == {"bowl": 1, "mug": 2}
    for ours, theirs in zip(joined, samples, strict=True):
        np.testing.assert_array_equal(ours.points, theirs.points)


def test_an_object_in_both(two: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"object bowl-2 is in more than one of .*; leave one out"):
        join([two[0], two[0]], tmp_path / "all")


def test_other_options(two: list[Path], tmp_path: Path) -> None:
    pack(list_objects(str(tmp_path / "b"), "objects"), tmp_path / "other", SampleSpec(32, 1, 16, 64), workers=1)
    with pytest.raises(DataError, match="packed with different options"):
        join([two[0], tmp_path / "other"], tmp_path / "all")


def test_a_full_folder_is_left_alone(two: list[Path]) -> None:
    with pytest.raises(DataError, match="holds data already"):
        join(two, two[0])


def test_only_the_options_that_differ_are_named(two: list[Path], tmp_path: Path) -> None:
    other = SampleSpec(SMALL.points, SMALL.views, 2 * SMALL.image_size, SMALL.drawn_points)
    pack(list_objects(str(tmp_path / "b"), "objects"), tmp_path / "other", other, workers=1)
    with pytest.raises(DataError) as told:
        join([two[0], tmp_path / "other"], tmp_path / "all")
    assert f"image_size is {SMALL.image_size} in {two[0]}, {2 * SMALL.image_size} in" in str(told.value)
    assert "points" not in str(told.value) and "views" not in str(told.value)
