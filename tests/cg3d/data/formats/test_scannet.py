"""Reading the objects of ScanNet from a small tree in its exact layout."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.formats.scannet import read_scannet
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

COLUMNS = "id\traw_category\tcategory\tcount\tnyu40id\teigen13id\tnyuClass\tnyu40class\teigen13class"
RAW = {
    "wall": "wall",
    "office chair": "chair",
    "fridge": "refridgerator",
    'rubik\'s cube, "3x3"': "otherprop",
    "Käse": "night_stand",
    "nothing": "",
}
# label, vertices; each has two segments of its own
GROUPS = (
    ("wall", 90), ("office chair", 80), ("fridge", 100), ("rubik's cube, \"3x3\"", 70), ("Käse", 64), ("chair", 80),
    ("nothing", 80), ("office chair", 63),
)  # fmt: skip
HEADER = """ply
format binary_little_endian 1.0
comment VCGLIB generated
element vertex {vertices}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
property uchar alpha
element face 1
property list uchar int vertex_indices
end_header
"""


def write_scene(scans: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Write a scene; returns its vertices and, of each, the place of its object in GROUPS."""
    rng = np.random.default_rng(len(name))
    owner = rng.permutation(np.repeat(np.arange(len(GROUPS)), [count for _, count in GROUPS]))
    vertex = np.zeros(len(owner), dtype=[("xyz", "<f4", 3), ("rgba", "u1", 4)])
    vertex["xyz"] = rng.random((len(owner), 3)) * (4, 3, 2)
    vertex["rgba"][:, 0], vertex["rgba"][:, 1] = 255, owner * 20
    scene = scans / name
    scene.mkdir(parents=True)
    face = b"\x03" + np.array([0, 1, 2], "<i4").tobytes()
    (scene / f"{name}_vh_clean_2.ply").write_bytes(
        HEADER.format(vertices=len(owner)).encode() + vertex.tobytes() + face
    )
    segments = (owner * 1000 + rng.integers(0, 2, len(owner))).tolist()
    (scene / f"{name}_vh_clean_2.0.010000.segs.json").write_text(json.dumps({"sceneId": name, "segIndices": segments}))
    groups = [
        {"id": place, "objectId": place, "segments": [place * 1000, place * 1000 + 1], "label": label}
        for place, (label, _) in enumerate(GROUPS)
    ]
    groups.append({**groups[1], "objectId": len(groups)})  # as all of scene0217_00
    (scene / f"{name}.aggregation.json").write_text(json.dumps({"sceneId": name, "segGroups": groups}), "utf-8")
    (scene / f"{name}.txt").write_text("axisAlignment = 0 -1 0 5 1 0 0 6 0 0 1 -0.5 0 0 0 1 \ncolorHeight = 968\n")
    return vertex["xyz"], owner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("scene0000_00", "scene0011_00"):
        write_scene(tmp_path / "scans", name)
    rows = [f"{i}\t{raw}\tx\t9\t1\t1\tx\t{nyu}\tx" for i, (raw, nyu) in enumerate(RAW.items())]
    (tmp_path / "scannetv2-labels.combined.tsv").write_text("\n".join([COLUMNS, *rows, ""]), "utf-8")
    (tmp_path / "scannetv2_train.txt").write_text("scene0000_00\n")
    (tmp_path / "scannetv2_val.txt").write_text("scene0011_00\n")
    return tmp_path


def test_objects(folder: Path) -> None:
    objects = read_scannet(str(folder))
    assert [each.info.id for each in objects[:4]] == [f"scene0000_00-{place:03d}" for place in (1, 2, 3, 4)]
    assert [each.info.label for each in objects[:4]] == [
        "chair",
        "refrigerator",
        'rubik\'s cube, "3x3"',  # its class, otherprop, is no word for it
        "night stand",
    ]
    assert objects[0].info.captions == ("a chair", "an office chair")
    assert objects[1].info.captions == ("a refrigerator", "a fridge")
    assert objects[2].info.captions == ('a rubik\'s cube, "3x3"',)
    assert [each.info.split for each in objects] == ["train"] * 4 + ["val"] * 4
    info = objects[0].info
    assert (info.set, info.units, info.licence, info.source) == ("scannet", "m", "LicenseRef-ScanNet", "ScanNet v2")


