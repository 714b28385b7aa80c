"""Reading the three releases of ModelNet, each from a small tree in its exact layout."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from cg3d.data.formats.modelnet_h5 import read_modelnet40_h5
from cg3d.data.formats.modelnet_off import read_modelnet10_off, read_modelnet40_off
from cg3d.data.formats.modelnet_txt import read_modelnet10_txt, read_modelnet40_txt
from cg3d.data.samples import SampleSpec, SourceObject, make_sample
from cg3d_runtime.errors import DataError

SMALL = SampleSpec(points=128, views=2, image_size=32, drawn_points=128)
# A roof 2 high along z, with a quadrilateral below; counts glued to the first word as in half of the release.
ROOF = "OFF5 5 0\n-1 -1 0\n1 -1 0\n1 1 0\n-1 1 0\n0 0 2\n4 0 3 2 1\n3 0 1 4\n3 1 2 4\n3 2 3 4\n3 3 0 4\n"


def surface(source: SourceObject, count: int = 500):
    return source.surface(count, np.random.default_rng(0))


# --- text -------------------------------------------------------------------------------------------------------------


def sphere(count: int = 60) -> np.ndarray:
    """(count, 6) points and normals of a sphere of radius 2."""
    normals = np.random.default_rng(1).normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.hstack([2 * normals, normals]).round(6)


def lines(table: np.ndarray) -> str:
    return "".join(",".join(f"{value:.6f}" for value in row) + "\n" for row in table)


@pytest.fixture
def txt(tmp_path: Path) -> Path:
    folder = tmp_path / "modelnet40_normal_resampled"
    for name in ("night_stand_0001", "night_stand_0201", "sofa_0001"):
        path = folder / name[:-5] / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(sphere()))
    (folder / "modelnet40_shape_names.txt").write_text("flower_pot\nnight_stand\nsofa\n")  # an empty class is no fault
    (folder / "modelnet40_train.txt").write_text("night_stand_0001\nsofa_0001\n\n")
    (folder / "modelnet40_test.txt").write_text("night_stand_0201\n")
    (folder / "modelnet10_shape_names.txt").write_text("night_stand\n")
    (folder / "modelnet10_train.txt").write_text("night_stand_0001\n")
    (folder / "modelnet10_test.txt").write_text("night_stand_0201\n")
    return folder


@pytest.mark.parametrize("inner", ["", ".."])
def test_txt(txt: Path, inner: str) -> None:
    objects = read_modelnet40_txt(str(txt / inner))
    assert [each.info.id for each in objects] == ["night_stand_0001", "sofa_0001", "night_stand_0201"]
    assert [each.info.split for each in objects] == ["train", "train", "test"]
    info = objects[0].info
    assert (info.label, info.captions, info.set) == ("night stand", ("a night stand",), "modelnet40")
    assert (info.units, info.licence, info.source) == ("unit", "LicenseRef-ModelNet", "ModelNet")
    assert all(each.problem() is None for each in objects)


def test_txt_of_ten_classes(txt: Path) -> None:
    objects = read_modelnet10_txt(str(txt))
    assert [(each.info.id, each.info.set) for each in objects] == [
        ("night_stand_0001", "modelnet10"),
        ("night_stand_0201", "modelnet10"),
    ]


def test_txt_keeps_points_and_normals_together(txt: Path) -> None:
    found = surface(read_modelnet40_txt(str(txt))[0])
    assert found.xyz.dtype == np.float32 and found.rgb is None
    assert found.normals == pytest.approx(found.xyz / 2, abs=1e-5)
    assert sorted(found.xyz[:, 1]) == pytest.approx(sorted(sphere()[:, 1]), abs=1e-5)  # y stays up


def test_txt_normals_of_no_use(txt: Path) -> None:
    table = sphere()
    table[:30, 3:] = np.nan
    table[30:, 3:] *= 7
    (txt / "sofa" / "sofa_0001.txt").write_text(lines(table))
    lengths = np.linalg.norm(surface(read_modelnet40_txt(str(txt))[1]).normals, axis=1)
    assert sorted(lengths) == pytest.approx([0] * 30 + [1] * 30, abs=1e-5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines(sphere()) + "0.1,0.2,0.3\n", r"sofa_0001\.txt, line 61: 6 numbers are needed, got '0\.1,0\.2,0\.3'"),
        ("\n" + lines(sphere()) + "0,0,0,0,0,-", r"line 62: 6 numbers"),
        ("0,0,0,0,0\n" * 20, r"line 1: 6 numbers"),
        ("0 0 0 0 0 0\n" * 20, r"line 1: 6 numbers"),
        ("", r"sofa_0001\.txt: 0 distinct finite points, at least 16"),
        (lines(sphere(3)), r"sofa_0001\.txt: 3 distinct finite points, at least 16"),
        (lines(np.full((20, 6), np.nan)), r"0 distinct finite points"),
    ],
)
def test_txt_damaged_shape(txt: Path, content: str, message: str) -> None:
    (txt / "sofa" / "sofa_0001.txt").write_text(content)
    with pytest.raises(DataError, match=message):
        surface(read_modelnet40_txt(str(txt))[1])


def test_txt_shape_that_is_not_there(txt: Path) -> None:
    (txt / "sofa" / "sofa_0001.txt").unlink()
    lost = read_modelnet40_txt(str(txt))[1]
    assert "sofa_0001.txt: not found, though a list names it" in lost.problem()
    with pytest.raises(
        DataError, match=r"object sofa_0001 cannot be read: .*sofa_0001\.txt: cannot be read: .*not found"
    ):
        make_sample(lost, SMALL)


def test_txt_name_of_no_class(txt: Path) -> None:
    (txt / "modelnet40_test.txt").write_text("sofa\n../etc/passwd_0001\n")
    first, second = read_modelnet40_txt(str(txt))[2:]
    assert (
        "modelnet40_test.txt: 'sofa' is not <class>_<number> with a class of modelnet40_shape_names" in first.problem()
    )
    assert "'../etc/passwd_0001'" in second.problem()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("modelnet40_test.txt", None, r"modelnet40_test\.txt: cannot be read \(No such file"),
        ("modelnet40_train.txt", " \n\n", r"modelnet40_train\.txt: names nothing"),
        (
            "modelnet40_shape_names.txt",
            None,
            r"has no modelnet40_shape_names\.txt; the folder modelnet40_normal_resampled",
        ),
        ("modelnet40_shape_names.txt", b"\xff\xfe\x00", r"shape_names\.txt: is no UTF-8 text"),
    ],
)
def test_txt_without_a_list(txt: Path, name: str, content: str | bytes | None, message: str) -> None:
    (txt / name).unlink()
    if content is not None:
        (txt / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        read_modelnet40_txt(str(txt))


def test_txt_names_out_of_the_ordinary(txt: Path) -> None:
    names = ('joe\'s desk, "big"_0001', "stühle_0001", "night stand_0001")
    for name in names:
        (txt / name[:-5]).mkdir()
        (txt / name[:-5] / f"{name}.txt").write_text(lines(sphere()))
    (txt / "modelnet40_shape_names.txt").write_text("\n".join(name[:-5] for name in names), "utf-8")
    for split in ("train", "test"):
        (txt / f"modelnet40_{split}.txt").write_text("\n".join(names), "utf-8")
    objects = read_modelnet40_txt(str(txt))[:3]
    assert [each.info.label for each in objects] == ['joe\'s desk, "big"', "stühle", "night stand"]
    assert len({each.info.id for each in objects}) == 3
    assert all(len(surface(each).xyz) == 60 for each in objects)


def test_nothing_there(tmp_path: Path) -> None:
    for read in (read_modelnet40_txt, read_modelnet40_h5):
        with pytest.raises(DataError, match=r"nowhere: is no folder; the folder modelnet40_\w+ is needed"):
            read(str(tmp_path / "nowhere"))


# --- HDF5 -------------------------------------------------------------------------------------------------------------


def write_h5(path: Path, rows: int, label: object = None, **datasets: np.ndarray) -> np.ndarray:
    data = np.random.default_rng(rows).random((rows, 64, 3), dtype=np.float32)
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=data, compression="gzip")
        file["label"] = np.arange(rows, dtype=np.uint8)[:, None] % 2 if label is None else label
        for key, values in datasets.items():
            file[key] = values
    return data


@pytest.fixture
def h5(tmp_path: Path) -> Path:
    folder = tmp_path / "modelnet40_ply_hdf5_2048"
    folder.mkdir()
    (folder / "shape_names.txt").write_text("airplane\nflower_pot\n")
    for split, files in {"train": ("train0", "train1"), "test": ("test0",)}.items():
        names = [f"data/modelnet40_ply_hdf5_2048/ply_data_{name}.h5" for name in files]
        (folder / f"{split}_files.txt").write_text("\n".join(names) + "\n")
    for name, rows in {"train0": 3, "train1": 0, "test0": 2}.items():
        write_h5(folder / f"ply_data_{name}.h5", rows)
    return folder


def test_h5(h5: Path) -> None:
    objects = read_modelnet40_h5(str(h5))
    assert [each.info.id for each in objects] == [
        *(f"ply_data_train0-{row}" for row in range(3)),
        *(f"ply_data_test0-{row}" for row in range(2)),
    ]
    assert [each.info.split for each in objects] == ["train"] * 3 + ["test"] * 2
    assert objects[1].info.label == "flower pot" and objects[2].info.captions == ("an airplane",)
    assert {each.info.set for each in objects} == {"modelnet40"}
    assert read_modelnet40_h5(str(h5.parent)) == objects


def test_h5_rows_are_objects(h5: Path) -> None:
    data = write_h5(h5 / "ply_data_train0.h5", 3)
    found = surface(read_modelnet40_h5(str(h5))[2])
    assert found.normals is None and found.rgb is None
    assert np.array_equal(found.xyz[np.lexsort(found.xyz.T)], data[2][np.lexsort(data[2].T)])


def test_h5_normals(h5: Path) -> None:
    normals = np.random.default_rng(0).normal(size=(3, 64, 3))
    data = write_h5(h5 / "ply_data_train0.h5", 3, normal=normals)
    found = surface(read_modelnet40_h5(str(h5))[1])
    order, own = np.lexsort(found.xyz.T), np.lexsort(data[1].T)
    unit = normals[1] / np.linalg.norm(normals[1], axis=1, keepdims=True)
    assert found.normals[order] == pytest.approx(unit[own], abs=1e-6)


@pytest.mark.parametrize("label", [-1, 2])
def test_h5_label_out_of_range(h5: Path, label: int) -> None:
    write_h5(h5 / "ply_data_train0.h5", 3, label=np.array([0, label, 1]))
    first, wrong, _ = read_modelnet40_h5(str(h5))[:3]
    assert first.problem() is None
    assert f"ply_data_train0.h5, row 1: label {label} is none of the 2 classes" in wrong.problem()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def rename_key(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.move("label", "labels")


def flatten(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data"]
        file["data"] = np.zeros((3, 192), np.float32)


def claim_too_much(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (10**6, 10**5, 3), np.float32, chunks=(1, 1000, 3))
        file.create_dataset("label", (10**6,), np.uint8, chunks=(100,))


def group_for_data(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data"]
        file.create_group("data")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, r"ply_data_train0\.h5: cannot be read as HDF5 .*truncated"),
        (lambda path: path.write_bytes(b""), r"ply_data_train0\.h5: cannot be read as HDF5"),
        (lambda path: path.unlink(), r"ply_data_train0\.h5: cannot be read as HDF5 .*No such file"),
        (rename_key, r"ply_data_train0\.h5: has no dataset 'label'\. Found: data, labels\."),
        (claim_too_much, r"ply_data_train0\.h5: claims 1200001000000 bytes, but can hold \d+ at most"),
        (group_for_data, r"ply_data_train0\.h5: has no dataset 'data'"),
        (
            flatten,
            r"data is float32 of shape \(3, 192\) and label uint8 of shape \(3, 1\); data float of shape \(M, P, 3\)",
        ),
    ],
)
def test_h5_damaged(h5: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(h5 / "ply_data_train0.h5")
    with pytest.raises(DataError, match=message):
        read_modelnet40_h5(str(h5))


def test_h5_three_points(h5: Path) -> None:
    with h5py.File(h5 / "ply_data_test0.h5", "w") as file:
        file["data"], file["label"] = np.eye(3, dtype=np.float32)[None], np.zeros((1, 1), np.int64)
    with pytest.raises(DataError, match=r"ply_data_test0\.h5, row 0: 3 distinct finite points, at least 16"):
        surface(read_modelnet40_h5(str(h5))[-1])


def test_h5_row_that_does_not_decode(h5: Path) -> None:
    objects = read_modelnet40_h5(str(h5))
    path = h5 / "ply_data_train0.h5"
    with h5py.File(path) as file:
        chunk = file["data"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 8 : chunk.byte_offset + 40] = bytes(32)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"ply_data_train0\.h5: cannot be read as HDF5"):
        surface(objects[0])


def test_h5_needs_h5py(h5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DataError, match=r'needs h5py: pip install h5py \(the extra "formats"\)'):
        read_modelnet40_h5(str(h5))


# --- OFF --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def off(tmp_path: Path) -> Path:
    for folder in ("ModelNet40", "ModelNet10"):
        for name in ("night_stand/train/night_stand_0001", "night_stand/test/night_stand_0201", "xbox/train/xbox_0001"):
            path = tmp_path / folder / f"{name}.off"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(ROOF)
        (tmp_path / folder / "radio" / "train").mkdir(parents=True)  # an empty class
        (tmp_path / folder / "night_stand" / "train" / "._night_stand_0001.off").write_bytes(b"\0\5\x16\7")
    return tmp_path


@pytest.mark.parametrize(("read", "folder"), [(read_modelnet40_off, "ModelNet40"), (read_modelnet10_off, "ModelNet10")])
def test_off(off: Path, read: Callable[[str], list[SourceObject]], folder: str) -> None:
    objects = read(str(off / folder))
    assert read(str(off)) == objects
    assert [(each.info.id, each.info.split) for each in objects] == [
        ("night_stand_0001", "train"),
        ("xbox_0001", "train"),
        ("night_stand_0201", "test"),
    ]
    assert objects[0].info.label == "night stand" and objects[0].info.set == folder.lower()


@pytest.mark.parametrize("head", ["OFF5 5 0\n", "OFF\n5 5 0\n", "OFF\r\n5 5 0\r\n", "OFF # a roof\n\n5 5 0\n"])
def test_off_stands_up(off: Path, head: str) -> None:
    path = off / "ModelNet40" / "xbox" / "train" / "xbox_0001.off"
    path.write_text(ROOF.replace("OFF5 5 0\n", head), newline="")
    found = surface(read_modelnet40_off(str(off))[1], 2000)
    assert found.xyz[:, 1].min() >= 0 and found.xyz[:, 1].max() == pytest.approx(2, abs=0.2)
    assert found.xyz.shape == found.normals.shape == (2000, 3) and found.rgb is None
    below = found.xyz[:, 1] < 1e-6  # 4 of 4 + 4 * sqrt(5)
    assert below.mean() == pytest.approx(1 / (1 + np.sqrt(5)), abs=0.01)
    assert np.abs(found.normals[below]) == pytest.approx(np.tile([0, 1, 0], (below.sum(), 1)), abs=1e-5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("OFF5 0 0\n-1 -1 0\n1 -1 0\n1 1 0\n-1 1 0\n0 0 2\n", r"xbox_0001\.off: holds no triangles"),
        ("OFF\n1 0 0\n0 0 0\n", r"xbox_0001\.off: holds no triangles"),
        ("", r"xbox_0001\.off: is no OFF: its first line is neither OFF nor the numbers"),
        (ROOF[:40], r"xbox_0001\.off: holds 0 of the 5 faces that its header names; the file is truncated"),
        (ROOF[:-16], r"xbox_0001\.off: holds 3 of the 5 faces that its header names; the file is truncated"),
        ("OFF\n3 1 0\n0 0 0\n0 0 0\n0 0 0\n3 0 1 2\n", r"xbox_0001\.off: its 1 triangles have no area"),
        ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 9\n", r"xbox_0001\.off: cannot be read as OFF; it is damaged"),
    ],
)
def test_off_damaged_mesh(off: Path, content: str, message: str) -> None:
    (off / "ModelNet40" / "xbox" / "train" / "xbox_0001.off").write_text(content)
    with pytest.raises(DataError, match=message):
        surface(read_modelnet40_off(str(off))[1])


def test_off_without_meshes(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"holds no <class>/train/<name>\.off; the folder ModelNet40 is needed"):
            read_modelnet40_off(str(source))


# --- all --------------------------------------------------------------------------------------------------------------


def test_objects_become_samples(txt: Path, h5: Path, off: Path) -> None:
    for objects in (read_modelnet40_txt(str(txt)), read_modelnet40_h5(str(h5)), read_modelnet40_off(str(off))):
        carried = pickle.dumps(objects[0])
        assert len(carried) < 1500  # names, not points
        sample = make_sample(pickle.loads(carried), SMALL)
        assert sample.points.shape == (128, 6) and sample.views.shape == (2, 32, 32, 3)
        assert not sample.has_colour and sample.views.min() < 200
