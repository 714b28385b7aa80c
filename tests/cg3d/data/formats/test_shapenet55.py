"""Reading ShapeNet55, of Point-BERT and with CG3D's pictures, from a tree in the layout of each."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d.data.formats.shapenet55 import read_shapenet55
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

AIRPLANE, DISPLAY, MUG = "02691156", "03211117", "03797390"
TAXONOMY = [
    {"synsetId": AIRPLANE, "name": "airplane,aeroplane,plane", "children": ["02690373"], "numInstances": 4045},
    {"synsetId": DISPLAY, "name": "display,video display", "children": [], "numInstances": 1093},
    {"synsetId": MUG, "name": "mug", "children": [], "numInstances": 214},
]
SPEC = SampleSpec(points=64, views=3, image_size=24, drawn_points=128)


def cloud(seed: int, points: int = 8192) -> np.ndarray:
    """Four times as tall, along y, as it is wide."""
    return (np.random.default_rng(seed).random((points, 3)) * (0.2, 0.8, 0.2)).astype(np.float32)


def point_bert_tree(folder: Path, lists: str = "ShapeNet-55", points: int = 8192) -> Path:
    """Three objects, one with a dash in its model's name, in two lists with a blank line."""
    names = {"train": [f"{AIRPLANE}-a1", f"{DISPLAY}-u-b2"], "test": [f"{MUG}-c3"]}
    (folder / "shapenet_pc").mkdir(parents=True)
    (folder / lists).mkdir(exist_ok=True)
    for split, listed in names.items():
        (folder / lists / f"{split}.txt").write_text("".join(f"{name}.npy\n\n" for name in listed))
        for seed, name in enumerate(listed):
            np.save(folder / "shapenet_pc" / f"{name}.npy", cloud(seed, points))
    (folder / "taxonomy.json").write_text(json.dumps(TAXONOMY))
    return folder


def cg3d_tree(folder: Path) -> Path:
    """The same with five pictures an object; picture v is grey 40 * v."""
    point_bert_tree(folder, points=128)
    renders = folder / "shapenet_render"
    renders.mkdir()
    (folder / "taxonomy.json").rename(renders / "taxonomy.json")
    (renders / "train_img.txt").write_text(f"{AIRPLANE}-a1.npy\n")
    (renders / "val_img.txt").write_text(f"{MUG}-c3.npy\n{DISPLAY}-u-b2.npy\n")
    (renders / "test_img.txt").write_text(f"{MUG}-c3.npy\n")
    for synset, model in ((AIRPLANE, "a1"), (DISPLAY, "u-b2"), (MUG, "c3")):
        (renders / "img" / synset / model).mkdir(parents=True)
        for view in range(5):
            grey = Image.new("RGB", (32, 32), (40 * view,) * 3)
            grey.save(renders / "img" / synset / model / f"{view:03d}.png")
    return folder


@pytest.mark.parametrize("lists", ["ShapeNet-55", "."])
def test_point_bert_layout(tmp_path: Path, lists: str) -> None:
    airplane, display, mug = read_shapenet55(str(point_bert_tree(tmp_path, lists)))
    assert [each.info.id for each in (airplane, display, mug)] == [f"{AIRPLANE}-a1", f"{DISPLAY}-u-b2", f"{MUG}-c3"]
    assert [each.info.split for each in (airplane, display, mug)] == ["train", "train", "test"]
    assert airplane.info.label == "airplane"
    assert airplane.info.captions == ("an airplane", "an aeroplane", "a plane")
    assert display.info.captions == ("a display", "a video display", "a monitor")
    assert (mug.info.licence, mug.info.set, mug.info.units) == ("LicenseRef-ShapeNet", "ShapeNet55", "unit")
    assert airplane.problem() is None and airplane.pictures(4) is None  # to be drawn


