"""Annotated scenes in the layouts in which they are published, written small; and what is said of broken ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="scenes need SciPy")

from PIL import Image

from cg3d.scene_evaluation.annotated import NOTHING, UNTOLD, AnnotatedScene
from cg3d.scene_evaluation.layouts import read_annotated
from cg3d_runtime.errors import Cg3dError, DataError

RNG = np.random.default_rng(0)


def only(folder: Path, layout: str) -> AnnotatedScene:
    scenes = read_annotated(folder, layout)
    (scene,) = scenes.each
    assert scenes.count == 1
    return scene


def names(scene: AnnotatedScene) -> dict[int, str | None]:
    return {thing.id: thing.name for thing in scene.objects}


# OSD

PCD = "VERSION 0.7\nFIELDS {fields}\nSIZE 4 4 4 4\nTYPE {types}\nCOUNT 1 1 1 1\nWIDTH {n}\nHEIGHT 1\nPOINTS {n}\nDATA ascii\n"


def write_osd(folder: Path) -> Path:
    labels = [0, 1, 2, 20, 21, 29, 30]
    rows = "".join(f"{label} {k / 10} 0.5 1.0\n" for k, label in enumerate(labels)) + "0 nan nan nan\n"
    head = PCD.format(fields="label x y z", types="U F F F", n=8)
    (folder / "test1.pcd").write_text(head + rows)
    (folder / "names.csv").write_text("scene,object,name\ntest1,2,cereal box\nelsewhere,2,mug\n")
    return folder


def test_osd(tmp_path: Path) -> None:
    scene = only(write_osd(tmp_path), "osd")
    assert scene.name == "test1" and scene.up is None
    assert scene.ids.tolist() == [UNTOLD, NOTHING, NOTHING, 2, 2, 2, 3, UNTOLD]
    assert names(scene) == {2: "cereal box", 3: None}
    assert read_annotated(tmp_path, "osd").names == ("cereal box",)
    np.testing.assert_allclose(scene.points_of(scene.objects[0])[:, 0], [0.3, 0.4, 0.5], atol=1e-6)


# ScanNet


def write_ply(path: Path, columns: dict[str, np.ndarray]) -> None:
    kinds = {"f": "float", "u": "ushort"}
    head = [f"property {kinds[column.dtype.kind]} {name}" for name, column in columns.items()]
    lines = ["ply", "format ascii 1.0", f"element vertex {len(columns['x'])}", *head, "end_header"]
    rows = [" ".join(map(str, row)) for row in zip(*[column.tolist() for column in columns.values()], strict=True)]
    path.write_text("\n".join([*lines, *rows]) + "\n")


def room(count: int = 100) -> dict[str, np.ndarray]:
    """Four patches of so many vertices, a metre apart."""
    xyz = RNG.uniform(0, 0.1, (4 * count, 3)).astype(np.float32)
    xyz[:, 0] += np.repeat(np.arange(4), count)
    return dict(zip("xyz", xyz.T, strict=True))


def write_scannet(folder: Path) -> Path:
    scene = folder / "scans" / "scene0000_00"
    scene.mkdir(parents=True)
    write_ply(scene / "scene0000_00_vh_clean_2.ply", room())
    segments = {"segIndices": np.repeat([5, 6, 7, 8], 100).tolist()}
    (scene / "scene0000_00_vh_clean_2.0.010000.segs.json").write_text(json.dumps(segments))
    groups = [("office chair", [5]), ("wall", [6]), ("object", [7]), ("office chair", [5])]
    told = {"segGroups": [{"objectId": k, "label": n, "segments": s} for k, (n, s) in enumerate(groups)]}
    (scene / "scene0000_00.aggregation.json").write_text(json.dumps(told))
    return folder


def test_scannet(tmp_path: Path) -> None:
    scene = only(write_scannet(tmp_path), "scannet")
    assert scene.name == "scene0000_00" and scene.up == (0, 0, 1)
    assert scene.ids.tolist() == [0] * 100 + [NOTHING] * 100 + [1] * 100 + [NOTHING] * 100
    assert names(scene) == {0: "office chair", 1: None}
    (tmp_path / "scannetv2-labels.combined.tsv").write_text("raw_category\tnyu40class\noffice chair\tchair\n")
    assert names(only(tmp_path, "scannet")) == {0: "chair", 1: None}
    assert names(only(tmp_path / "scans", "scannet")) == {0: "office chair", 1: None}


def test_scannet_with_classes_alone(tmp_path: Path) -> None:
    scene = tmp_path / "scene0001_00"
    scene.mkdir()
    columns = room()
    write_ply(scene / "scene0001_00_vh_clean_2.ply", columns)
    label = np.repeat([5, 2, 5, 40], 100).astype(np.uint16)  # chair, floor, another chair, otherprop
    write_ply(scene / "scene0001_00_vh_clean_2.labels.ply", {**columns, "label": label})
    read = only(tmp_path, "scannet")
    assert names(read) == {0: "chair", 1: "chair", 2: None}
    assert read.ids.tolist() == [0] * 100 + [NOTHING] * 100 + [1] * 100 + [2] * 100


# SUN RGB-D


def write_sunrgbd(folder: Path, degrees: float = 20.0) -> tuple[Path, np.ndarray]:
    """A camera that looks down so far on a wall, and a box about a place on it; also the place, in the camera's frame."""
    frame = folder / "kv1" / "NYU0001"
    for name in ("depth", "extrinsics", "annotation3Dfinal"):
        (frame / name).mkdir(parents=True)
    millimetres = np.full((48, 64), 2000, np.uint16)
    Image.fromarray((millimetres << 3) | (millimetres >> 13)).save(frame / "depth" / "0.png")
    (frame / "intrinsics.txt").write_text("60 0 32\n0 60 24\n0 0 1\n")
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    upright = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    rows = np.column_stack([upright, np.zeros(3)])
    (frame / "extrinsics" / "0.txt").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    x, y, z = upright @ (0.2, 0.1, 2.0)
    polygon = {"X": [x - 0.3, x + 0.3, x + 0.3, x - 0.3], "Z": [z - 0.2, z - 0.2, z + 0.2, z + 0.2]}
    polygon |= {"Ymin": y - 0.25, "Ymax": y + 0.25, "rectangle": 1}
    objects = [None, {"name": "night_stand:occluded", "polygon": [polygon]}, {"name": "wall", "polygon": [polygon]}]
    (frame / "annotation3Dfinal" / "index.json").write_text(json.dumps({"objects": objects}))
    return frame, np.array([0.2, 0.1, 2.0])


