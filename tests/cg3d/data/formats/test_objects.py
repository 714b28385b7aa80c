"""Reading tables and folders of meshes and scans."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.formats.objects import ObjectFile, read_objects
from cg3d.data.pack import list_objects
from cg3d.data.samples import SampleSpec, make_sample, with_article
from cg3d_runtime.errors import DataError

# A pyramid, 2 high along its file's z axis (STL and OBJ: z up by convention).
PYRAMID_OBJ = """v -1 -1 0
v 1 -1 0
v 1 1 0
v -1 1 0
v 0 0 2
f 1 3 2
f 1 4 3
f 1 2 5
f 2 3 5
f 3 4 5
f 4 1 5
"""


def table(folder: Path, *rows: str, header: str = "id,path,name,caption,licence") -> Path:
    (folder / "a.obj").write_text(PYRAMID_OBJ)
    path = folder / "objects.csv"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def test_table(tmp_path: Path) -> None:
    path = table(tmp_path, "p-1,a.obj,pyramid,A small pyramid.,CC0-1.0", "p_2,a.obj,airplane,,")
    for source in (path, tmp_path):
        first, second = read_objects(str(source))
        assert first.info.label == "pyramid" and first.info.licence == "CC0-1.0" and first.info.units == "unit"
        assert first.info.captions == ("a pyramid", "A small pyramid")
        assert second.info.captions == ("an airplane",) and second.info.licence == "unknown"


@pytest.mark.parametrize(("up", "tall"), [("", 1), ("z", 1), ("y", 2), ("-z", 1)])
def test_surfaces_stand_y_up(tmp_path: Path, up: str, tall: int) -> None:
    source = read_objects(str(table(tmp_path, f"p,a.obj,pyramid,{up}", header="id,path,name,up")))[0]
    surface = source.surface(2000, np.random.default_rng(0))
    assert np.ptp(surface.xyz, axis=0)[tall] == pytest.approx(2, abs=0.1)
    assert surface.xyz.shape == surface.normals.shape == (2000, 3)
    assert np.linalg.norm(surface.normals, axis=1) == pytest.approx(1, abs=1e-5)


def test_normals_stand_on_their_faces(tmp_path: Path) -> None:
    surface = read_objects(str(table(tmp_path, "p,a.obj,pyramid,,")))[0].surface(500, np.random.default_rng(0))
    height_on_face = (surface.xyz * surface.normals).sum(axis=1)  # of a face's plane above the origin
    on_the_base, on_a_side = np.abs(height_on_face) < 1e-5, np.abs(np.abs(height_on_face) - 2 / np.sqrt(5)) < 1e-5
    assert (on_the_base | on_a_side).all() and 100 < on_the_base.sum() < 250


def test_folder_of_labels(tmp_path: Path) -> None:
    for name in ("tea_pot/first one.obj", "tea_pot/b.obj", "mug/b.obj", "mug/notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PYRAMID_OBJ)
    objects = read_objects(str(tmp_path))
    assert [each.info.id for each in objects] == ["mug-b", "tea_pot-b", "tea_pot-first_one-9b9de2ec"]
    assert objects[1].info.label == "tea pot" and objects[1].info.captions == ("a tea pot",)


def test_scan_files_are_objects_too(tmp_path: Path) -> None:
    cloud = np.random.default_rng(0).random((300, 6), dtype=np.float32)
    cloud[7, 1] = np.nan
    (tmp_path / "owl").mkdir()
    np.save(tmp_path / "owl" / "scan.npy", cloud)
    surface = read_objects(str(tmp_path))[0].surface(1000, np.random.default_rng(0))
    assert surface.normals is None and surface.rgb is not None
    assert sorted(surface.xyz[:, 1]) == pytest.approx(sorted(np.delete(cloud[:, 2], 7)))  # z of the file is up


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["q,b.obj,pyramid,,"], r"b\.obj: object q is not there"),
        (["p,a.obj,pyramid"], "line 2: the number of fields differs"),
        (["p,a.obj,pyramid,x,y,z"], "line 2: the number of fields differs"),
        (["p.1,a.obj,pyramid,,"], "line 2: id 'p.1' must be 1 to 90 letters"),
        (["p,a.obj, ,,"], "line 2: name is empty"),
        (["p,a.exe,pyramid,,"], r"line 2: a\.exe is no known format. Known: .*\.glb"),
    ],
)
def test_bad_rows_name_their_line(tmp_path: Path, rows: list[str], message: str) -> None:
    """They come with the good ones, so that they can be refused, or skipped and counted."""
    good, bad = read_objects(str(table(tmp_path, "good,a.obj,pyramid,,", *rows)))
    assert good.problem() is None and re.search(message.replace("line 2", "line 3"), bad.problem())
    with pytest.raises(DataError):
        make_sample(bad, SampleSpec())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,path,name\np,a.obj,café\n".encode("cp1252"), r"objects\.csv: is no UTF-8 text"),
        ("id,path,name\np,a.obj,mug\n".encode("utf-16"), r"objects\.csv: is no UTF-8 text"),
        (b"id,path,name\np,a.obj," + b"x" * 140_000 + b"\n", r"objects\.csv, line \d: is no row of a table"),
    ],
)
def test_tables_that_are_no_tables(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "objects.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_objects(str(tmp_path))


def test_clouds_that_training_could_not_use_are_refused_here(tmp_path: Path) -> None:
    """Few distinct points, and colours that are no numbers."""
    (tmp_path / "mug").mkdir()
    np.save(tmp_path / "mug" / "a.npy", np.repeat(np.eye(3, dtype=np.float32), 20, axis=0))
    cloud = np.random.default_rng(0).random((100, 6), dtype=np.float32)
    cloud[:50, 4] = np.nan
    np.save(tmp_path / "mug" / "b.npy", cloud)
    few, coloured = read_objects(str(tmp_path))
    with pytest.raises(DataError, match="3 distinct finite points, at least 16 are needed"):
        few.surface(100, np.random.default_rng(0))
    assert len(coloured.surface(100, np.random.default_rng(0)).xyz) == 50


def test_meshes_beyond_float32_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "p,a.obj,pyramid,,")
    (tmp_path / "a.obj").write_text(PYRAMID_OBJ.replace("0 0 2", "0 0 1e39"))
    with pytest.raises(DataError, match=r"a\.obj: "):
        read_objects(str(path))[0].surface(500, np.random.default_rng(0))


def test_bad_up_axis(tmp_path: Path) -> None:
    bad = read_objects(str(table(tmp_path, "p,a.obj,pyramid,w", header="id,path,name,up")))[0]
    assert "line 2: up is 'w'; one of x, y, z" in bad.problem()


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column path is missing\. Columns found: id, file, name"):
        read_objects(str(table(tmp_path, "p,a.obj,x", header="id,file,name")))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not found; a \.csv table or a folder"):
        read_objects(str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"holds neither objects\.csv nor <label>/<file>"):
        read_objects(str(tmp_path))


def test_damaged_mesh_is_named(tmp_path: Path) -> None:
    path = table(tmp_path, "p,a.obj,pyramid,,")
    (tmp_path / "a.obj").write_text("v 0 0 0\n")
    with pytest.raises(DataError, match=r"object p cannot be read: .*a\.obj: "):
        make_sample(read_objects(str(path))[0], SampleSpec())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mug", "a mug"),
        ("airplane", "an airplane"),
        ("scissors", "scissors"),
        ("pile of coins", "a pile of coins"),
        ("glass", "a glass"),
        ("cactus", "a cactus"),
    ],
)
def test_article(name: str, said: str) -> None:
    assert with_article(name) == said


def test_shared_objects_are_all_listed(shared_data: Path) -> None:
    objects = read_objects(str(shared_data))
    assert len(objects) == 1529
    colourless = next(each for each in objects if each.info.id == "contactdb-eyeglasses")
    assert colourless.surface(500, np.random.default_rng(0)).rgb is None


def write_all(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PYRAMID_OBJ)


def test_papers_beside_scans_are_no_scans(tmp_path: Path) -> None:
    write_all(tmp_path, "mug/a.obj", "mug/._a.obj")
    for name in ("readme.txt", "License.txt", "Credits.csv", "labels.txt"):
        (tmp_path / "mug" / name).write_text("These models were made by Kay, and are free.\nmug\nbowl\n")
    (tmp_path / "mug" / "scan.txt").write_text("0 0 0\n1 2 3\n")
    assert [each.info.id for each in read_objects(str(tmp_path))] == ["mug-a", "mug-scan"]


def test_labels_beside_scans_are_told_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_all(tmp_path, "mug/a.obj", "label maker/a.obj")
    (tmp_path / "mug" / "a.txt").write_text("0\n1\n1\n0\n1\n")
    np.save(tmp_path / "mug" / "b.npy", np.zeros(5, np.int64))
    np.save(tmp_path / "mug" / "c.npy", np.eye(3))
    (tmp_path / "label maker" / "b.txt").write_text("0 0 0\n1 2 3\n")  # a folder is what its things are called
    found = [(each.info.label, each.path.name) for each in read_objects(str(tmp_path)) if isinstance(each, ObjectFile)]
    assert found == [("label maker", "a.obj"), ("label maker", "b.txt"), ("mug", "a.obj"), ("mug", "c.npy")]
    (told,) = caplog.messages
    assert told.startswith("left out") and "mug/a.txt" in told and "mug/b.npy" in told


def test_a_folder_of_nothing_but_labels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mug").mkdir()
    np.save(tmp_path / "mug" / "b.npy", np.zeros(5, np.int64))
    with pytest.raises(DataError, match="holds neither"):
        read_objects(str(tmp_path))


def test_one_object_in_two_formats(tmp_path: Path) -> None:
    write_all(tmp_path, "mug/a.glb", "mug/a.obj")
    with pytest.raises(DataError, match=r"mug/a\.glb and a\.obj are one object in two formats; keep one format"):
        read_objects(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("chair/train/chair_0001.off", r"say --format modelnet40-off or modelnet10-off"),
        ("a.obj", r"a\.obj lies in the folder itself: put it into a subfolder that is named as its label"),
        ("mug/new/a.obj", r"mug/new/a\.obj lies one folder too deep"),
    ],
)
def test_other_layouts_get_a_hint(tmp_path: Path, name: str, hint: str) -> None:
    write_all(tmp_path, name)
    with pytest.raises(DataError, match=rf"holds neither objects\.csv nor <label>/<file>.*{hint}"):
        read_objects(str(tmp_path))


def test_ids_may_repeat_in_other_splits(tmp_path: Path) -> None:
    rows = ("a,a.obj,mug,train", "a,a.obj,mug,test", "b,a.obj,mug,train")
    source = str(table(tmp_path, *rows, header="id,path,name,split"))
    assert [each.info.id for each in list_objects(source, "objects", "test")] == ["a"]
    with pytest.raises(DataError, match="id a is used by more than one object"):
        list_objects(source, "objects")
