"""Packing: deterministic, resumable, patient with bad objects, and the command line as a user runs it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.data.built_in import parametric_objects
from cg3d.data.formats.objects import ObjectFile
from cg3d.data.pack import list_objects, pack
from cg3d.data.samples import ObjectInfo, SampleSpec, SourceObject, safe_id
from cg3d.data.shards import INDEX, Dataset
from cg3d.data.surface import Surface
from cg3d_runtime.errors import DataError

SPEC = SampleSpec(points=64, views=2, image_size=32, drawn_points=256)
SMALL = ["--points", "32", "--views", "1", "--image-size", "32", "--workers", "1"]
SIXTEEN = parametric_objects(4, categories=["mug", "bowl", "chair", "ladder"])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def write_clouds(folder: Path, names: Sequence[str], points: int = 40) -> list[SourceObject]:
    """A folder source with one small cloud a label."""
    for seed, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        np.save(folder / name / "a.npy", np.random.default_rng(seed).normal(size=(points, 3)).astype(np.float32))
    return list_objects(str(folder), "objects")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed")
    pack(SIXTEEN, out, SPEC, shard_size=6, workers=1)
    return out


def test_packed_objects(packed: Path) -> None:
    dataset = Dataset.open(packed)
    assert sorted(contents(packed)) == [INDEX, "shard-000000.tar", "shard-000001.tar", "shard-000002.tar"]
    assert len(dataset) == 16 and dataset.labels == ["bowl", "chair", "ladder", "mug"]
    sample = dataset[0]
    assert sample.points.shape == (64, 6) and sample.views.shape == (2, 32, 32, 3)
    assert sample.has_colour and sample.info.licence == "Apache-2.0"


def test_manifest_tells_what_is_inside(packed: Path) -> None:
    index = json.loads((packed / INDEX).read_bytes())
    told = {"points": 64, "views": 2, "image_size": 32, "renderer": "torch", "up": "y", "count": 16, "skipped": {}}
    assert told.items() <= index.items()
    assert index["licences"] == {"Apache-2.0": 16} and index["units"] == {"m": 16} and index["colour"] == {"own": 16}
    assert index["sets"] == {"parametric": 16} and index["splits"] == {"none": 16}
    assert index["labels"] == {"bowl": 4, "chair": 4, "ladder": 4, "mug": 4}
    assert [shard["bytes"] for shard in index["shards"]] == [
        (packed / shard["file"]).stat().st_size for shard in index["shards"]
    ]


def test_bytes_do_not_depend_on_workers(packed: Path, tmp_path: Path) -> None:
    pack(SIXTEEN, tmp_path, SPEC, shard_size=6, workers=2)
    assert contents(tmp_path) == contents(packed)


def test_complete_folder_is_left_alone(packed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in packed.iterdir()}
    calls: list[tuple[int, int]] = []
    pack(SIXTEEN, packed, SPEC, shard_size=6, workers=1, progress=lambda *done: calls.append(done))
    assert {path: path.stat().st_mtime_ns for path in packed.iterdir()} == before
    assert calls == []


def stopped(out: Path, at: int, objects: Sequence[SourceObject] = SIXTEEN, **options: bool) -> None:
    """A pack of shards of six that was interrupted after `at` objects."""

    def stop(done: int, total: int) -> None:
        if done >= at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(objects, out, SPEC, shard_size=6, workers=1, progress=stop, **options)


def test_started_folder_is_finished(packed: Path, tmp_path: Path) -> None:
    stopped(tmp_path, at=12)
    (tmp_path / ".shard-000002.tar.abc").write_bytes(b"half")  # what a killed write leaves
    kept = (tmp_path / "shard-000000.tar").stat().st_mtime_ns
    calls: list[tuple[int, int]] = []
    pack(SIXTEEN, tmp_path, SPEC, shard_size=6, workers=1, progress=lambda *done: calls.append(done))
    assert contents(tmp_path) == contents(packed)
    assert (tmp_path / "shard-000000.tar").stat().st_mtime_ns == kept
    assert calls == [(12, 16), (16, 16)]


@pytest.mark.slow
def test_killed_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL once two shards are there: the command repeated finishes, as if nothing had been."""
    command = [sys.executable, "-m", "cg3d", "data", "synth", "3", "--categories", "mug,bowl,chair,sofa", *SMALL]
    command += ["--shard-size", "2", "--out"]
    killed = subprocess.Popen([*command, str(tmp_path / "a")], stderr=subprocess.DEVNULL, start_new_session=True)
    while len(list(tmp_path.glob("a/shard-*.tar"))) < 2:
        time.sleep(0.01)
        assert killed.poll() is None
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "a" / INDEX).exists()
    for folder in ("a", "b"):
        subprocess.run([*command, str(tmp_path / folder)], check=True, capture_output=True)
    assert contents(tmp_path / "a") == contents(tmp_path / "b") and len(contents(tmp_path / "b")) == 7