def test_sunrgbd(tmp_path: Path) -> None:
    frame, place = write_sunrgbd(tmp_path)
    scene = only(tmp_path, "sunrgbd")
    assert scene.name == "kv1/NYU0001" and list(names(scene).values()) == ["night stand"]
    assert len(scene.cloud) == 48 * 64 and scene.cloud.xyz[:, 2] == pytest.approx(2.0, abs=1e-3)
    (box,) = scene.boxes(np.array(scene.up))
    assert box.center == pytest.approx(place.tolist(), abs=1e-9)
    assert box.size == pytest.approx((0.6, 0.4, 0.5))
    assert box.axes()[:, 2] == pytest.approx(scene.up)
    assert scene.up == pytest.approx((0, -np.cos(np.radians(20)), -np.sin(np.radians(20))))
    own = (scene.cloud.xyz - place) @ box.axes()
    assert ((scene.ids == 0) == (np.abs(own) <= np.array(box.size) / 2).all(axis=1)).all()
    assert (scene.ids == 0).sum() > 100
    assert only(frame, "sunrgbd").name == "NYU0001"


# Plain


def write_instances(folder: Path, content: object, ids: np.ndarray | None = None) -> Path:
    xyz = np.array([[0, 0, 0.5], [1, 0, 0.5], [1.2, 0, 0.5], [5, 5, 5]], np.float32)
    np.savetxt(folder / "kitchen.xyz", xyz)
    (folder / "kitchen.json").write_text(json.dumps(content))
    if ids is not None:
        np.save(folder / "kitchen.segments.npy", ids)
    return folder


def boxed(centre: list[float], size: list[float]) -> dict[str, list[float]]:
    return {"center": centre, "size": size}


def test_boxes_tell_whose_points_are_whose(tmp_path: Path) -> None:
    objects = [
        {"label": "table", "box": boxed([0.5, 0, 0.5], [4, 1, 1])},
        {"label": "mug", "box": {**boxed([1, 0, 0.5], [0.1, 0.1, 0.1]), "quaternion": [0, 0, 0, 1]}},
        {"label": "nothing there", "box": boxed([9, 9, 9], [1, 1, 1])},
    ]
    scene = only(write_instances(tmp_path, {"up": [0, 0, 2], "objects": objects}), "instances")
    assert scene.ids.tolist() == [0, 1, 0, NOTHING] and scene.up == (0, 0, 1)
    assert names(scene) == {0: "table", 1: "mug"}
    assert scene.boxes(np.array([0, 0, 1.0]))[1].size == (0.1, 0.1, 0.1)


def test_ids_of_points(tmp_path: Path) -> None:
    content = {"objects": [{"label": "mug"}, {"label": None}]}
    scene = only(write_instances(tmp_path, content, np.array([0, 1, UNTOLD, NOTHING])), "instances")
    assert scene.ids.tolist() == [0, 1, UNTOLD, NOTHING] and names(scene) == {0: "mug", 1: None}
    short = only(write_instances(tmp_path, {"names": {"3": "mug"}}, np.array([3, 3, -1, -1])), "instances")
    assert names(short) == {3: "mug"} and short.up is None


# What is said of broken ones


def _osd(change: Callable[[Path], None]) -> Callable[[Path], tuple[Path, str]]:
    def make(folder: Path) -> tuple[Path, str]:
        change(write_osd(folder))
        return folder, "osd"

    return make


