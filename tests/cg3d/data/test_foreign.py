"""Packed data, HDF5 files and runs that a stranger made: one line, no other file read, no memory beyond their size."""

from __future__ import annotations

import io
import json
import shutil
import socket
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.config import load_config
from cg3d.data.formats.hdf5 import read_cloud, read_labels
from cg3d.data.shards import INDEX, Dataset, file_sha256
from cg3d.finetune.classifier import CLASSIFIER_FILE, Classifier, load_classifier_record, save_classifier
from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.towers.towers import TowerConfig, load_towers
from cg3d.runs.checkpoint import CHECKPOINT_FILE, load_record, load_run
from cg3d.runs.provenance import require_same_data
from cg3d.training.train import resume
from cg3d_export.classifier_export import export_classifier
from cg3d_runtime.errors import CheckpointError, DataError

DEEP = "[" * 100_000 + "]" * 100_000


def rewritten(packed: Path, folder: Path, change: Callable[[tarfile.TarFile, str, bytes], object]) -> Path:
    """Packed data with one member changed by `change(tar, name, content)`, hashes and all."""
    folder.mkdir()
    with tarfile.open(packed / "shard-000000.tar") as source, tarfile.open(folder / "shard-000000.tar", "w") as target:
        for number, member in enumerate(source):
            content = source.extractfile(member).read()
            if number < 3:
                change(target, member.name, content)
            else:
                add(target, member.name, content)
    index = json.loads((packed / INDEX).read_bytes())
    shard = folder / "shard-000000.tar"
    index["shards"][0] |= {"sha256": file_sha256(shard), "bytes": shard.stat().st_size}
    (folder / INDEX).write_text(json.dumps(index))
    return folder


def add(tar: tarfile.TarFile, name: str, content: bytes, headers: dict[str, str] | None = None) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.pax_headers = headers or {}
    tar.addfile(info, io.BytesIO(content))


def with_meta(change: Callable[[dict[str, Any]], object] | str) -> Callable[[tarfile.TarFile, str, bytes], None]:
    def write(tar: tarfile.TarFile, name: str, content: bytes) -> None:
        if name.endswith("meta.json") and isinstance(change, str):
            content = change.encode()
        elif name.endswith("meta.json"):
            meta = json.loads(content)
            change(meta)
            content = json.dumps(meta).encode()
        add(tar, name, content)

    return write


def with_headers(headers: dict[str, str]) -> Callable[[tarfile.TarFile, str, bytes], None]:
    return lambda tar, name, content: add(tar, name, content, headers)


@pytest.mark.parametrize(
    "change",
    [
        with_meta(DEEP),
        with_meta("[]"),
        with_meta("5"),
        with_meta(" " * (2 << 20)),
        with_meta(lambda meta: meta.update(label=["mug"])),
        with_meta(lambda meta: meta.update(label=5)),
        with_meta(lambda meta: meta.update(captions=[])),
        with_meta(lambda meta: meta.update(captions=[5])),
        with_meta(lambda meta: meta.update(split={"a": 1})),
        with_meta(lambda meta: meta.update(has_colour="yes")),
        with_meta(lambda meta: meta.update(more=1)),
        with_headers({"GNU.sparse.map": "0," + "9" * 30, "GNU.sparse.major": "0"}),
        with_headers({"comment": "1" * (1 << 20)}),
    ],
)
def test_shards_of_strangers(packed: Path, tmp_path: Path, change: Callable[..., object]) -> None:
    folder = rewritten(packed, tmp_path / "data", change)
    told = CliRunner().invoke(app, ["data", "show", str(folder), "--objects", "0"])
    assert told.exit_code == 2 and len(told.stderr.splitlines()) == 1
    assert "shard-000000.tar: is not a shard of this format" in told.stderr


@pytest.mark.parametrize("shape", [(10**30, 6), (0, 2**40, 6), (0, 6), (512, 2**62), (-1, 6)])
def test_arrays_of_strangers(packed: Path, tmp_path: Path, shape: tuple[int, ...]) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})

    def write(tar: tarfile.TarFile, name: str, content: bytes) -> None:
        add(tar, name, header.getvalue() if name.endswith("points.npy") else content)

    dataset = Dataset.open(rewritten(packed, tmp_path / "data", write))
    changed = [number for number in range(len(dataset)) if _fails(dataset, number)]
    assert len(changed) == 1