def test_other_data_is_never_overwritten(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="was packed from another source, or what it lists has changed"):
        pack(parametric_objects(1, categories=["mug"]), packed, SPEC, shard_size=6, workers=1)
    with pytest.raises(DataError, match="was packed with other options"):
        pack(SIXTEEN, packed, SampleSpec(), shard_size=6, workers=1)
    (tmp_path / "shard-000000.tar").write_bytes((packed / "shard-000001.tar").read_bytes())
    with pytest.raises(DataError, match="holds shards of which nothing tells how they were made"):
        pack(SIXTEEN, tmp_path, SPEC, shard_size=6, workers=1)


def test_sources_with_the_same_ids_are_told_apart(tmp_path: Path) -> None:
    """A corrected table, or another release of the same shapes, is never taken for what was packed."""
    rows = "id,path,name,up\na,a.npy,{},{}\n"
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32))
    for changed in (("mug", "y"), ("cup", "z")):
        (tmp_path / "objects.csv").write_text(rows.format("mug", "z"))
        before, out = list_objects(str(tmp_path), "objects"), tmp_path / f"out-{changed[0]}"
        (tmp_path / "objects.csv").write_text(rows.format(*changed))
        after = list_objects(str(tmp_path), "objects")
        stopped(out, at=0, objects=before)
        with pytest.raises(DataError, match="was begun with another source or other options"):
            pack(after, out, SPEC, shard_size=6, workers=1)
        pack(before, out, SPEC, shard_size=6, workers=1)
        with pytest.raises(DataError, match="was packed from another source"):
            pack(after, out, SPEC, shard_size=6, workers=1)


def test_a_source_may_move(tmp_path: Path) -> None:
    write_clouds(tmp_path / "in", ["mug", "bowl"])
    stopped(tmp_path / "out", at=0, objects=list_objects(str(tmp_path / "in"), "objects"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "in").rename(tmp_path / "elsewhere" / "in")
    moved = list_objects(str(tmp_path / "elsewhere" / "in"), "objects")
    assert len(pack(moved, tmp_path / "out", SPEC, shard_size=6, workers=1)) == 2


def test_a_started_folder_keeps_its_options(tmp_path: Path) -> None:
    stopped(tmp_path, at=6)
    other = SampleSpec(points=32, views=2, image_size=32, drawn_points=256)
    with pytest.raises(DataError, match=r"was begun with another source or other options than points 32.*delete it"):
        pack(SIXTEEN, tmp_path, other, shard_size=6, workers=1)


def test_an_object_with_a_fault_that_nobody_thought_of_is_named(tmp_path: Path) -> None:
    class Odd(ObjectFile):
        def surface(self, count: int, rng: np.random.Generator) -> Surface:
            raise ZeroDivisionError("by chance")

    odd = Odd(ObjectInfo("odd", "mug", ("a mug",)), Path(__file__), None)
    with pytest.raises(DataError, match=r"object odd cannot be read: ZeroDivisionError\('by chance'\)"):
        pack([odd], tmp_path / "out", SPEC, workers=1)


def test_unreadable_object_stops_the_pack_and_leaves_no_index(tmp_path: Path) -> None:
    (tmp_path / "in" / "mug").mkdir(parents=True)
    (tmp_path / "in" / "mug" / "broken.stl").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"object mug-broken cannot be read: .*broken\.stl: "):
        pack(list_objects(str(tmp_path / "in"), "objects"), tmp_path / "out", SPEC, workers=1)
    assert not (tmp_path / "out" / INDEX).exists()


def test_bad_objects_are_skipped_and_counted_where_one_says_so(tmp_path: Path) -> None:
    objects = write_clouds(tmp_path / "in", ["mug", "bowl", "vase", "lamp"])
    (tmp_path / "in" / "vase" / "a.npy").write_bytes(b"nothing")
    np.save(tmp_path / "in" / "lamp" / "a.npy", np.ones((3, 3), np.float32))
    options = {"skip_bad": True, "shard_size": 2}
    for workers in (1, 2):
        dataset = pack(objects, tmp_path / f"out{workers}", SPEC, workers=workers, **options)
    assert dataset.labels == ["bowl", "mug"] and list(dataset.index["skipped"]) == ["lamp-a", "vase-a"]
    assert "1 distinct finite points, at least 16 are needed" in dataset.index["skipped"]["lamp-a"]
    assert "a.npy" in dataset.index["skipped"]["vase-a"]
    assert contents(tmp_path / "out1") == contents(tmp_path / "out2")
    assert len(pack(objects, tmp_path / "out1", SPEC, workers=1, **options)) == 2  # complete: nothing to do
    with pytest.raises(DataError, match="was packed with --skip-bad and lacks 2 objects"):
        pack(objects, tmp_path / "out1", SPEC, workers=1, shard_size=2)


