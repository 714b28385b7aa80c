"""Shapes that the built-in objects are made of, and the words for their colours."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.objects import Solid, colour_word, colour_words
from cg3d.objects.shapes.cuboids import cuboid
from cg3d.objects.shapes.curves import arc, ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import COLOURS
from cg3d.objects.shapes.pierced import perforated
from cg3d.objects.shapes.primitives import (
    beam,
    box,
    cylinder,
    extrude,
    hoop,
    lathe,
    ribbon,
    rod,
    slab,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.objects.shapes.solid import join, mirrored, opposite


def signed_volume(mesh: Solid) -> float:
    first, second, third = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->i", first, np.cross(second, third)).sum() / 6)


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
        (
            stacked([(rectangle(2, 3), 0.0), (rectangle(2, 3), 1.0), (rectangle(1, 1), 1.0), (rectangle(1, 1), 0.5)]),
            5.5,
        ),
        (ribbon([(0, 0), (3, 4)], 0.5, 0.2), 0.5),
        (ribbon(arc(2, 2)[:, :2], [0.5] * 17, 0.2), 2 * np.pi * 0.1),
        (hoop(2, 0.1, 200), 2 * np.pi**2 * 2 * 0.01 * 10 * np.sin(2 * np.pi / 10) / (2 * np.pi)),
        (join(box(1, 1, 1), box(1, 1, 1).turned("z", 90).scaled(2, 2, 2)), 9),
    ],
)
def test_solids_are_closed_and_face_outwards(solid: Solid, volume: float) -> None:
    assert signed_volume(solid) == pytest.approx(volume, rel=0.05)


def test_tube_keeps_its_radius_round_a_bend() -> None:
    angle = np.linspace(0, np.pi, 40)
    path = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    rings = tube(path, 0.1, segments=8).vertices[: 40 * 8].reshape(40, 8, 3)
    assert np.linalg.norm(rings - path[:, None], axis=-1) == pytest.approx(0.1, rel=1e-6)


def test_draws_are_those_of_numpy() -> None:
    """Whoever changes a draw changes every object behind it: a choice takes one whole number, as NumPy's does."""
    d, rng = Draw(np.random.PCG64(5)), np.random.default_rng(5)
    for _ in range(20):
        assert d(2, 3) == rng.uniform(2, 3) and d.chance(0.4) == (rng.random() < 0.4)
        assert d.pick("a", "b", "c") == rng.choice(["a", "b", "c"]) and d.count(3, 9) == rng.integers(3, 9)


def test_points_take_numbers_for_all() -> None:
    flat = points(np.arange(3), 7.0)
    assert np.array_equal(flat, [(0, 7), (1, 7), (2, 7)])
    assert np.array_equal(points(flat, [1, 2, 3]), [(0, 7, 1), (1, 7, 2), (2, 7, 3)])


def test_a_part_of_a_mesh_is_painted() -> None:
    solid = box(1, 1, 1).painted(COLOURS["red"])
    above = solid.face_centres()[:, 1] > 0.99
    painted = solid.called("cube").painted_where(above, COLOURS["blue"])
    assert painted.kind == "cube" and 0 < above.sum() < len(above)
    assert np.array_equal((painted.face_rgb == COLOURS["blue"]).all(axis=1), above)


def test_opposite_is_a_mirror_image() -> None:
    part = box(1, 1, 1).at(x=2, z=3)
    assert signed_volume(opposite(part, "x")) == pytest.approx(1)
    assert opposite(part, "x").vertices.mean(axis=0) == pytest.approx([-2, 0.5, 3])


def test_turn_is_right_handed() -> None:
    assert box(2, 2, 2).at(x=5).turned("y", 90).vertices.mean(axis=0)[[0, 2]] == pytest.approx([0, -5])


def test_smooth_passes_through_the_points() -> None:
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4)])
    assert smooth(points, 5)[::5] == pytest.approx(points)


def test_colour_word_is_the_largest_colour() -> None:
    large, small = box(2, 2, 2).painted(COLOURS["red"]), box(1, 1, 1).painted(COLOURS["blue"])
    assert colour_word(join(large, small)) == "red"


def test_colour_words_name_what_covers_enough() -> None:
    large, small = box(2, 2, 2).painted(COLOURS["red"]), box(1, 1, 1).painted(COLOURS["blue"])
    assert colour_words(join(small, large), share=0.19) == ["red", "blue"]
    assert colour_words(join(small, large), share=0.21) == ["red"]
    assert colour_words(large, share=2.0) == ["red"]


def test_a_cuboid_has_its_size_and_round_edges() -> None:
    solid = cuboid(0.3, 0.2, 0.1, 0.02)
    assert np.ptp(solid.vertices, axis=0) == pytest.approx([0.3, 0.2, 0.1])
    corner = np.linalg.norm(solid.vertices - (0.13, 0.18, 0.03), axis=1)[
        (solid.vertices > (0.131, 0.181, 0.031)).all(axis=1)
    ]
    assert len(corner) and corner == pytest.approx(0.02)


def test_holes_take_their_share_of_a_block() -> None:
    solid = perforated((0.4, 0.1, 0.2), 4, 2, 0.5, square=True)
    assert signed_volume(solid) == pytest.approx(0.4 * 0.1 * 0.2 * 0.75)
    between = (np.ptp(solid.vertices[solid.faces, 0], axis=1) < 1e-9) & (
        np.abs(solid.face_centres()[:, 0] - 0.1) < 1e-9
    )
    assert not between.any()  # no wall where two cells touch
