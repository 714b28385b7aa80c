"""Reading Objaverse-LVIS in the layouts of OpenShape, ULIP-2 and Uni3D."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.formats.objaverse_lvis import read_objaverse_lvis
from cg3d.data.pickles.unpickle import unpickle
from cg3d.data.samples import SampleSpec, make_sample, plain_words
from cg3d_runtime.errors import DataError

SPEC = SampleSpec(points=64, views=2, image_size=16, drawn_points=128)
CLASSES = {"1" * 32: "Band_Aid", "2" * 32: "bat_(animal)", "3" * 32: "scissors", "4" * 32: "bow-tie"}
CLOUDS = "objaverse-processed/merged_for_training_final/Objaverse"


def save_clouds(folder: Path) -> dict[str, str]:
    """Pickled clouds below `folder`, by uid: their paths in it. Four times as tall, along y, as wide."""
    places = {}
    for number, uid in enumerate(CLASSES):
        rng = np.random.default_rng(number)
        xyz = (rng.random((10000, 3)) * (0.2, 0.8, 0.2)).astype(np.float32)
        places[uid] = f"000-00{number}/{uid}.npy"
        (folder / places[uid]).parent.mkdir(parents=True)
        np.save(folder / places[uid], {"xyz": xyz, "rgb": rng.random((10000, 3))}, allow_pickle=True)
    return places


def openshape_tree(folder: Path) -> Path:
    """A list in meta_data/split; the authors' own folders stand in its paths."""
    places = save_clouds(folder / CLOUDS)
    entries = [
        {"uid": uid, "category": name, "group": places[uid][:7], "data_path": f"/mnt/data/{CLOUDS}/{places[uid]}"}
        for uid, name in CLASSES.items()
    ]
    (folder / "meta_data" / "split").mkdir(parents=True)
    (folder / "meta_data" / "split" / "lvis.json").write_text(json.dumps(entries))
    return folder


def ulip2_tree(folder: Path) -> Path:
    """A dictionary of paths, and the classes in another, there with blanks already."""
    (folder / "lvis.json").write_text(json.dumps(save_clouds(folder)))
    names = [name.replace("_", " ") for name in CLASSES.values()]
    metadata = {
        "value_to_key_mapping": dict(zip(CLASSES, names, strict=True)),
        "key_to_id": {name: number for number, name in enumerate(names)},
        "all_keys": names,
    }
    (folder / "objaverse_lvis_metadata.json").write_text(json.dumps(metadata))
    return folder


def uni3d_tree(folder: Path) -> Path:
    """Lines of four fields."""
    places = save_clouds(folder)
    lines = [f"{number},{name},{uid}, /{places[uid]}" for number, (uid, name) in enumerate(CLASSES.items())]
    (folder / "lvis_testset.txt").write_text("\n".join([*lines, "", ""]))
    return folder


TREES = {"openshape": openshape_tree, "ulip2": ulip2_tree, "uni3d": uni3d_tree}
Tree = Callable[[Path], Path]


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_all_layouts_give_the_same_objects(tmp_path: Path, tree: Tree) -> None:
    unpickle(tree(tmp_path), tmp_path)
    objects = read_objaverse_lvis(str(tmp_path))
    assert [each.info.id for each in objects] == list(CLASSES)
    assert [each.info.label for each in objects] == ["Band Aid", "bat (animal)", "scissors", "bow-tie"]
    assert [each.info.captions for each in objects] == [
        ("a Band Aid",),
        ("a bat (animal)",),
        ("scissors",),
        ("a bow-tie",),
    ]
    assert {(each.info.split, each.info.set, each.info.licence) for each in objects} == {
        ("test", "objaverse-lvis", "ODC-By-1.0")
    }
    assert all(each.problem() is None for each in objects)
    sample = make_sample(objects[1], SPEC)
    assert sample.has_colour and np.ptp(sample.points[:, :3], axis=0).argmax() == 1  # y stays up


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_pickles_are_never_opened(tmp_path: Path, tree: Tree) -> None:
    with pytest.raises(
        DataError, match=rf"1\.npy: is a pickle, .*`cg3d data unpickle '{tmp_path}' --out '{tmp_path}'`"
    ):
        read_objaverse_lvis(str(tree(tmp_path)))


