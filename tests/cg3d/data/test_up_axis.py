"""`cg3d data pack --up`: files of programs that write y up stand upright, and the pack tells which axis it took."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.data.pack import list_objects
from cg3d.data.shards import Dataset
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import DataError

SMALL = ["--points", "256", "--views", "1", "--image-size", "32", "--workers", "1"]


def write_cone(path: Path, up: str = "y") -> None:
    """A cone of height 3 and radius 1 whose tip points along an axis of its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mesh = trimesh.creation.cone(1, 3)
    axis = np.eye(3)["xyz".index(up[-1])] * (-1 if up.startswith("-") else 1)
    mesh.apply_transform(trimesh.geometry.align_vectors([0, 0, 1], axis))
    mesh.export(path)


def pack(source: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["data", "pack", str(source), "--out", str(out), *SMALL, *options])


def stands(points: np.ndarray) -> bool:
    """Whether a packed cone is 3 high along y with its tip on top: most of its surface is in the lower half."""
    height = points[:, 1]
    return bool(abs(np.ptp(height) - 3) < 0.3 and np.median(height) < (height.min() + height.max()) / 2)


@pytest.mark.parametrize("up", UP_AXES)
@pytest.mark.parametrize("suffix", ["obj", "stl", "off", "ply"])
def test_every_axis_of_every_format(tmp_path: Path, up: str, suffix: str) -> None:
    write_cone(tmp_path / "t" / "cone" / f"a.{suffix}", up)
    (only,) = list_objects(str(tmp_path / "t"), "objects", up=up)
    assert stands(only.surface(1000, np.random.default_rng(0)).xyz)


@pytest.mark.parametrize("suffix", ["npy", "xyz"])
def test_scans_too(tmp_path: Path, suffix: str) -> None:
    write_cone(tmp_path / "a.obj")
    xyz = trimesh.load(tmp_path / "a.obj").sample(500, seed=0)
    (tmp_path / "t" / "cone").mkdir(parents=True)
    place = tmp_path / "t" / "cone" / f"a.{suffix}"
    np.save(place, xyz.astype(np.float32)) if suffix == "npy" else np.savetxt(place, xyz)
    (only,) = list_objects(str(tmp_path / "t"), "objects", up="y")
    assert stands(only.surface(500, np.random.default_rng(0)).xyz)


def test_a_folder_of_y_up_files(tmp_path: Path) -> None:
    write_cone(tmp_path / "t" / "cone" / "a.obj")
    told = pack(tmp_path / "t", tmp_path / "lying")
    assert told.exit_code == 0, told.output
    assert "1 objects read as z up; look at the contact sheet, or say --up y" in told.output
    assert not stands(Dataset.open(tmp_path / "lying")[0].points)
    told = pack(tmp_path / "t", tmp_path / "standing", "--up", "y")
    assert "1 objects read as y up; look at the contact sheet" in told.output and "say --up" not in told.output
    assert stands(Dataset.open(tmp_path / "standing")[0].points)


def test_gltf_beside_obj_of_one_label(tmp_path: Path) -> None:
    """glTF says its axis itself, whatever --up says of the others."""
    write_cone(tmp_path / "t" / "cone" / "a.glb")
    write_cone(tmp_path / "t" / "cone" / "b.obj")
    write_cone(tmp_path / "t" / "cone" / "c.stl")
    told = pack(tmp_path / "t", tmp_path / "out", "--up", "y")
    assert "3 objects read as y up; look at the contact sheet" in told.output
    assert all(stands(sample.points) for sample in Dataset.open(tmp_path / "out"))
    told = pack(tmp_path / "t", tmp_path / "z")
    assert "1 objects read as y up; 2 objects read as z up; look at the contact sheet, or say --up y" in told.output
    told = pack(tmp_path / "t", tmp_path / "minus", "--up", "-x")
    assert "2 objects read as -x up; 1 objects read as y up; look at the contact sheet" in told.output


def test_the_column_of_a_table_wins(tmp_path: Path) -> None:
    write_cone(tmp_path / "a.obj", "x")
    write_cone(tmp_path / "b.obj", "y")
    table = tmp_path / "objects.csv"
    table.write_text("id,path,name,up\na,a.obj,cone,x\nb,b.obj,cone,\n")
    told = pack(table, tmp_path / "out", "--up", "y")
    assert "1 objects read as x up; 1 objects read as y up; look at the contact sheet" in told.output
    assert all(stands(sample.points) for sample in Dataset.open(tmp_path / "out"))


def test_skipped_objects_are_not_counted(tmp_path: Path) -> None:
    write_cone(tmp_path / "t" / "cone" / "a.obj")
    (tmp_path / "t" / "cone" / "b.obj").write_text("v 0 0 0\n")
    told = pack(tmp_path / "t", tmp_path / "out", "--skip-bad")
    assert told.exit_code == 0 and "1 objects read as z up" in told.output


def test_another_axis_is_another_pack(tmp_path: Path) -> None:
    write_cone(tmp_path / "t" / "cone" / "a.obj")
    assert pack(tmp_path / "t", tmp_path / "out").exit_code == 0
    again = pack(tmp_path / "t", tmp_path / "out", "--up", "y")
    assert again.exit_code == 2 and "was packed from another source" in again.output


def test_what_is_no_axis_and_where_none_is_taken(tmp_path: Path) -> None:
    write_cone(tmp_path / "t" / "cone" / "a.obj")
    with pytest.raises(DataError, match=r"--up 'up' is no axis; one of x, y, z, -x, -y, -z is needed"):
        list_objects(str(tmp_path / "t"), "objects", up="up")
    with pytest.raises(DataError, match=r"--up goes with --format objects alone: modelnet40-off knows which axis"):
        list_objects(str(tmp_path / "t"), "modelnet40-off", up="y")