def _scannet(change: Callable[[Path], None]) -> Callable[[Path], tuple[Path, str]]:
    def make(folder: Path) -> tuple[Path, str]:
        change(write_scannet(folder) / "scans" / "scene0000_00")
        return folder, "scannet"

    return make


def _sunrgbd(change: Callable[[Path], None]) -> Callable[[Path], tuple[Path, str]]:
    def make(folder: Path) -> tuple[Path, str]:
        change(write_sunrgbd(folder)[0])
        return folder, "sunrgbd"

    return make


def _plain(content: object, ids: np.ndarray | None = None) -> Callable[[Path], tuple[Path, str]]:
    return lambda folder: (write_instances(folder, content, ids), "instances")


def text(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


BROKEN = {
    "no layout": (lambda folder: (folder, "ods"), "layout 'ods' is not known, did you mean 'osd'"),
    "no folder": (lambda folder: (folder / "no", "osd"), "no: is no folder; name the one that holds"),
    "no scene": (lambda folder: (folder, "osd"), r"holds no scene of this layout; expected \*.pcd with a field label"),
    "no label": (
        _osd(text("test1.pcd", PCD.format(fields="a x y z", types="U F F F", n=1) + "1 1 1 1\n")),
        "test1.pcd: has no field label. Fields found: a, x, y, z",
    ),
    "damaged PCD": (_osd(text("test1.pcd", "nothing")), "test1.pcd: is not a PCD file"),
    "columns": (_osd(text("names.csv", "scene,name\n")), "names.csv: columns scene, object, name are needed"),
    "objects": (_osd(text("names.csv", "scene,object,name\na,two,b\n")), "names.csv: the column object must hold"),
    "segments": (
        _scannet(text("scene0000_00_vh_clean_2.0.010000.segs.json", '{"segIndices": [1]}')),
        "has 400 vertices, but its segs.json gives segments for 1",
    ),
    "groups": (
        _scannet(text("scene0000_00.aggregation.json", '{"segGroups": [{}]}')),
        "aggregation.json: a group lacks segments or label",
    ),
    "camera": (_sunrgbd(text("intrinsics.txt", "1 2")), "intrinsics.txt: holds 2 numbers; 9 finite ones are expected"),
    "words": (_sunrgbd(text("intrinsics.txt", "f")), "intrinsics.txt: must hold numbers alone"),
    "no depth": (_sunrgbd(lambda frame: (frame / "depth" / "0.png").unlink()), "expected depth/"),
    "no picture": (_sunrgbd(text("depth/0.png", "x")), "0.png: is not an image"),
    "no rotation": (_sunrgbd(text("extrinsics/0.txt", "1 " * 12)), "must be a rotation"),
    "polygon": (
        _sunrgbd(text("annotation3Dfinal/index.json", '{"objects": [{"name": "a", "polygon": [{"X": 1}]}]}')),
        "index.json: a polygon needs X, Z, Ymin and Ymax",
    ),
    "no list": (_sunrgbd(text("annotation3Dfinal/index.json", "{}")), "index.json: has no list 'objects'"),
    "no objects": (_plain({"things": []}), 'kitchen.json: needs a list "objects", or "names"'),
    "no dictionary": (_plain({"objects": [3]}), 'kitchen.json: object 0 must hold "label" and "box", got 3'),
    "label": (_plain({"objects": [{"label": 3}]}), "kitchen.json: a label must be a text, or null"),
    "keys": (_plain({"names": {"a": "mug"}}), "the keys of \"names\" must be whole numbers from 0, got 'a'"),
    "no box": (_plain({"objects": [{"label": "mug"}]}), "an object has no box, and no kitchen.segments.npy tells"),
    "size": (
        _plain({"objects": [{"label": "a", "box": boxed([0, 0, 0], [0, 1, 1])}]}),
        "the box of object 0 needs center and size, three finite numbers each",
    ),
    "up": (_plain({"up": [0, 0], "names": {"0": "a"}}, np.zeros(4, int)), '"up" must be a direction of three numbers'),
    "length": (_plain({"names": {"0": "a"}}, np.zeros(3, int)), r"whole numbers of shape \(4,\) are needed"),
    "unlisted": (
        _plain({"names": {"0": "a"}}, np.ones(4, int)),
        "has points of object 1, which its JSON does not list",
    ),
    "negative": (_plain({"names": {"0": "a"}}, np.full(4, -3)), "holds -3; ids are 0 and more"),
}


@pytest.mark.parametrize("make", BROKEN)
def test_what_is_wrong_is_said_in_one_sentence(make: str, tmp_path: Path) -> None:
    write, message = BROKEN[make]
    folder, layout = write(tmp_path)  # type: ignore[operator]
    with pytest.raises(DataError, match=message) as told:
        list(read_annotated(folder, layout).each)
    assert "\n" not in str(told.value)
    assert isinstance(told.value, Cg3dError)
