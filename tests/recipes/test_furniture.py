"""Sweet Home 3D's catalogue as named objects in metres."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

trimesh = pytest.importorskip("trimesh")
RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "cg3d-mini"
sys.path.insert(0, str(RECIPE))

import furniture  # noqa: E402

CATALOGUE = r"""
id=KatorLegaz
name#2=Frame H\u00f4i An
model#2=/frame/frame.obj
width#2=30.0
depth#2=2.5
height#2=40
creator#2=Somebody
name#1=Chair
model#1=/chair/chair.obj
width#1=50.0
depth#1=60.0
height#1=90.0
modelRotation#1=0 0 1 0 1 0 -1 0 0
"""


def pieces() -> list[furniture.Piece]:
    return list(furniture.read_catalogue(CATALOGUE, "KatorLegaz"))


def test_pieces_come_in_order_with_sizes_in_metres() -> None:
    chair, frame = pieces()
    assert (chair.id, chair.title, chair.size, chair.creator) == (
        "katorlegaz-001",
        "Chair",
        (0.5, 0.9, 0.6),
        "KatorLegaz",
    )
    assert (frame.title, frame.size, frame.creator) == ("Frame Hôi An", (0.3, 0.4, 0.025), "Somebody")
    assert frame.rotation.tolist() == np.eye(3).tolist()


def test_a_model_is_turned_scaled_and_stood_on_the_ground() -> None:
    chair = pieces()[0]
    box = trimesh.creation.box((4.0, 2.0, 1.0))  # 4 along x, which the rotation turns to z
    box.apply_translation((7, -3, 2))
    made = trimesh.load(io.BytesIO(furniture.to_size(trimesh.Scene(box), chair)), file_type="glb", force="scene")
    low, high = made.bounds
    assert high - low == pytest.approx([0.5, 0.9, 0.6], abs=1e-6)
    assert low == pytest.approx([-0.25, 0, -0.3], abs=1e-6)


def test_a_rotation_goes_before_the_scale() -> None:
    chair = pieces()[0]
    corner = trimesh.Trimesh([[0, 0, 0], [4, 0, 0], [0, 2, 0], [0, 0, 1]], [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    made = trimesh.load(io.BytesIO(furniture.to_size(trimesh.Scene(corner), chair)), file_type="glb", force="mesh")
    tip = made.vertices[np.argmin(made.vertices[:, 2])]  # x of the file is -z of the catalogue
    assert tip == pytest.approx([-0.25, 0, -0.3], abs=1e-6)


def test_a_flat_model_is_named() -> None:
    flat = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    with pytest.raises(ValueError, match=r"frame/frame\.obj: has no extent along z"):
        furniture.to_size(trimesh.Scene(flat), pieces()[1])


def test_names_are_as_people_say_them() -> None:
    names = furniture.read_names(furniture.NAMES)
    assert names["Little bank"] == names["Wood bank"] == "bench"
    assert names["Plate, glass and cutlery"] == names["Wall switch"] == ""
    assert names["Frame Hôi An"] == "picture frame"
    assert all(name == name.lower() for name in names.values())