def test_skipped_objects_survive_a_stop(tmp_path: Path) -> None:
    objects = write_clouds(tmp_path / "in", ["mug", "bowl", "vase", "lamp"])
    (tmp_path / "in" / "vase" / "a.npy").write_bytes(b"nothing")
    stopped(tmp_path / "out", at=4, objects=objects, skip_bad=True)
    assert len(list((tmp_path / "out").glob("*.skipped.json"))) == 1
    dataset = pack(objects, tmp_path / "out", SPEC, skip_bad=True, shard_size=6, workers=1)
    assert len(dataset) == 3 and list(dataset.index["skipped"]) == ["vase-a"]
    assert sorted(contents(tmp_path / "out")) == [INDEX, "shard-000000.tar"]


def test_nothing_but_bad_objects_is_an_error(tmp_path: Path) -> None:
    objects = write_clouds(tmp_path / "in", ["mug"], points=3)
    with pytest.raises(DataError, match=r"none of the 1 objects can be read\. The first: object mug-a cannot be read"):
        pack(objects, tmp_path / "out", SPEC, skip_bad=True, workers=1)


def test_faults_that_show_at_once_are_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "objects.csv").write_text("id,path,name\na,a.npy,mug\nb,b.npy,bowl\n")
    objects = list_objects(str(tmp_path), "objects")
    with pytest.raises(
        DataError, match=r"a\.npy: object a is not there\. 1 more objects have faults like this\. --skip"
    ):
        pack(objects, tmp_path / "out", SPEC, workers=1)
    assert not (tmp_path / "out").exists()


def test_a_renderer_that_is_not_there_stops_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch3d", None)
    objects = write_clouds(tmp_path / "in", ["mug"])
    spec = SampleSpec(points=64, views=1, image_size=32, drawn_points=64, renderer="pytorch3d")
    with pytest.raises(DataError, match="renderer pytorch3d needs PyTorch3D"):
        pack(objects, tmp_path / "out", spec, skip_bad=True, workers=1)
    assert not (tmp_path / "out").exists()


def test_only_one_split(tmp_path: Path) -> None:
    rows = ["id,path,name,split", "a,a.npy,mug,train", "b,a.npy,mug,test", "c,a.npy,mug,"]
    (tmp_path / "objects.csv").write_text("\n".join(rows))
    assert [each.info.id for each in list_objects(str(tmp_path), "objects", "test")] == ["b"]
    assert len(list_objects(str(tmp_path), "objects")) == 3
    with pytest.raises(DataError, match=r"no object of split 'val'\. Objects by split: none: 1, test: 1, train: 1"):
        list_objects(str(tmp_path), "objects", "val")


def test_a_bad_line_of_another_split_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.json").write_text('[{"synsetId": "1", "name": "mug"}]')
    (tmp_path / "train.txt").write_text("2-a.npy\n")
    (tmp_path / "test.txt").write_text("1-b.npy\n2-c.npy\n")
    assert [each.info.id for each in list_objects(str(tmp_path), "shapenet55", "test")] == ["1-b", "2-c"]


def test_ids_are_unique(tmp_path: Path) -> None:
    (tmp_path / "objects.csv").write_text("id,path,name\na,a.npy,mug\na,b.npy,bowl\n")
    with pytest.raises(DataError, match="id a is used by more than one object"):
        list_objects(str(tmp_path), "objects")


def test_unknown_format_lists_the_known() -> None:
    with pytest.raises(DataError, match=r"format 'zip' is not known\. Known: objects, modelnet40-txt"):
        list_objects("x", "zip")


@pytest.mark.parametrize(
    ("text", "own_id"),
    [
        ("mug-1", "mug-1"),
        ("tea pot", "tea_pot-6bc8f453"),
        ("größe", "gr__e-d353a267"),
        ("x" * 91, f"{'x' * 81}-87b88e4e"),
    ],
)
def test_ids_lose_nothing_unnoticed(text: str, own_id: str) -> None:
    assert safe_id(text) == own_id and len(own_id) <= 90


