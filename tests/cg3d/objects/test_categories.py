"""Every built-in category gives sane, closed meshes of real size, again and again the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cg3d.objects import CATEGORIES, Solid, make_object
from cg3d.objects.registry import REGISTERED, category
from cg3d.objects.shapes.primitives import box
from cg3d.objects.shapes.solid import join

HERE = Path(__file__).parent
# Shortest and longest side in metres of what one meets in a house, an office, a workshop or a street.
LONGEST_SIDES = json.loads((HERE / "longest_sides.json").read_text())
# Of every category: vertices rounded to 0.1 mm, colours and faces of seeds 0 to 7. The weights that ship learned these shapes,
# and examples/scans is made of them, so that none may change by accident: where one is meant to, write its line anew.
DIGESTS = json.loads((HERE / "digests.json").read_text())
OPEN = ("book", "lamp", "umbrella")  # the pages between the covers, the shade and the cloth are single sheets


@pytest.fixture(scope="module", params=CATEGORIES)
def made(request: pytest.FixtureRequest) -> tuple[str, list[Solid]]:
    """A category and its objects of seeds 0 to 11, which all tests of that category share."""
    return request.param, [make_object(request.param, seed) for seed in range(12)]


def tetrahedra(mesh: Solid) -> np.ndarray:
    """(F,) the signed volume between each face and the origin."""
    first, second, third = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return np.einsum("ij,ij->i", first, np.cross(second, third)) / 6


def welded_faces(mesh: Solid) -> np.ndarray:
    """(F, 3) faces whose corners at one place, to a millionth of the object's size, have one number."""
    low, size = mesh.vertices.min(axis=0), np.ptp(mesh.vertices, axis=0).max()
    cell = np.round((mesh.vertices - low) / size * 1e6).astype(np.int64)  # 20 bits an axis
    _, number = np.unique((cell[:, 0] << 42) | (cell[:, 1] << 21) | cell[:, 2], return_inverse=True)
    return number.reshape(-1)[mesh.faces]


def open_sides(faces: np.ndarray) -> int:
    """How many sides of welded faces have no partner that runs the other way."""
    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    start, end = start[start != end], end[start != end]
    count = faces.max() + 1
    _, side = np.unique(np.concatenate([start * count + end, end * count + start]), return_inverse=True)
    return int((np.bincount(side[: len(start)], minlength=side.max() + 1) > np.bincount(side[len(start) :])).sum())


def shell_volumes(mesh: Solid, faces: np.ndarray) -> np.ndarray:
    """The signed volume of each shell of welded faces, in parts of the cube over the longest side."""
    sides = (faces[:, [0, 1]].reshape(-1), faces[:, [1, 2]].reshape(-1))
    links = coo_array((np.ones(len(sides[0])), sides), shape=(faces.max() + 1,) * 2)
    _, shell = connected_components(links, directed=False)
    return np.bincount(shell[faces[:, 0]], tetrahedra(mesh)) / np.ptp(mesh.vertices, axis=0).max() ** 3


def test_objects_are_finite_upright_and_of_real_size(made: tuple[str, list[Solid]]) -> None:
    name, objects = made
    shortest, longest = LONGEST_SIDES[name]
    for mesh in objects:
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        areas = mesh.face_areas()
        assert np.isfinite(mesh.vertices).all()
        assert areas.sum() > 0 and np.mean(areas < 1e-14) < 0.3  # the ends of a lathe come together in points
        assert abs(low[1]) < 1e-9
        assert np.allclose(low[[0, 2]], -high[[0, 2]], rtol=1e-6, atol=1e-12)
        assert shortest <= (high - low).max() <= longest
        assert (high - low).min() > 0.0005
        assert mesh.face_rgb.min() >= 0 and mesh.face_rgb.max() <= 1
        assert tetrahedra(mesh).sum() > 0  # faces look outwards
        assert len(mesh.faces) < 25_000


def test_every_shell_is_closed_and_faces_outwards(made: tuple[str, list[Solid]]) -> None:
    name, objects = made
    for seed, mesh in enumerate(objects[:6]):
        faces = welded_faces(mesh)
        assert name in OPEN or open_sides(faces) == 0, seed
        assert shell_volumes(mesh, faces).min() > -1e-9, seed


def test_seed_decides_the_object(made: tuple[str, list[Solid]]) -> None:
    name, objects = made
    again = make_object(name, 7)
    assert np.array_equal(objects[7].vertices, again.vertices)
    assert np.array_equal(objects[7].face_rgb, again.face_rgb)
    assert len({mesh.vertices.round(6).tobytes() for mesh in objects}) == len(objects)


def test_categories_stay_as_they_are(made: tuple[str, list[Solid]]) -> None:
    name, objects = made
    digest = hashlib.sha256()
    for mesh in objects[:8]:
        for values in (mesh.vertices, mesh.face_rgb):
            digest.update((np.round(values, 4) + 0.0).astype("<f8").tobytes())
        digest.update(mesh.faces.astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == DIGESTS[name]


def test_categories_are_all_that_are_registered_in_alphabetical_order() -> None:
    """The order numbers the labels and the objects of data sets: it may depend neither on modules nor on their imports."""
    assert list(CATEGORIES) == sorted(REGISTERED) == list(DIGESTS) == list(LONGEST_SIDES)
    assert len(CATEGORIES) == 193


def test_a_category_is_defined_once() -> None:
    with pytest.raises(ValueError, match="category 'mug' is defined twice"):
        category(CATEGORIES["mug"])


def test_a_category_has_several_kinds() -> None:
    kinds = {make_object("piano", seed).kind for seed in range(20)}
    assert kinds == {"grand piano", "upright piano", "digital piano"}


def test_an_open_or_inverted_shell_is_found() -> None:
    solid = box(1, 1, 1)
    faces = welded_faces(solid)
    assert open_sides(faces) == 0 and shell_volumes(solid, faces) == pytest.approx([1])
    inverted = Solid(solid.vertices, solid.faces[:, ::-1], solid.face_rgb)
    both = join(solid, inverted.at(x=3))
    assert open_sides(faces[1:]) == 3
    assert shell_volumes(both, welded_faces(both)).min() == pytest.approx(-1 / 64)
