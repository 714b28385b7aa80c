"""Every built-in category gives sane meshes, again and again the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cg3d.data.parametric import CATEGORIES, colour_word, colour_words, make_object
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import COLOURS
from cg3d.data.parametric.primitives import (
    arc,
    beam,
    box,
    cylinder,
    ellipse,
    extrude,
    hoop,
    lathe,
    rectangle,
    ribbon,
    rod,
    slab,
    smooth,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.data.parametric_objects import parametric_objects, synthesise
from cg3d.data.samples import SampleSpec
from cg3d_runtime.errors import DataError

# The longest side in metres of what one meets in a house, an office, a workshop or a street.
LONGEST = {
    "airplane": (5, 70),
    "backpack": (0.38, 0.75),
    "barrel": (0.45, 1.05),
    "bathtub": (1.35, 2.0),
    "bed": (1.8, 2.5),
    "bicycle": (0.75, 1.9),
    "bookcase": (0.8, 2.2),
    "boot": (0.2, 0.55),
    "box": (0.14, 1.2),
    "bread": (0.07, 0.65),
    "broom": (0.85, 1.9),
    "bus": (6, 13),
    "cabinet": (0.6, 2.3),
    "cake": (0.06, 0.45),
    "camera": (0.08, 1.1),
    "candle": (0.04, 0.5),
    "car": (3, 5.3),
    "clamp": (0.06, 1.0),
    "clock": (0.1, 2.5),
    "desk": (1.0, 1.9),
    "door": (1.9, 2.3),
    "dresser": (0.6, 2.2),
    "fan": (0.2, 1.7),
    "fire hydrant": (0.5, 1.0),
    "flowerpot": (0.1, 1.3),
    "game cartridge": (0.025, 0.16),
    "guitar": (0.4, 1.3),
    "ladder": (0.7, 3.6),
    "microwave oven": (0.35, 0.65),
    "mirror": (0.15, 1.7),
    "pill bottle": (0.04, 0.2),
    "piano": (0.85, 3.2),
    "picture frame": (0.1, 1.05),
    "skateboard": (0.5, 1.2),
    "sofa": (1.0, 3.5),
    "speaker": (0.06, 1.3),
    "streetlight": (2.5, 12),
    "suitcase": (0.4, 1.3),
    "tape": (0.03, 0.25),
    "television set": (0.35, 1.8),
    "towel": (0.15, 0.75),
    "truck": (4.5, 10.5),
}
SMALL = set(
    """action figure, apple, ball, banana, bear, bell, bird, blender, book, bottle, bowl, bull, can, can opener, candy
    bar, carrot, carton, cat, cellular telephone, coffee maker, computer mouse, cup, dinosaur, dog, doll, dragon,
    drill, egg, elephant, faucet, figurine, fish, flashlight, fork, frying pan, game controller, hair dryer,
    hairbrush, hamburger, hammer, handheld game console, hard drive, hat, headset, helmet, horse, iron, jar, kettle,
    knife, ladle, lion, lunch box, magnifying glass, mallet, mug, orange, paintbrush, pear, pen, pencil case, pig,
    pitcher, pizza, plate, pliers, pot, rabbit, ramekin, remote control, rhinoceros, sandal, sandwich, scissors,
    screwdriver, shoe, soap dispenser, spatula, sponge, spoon, spray bottle, stapler, tablet computer, teapot, teddy
    bear, telephone, toaster, toothbrush, train, tube, whisk, wineglass, wrench""".replace("\n    ", " ").split(", ")
)
ORIGINAL = {
    *(
        "airplane",
        "bed",
        "bench",
        "bookcase",
        "bottle",
        "bowl",
        "chair",
        "hammer",
        "ladder",
        "lamp",
        "mug",
        "sofa",
        "spoon",
    ),
    *("stool", "table", "umbrella"),
}
# Of every category: vertices rounded to 0.1 mm, colours and faces of seeds 0 to 7. The weights that ship learned these shapes,
# and examples/scans are made of them, so that none may change by accident: where one is meant to, write its line anew.
GOLDEN = json.loads(Path(__file__).with_name("parametric_digests.json").read_text())


def signed_volume(mesh: Mesh) -> float:
    first, second, third = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->i", first, np.cross(second, third)).sum() / 6)


def welded_faces(mesh: Mesh) -> np.ndarray:
    """(F, 3) faces whose corners at one place, to a millionth of the object's size, have one number."""
    scale = np.ptp(mesh.vertices, axis=0).max()
    _, place = np.unique(np.round(mesh.vertices / scale, 6), axis=0, return_inverse=True)
    return place.reshape(-1)[mesh.faces]


