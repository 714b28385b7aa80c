"""Every built-in category gives sane meshes, again and again the same."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.data.parametric import CATEGORIES, colour_word, make_object
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import COLOURS
from cg3d.data.parametric.primitives import (
    beam,
    box,
    cylinder,
    ellipse,
    extrude,
    lathe,
    rectangle,
    rod,
    slab,
    smooth,
    superellipsoid,
    tube,
)
from cg3d.data.parametric_objects import parametric_objects, synthesise
from cg3d_runtime.errors import DataError

# The longest side in metres: what one meets in a house (or, for airplanes, on an airfield).
LONGEST = {"airplane": (5, 70), "ladder": (0.7, 3.6), "bookcase": (0.8, 2.2), "sofa": (1.0, 3.5), "bed": (1.8, 2.5)}
SMALL = {"mug", "bottle", "bowl", "spoon", "hammer"}


def signed_volume(mesh: Mesh) -> float:
    first, second, third = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->i", first, np.cross(second, third)).sum() / 6)


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("seed", range(12))
def test_object_is_finite_upright_and_of_real_size(category: str, seed: int) -> None:
    mesh = make_object(category, seed)
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    shortest, longest = LONGEST.get(category, (0.05, 0.5) if category in SMALL else (0.25, 2.1))
    assert np.isfinite(mesh.vertices).all()
    assert mesh.face_areas().sum() > 0
    assert low[1] == pytest.approx(0, abs=1e-9)
    assert low[[0, 2]] == pytest.approx(-high[[0, 2]])
    assert shortest <= (high - low).max() <= longest
    assert mesh.face_rgb.min() >= 0 and mesh.face_rgb.max() <= 1
    assert signed_volume(mesh) > 0  # faces look outwards


@pytest.mark.parametrize("category", CATEGORIES)
def test_seed_decides_the_object(category: str) -> None:
    first, again, other = (make_object(category, seed).vertices for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


@pytest.mark.parametrize(
    ("solid", "volume"),
    [
        (box(1, 2, 3), 6),
        (cylinder(1, 2, segments=400), 2 * np.pi),
        (cylinder(2, 3, 1, segments=400), np.pi * 7),
        (rod((0, 0, 0), (0, 0, 2), 0.1), 2 * 7 * np.sin(2 * np.pi / 14) * 0.01),
        (beam((1, 0, 0), (1, 2, 2), 0.2, 0.1), np.sqrt(8) * 0.02),
        (extrude(ellipse(2, 2, 400), 0.5), np.pi / 2),
        (slab(rectangle(2, 3, 0), 0.5), 3),
        (superellipsoid(2, 2, 2, 0), 4 / 3 * np.pi),
        (lathe([(0, 0), (2, 0), (2, 1), (1, 1), (1, 0.5), (0, 0.5)], 400), np.pi * (4 - 0.5)),
        (mirrored(box(1, 1, 1).at(x=2)), 2),
        (join([box(1, 1, 1), box(1, 1, 1).turned("z", 90).scaled(2, 2, 2)]), 9),
    ],
)
def test_solids_are_closed_and_face_outwards(solid: Mesh, volume: float) -> None:
    assert signed_volume(solid) == pytest.approx(volume, rel=0.05)


def test_tube_keeps_its_radius_round_a_bend() -> None:
    angle = np.linspace(0, np.pi, 40)
    path = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    rings = tube(path, 0.1, segments=8).vertices[: 40 * 8].reshape(40, 8, 3)
    assert np.linalg.norm(rings - path[:, None], axis=-1) == pytest.approx(0.1, rel=1e-6)


def test_turn_is_right_handed() -> None:
    assert box(2, 2, 2).at(x=5).turned("y", 90).vertices.mean(axis=0)[[0, 2]] == pytest.approx([0, -5])


def test_smooth_passes_through_the_points() -> None:
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4)])
    assert smooth(points, 5)[::5] == pytest.approx(points)


def test_colour_word_is_the_largest_colour() -> None:
    large, small = box(2, 2, 2).painted(COLOURS["red"]), box(1, 1, 1).painted(COLOURS["blue"])
    assert colour_word(join([large, small])) == "red"


def test_samples_are_named_described_and_repeatable() -> None:
    samples, again = synthesise(1, seed=3), synthesise(1, seed=3)
    assert samples.labels == sorted(CATEGORIES)
    assert len({info.id for info in samples.infos}) == len(samples)
    airplane = samples[0]
    assert airplane.label == "airplane" and "an airplane" in airplane.captions
    assert airplane.points.shape == (4096, 6) and airplane.points.dtype == np.float32
    assert airplane.views.shape == (2, 128, 128, 3) and airplane.views.dtype == np.uint8
    assert np.array_equal(airplane.points, again[0].points) and np.array_equal(airplane.views, again[0].views)


def test_more_objects_keep_the_first_ones() -> None:
    few, many = parametric_objects(1, seed=1), parametric_objects(3, seed=1)
    assert many[: len(few)] == few


def test_no_objects_is_an_error() -> None:
    with pytest.raises(DataError, match="must be 1 or more, got 0"):
        parametric_objects(0)