def test_points_are_those_of_the_file(tmp_path: Path) -> None:
    surface = read_shapenet55(str(point_bert_tree(tmp_path)))[0].surface(10000, np.random.default_rng(0))
    expected = cloud(0)
    assert surface.rgb is None and surface.normals is None and surface.xyz.shape == (8192, 3)
    assert np.array_equal(surface.xyz[np.lexsort(surface.xyz.T)], expected[np.lexsort(expected.T)])
    assert np.ptp(surface.xyz, axis=0).argmax() == 1  # y stays up


def test_samples_are_drawn(tmp_path: Path) -> None:
    sample = make_sample(read_shapenet55(str(point_bert_tree(tmp_path)))[1], SPEC)
    assert sample.points.shape == (64, 6) and sample.views.shape == (3, 24, 24, 3) and not sample.has_colour
    assert (sample.views < 250).any()


def test_cg3d_layout_brings_its_pictures(tmp_path: Path) -> None:
    objects = {each.info.label: each for each in read_shapenet55(str(cg3d_tree(tmp_path)))}
    assert {label: each.info.split for label, each in objects.items()} == {
        "airplane": "train",
        "mug": "test",  # also in val_img.txt
        "display": "val",
    }
    sample = make_sample(objects["display"], SPEC)
    assert sample.views.shape == (3, 24, 24, 3)
    assert sample.views[:, 12, 12, 0].tolist() == [0, 40, 120]  # of five pictures, spread evenly


def test_pickles_small(tmp_path: Path) -> None:
    assert len(pickle.dumps(read_shapenet55(str(point_bert_tree(tmp_path)))[0])) < 1000


def test_missing_taxonomy_names_the_places(tmp_path: Path) -> None:
    point_bert_tree(tmp_path)
    (tmp_path / "taxonomy.json").unlink()
    with pytest.raises(
        DataError, match=r"ShapeNetCore .* Looked for .*taxonomy\.json and .*ShapeNet-55/taxonomy\.json"
    ):
        read_shapenet55(str(tmp_path))


@pytest.mark.parametrize(
    "content", ["{}", "[1]", '[{"synsetId": "1"}]', '[{"synsetId": "1", "name": null}]', "[", "[\xff"]
)
def test_malformed_taxonomy(tmp_path: Path, content: str) -> None:
    point_bert_tree(tmp_path)
    (tmp_path / "taxonomy.json").write_bytes(content.encode("latin1"))
    with pytest.raises(DataError, match=r"taxonomy\.json: (is no|holds a dict)"):
        read_shapenet55(str(tmp_path))


def test_missing_lists(tmp_path: Path) -> None:
    point_bert_tree(tmp_path)
    for split in ("train", "test"):
        (tmp_path / "ShapeNet-55" / f"{split}.txt").unlink()
    with pytest.raises(
        DataError, match=r"no list of objects was found\. Looked for .*train_img\.txt.*ShapeNet-55/test\.txt"
    ):
        read_shapenet55(str(tmp_path))


def test_an_empty_list_is_no_crash_but_two_are(tmp_path: Path) -> None:
    point_bert_tree(tmp_path)
    (tmp_path / "ShapeNet-55" / "test.txt").write_text("\n \n")
    assert len(read_shapenet55(str(tmp_path))) == 2
    (tmp_path / "ShapeNet-55" / "train.txt").write_text("")
    with pytest.raises(DataError, match=r"train\.txt, .*test\.txt: no object is listed"):
        read_shapenet55(str(tmp_path))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("02691156.npy", r"train\.txt, line 1: '02691156' is not <synset>-<model>"),
        ("99999999-a1.npy", r"train\.txt, line 1: synset '99999999' has no name"),
    ],
)
def test_bad_lines_are_problems(tmp_path: Path, line: str, reason: str) -> None:
    point_bert_tree(tmp_path)
    (tmp_path / "ShapeNet-55" / "train.txt").write_text(line + "\n")
    bad, good = read_shapenet55(str(tmp_path))
    assert good.problem() is None
    with pytest.raises(DataError, match=reason):
        bad.surface(10, np.random.default_rng(0))


