"""Reading OpenShape's packs from a tree in their layout, converted from the pickles as a user does it."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d.data.formats.openshape import OpenShapeObject, read_openshape
from cg3d.data.pickles.unpickle import unpickle
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

CLOUDS = "objaverse-processed/merged_for_training_final"
UIDS = ("a" * 32, "b" * 32)
SPEC = SampleSpec(points=64, views=2, image_size=16, drawn_points=128)


def pack(own: str, dataset: str = "Objaverse", group: str = "000-034", **changes: Any) -> dict[str, Any]:
    """A pack's dictionary with everything that OpenShape keeps in it; y up, four times as tall as wide."""
    rng = np.random.default_rng(0)
    feature = {"original": rng.random((1, 1280)), "prompt_avg": rng.random((1, 1280))}
    content = {
        "dataset": dataset,
        "group": group,
        "id": own,
        "xyz": (rng.random((10000, 3)) * (0.2, 0.8, 0.2)).astype(np.float32),
        "rgb": rng.random((10000, 3)).astype(np.float32),
        "image_feat": rng.random((12, 1280)).astype(np.float32),
        "thumbnail_feat": rng.random((1, 1280)).astype(np.float32),
        "text": ["Old Radio"],
        "text_feat": [feature],
        "blip_caption": "a brown radio, with a  handle.",
        "blip_caption_feat": feature,
        "msft_caption": "a radio",
        "msft_caption_feat": feature,
        "retrieval_text": ["vintage radio", "a radio", ""],
        "retrieval_text_feat": [{"original": rng.random(1280)}] * 3,
    }
    return {**content, **changes}


def openshape_tree(folder: Path, *packs: dict[str, Any], convert: bool = True) -> Path:
    """The packs as pickles with the lists, and their .npz beside them; every second object of Objaverse is flagged."""
    entries = []
    for each in packs or [
        pack(UIDS[0]),
        pack(UIDS[1]),
        pack("c-3", "ShapeNet", "02691156", text=["airplane", "plane"]),
    ]:
        place = f"{CLOUDS}/{each['dataset']}/{each['group']}/{each['id']}.npy"
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / place, each, allow_pickle=True)
        entries.append({key: each[key] for key in ("dataset", "group", "id")} | {"data_path": f"/mnt/data/{place}"})
    (folder / "meta_data" / "split").mkdir(parents=True)
    (folder / "meta_data" / "split" / "train_all.json").write_text(json.dumps(entries))
    (folder / "meta_data" / "split" / "train_no_lvis.json").write_text(json.dumps(entries[:1]))
    flags = {uid: {"flag": "NY"[number == 0]} for number, uid in enumerate(UIDS)}
    (folder / "meta_data" / "gpt4_filtering.json").write_text(json.dumps(flags))
    if convert:
        unpickle(folder, folder)
    return folder


def first(folder: Path) -> OpenShapeObject:
    source = read_openshape(str(folder))[0]
    assert isinstance(source, OpenShapeObject)
    return source


def test_objects_captions_and_labels(tmp_path: Path) -> None:
    plain, flagged, shapenet = read_openshape(str(openshape_tree(tmp_path)))
    assert [each.info.id for each in (plain, flagged, shapenet)] == [
        f"Objaverse-000-034-{UIDS[0]}",
        f"Objaverse-000-034-{UIDS[1]}",
        "ShapeNet-02691156-c-3",
    ]
    assert [each.info.licence for each in (plain, shapenet)] == ["ODC-By-1.0", "LicenseRef-ShapeNet"]
    assert {each.info.split for each in (plain, flagged, shapenet)} == {"train"}
    described = plain.described()
    assert described.captions == ("Old Radio", "a brown radio, with a handle", "a radio", "vintage radio")
    assert described.label == "Old Radio" and described.id == plain.info.id
    assert flagged.described().captions == described.captions[1:]  # GPT-4 says that its text says nothing
    assert shapenet.described().captions[:2] == ("airplane", "plane")