def test_names_in_any_script_with_any_sign(tmp_path: Path) -> None:
    names = ['6" pan, "large"', "Tasse für Kaffee", "マグカップ", "it's a mug"]
    objects = write_clouds(tmp_path / "in", names)
    with (tmp_path / "objects.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("id", "path", "name"), *((f"n{k}", f"in/{n}/a.npy", n) for k, n in enumerate(names))]
        )
    for source in (objects, list_objects(str(tmp_path), "objects")):
        out = tmp_path / f"out-{source[0].info.id}"
        dataset = pack(source, out, SPEC, workers=1)
        assert list(dataset.labels) == sorted(names) and Dataset.open(out).labels == sorted(names)


def test_command_line(tmp_path: Path) -> None:
    run = CliRunner()
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    packed = run.invoke(app, ["data", "synth", "2", "--categories", "mug, bowl", "--out", str(out), *SMALL])
    assert packed.exit_code == 0, packed.output
    assert f"{out}: 4 objects, 2 labels, 1 shards" in packed.output
    shown = run.invoke(app, ["data", "show", str(out), "--sheet", str(sheet), "--objects", "3"])
    assert shown.exit_code == 0, shown.output
    for line in (
        "     2  mug",
        "     4  objects of 2 labels",
        "licences: Apache-2.0 4",
        "colour: own 4",
        "splits: none 4",
    ):
        assert line in shown.output.splitlines()
    with Image.open(sheet) as image:
        assert image.size == (4 * 390, 150)
        pixels = np.asarray(image)
    assert (
        all((pixels[:128, 390 * k : 390 * k + 128] < 250).any() for k in range(3)) and (pixels[:, 1170:] == 255).all()
    )


def test_command_line_without_colour_and_unknown_categories(tmp_path: Path) -> None:
    run = CliRunner()
    bare = ["data", "synth", "1", "--categories", "mug", "--no-colour", "--out", str(tmp_path / "bare"), *SMALL]
    assert run.invoke(app, bare).exit_code == 0
    assert Dataset.open(tmp_path / "bare").index["colour"] == {"fill": 1}
    wrong = run.invoke(app, ["data", "synth", "1", "--categories", "mgu", "--out", str(tmp_path / "x"), *SMALL])
    assert wrong.exit_code == 2 and "mug" in wrong.output
    listed = run.invoke(app, ["data", "formats"])
    assert "objects, modelnet40-txt" in listed.output and "mug" in listed.output


def test_command_line_tells_what_it_skipped(tmp_path: Path) -> None:
    write_clouds(tmp_path / "in", ["mug", "bowl"])
    (tmp_path / "in" / "mug" / "a.npy").write_bytes(b"nothing")
    command = ["data", "pack", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *SMALL]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2 and "object mug-a cannot be read" in refused.output
    told = CliRunner().invoke(app, [*command, "--skip-bad"])
    assert told.exit_code == 0 and "1 objects could not be read; dataset.json lists them all" in told.output
    assert "skipped: object mug-a cannot be read" in told.output


def test_command_line_tells_of_places_that_cannot_be_written(tmp_path: Path) -> None:
    write_clouds(tmp_path / "in", ["mug"])
    (tmp_path / "file").write_bytes(b"")
    packed = CliRunner().invoke(app, ["data", "pack", str(tmp_path / "in"), "--out", str(tmp_path / "file"), *SMALL])
    assert packed.exit_code == 2 and packed.output.endswith("file: File exists.\n")
    good = ["data", "pack", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *SMALL]
    assert CliRunner().invoke(app, good).exit_code == 0
    sheet = str(tmp_path / "nowhere" / "sheet.png")
    shown = CliRunner().invoke(app, ["data", "show", str(tmp_path / "out"), "--sheet", sheet])
    assert shown.exit_code == 2 and "No such file or directory" in shown.output


@pytest.mark.slow
def test_shared_objects_pack(shared_data: Path, tmp_path: Path) -> None:
    """Every twentieth of the real objects."""
    lines = (shared_data / "objects.csv").read_text("utf-8").splitlines()
    (tmp_path / "objects").symlink_to(shared_data / "objects")
    (tmp_path / "objects.csv").write_text("\n".join(lines[:1] + lines[1::20]) + "\n", "utf-8")
    dataset = pack(list_objects(str(tmp_path), "objects"), tmp_path / "out", SPEC, workers=1)
    assert len(dataset) == 77
    assert all(np.isfinite(sample.points).all() and (sample.views < 250).any() for sample in dataset)