def test_what_is_left_out_is_counted(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        read_scannet(str(folder))
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "left out 2 times: wall, floor or ceiling" in told
    assert "left out 4 times: object without a name" in told  # `nothing`, and `chair`, not in the table
    assert "left out 2 times: crop under 64 vertices" in told
    assert "left out 2 times: object made of the same segments as another" in told


def test_crop_is_the_objects_own_vertices_upright(folder: Path) -> None:
    xyz, owner = write_scene(folder / "scans", "scene0002_00")
    source = next(each for each in read_scannet(str(folder)) if each.info.id == "scene0002_00-002")
    found = source.surface(1000, np.random.default_rng(0))
    x, y, z = xyz[owner == 2].T
    # axisAlignment gives (5 - y, x + 6, z - 0.5); then z up becomes y up
    expected = np.stack([5 - y, z - 0.5, -(x + 6)], axis=1)
    assert found.xyz[np.lexsort(found.xyz.T)] == pytest.approx(expected[np.lexsort(expected.T)], abs=1e-5)
    assert found.rgb == pytest.approx(np.tile([1, 40 / 255, 0], (100, 1)), abs=1e-6)
    assert source.info.split == "" and found.normals is None


def test_first_table_and_scenes_without_alignment(folder: Path) -> None:
    table = folder / "scannetv2-labels.combined.tsv"
    old = [line.partition("\t")[2] for line in table.read_text("utf-8").splitlines()]  # without the column id
    (folder / "scannet-labels.combined.tsv").write_text("\n".join(old), "utf-8")
    expected = read_scannet(str(folder))
    table.unlink()
    (folder / "scans" / "scene0000_00" / "scene0000_00.txt").unlink()
    objects = read_scannet(str(folder))
    assert objects == expected
    assert objects[0].surface(99, np.random.default_rng(0)).xyz[:, 1].min() >= 0  # as scanned


def test_hidden_test_split(folder: Path) -> None:
    (folder / "scans" / "scene0707_00").mkdir()
    (lost,) = (each for each in read_scannet(str(folder)) if each.info.id == "scene0707_00")
    assert "scene0707_00.aggregation.json: cannot be read (No such file" in lost.problem()
    (folder / "scannetv2_test.txt").write_text("scene0707_00\n")
    assert len(read_scannet(str(folder))) == 8


def spoil(ending: str, change: Callable[[bytes], bytes | None]) -> Callable[[Path], None]:
    def apply(scene: Path) -> None:
        path = scene / f"{scene.name}{ending}"
        content = change(path.read_bytes())
        path.unlink() if content is None else path.write_bytes(content)

    return apply


SEGS = "_vh_clean_2.0.010000.segs.json"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (spoil(SEGS, lambda content: content[:-20]), "segs.json: is no JSON"),
        (spoil(SEGS, lambda content: None), "segs.json: cannot be read"),
        (spoil(SEGS, lambda content: b'{"segments": []}'), "segs.json: has no list 'segIndices'"),
        (spoil(SEGS, lambda content: b'{"segIndices": [1, "a"]}'), "segs.json: segIndices must be whole numbers"),
        (spoil(".aggregation.json", lambda content: b"[]"), "aggregation.json: holds a list; a dict is expected"),
        (spoil(".aggregation.json", lambda content: b'{"segGroups": [{"label": "x"}]}'), "lacks segments or label"),
        (spoil(".aggregation.json", lambda content: b'{"segGroups": [7]}'), "lacks segments or label"),
    ],
)
def test_damaged_annotations(folder: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(folder / "scans" / "scene0000_00")
    objects = read_scannet(str(folder))
    assert len(objects) == 5 and objects[0].info.id == "scene0000_00"
    assert message in objects[0].problem() and "scene0000_00" in objects[0].problem()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (spoil("_vh_clean_2.ply", lambda content: content[:-5000]), r"vh_clean_2\.ply: .*truncated"),
        (spoil("_vh_clean_2.ply", lambda content: content.replace(b"float z", b"float w")), r"vh_clean_2\.ply: .*a z"),
        (spoil("_vh_clean_2.ply", lambda content: None), r"scene0000_00_vh_clean_2\.ply"),
        (spoil(SEGS, lambda content: b'{"segIndices": [0, 1]}'), "has 627 vertices, but .* gives segments for 2"),
        (spoil(".txt", lambda content: content.replace(b"5 1 0", b"5 1")), r"\.txt: axisAlignment must be 16 numbers"),
        (spoil(".txt", lambda content: content.replace(b"0 -1", b"0 a")), r"\.txt: axisAlignment must be 16 numbers"),
    ],
)
def test_damaged_scene(folder: Path, damage: Callable[[Path], None], message: str) -> None:
    source = read_scannet(str(folder))[0]
    damage(folder / "scans" / "scene0000_00")
    with pytest.raises(DataError, match=message):
        make_sample(source, SampleSpec())


def test_missing_vertices_are_known_at_once(folder: Path) -> None:
    (folder / "scans" / "scene0000_00" / "scene0000_00_vh_clean_2.ply").unlink()
    objects = read_scannet(str(folder))
    assert "scene0000_00_vh_clean_2.ply: not found" in objects[0].problem() and objects[-1].problem() is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scannetv2-labels.combined.tsv", None, r"has no scannetv2-labels\.combined\.tsv"),
        (
            "scannetv2-labels.combined.tsv",
            "id\traw_category\n",
            r"raw_category and nyu40class are needed.*id, raw_category\.",
        ),
        ("scannetv2-labels.combined.tsv", "", r"Columns found: none"),
        ("scannetv2_val.txt", "\n", r"scannetv2_val\.txt: names nothing"),
        (
            "scannetv2_val.txt",
            "scene0000_00\n",
            r"scannetv2_val\.txt: scene scene0000_00 is in scannetv2_train\.txt too",
        ),
    ],
)
def test_faults_of_the_source(folder: Path, name: str, content: str | None, message: str) -> None:
    (folder / name).unlink() if content is None else (folder / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_scannet(str(folder))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no scans; the folder scannet as published has one\. Found: nothing"):
        read_scannet(str(tmp_path))


def test_an_object_becomes_a_sample(folder: Path) -> None:
    carried = pickle.dumps(read_scannet(str(folder))[1])
    sample = make_sample(pickle.loads(carried), SampleSpec(points=90, views=2, image_size=32, drawn_points=90))
    assert len(carried) < 1500 and sample.has_colour
    assert sample.points[:, 3:] == pytest.approx(np.tile([1, 40 / 255, 0], (90, 1)), abs=1e-6)