def test_points_and_colours_as_stored(tmp_path: Path) -> None:
    source, stored = first(openshape_tree(tmp_path)), pack(UIDS[0])
    surface = source.surface(20000, np.random.default_rng(0))
    assert surface.rgb is not None
    found = np.concatenate([surface.xyz, surface.rgb], axis=1)
    expected = np.concatenate([stored["xyz"], stored["rgb"]], axis=1)  # neither swapped nor turned
    assert np.array_equal(found[np.lexsort(found.T)], expected[np.lexsort(expected.T)])


def test_samples(tmp_path: Path) -> None:
    sample = make_sample(first(openshape_tree(tmp_path)), SPEC)
    assert sample.points.shape == (64, 6) and sample.views.shape == (2, 16, 16, 3) and sample.has_colour
    assert sample.info == first(tmp_path).described() and sample.label == sample.captions[0]


@pytest.mark.parametrize("rgb", [np.full((10000, 3), 0.4), np.full((10000, 3), 100), None])
def test_fill_colour_is_no_colour(tmp_path: Path, rgb: np.ndarray | None) -> None:
    source = first(openshape_tree(tmp_path, pack(UIDS[0], rgb=rgb)))
    assert source.surface(100, np.random.default_rng(0)).rgb is None


def test_a_split_file_is_a_source_too(tmp_path: Path) -> None:
    openshape_tree(tmp_path)
    listed = read_openshape(str(tmp_path / "meta_data" / "split" / "train_no_lvis.json"))
    assert [each.info.id for each in listed] == [f"Objaverse-000-034-{UIDS[0]}"]
    assert listed[0].problem() is None


def test_without_a_split_all_files_are_listed(tmp_path: Path) -> None:
    openshape_tree(tmp_path)
    listed = {each.info.id for each in read_openshape(str(tmp_path))}
    for split in (tmp_path / "meta_data" / "split").iterdir():
        split.unlink()
    found = read_openshape(str(tmp_path))
    assert {each.info.id for each in found} == listed and {each.info.split for each in found} == {""}
    assert all(each.problem() is None for each in found)


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    openshape_tree(tmp_path, convert=False)
    command = rf"is a pickle, which no reader opens\. .*`cg3d data unpickle '{tmp_path}' --out '{tmp_path}'`"
    with pytest.raises(DataError, match=command):
        read_openshape(str(tmp_path))
    for split in (tmp_path / "meta_data" / "split").iterdir():
        split.unlink()
    with pytest.raises(DataError, match=command):
        read_openshape(str(tmp_path))


def test_one_cloud_that_is_missing_or_pickled_is_a_problem(tmp_path: Path) -> None:
    _, second, third = read_openshape(str(openshape_tree(tmp_path)))
    folder = tmp_path / CLOUDS
    (folder / "Objaverse" / "000-034" / f"{UIDS[1]}.npz").unlink()
    for suffix in ("npy", "npz"):
        (folder / "ShapeNet" / "02691156" / f"c-3.{suffix}").unlink()
    assert f"{UIDS[1]}.npy: is not converted. Run `cg3d data unpickle" in (second.problem() or "")
    assert "c-3.npz: is not there" in (third.problem() or "")


def test_no_text_at_all(tmp_path: Path) -> None:
    empty = pack(UIDS[1], blip_caption="", msft_caption=None, retrieval_text=[])
    with pytest.raises(DataError, match=rf"{UIDS[1]}\.npz: has no text in any of text, blip_caption"):
        first(openshape_tree(tmp_path, empty)).described()