def test_one_cloud_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    unpickle(uni3d_tree(tmp_path), tmp_path)
    objects = read_objaverse_lvis(str(tmp_path))
    for suffix in ("npy", "npz"):
        (tmp_path / "000-001" / f"{'2' * 32}.{suffix}").unlink()
    assert [each.problem() is None for each in objects] == [True, False, True, True]


def test_an_object_without_class_is_a_problem(tmp_path: Path) -> None:
    unpickle(ulip2_tree(tmp_path), tmp_path)
    metadata = json.loads((tmp_path / "objaverse_lvis_metadata.json").read_text())
    del metadata["value_to_key_mapping"]["2" * 32]
    (tmp_path / "objaverse_lvis_metadata.json").write_text(json.dumps(metadata))
    problems = [each.problem() for each in read_objaverse_lvis(str(tmp_path))]
    assert problems[0] is None and "it needs an id and a class" in (problems[1] or "")


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
@pytest.mark.parametrize("place", ["", "..", "../x.npy", "000-001/../../x.npy"])
def test_paths_that_leave_the_folder_of_the_clouds_are_a_problem(tmp_path: Path, tree: Tree, place: str) -> None:
    unpickle(tree(tmp_path), tmp_path)
    listing = next(path for path in tmp_path.rglob("lvis*") if path.suffix in (".json", ".txt"))
    text = re.sub(r'[^" ]*2{32}\.npy', place, listing.read_text())
    listing.write_text(text)
    first, second, *_ = read_objaverse_lvis(str(tmp_path))
    assert first.problem() is None
    expected = f"{listing}: object {'2' * 32!r}: path {place!r} names no file in the folder of the clouds"
    assert expected in (second.problem() or "")


def test_missing_metadata(tmp_path: Path) -> None:
    (ulip2_tree(tmp_path) / "objaverse_lvis_metadata.json").unlink()
    with pytest.raises(
        DataError, match=r"objaverse_lvis_metadata\.json: not found, and lvis\.json of ULIP-2 has no classes"
    ):
        read_objaverse_lvis(str(tmp_path))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("lvis_testset.txt", "0,mug,abc\n", r"lvis_testset\.txt, line 1: 3 fields; number, class, uid and path"),
        ("lvis_testset.txt", "\n\n", r"lvis_testset\.txt: lists no object"),
        ("lvis.json", "[]", r"lvis\.json: lists no object"),
        ("lvis.json", '[{"uid": "x"}]', r"lvis\.json, entry 0: uid, category, data_path are needed"),
        ("lvis.json", "{", r"lvis\.json: is no JSON"),
        ("lvis.txt", "", r"none of the lists of Objaverse-LVIS was found\. Looked for meta_data/split/lvis\.json"),
    ],
)
def test_malformed_lists(tmp_path: Path, file: str, content: str, message: str) -> None:
    (tmp_path / file).write_text(content)
    with pytest.raises(DataError, match=message):
        read_objaverse_lvis(str(tmp_path))


def test_malformed_metadata(tmp_path: Path) -> None:
    (ulip2_tree(tmp_path) / "objaverse_lvis_metadata.json").write_text("{}")
    with pytest.raises(DataError, match=r"has no value_to_key_mapping"):
        read_objaverse_lvis(str(tmp_path))


def test_damaged_cloud_names_its_file(tmp_path: Path) -> None:
    unpickle(uni3d_tree(tmp_path), tmp_path)
    path = tmp_path / "000-000" / f"{'1' * 32}.npz"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"object 1+ cannot be read: .*1\.npz: "):
        make_sample(read_objaverse_lvis(str(tmp_path))[0], SPEC)


def test_quoted_names_with_commas_and_other_letters(tmp_path: Path) -> None:
    (tmp_path / "lvis_testset.txt").write_text('0,"crêpe, ""thin""",x y,a.npy\n', "utf-8")
    (each,) = read_objaverse_lvis(str(tmp_path))
    assert each.info.label == 'crêpe, "thin"' and each.info.id.startswith("x_y-")


def test_the_names_of_lvis_stay_distinct(shared_data: Path) -> None:
    names = (shared_data / "text" / "labels_objaverse_lvis.txt").read_text("utf-8").splitlines()
    assert len(names) == len({plain_words(name) for name in names}) == 1156
