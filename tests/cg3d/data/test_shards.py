"""Shards: what is written is read back, and damage is noticed."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.samples import ObjectInfo, Sample, SampleSpec
from cg3d.data.shards import INDEX, Dataset, write_index, write_shard
from cg3d_runtime.errors import DataError

SPEC = SampleSpec(points=32, views=2, image_size=8, drawn_points=64)


def sample(name: str, label: str, seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    info = ObjectInfo(name, label, (f"a {label}", f"a blue {label}, “péché”"), "CC-BY-4.0", "somewhere", "test", "m")
    views = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    return Sample(info, rng.random((32, 6), dtype=np.float32), views, has_colour=seed % 2 == 0)


SAMPLES = [sample("mug-1", "mug", 0), sample("mug-2", "mug", 1), sample("table_1", "table", 2)]


def write(folder: Path) -> Path:
    shards = [folder / "shard-000000.tar", folder / "shard-000001.tar"]
    write_shard(shards[0], SAMPLES[:2])
    write_shard(shards[1], SAMPLES[2:])
    write_index(folder, shards, SPEC)
    return folder


def test_round_trip(tmp_path: Path) -> None:
    dataset = Dataset.open(write(tmp_path))
    assert len(dataset) == 3 and dataset.labels == ["mug", "table"]
    assert dataset.index["labels"] == {"mug": 2, "table": 1} and dataset.index["count"] == 3
    for written, read in zip(SAMPLES, dataset, strict=True):
        assert read.info == written.info and read.has_colour == written.has_colour
        assert np.array_equal(read.points, written.points) and read.points.dtype == np.float32
        assert np.array_equal(read.views, written.views) and read.views.dtype == np.uint8


def test_same_samples_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        write(folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == [INDEX, "shard-000000.tar", "shard-000001.tar"]
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)


def test_shards_are_plain_webdataset(tmp_path: Path) -> None:
    wds = pytest.importorskip("webdataset")
    shard = write(tmp_path) / "shard-000000.tar"
    read = list(wds.WebDataset(str(shard), shardshuffle=False).decode())
    assert [each["__key__"] for each in read] == ["mug-1", "mug-2"]
    assert np.array_equal(read[1]["points.npy"], SAMPLES[1].points)
    assert read[0]["meta.json"]["label"] == "mug" and read[0]["meta.json"]["up"] == "y"


def test_altered_shard_is_refused(tmp_path: Path) -> None:
    shard = write(tmp_path) / "shard-000000.tar"
    content = bytearray(shard.read_bytes())
    content[3000] ^= 1
    shard.write_bytes(content)
    with pytest.raises(DataError, match=r"shard-000000\.tar: content differs from the hash"):
        Dataset.open(tmp_path)


def test_missing_shard_is_named(tmp_path: Path) -> None:
    (write(tmp_path) / "shard-000001.tar").unlink()
    with pytest.raises(DataError, match=r"shard-000001\.tar: shard is missing"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 5000])
def test_shard_that_is_no_tar(tmp_path: Path, content: bytes) -> None:
    (write(tmp_path) / "shard-000001.tar").write_bytes(content)
    with pytest.raises(DataError, match="shard-000001"):
        Dataset.open(tmp_path, verify=False)


def test_shard_with_a_member_missing(tmp_path: Path) -> None:
    shard = write(tmp_path) / "shard-000001.tar"
    with tarfile.open(shard) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar if "points" not in member.name]
    with tarfile.open(shard, "w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(DataError, match=r"is not a shard of this format \('table_1.points.npy'\)"):
        Dataset.open(tmp_path, verify=False)


@pytest.mark.parametrize(
    ("member", "array"),
    [
        ("points.npy", np.zeros((32, 6), np.float64)),
        ("points.npy", np.zeros((32, 3), np.float32)),
        ("points.npy", np.zeros((6, 32), np.float32).T),
        ("views.npy", np.zeros((2, 8, 8), np.uint8)),
        ("views.npy", np.zeros((2, 8, 8, 3), np.int8)),
    ],
)
def test_shard_with_other_arrays(tmp_path: Path, member: str, array: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"shard-000001\.tar: an array in it is .*, not what a sample has"):
        touch(with_member(write(tmp_path), member, npy(array)))


def test_arrays_of_a_strangers_shard_are_never_trusted(tmp_path: Path) -> None:
    """Object pointers, more than is there, and a header that is no header: an error, and no byte is interpreted."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (2, 6)})
    objects = header.getvalue() + b"A" * 96
    whole = npy(np.zeros((32, 6), np.float32))
    for content in (objects, whole[:-4], whole + b"\0" * 4, b"\x93NUMPY" + b"\xff" * 200):
        with pytest.raises(DataError, match=r"shard-000001\.tar: an array in it is"):
            touch(with_member(write(tmp_path), "points.npy", content))


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def with_member(folder: Path, member: str, content: bytes) -> Path:
    """The data with one member of their last sample replaced."""
    shard = folder / "shard-000001.tar"
    with tarfile.open(shard) as tar:
        members = [(each, tar.extractfile(each).read()) for each in tar]
    with tarfile.open(shard, "w") as tar:
        for each, old in members:
            new = content if each.name.endswith(member) else old
            each.size = len(new)
            tar.addfile(each, io.BytesIO(new))
    return folder


def touch(folder: Path) -> None:
    dataset = Dataset.open(folder, verify=False)
    assert dataset[2].points.sum() + dataset[2].views.sum() >= 0


def test_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no packed data there, dataset\.json is missing"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format 2, this cg3d reads 1 at most"),
        ({"format": "x"}, "is not the index"),
        ({"shards": None}, "is not the index"),
        ({"shards": [{"file": "shard-000000.tar"}]}, "is not the index"),
        ({"shards": []}, "fields are missing"),
    ],
)
def test_malformed_index(tmp_path: Path, change: dict, message: str) -> None:
    path = write(tmp_path) / INDEX
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(DataError, match=message):
        Dataset.open(tmp_path)


def test_index_with_a_field_missing(tmp_path: Path) -> None:
    path = write(tmp_path) / INDEX
    index = json.loads(path.read_text("utf-8"))
    del index["labels"]
    path.write_text(json.dumps(index), "utf-8")
    with pytest.raises(DataError, match="fields are missing"):
        Dataset.open(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_an_index_that_is_a_pipe_or_a_device_is_not_read(tmp_path: Path) -> None:
    for number, make in enumerate((os.mkfifo, lambda path: path.symlink_to("/dev/zero"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder / INDEX)
        with pytest.raises(DataError, match=r"no packed data can be read there \(dataset\.json: Not a regular file\)"):
            Dataset.open(folder)