def test_texts_are_short_distinct_and_few(tmp_path: Path) -> None:
    texts = ["word " * 200, "x" * 500, 'Größe, "5" o\'clock\n', None, *map(str, range(30))]
    captions = first(openshape_tree(tmp_path, pack(UIDS[0], text=texts))).described().captions
    assert len(captions) == 16 == len(set(captions)) and max(map(len, captions)) <= 300
    assert captions[0].endswith("word") and captions[1] == "x" * 300 and captions[2] == 'Größe, "5" o\'clock'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xyz": None}, "has no array xyz or points. Arrays found: dataset, group"),
        ({"xyz": np.zeros((3, 10000))}, "at least 16|shape"),
        ({"xyz": np.eye(3), "rgb": np.zeros((3, 3))}, "3 distinct finite points, at least 16"),
        ({"rgb": np.zeros((5, 3))}, "colours must be numbers of shape"),
    ],
)
def test_wrong_arrays_name_their_file(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=rf"{UIDS[0]}\.npz: .*({message})"):
        first(openshape_tree(tmp_path, pack(UIDS[0], **changes))).surface(100, np.random.default_rng(0))


def test_truncated_file(tmp_path: Path) -> None:
    source = first(openshape_tree(tmp_path))
    source.path.write_bytes(source.path.read_bytes()[:20000])
    with pytest.raises(DataError, match=rf"{UIDS[0]}\.npz: "):
        source.surface(100, np.random.default_rng(0))
    with pytest.raises(DataError, match=rf"{UIDS[0]}\.npz: is no \.npz file, or a damaged one"):
        source.described()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("split/train_all.json", "{}", r"train_all\.json: holds a dict; a list is expected"),
        ("split/train_all.json", "[", r"train_all\.json: is no JSON"),
        (
            "split/train_all.json",
            '[{"id": "x", "group": "g"}]',
            r"train_all\.json, entry 0: dataset, data_path are needed, all text",
        ),
        ("split/train_all.json", "[7]", r"train_all\.json, entry 0: .* got 7"),
        ("split/train_all.json", "[]", r"train_all\.json: names no cloud"),
        ("gpt4_filtering.json", '{"x": 1}', r"gpt4_filtering\.json: is no list of flags"),
    ],
)
def test_malformed_lists(tmp_path: Path, file: str, content: str, message: str) -> None:
    (openshape_tree(tmp_path) / "meta_data" / file).write_text(content)
    with pytest.raises(DataError, match=message):
        read_openshape(str(tmp_path))


OUTSIDE = ["", ".", "/", "..", "../x.npy", "Objaverse/../../x.npy", f"/mnt/{CLOUDS}/", f"/mnt/{CLOUDS}/../x.npy"]


@pytest.mark.parametrize("place", OUTSIDE)
def test_paths_that_leave_the_folder_of_the_clouds(tmp_path: Path, place: str) -> None:
    split = openshape_tree(tmp_path) / "meta_data" / "split" / "train_all.json"
    entries = json.loads(split.read_text())
    entries[1]["data_path"] = place
    split.write_text(json.dumps(entries))
    message = f"{split}, entry 1: path {place!r} names no file in the folder of the clouds"
    with pytest.raises(DataError, match=re.escape(message)):
        read_openshape(str(tmp_path))


def test_absolute_paths_are_of_the_folder_of_the_clouds(tmp_path: Path) -> None:
    split = openshape_tree(tmp_path) / "meta_data" / "split" / "train_all.json"
    split.write_text(json.dumps([{"dataset": "Objaverse", "data_path": "//etc/x.npy"}]))
    assert first(tmp_path).path == tmp_path / CLOUDS / "etc" / "x.npz"


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: not found"):
        read_openshape(str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="names no cloud"):
        read_openshape(str(tmp_path))


def test_a_set_without_groups(tmp_path: Path) -> None:
    (each,) = read_openshape(str(openshape_tree(tmp_path, pack("9439bfd4-9d1a", "3D-FUTURE", ""))))
    assert each.info.id == "3D-FUTURE-9439bfd4-9d1a" and each.info.licence == "LicenseRef-3D-FUTURE"
    assert each.problem() is None


def test_pickles_small(tmp_path: Path) -> None:
    assert len(pickle.dumps(first(openshape_tree(tmp_path)))) < 1000
