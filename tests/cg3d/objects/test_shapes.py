"""Shapes that the built-in objects are made of, and the words for their colours."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.objects import Solid, colour_word, colour_words
from cg3d.objects.shapes.curves import arc, ellipse, rectangle, smooth
from cg3d.objects.shapes.palette import COLOURS
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
from cg3d.objects.shapes.solid import join, mirrored


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
        (join([box(1, 1, 1), box(1, 1, 1).turned("z", 90).scaled(2, 2, 2)]), 9),
    ],
)
def test_solids_are_closed_and_face_outwards(solid: Solid, volume: float) -> None:
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


def test_colour_words_name_what_covers_enough() -> None:
    large, small = box(2, 2, 2).painted(COLOURS["red"]), box(1, 1, 1).painted(COLOURS["blue"])
    assert colour_words(join([small, large]), share=0.19) == ["red", "blue"]
    assert colour_words(join([small, large]), share=0.21) == ["red"]
    assert colour_words(large, share=2.0) == ["red"]