def test_a_synset_without_names_is_a_problem(tmp_path: Path) -> None:
    point_bert_tree(tmp_path)
    (tmp_path / "taxonomy.json").write_text(json.dumps([{"synsetId": MUG, "name": " , "}]))
    assert "has no name in taxonomy.json" in (read_shapenet55(str(tmp_path))[2].problem() or "")


def test_names_with_blanks_quotes_commas_and_other_letters(tmp_path: Path) -> None:
    point_bert_tree(tmp_path)
    name = f'{MUG}-große Tasse, "blau"'
    np.save(tmp_path / "shapenet_pc" / f"{name}.npy", cloud(0, 64))
    (tmp_path / "ShapeNet-55" / "train.txt").write_text(f"{name}.npy\n", "utf-8")
    (tmp_path / "taxonomy.json").write_text(json.dumps([{"synsetId": MUG, "name": "tazón_de té,mug"}]))
    sample = make_sample(read_shapenet55(str(tmp_path))[0], SPEC)
    assert sample.label == "tazón de té" and sample.captions[1] == "a mug"
    assert sample.id.replace("-", "").replace("_", "").isalnum() and sample.id.isascii()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x93NUMPY\x01\x00 damaged", "not an array that can be read"),
        (b"", "is empty"),
        (np.zeros((8192, 2)), r"shape \(8192, 2\); numbers of shape"),
        (np.full((8192, 3), np.nan), "0 distinct finite points"),
        (cloud(0, 3), "3 distinct finite points, at least 16"),
    ],
)
def test_damaged_points_name_their_file(tmp_path: Path, content: bytes | np.ndarray, message: str) -> None:
    path = point_bert_tree(tmp_path) / "shapenet_pc" / f"{AIRPLANE}-a1.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    source = read_shapenet55(str(tmp_path))[0]
    assert source.problem() is None
    with pytest.raises(DataError, match=rf"{AIRPLANE}-a1\.npy: .*{message}"):
        source.surface(100, np.random.default_rng(0))


def test_truncated_points(tmp_path: Path) -> None:
    path = point_bert_tree(tmp_path) / "shapenet_pc" / f"{AIRPLANE}-a1.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"a1\.npy"):
        read_shapenet55(str(tmp_path))[0].surface(100, np.random.default_rng(0))


def test_pickled_points_are_never_loaded(tmp_path: Path) -> None:
    path = point_bert_tree(tmp_path) / "shapenet_pc" / f"{AIRPLANE}-a1.npy"
    np.save(path, {"xyz": cloud(0)}, allow_pickle=True)
    with pytest.raises(DataError, match="without pickle"):
        read_shapenet55(str(tmp_path))[0].surface(100, np.random.default_rng(0))


def test_missing_points_and_pictures_are_problems(tmp_path: Path) -> None:
    airplane, display, mug = sorted(read_shapenet55(str(cg3d_tree(tmp_path))), key=lambda each: each.info.label)
    (tmp_path / "shapenet_pc" / f"{AIRPLANE}-a1.npy").unlink()
    for picture in (tmp_path / "shapenet_render" / "img" / MUG / "c3").iterdir():
        picture.unlink()
    assert "a1.npy: points are not there" in (airplane.problem() or "")
    assert display.problem() is None
    assert f"img/{MUG}/c3: no picture of this object" in (mug.problem() or "")
    with pytest.raises(DataError, match="no picture of this object"):
        mug.pictures(2)


def test_undecodable_picture_names_its_file(tmp_path: Path) -> None:
    cg3d_tree(tmp_path)
    (tmp_path / "shapenet_render" / "img" / AIRPLANE / "a1" / "000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"object 02691156-a1 cannot be read: .*a1/000\.png: is no picture"):
        make_sample(read_shapenet55(str(tmp_path))[0], SPEC)