def _fails(dataset: Dataset, number: int) -> bool:
    try:
        dataset[number]
    except DataError as error:
        assert "an array in it is" in str(error)
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        {"licences": 5},
        {"labels": []},
        {"labels": {"mug": "many"}},
        {"skipped": []},
        {"shards": [5]},
        {"shards": {}},
        {"splits": None},
        {"format": "new"},
    ],
)
def test_indices_of_strangers(packed: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    shutil.copytree(packed, tmp_path / "data")
    index = json.loads((packed / INDEX).read_bytes()) | change
    (tmp_path / "data" / INDEX).write_text(json.dumps(index))
    told = CliRunner().invoke(app, ["data", "show", str(tmp_path / "data"), "--objects", "0"])
    assert told.exit_code == 2 and len(told.stderr.splitlines()) == 1 and "dataset.json" in told.stderr


def test_an_index_that_is_nested_without_end(packed: Path, tmp_path: Path) -> None:
    shutil.copytree(packed, tmp_path / "data")
    (tmp_path / "data" / INDEX).write_text(DEEP)
    with pytest.raises(DataError, match="is not the index of packed data"):
        Dataset.open(tmp_path / "data")


def test_long_names_are_still_read(packed: Path, tmp_path: Path) -> None:
    """Ids have up to 90 letters, and with their endings more than a plain header holds."""
    own = "x" * 90

    def write(tar: tarfile.TarFile, name: str, content: bytes) -> None:
        if name.endswith("meta.json"):
            content = json.dumps({**json.loads(content), "id": own}).encode()
        add(tar, f"{own}.{name.partition('.')[2]}", content)

    assert own in {info.id for info in Dataset.open(rewritten(packed, tmp_path / "data", write)).infos}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(b"root:x:0:0" * 100)
    return tmp_path / "secret"


def external(file: h5py.File, secret: Path) -> None:
    file.create_dataset("data", (2, 8, 3), "<f4", external=[(str(secret), 0, 192)])


def external_link(file: h5py.File, secret: Path) -> None:
    other = secret.with_name("other.h5")
    with h5py.File(other, "w") as target:
        target["data"] = np.ones((2, 8, 3), np.float32)
    file["data"] = h5py.ExternalLink(str(other), "/data")


def soft_link(file: h5py.File, secret: Path) -> None:
    file["real"] = np.ones((2, 8, 3), np.float32)
    file["data"] = h5py.SoftLink("/real")


def virtual(file: h5py.File, secret: Path) -> None:
    other = secret.with_name("other.h5")
    with h5py.File(other, "w") as target:
        target["data"] = np.ones((2, 8, 3), np.float32)
    layout = h5py.VirtualLayout((2, 8, 3), "<f4")
    layout[:] = h5py.VirtualSource(str(other), "data", (2, 8, 3))
    file.create_virtual_dataset("data", layout)


@pytest.mark.parametrize("key", ["data", "normal"])
@pytest.mark.parametrize("write", [external, external_link, soft_link, virtual])
def test_hdf5_that_lies_elsewhere(
    tmp_path: Path, secret: Path, write: Callable[[h5py.File, Path], object], key: str
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        write(file, secret)
        file["label"] = np.zeros(2, np.int64)
        if key == "normal":
            file.move("data", "normal")
            file["data"] = np.ones((2, 8, 3), np.float32)
    wanted = r"is a \w+Link to another place, which is not followed|lie in other files, which are not read"
    with pytest.raises(DataError, match=rf"'{key}'.*({wanted})|({wanted})"):
        read_cloud(path, 0)
    if key == "data":
        with pytest.raises(DataError, match=wanted):
            read_labels(path)


@pytest.fixture
def foreign(run: Path, tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], object] | str], Path]:
    """A run whose record is changed, or replaced by a text."""

    def write(change: Callable[[dict[str, Any]], object] | str) -> Path:
        with safe_open(run / CHECKPOINT_FILE, framework="pt") as file:
            record, state = file.metadata()["cg3d"], {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if isinstance(change, str):
            record = change
        else:
            tree = json.loads(record)
            change(tree)
            record = json.dumps(tree)
        folder = tmp_path / "foreign"
        folder.mkdir()
        save_file(state, folder / CHECKPOINT_FILE, {"cg3d": record})
        return folder

    return write


@pytest.mark.parametrize(
    "change",
    [
        DEEP,
        "[]",
        "5",
        lambda tree: tree.update(provenance=[]),
        lambda tree: tree.update(provenance={"data": 5}),
        lambda tree: tree.update(towers=5),
        lambda tree: tree.update(metrics=[]),
        lambda tree: tree["config"].update(lr=float("inf")),
        lambda tree: tree["config"].update(lr=float("nan")),
        lambda tree: tree.update(config=5),
        lambda tree: tree.update(format=[[]]),
    ],
)
def test_records_of_strangers(foreign: Callable[..., Path], change: Any) -> None:
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors: "):
        load_record(foreign(change))


def test_a_record_that_tells_nothing_of_its_data(foreign: Callable[..., Path]) -> None:
    record = load_record(foreign(lambda tree: tree.update(provenance={})))
    assert set(record.trained_on.values()) == {"unknown"}
    with pytest.raises(DataError, match="the run's data 'unknown' are not at None"):
        require_same_data(record, None)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Whatever is connected to or looked up, which must be nothing."""
    asked: list[Any] = []

    def refuse(*arguments: Any, **named: Any) -> None:
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield asked


ADDRESSES = ["hf-hub:evil/x", "local-dir:/etc", "hf-hub:evil/x@main"]


@pytest.mark.parametrize("name", [*ADDRESSES, "ViT-B-32", "roberta-ViT-B-32", "ViT-e-14", "../../x"])
@pytest.mark.parametrize("weights", ["random", "builtin", "openai"])
def test_a_run_has_no_towers_fetched(
    foreign: Callable[..., Path], no_network: list[Any], name: str, weights: str
) -> None:
    towers = {"model": name, "pretrained": weights}
    folder = foreign(lambda tree: tree["config"]["model"].update(towers=towers))
    for use in (load_run, resume):
        with pytest.raises(
            CheckpointError, match=rf"neither fetched nor opened\. Name them yourself: --towers {weights} "
        ):
            use(folder)
    assert no_network == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_towers_have_no_address(no_network: list[Any], name: str) -> None:
    for weights in ("random", "builtin", "openai"):
        with pytest.raises(CheckpointError, match=r"are an address; towers are built of open_clip's own models alone"):
            load_towers(TowerConfig(name, weights))
    assert no_network == []


@pytest.mark.parametrize("name", ["roberta-ViT-B-32", "ViT-B-16-SigLIP", "xlm-roberta-base-ViT-B-32"])
def test_towers_have_no_parts_elsewhere(no_network: list[Any], name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot take prompts: they are built of parts from timm or Hugging Face"):
        load_towers(TowerConfig(name, "random"))
    assert no_network == []


@pytest.mark.parametrize("model", ["cg3d-mini", "slip-vit-b-16"])
def test_a_run_has_no_file_opened(foreign: Callable[..., Path], secret: Path, model: str) -> None:
    towers = {"model": model, "pretrained": str(secret)}
    folder = foreign(lambda tree: tree["config"]["model"].update(towers=towers))
    with pytest.raises(
        CheckpointError, match=rf"neither fetched nor opened\. Name them yourself: --towers {secret.name} "
    ):
        load_run(folder)
    with pytest.raises(CheckpointError) as told:  # one that the user names
        load_run(folder, str(secret))
    assert "root:x" not in str(told.value) and "\n" not in str(told.value)


def test_settings_that_are_not_finite_or_nested_without_end(tmp_path: Path) -> None:
    for value in ("inf", "-inf", "nan"):
        with pytest.raises(CheckpointError, match=r"lr must be (a finite number|above 0); got"):
            load_config("mini", [f"lr={value}"])
    (tmp_path / "deep.toml").write_text(f"a = {DEEP}")
    with pytest.raises(CheckpointError, match=r"deep\.toml is not TOML"):
        load_config(str(tmp_path / "deep.toml"))
    with pytest.raises(CheckpointError, match="lr must be a number"):
        load_config("mini", [f"lr={DEEP}"])


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    encoder = EncoderConfig("pointnet2", 512)
    return Classifier(build_point_encoder(encoder, 64), 64, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder": {"name": "pointnet2", "points": 10**9}}, "points must be 192 to 8192; got 1000000000"),
        ({"encoder": {"name": "pointnet2", "prepare": "x"}}, "prepare must be one of"),
        ({"encoder": []}, "must be a table"),
        ({"labels": "ab"}, "its labels are no list of texts"),
        ({"labels": [1, 2]}, "its labels are no list of texts"),
        ({"embed_dim": -1}, "not a classifier"),
        ({}, "its record is not what `cg3d finetune` writes"),
        ({"data": 5}, "its record is not what `cg3d finetune` writes"),
    ],
)
def test_classifiers_of_strangers(classifier: Classifier, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    record = {"encoder": {"name": "pointnet2", "points": 512}, "embed_dim": 64, "labels": ["a", "b"]}
    save_classifier(tmp_path, classifier, record | change)
    with pytest.raises(CheckpointError, match=rf"classifier\.safetensors: .*{message}"):
        export_classifier(tmp_path, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("spoil", [lambda v: v * float("nan"), lambda v: v.int(), lambda v: v.to(torch.float8_e4m3fn)])
def test_classifiers_that_compute_nothing(classifier: Classifier, tmp_path: Path, spoil: Callable) -> None:
    record = {"encoder": {"name": "pointnet2", "points": 512}, "embed_dim": 64, "labels": ["a", "b"]}
    save_classifier(tmp_path, classifier, record)
    state = {name: value.detach() for name, value in classifier.state_dict().items()}
    state["head.weight"] = spoil(state["head.weight"])
    save_file(state, tmp_path / CLASSIFIER_FILE, {"cg3d": json.dumps(record)})
    with pytest.raises(CheckpointError, match=r"its classifier: weights that are .*head\.weight"):
        load_classifier_record(tmp_path / CLASSIFIER_FILE)
