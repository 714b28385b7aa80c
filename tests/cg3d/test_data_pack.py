"""Packing: deterministic, resumable, and the command line as a user runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cg3d.data.cli import data_app
from cg3d.data.pack import pack
from cg3d.data.samples import SampleSpec
from cg3d.data.shards import INDEX, Dataset
from cg3d_runtime.errors import DataError

SPEC = SampleSpec(points=64, views=2, image_size=32, drawn_points=256)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed")
    pack("1", "parametric", out, SPEC, shard_size=6, workers=1)
    return out


def test_packed_objects(packed: Path) -> None:
    dataset = Dataset.open(packed)
    assert sorted(contents(packed)) == [INDEX, "shard-000000.tar", "shard-000001.tar", "shard-000002.tar"]
    assert len(dataset) == 16 and "mug" in dataset.labels
    assert dataset.index["points"] == 64 and dataset.index["views"] == 2 and dataset.index["image_size"] == 32
    sample = dataset[0]
    assert sample.points.shape == (64, 6) and sample.views.shape == (2, 32, 32, 3)
    assert sample.has_colour and sample.info.licence == "Apache-2.0"


def test_bytes_do_not_depend_on_workers(packed: Path, tmp_path: Path) -> None:
    pack("1", "parametric", tmp_path, SPEC, shard_size=6, workers=2)
    assert contents(tmp_path) == contents(packed)


def test_complete_folder_is_left_alone(packed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in packed.iterdir()}
    calls: list[tuple[int, int]] = []
    pack("1", "parametric", packed, SPEC, shard_size=6, workers=1, progress=lambda *done: calls.append(done))
    assert {path: path.stat().st_mtime_ns for path in packed.iterdir()} == before
    assert calls == []


def test_started_folder_is_finished(packed: Path, tmp_path: Path) -> None:
    for name in ("shard-000000.tar", "shard-000002.tar"):
        (tmp_path / name).write_bytes((packed / name).read_bytes())
    kept = (tmp_path / "shard-000000.tar").stat().st_mtime_ns
    calls: list[tuple[int, int]] = []
    pack("1", "parametric", tmp_path, SPEC, shard_size=6, workers=1, progress=lambda *done: calls.append(done))
    assert contents(tmp_path) == contents(packed)
    assert (tmp_path / "shard-000000.tar").stat().st_mtime_ns == kept
    assert calls == [(10, 16), (16, 16)]


def test_other_data_is_never_overwritten(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds other objects than this source gives"):
        pack("2", "parametric", packed, SPEC, shard_size=6, workers=1)
    with pytest.raises(DataError, match="was packed with other options"):
        pack("1", "parametric", packed, SampleSpec(), shard_size=6, workers=1)
    (tmp_path / "shard-000000.tar").write_bytes((packed / "shard-000001.tar").read_bytes())
    with pytest.raises(DataError, match=r"shard-000000\.tar: holds other objects"):
        pack("1", "parametric", tmp_path, SPEC, shard_size=6, workers=1)


def test_unreadable_object_stops_the_pack_and_leaves_no_index(tmp_path: Path) -> None:
    (tmp_path / "in" / "mug").mkdir(parents=True)
    (tmp_path / "in" / "mug" / "broken.stl").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"broken\.stl: object mug-broken cannot be read"):
        pack(str(tmp_path / "in"), "objects", tmp_path / "out", SPEC, workers=1)
    assert list((tmp_path / "out").iterdir()) == []


def test_unknown_format_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"format 'zip' is not known\. Known: objects, parametric"):
        pack("x", "zip", tmp_path / "out")
    with pytest.raises(DataError, match="'x' is not a number; format parametric takes"):
        pack("x", "parametric", tmp_path / "out")


def test_command_line(tmp_path: Path) -> None:
    run = CliRunner()
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    small = ["--points", "32", "--views", "1", "--image-size", "32", "--workers", "1"]
    packed = run.invoke(data_app, ["pack", "1", "--format", "parametric", "--out", str(out), *small])
    assert packed.exit_code == 0, packed.output
    assert f"{out}: 16 objects, 16 labels, 1 shards" in packed.output
    shown = run.invoke(data_app, ["show", str(out), "--sheet", str(sheet), "--objects", "10"])
    assert shown.exit_code == 0, shown.output
    assert "     1  mug" in shown.output and "    16  objects of 16 labels" in shown.output
    with Image.open(sheet) as image:
        assert image.size == (1024, 284)
        assert (np.asarray(image) < 250).any()


@pytest.mark.slow
def test_shared_objects_pack(shared_data: Path, tmp_path: Path) -> None:
    """Every twentieth of the real objects."""
    lines = (shared_data / "objects.csv").read_text("utf-8").splitlines()
    (tmp_path / "objects").symlink_to(shared_data / "objects")
    (tmp_path / "objects.csv").write_text("\n".join(lines[:1] + lines[1::20]) + "\n", "utf-8")
    dataset = pack(str(tmp_path), "objects", tmp_path / "out", SPEC, workers=1)
    assert len(dataset) == 77
    assert all(np.isfinite(sample.points).all() and (sample.views < 250).any() for sample in dataset)
