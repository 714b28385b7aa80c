"""Test sets that the field passes on as pickles, converted and read: ModelNet's .dat, OpenShape's and ULIP-2's .npy."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.formats.modelnet import MODELNET40
from cg3d.data.formats.npz_rows import mapped, read_row
from cg3d.data.pack import list_objects, pack
from cg3d.data.pickles.unpickle import unpickle
from cg3d.data.samples import SampleSpec, UnreadableObject
from cg3d.data.shards import Dataset
from cg3d.evaluation.protocols import PROTOCOLS, require_labels
from cg3d_runtime.errors import DataError

RNG = np.random.default_rng(0)
CLOUDS = RNG.normal(size=(5, 64, 6)).astype(np.float32)
LABELS = (0, 15, 23, 39, 7)  # airplane, flower pot, night stand, xbox, car
NAMES = ("airplane", "flower pot", "night stand", "xbox", "car")


def write_dat(folder: Path, split: str, labels: tuple[int, ...] = LABELS) -> None:
    folder.mkdir(exist_ok=True)
    content = [list(CLOUDS), [np.array([label]) for label in labels]]
    (folder / f"modelnet40_{split}_8192pts_fps.dat").write_bytes(pickle.dumps(content))


def test_modelnet_dat(tmp_path: Path) -> None:
    write_dat(tmp_path, "train")
    write_dat(tmp_path, "test")
    with pytest.raises(DataError, match=r"modelnet40_train_8192pts_fps\.dat: is a pickle.*`cg3d data unpickle"):
        list_objects(str(tmp_path), "modelnet40-dat")
    unpickle(tmp_path, tmp_path)
    objects = list_objects(str(tmp_path), "modelnet40-dat")
    assert [(each.info.label, each.info.split) for each in objects] == [
        *((name, "train") for name in NAMES),
        *((name, "test") for name in NAMES),
    ]
    surface = objects[2].surface(64, np.random.default_rng(0))
    order = np.lexsort(surface.xyz.T), np.lexsort(CLOUDS[2, :, :3].T)
    np.testing.assert_array_equal(surface.xyz[order[0]], CLOUDS[2, order[1], :3])  # y up: nothing is turned
    unit = CLOUDS[2, :, 3:] / np.linalg.norm(CLOUDS[2, :, 3:], axis=1, keepdims=True)
    np.testing.assert_allclose(surface.normals[order[0]], unit[order[1]], atol=1e-6)
    assert objects[0].info.captions == ("an airplane",) and objects[0].info.set == "modelnet40"


def test_modelnet_dat_packs_and_is_of_its_protocol(tmp_path: Path) -> None:
    write_dat(tmp_path / "src", "test")
    unpickle(tmp_path / "src", tmp_path / "npz")
    spec = SampleSpec(points=32, views=1, image_size=32, drawn_points=64)
    packed = pack(list_objects(str(tmp_path / "npz"), "modelnet40-dat", "test"), tmp_path / "out", spec, workers=1)
    assert len(Dataset.open(tmp_path / "out")) == 5
    require_labels(PROTOCOLS["modelnet40"], packed.labels)


def test_one_file_alone_and_names_of_its_own(tmp_path: Path) -> None:
    write_dat(tmp_path, "train")
    write_dat(tmp_path, "test", (0, 1, 1, 0, 2))
    (tmp_path / "modelnet40_shape_names.txt").write_text("night_stand\nsofa\n")
    unpickle(tmp_path, tmp_path)
    objects = list_objects(str(tmp_path / "modelnet40_test_8192pts_fps.npz"), "modelnet40-dat")
    assert [each.info.label for each in objects] == ["night stand", "sofa", "sofa", "night stand", ""]
    assert isinstance(objects[4], UnreadableObject) and "label 2 is none of the 2 classes" in objects[4].reason


def test_standard_names_are_in_the_order_of_their_labels() -> None:
    assert len(MODELNET40) == 40 and list(MODELNET40) == sorted(MODELNET40)


def test_the_same_shapes_twice(tmp_path: Path) -> None:
    write_dat(tmp_path, "test")
    unpickle(tmp_path, tmp_path)
    twin = tmp_path / "modelnet40_test_1024pts_fps.npz"
    twin.write_bytes((tmp_path / "modelnet40_test_8192pts_fps.npz").read_bytes())
    with pytest.raises(DataError, match=r"the same shapes twice\. Name one file"):
        list_objects(str(tmp_path), "modelnet40-dat")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no modelnet40_train_8192pts_fps\.npz or"):
        list_objects(str(tmp_path), "modelnet40-dat")
    with pytest.raises(DataError, match=r"holds no test_pc\.npz beside test_split\.json"):
        list_objects(str(tmp_path), "modelnet40-openshape")
    with pytest.raises(DataError, match=r"holds no xyz_label\.npz"):
        list_objects(str(tmp_path), "scanobjectnn-openshape")


@pytest.mark.parametrize("inner", ["", "modelnet40", "meta_data/modelnet40"])
@pytest.mark.parametrize(
    ("clouds", "listing"),
    [("test_pc", "test_split.json"), ("modelnet40_colored_10k_pc", "modelnet40_test_split_10k_colored.json")],
)
def test_modelnet_of_openshape_and_ulip2(tmp_path: Path, inner: str, clouds: str, listing: str) -> None:
    folder = tmp_path / inner
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.array([{"xyz": cloud[:, :3], "rgb": np.full((64, 3), 100)} for cloud in CLOUDS], dtype=object)
    np.save(folder / f"{clouds}.npy", rows, allow_pickle=True)
    names = [{"name": f"x_{n}", "category": name.replace(" ", "_")} for n, name in enumerate(NAMES)]
    (folder / listing).write_text(json.dumps(names))
    with pytest.raises(DataError, match=r"is a pickle, which no reader opens\. Convert it first"):
        list_objects(str(tmp_path), "modelnet40-openshape")
    unpickle(tmp_path, tmp_path)
    objects = list_objects(str(tmp_path), "modelnet40-openshape")
    assert [each.info.label for each in objects] == list(NAMES) and {each.info.split for each in objects} == {"test"}
    surface = objects[1].surface(64, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(surface.xyz, axis=0), np.sort(CLOUDS[1, :, :3], axis=0))
    assert surface.rgb is None  # 100 of 255 stands for no colour


def test_clouds_of_different_sizes(tmp_path: Path) -> None:
    rows = np.array([{"xyz": CLOUDS[0, :40, :3]}, {"xyz": CLOUDS[1, :50, :3]}], dtype=object)
    np.save(tmp_path / "test_pc.npy", rows, allow_pickle=True)
    (tmp_path / "test_split.json").write_text(json.dumps([{"category": "bed"}, {"category": "castle"}]))
    unpickle(tmp_path, tmp_path)
    bed, castle = list_objects(str(tmp_path), "modelnet40-openshape")
    assert len(bed.surface(64, np.random.default_rng(0)).xyz) == 40
    assert isinstance(castle, UnreadableObject) and "entry 1: 'castle' is no class of ModelNet40" in castle.reason


@pytest.mark.parametrize("coloured", [True, False])
def test_scanobjectnn_of_openshape(tmp_path: Path, coloured: bool) -> None:
    folder = tmp_path / "meta_data" / "scanobjectnn"
    folder.mkdir(parents=True)
    content = {"xyz": CLOUDS[..., :3], "label": np.array([0, 14, 4, 5, 15])}
    content |= {"rgb": RNG.random((5, 64, 3)).astype(np.float32)} if coloured else {}
    np.save(folder / "xyz_label.npy", content, allow_pickle=True)
    unpickle(tmp_path, tmp_path)
    objects = list_objects(str(tmp_path), "scanobjectnn-openshape")
    assert [each.info.label for each in objects] == ["bag", "toilet", "chair", "desk", ""]
    assert {each.info.set for each in objects} == {"scanobjectnn-openshape"}
    require_labels(PROTOCOLS["scanobjectnn-obj-only"], {each.info.label for each in objects[:4]})
    assert (objects[1].surface(9, np.random.default_rng(0)).rgb is not None) == coloured
    assert isinstance(objects[4], UnreadableObject)


def test_counts_that_differ(tmp_path: Path) -> None:
    np.savez(tmp_path / "xyz_label.npz", xyz=CLOUDS[..., :3], label=np.zeros(4, np.int64))
    with pytest.raises(DataError, match="holds 5 clouds for 4 labels"):
        list_objects(str(tmp_path), "scanobjectnn-openshape")


def test_arrays_that_lie(tmp_path: Path) -> None:
    """A stranger's .npz: compressed, cut short, of another shape, of objects, or none at all."""
    np.savez_compressed(tmp_path / "a.npz", points=CLOUDS)
    with pytest.raises(DataError, match="has no array 'points' that can be read"):
        mapped(tmp_path / "a.npz", "points")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive, archive.open("points.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (10**30, 3)})
    with pytest.raises(DataError, match="has no array 'points' that can be read"):
        mapped(tmp_path / "b.npz", "points")
    np.savez(tmp_path / "c.npz", points=np.zeros((3, 4, 2), np.float32), words=np.array(["a", "b"]))
    with pytest.raises(DataError, match=r"row 1: points is float32 of shape \(4, 2\); \(P, 3\) numbers are needed"):
        read_row(tmp_path / "c.npz", "points", 1)
    (tmp_path / "d.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"d\.npz: is no \.npz file, or a damaged one"):
        read_row(tmp_path / "d.npz", "points", 1)
