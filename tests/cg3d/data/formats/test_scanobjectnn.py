"""Reading the variants of ScanObjectNN from a small tree in their exact layout."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from cg3d.data.formats.scanobjectnn import (
    read_scanobjectnn_obj_bg,
    read_scanobjectnn_obj_only,
    read_scanobjectnn_pb_t50_rs,
)
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

SEED = {"main_split": 0, "main_split_nobg": 10}


def write(path: Path, rows: int, label: np.ndarray | None = None, points: int = 64) -> np.ndarray:
    data = np.random.default_rng(SEED[path.parent.name] + len(path.name)).normal(size=(rows, points, 3)).astype("f4")
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["data"] = data
        file["label"] = np.arange(rows, dtype=np.int32) if label is None else label
        file["mask"] = np.where(data[..., 0] > 0, 4, -1).astype(np.float32)
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split, rows in {"training": 15, "test": 2}.items():
        write(tmp_path / "h5_files" / "main_split" / f"{split}_objectdataset.h5", rows)
        write(tmp_path / "h5_files" / "main_split_nobg" / f"{split}_objectdataset.h5", rows - 1)
        write(
            tmp_path / "h5_files" / "main_split" / f"{split}_objectdataset_augmentedrot_scale75.h5", rows + 1 - 8 % rows
        )
    return tmp_path / "h5_files"


def test_classes_splits_and_ids(folder: Path) -> None:
    objects = read_scanobjectnn_obj_bg(str(folder))
    order = "bag,bin,box,cabinet,chair,desk,display,door,shelf,table,bed,pillow,sink,sofa,toilet"
    assert [each.info.label for each in objects] == [*order.split(","), "bag", "bin"]
    assert [each.info.split for each in objects] == ["train"] * 15 + ["test"] * 2
    assert objects[0].info.id == "scanobjectnn-obj-bg-train-0" and objects[-1].info.id == "scanobjectnn-obj-bg-test-1"
    info = objects[4].info
    assert (info.captions, info.set, info.licence) == (("a chair",), "scanobjectnn-obj-bg", "LicenseRef-ScanObjectNN")
    assert read_scanobjectnn_obj_bg(str(folder.parent)) == objects


def test_each_variant_reads_its_own_file(folder: Path) -> None:
    variants = {
        "scanobjectnn-obj-bg": (read_scanobjectnn_obj_bg, "main_split/training_objectdataset.h5"),
        "scanobjectnn-obj-only": (read_scanobjectnn_obj_only, "main_split_nobg/training_objectdataset.h5"),
        "scanobjectnn-pb-t50-rs": (
            read_scanobjectnn_pb_t50_rs,
            "main_split/training_objectdataset_augmentedrot_scale75.h5",
        ),
    }
    for name, (read, path) in variants.items():
        with h5py.File(folder / path) as file:
            data = file["data"][3]
        source = read(str(folder))[3]
        found = source.surface(100, np.random.default_rng(0))
        assert source.info.set == name and found.rgb is None and found.normals is None
        # every point, those of the background too, in the frame of the file: y up
        assert np.array_equal(found.xyz[np.lexsort(found.xyz.T)], data[np.lexsort(data.T)])


def test_a_copy_with_normals(folder: Path) -> None:
    path = folder / "main_split" / "training_objectdataset.h5"
    with h5py.File(path, "a") as file:
        data = file["data"][:]
        file["normal"] = data / np.linalg.norm(data, axis=2, keepdims=True)
    found = read_scanobjectnn_obj_bg(str(folder))[3].surface(100, np.random.default_rng(0))
    assert found.normals == pytest.approx(found.xyz / np.linalg.norm(found.xyz, axis=1, keepdims=True), abs=1e-6)


@pytest.mark.parametrize("label", [-1, 15])
def test_label_out_of_range(folder: Path, label: int) -> None:
    write(folder / "main_split" / "test_objectdataset.h5", 2, np.array([14, label]))
    *_, good, wrong = read_scanobjectnn_obj_bg(str(folder))
    assert good.problem() is None and good.info.label == "toilet"
    assert f"test_objectdataset.h5, row 1: label {label} is none of the 15 classes" in wrong.problem()
    with pytest.raises(DataError, match=f"row 1: label {label}"):
        make_sample(wrong, SampleSpec())


def test_three_points(folder: Path) -> None:
    write(folder / "main_split" / "test_objectdataset.h5", 1, points=3)
    with pytest.raises(DataError, match=r"test_objectdataset\.h5, row 0: 3 distinct finite points, at least 16"):
        read_scanobjectnn_obj_bg(str(folder))[-1].surface(10, np.random.default_rng(0))


def test_faults_of_a_file(folder: Path) -> None:
    path = folder / "main_split_nobg" / "test_objectdataset.h5"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(DataError, match=r"main_split_nobg/test_objectdataset\.h5: cannot be read as HDF5 .*truncated"):
        read_scanobjectnn_obj_only(str(folder))
    path.write_bytes(whole)
    with h5py.File(path, "a") as file:
        file.move("data", "points")
    with pytest.raises(DataError, match=r"has no dataset 'data'\. Found: label, mask, points"):
        read_scanobjectnn_obj_only(str(folder))
    write(path, 2, label=np.array([0.0, 1.0]))
    with pytest.raises(DataError, match=r"label float64 of shape \(2,\); .*label integer"):
        read_scanobjectnn_obj_only(str(folder))
    path.unlink()
    with pytest.raises(DataError, match=r"test_objectdataset\.h5: .*No such file"):
        read_scanobjectnn_obj_only(str(folder))


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / 'notes, "old" ä.txt').touch()
    with pytest.raises(DataError, match=r'has no main_split_nobg; the folder h5_files.*Found: notes, "old" ä\.txt'):
        read_scanobjectnn_obj_only(str(tmp_path))


def test_an_object_becomes_a_sample(folder: Path) -> None:
    source = pickle.loads(pickle.dumps(read_scanobjectnn_pb_t50_rs(str(folder))[0]))
    sample = make_sample(source, SampleSpec(points=100, views=2, image_size=32, drawn_points=100))
    assert sample.points.shape == (100, 6) and sample.views.shape == (2, 32, 32, 3) and not sample.has_colour