def edge_balance(mesh: Mesh) -> int:
    """How many sides of faces have no partner that runs the other way."""
    faces = welded_faces(mesh)
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    counts = Counter(map(tuple, sides[sides[:, 0] != sides[:, 1]].tolist()))
    return sum(count != counts[(b, a)] for (a, b), count in counts.items())


def shell_volumes(mesh: Mesh) -> np.ndarray:
    """The signed volume of each shell, in parts of the cube over the longest side."""
    faces = welded_faces(mesh)
    shell = np.arange(faces.max() + 1)
    while True:  # the smallest number spreads over each shell
        least = shell[faces].min(axis=1)
        spread = shell.copy()
        np.minimum.at(spread, faces.reshape(-1), np.repeat(least, 3))
        if np.array_equal(spread[spread], shell):
            break
        shell = spread[spread]
    first, second, third = np.moveaxis(mesh.vertices[mesh.faces] / np.ptp(mesh.vertices, axis=0).max(), 1, 0)
    parts = np.einsum("ij,ij->i", first, np.cross(second, third)) / 6
    return np.bincount(shell[faces[:, 0]], parts)


@pytest.mark.parametrize("category", CATEGORIES)
def test_objects_are_finite_upright_and_of_real_size(category: str) -> None:
    shortest, longest = LONGEST.get(category, (0.05, 0.5) if category in SMALL else (0.18, 2.1))
    for seed in range(12):
        mesh = make_object(category, seed)
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        areas = mesh.face_areas()
        assert np.isfinite(mesh.vertices).all()
        assert areas.sum() > 0 and np.mean(areas < 1e-14) < 0.3  # the ends of a lathe come together in points
        assert low[1] == pytest.approx(0, abs=1e-9)
        assert low[[0, 2]] == pytest.approx(-high[[0, 2]])
        assert shortest <= (high - low).max() <= longest
        assert (high - low).min() > 0.0005
        assert mesh.face_rgb.min() >= 0 and mesh.face_rgb.max() <= 1
        assert signed_volume(mesh) > 0  # faces look outwards
        assert len(mesh.faces) < 25_000


@pytest.mark.parametrize("category", sorted(set(CATEGORIES) - ORIGINAL))
def test_every_shell_is_closed_and_faces_outwards(category: str) -> None:
    for seed in range(4):
        mesh = make_object(category, seed)
        if category != "book":  # its pages are a band between the covers
            assert edge_balance(mesh) == 0, seed
        assert shell_volumes(mesh).min() > -1e-9, seed


def test_an_open_or_inverted_shell_is_found() -> None:
    solid = box(1, 1, 1)
    assert edge_balance(solid) == 0 and shell_volumes(solid) == pytest.approx([1])
    opened = Mesh(solid.vertices, solid.faces[1:], solid.face_rgb[1:])
    inverted = Mesh(solid.vertices, solid.faces[:, ::-1], solid.face_rgb)
    assert edge_balance(opened) == 3
    assert shell_volumes(join([solid, inverted.at(x=3)])).min() == pytest.approx(-1 / 64)


@pytest.mark.parametrize("category", CATEGORIES)
def test_seed_decides_the_object(category: str) -> None:
    first, again = make_object(category, 7), make_object(category, 7)
    assert np.array_equal(first.vertices, again.vertices) and np.array_equal(first.face_rgb, again.face_rgb)
    shapes = {make_object(category, seed).vertices.round(6).tobytes() for seed in range(10)}
    assert len(shapes) == 10


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_stay_as_they_are(category: str) -> None:
    digest = hashlib.sha256()
    for seed in range(8):
        mesh = make_object(category, seed)
        for values in (mesh.vertices, mesh.face_rgb):
            digest.update((np.round(values, 4) + 0.0).astype("<f8").tobytes())
        digest.update(mesh.faces.astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == GOLDEN[category]


def test_there_are_many_categories_and_kinds() -> None:
    assert len(CATEGORIES) >= 44 and list(CATEGORIES) == sorted(CATEGORIES)
    assert set(CATEGORIES) >= ORIGINAL
    kinds = {make_object("piano", seed).kind for seed in range(20)}
    assert kinds == {"grand piano", "upright piano", "digital piano"}


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


def test_colour_words_name_what_covers_enough() -> None:
    large, small = box(2, 2, 2).painted(COLOURS["red"]), box(1, 1, 1).painted(COLOURS["blue"])
    assert colour_words(join([small, large]), share=0.19) == ["red", "blue"]
    assert colour_words(join([small, large]), share=0.21) == ["red"]
    assert colour_words(large, share=2.0) == ["red"]


def test_samples_are_named_described_and_repeatable() -> None:
    chosen = ("airplane", "chair", "piano")
    samples, again = (synthesise(1, seed=3, categories=chosen) for _ in range(2))
    assert samples.labels == ["airplane", "chair", "piano"]
    airplane = samples[0]
    assert airplane.label == "airplane" and "an airplane" in airplane.captions
    assert airplane.points.shape == (4096, 6) and airplane.points.dtype == np.float32
    assert airplane.views.shape == (2, 128, 128, 3) and airplane.views.dtype == np.uint8
    assert airplane.has_colour
    assert np.array_equal(airplane.points, again[0].points) and np.array_equal(airplane.views, again[0].views)


def test_all_categories_are_made_unless_some_are_chosen() -> None:
    objects = parametric_objects(1, seed=3)
    assert [source.category for source in objects] == list(CATEGORIES)
    assert len({source.info.id for source in objects}) == len(objects)
    chosen = parametric_objects(2, seed=3, categories=["mug", "axe", "mug"])
    assert [source.category for source in chosen] == ["mug", "axe", "mug", "axe"]
    assert chosen[0] == objects[list(CATEGORIES).index("mug")]


def test_more_objects_keep_the_first_ones() -> None:
    few, many = (parametric_objects(count, seed=1, categories=["mug", "saw"]) for count in (1, 3))
    assert many[: len(few)] == few


def test_captions_name_the_object_its_kind_and_its_colours() -> None:
    for source in parametric_objects(2, seed=5, categories=["piano", "scissors", "umbrella"]):
        mesh = make_object(source.category, source.seed)
        captions, colours = source.info.captions, colour_words(mesh)
        assert len(captions) == len(set(captions)) >= 8
        assert any(f"{colours[0]} {source.category}" in caption for caption in captions)
        assert len(colours) == 1 or any(f"{colours[0]} and {colours[1]}" in caption for caption in captions)
        assert not mesh.kind or any(mesh.kind in caption for caption in captions)
    assert "scissors" in parametric_objects(1, categories=["scissors"])[0].info.captions  # no article


def test_objects_without_colour_have_the_same_shape_and_other_names() -> None:
    painted, plain = (parametric_objects(1, coloured=flag, categories=["clock", "chair"]) for flag in (True, False))
    for with_colour, without in zip(painted, plain, strict=True):
        rng = np.random.default_rng(0)
        surface = without.surface(500, rng)
        assert surface.rgb is None
        assert np.array_equal(surface.xyz, with_colour.surface(500, np.random.default_rng(0)).xyz)
        assert without.info.id == f"{with_colour.info.id}-plain"
        assert not {*" ".join(without.info.captions).replace(",", "").split()} & set(COLOURS)


def test_samples_without_colour_are_drawn_in_grey() -> None:
    sample = synthesise(1, spec=SampleSpec(256, 1, 32, 256), coloured=False, categories=["bus"])[0]
    assert not sample.has_colour
    assert np.ptp(sample.views.astype(int), axis=-1).max() <= 1


def test_bad_requests_are_errors() -> None:
    with pytest.raises(DataError, match="must be 1 or more, got 0"):
        parametric_objects(0)
    with pytest.raises(DataError, match=r"category 'chiar' is not known\. The nearest known: chair"):
        parametric_objects(1, categories=["mug", "chiar"])
    with pytest.raises(DataError, match=r"category '\?' is not known\. Known: action figure, airplane"):
        synthesise(1, categories=["?"])
    with pytest.raises(DataError, match="no category was chosen; name one or more of: action figure"):
        parametric_objects(1, categories=[])
