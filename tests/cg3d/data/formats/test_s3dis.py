"""Reading the objects of S3DIS, as published and from prepared rooms, from small trees in their exact layout."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d.data.formats.clusters import part_into_clusters
from cg3d.data.formats.s3dis import read_s3dis
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

SMALL = SampleSpec(points=64, views=2, image_size=32, drawn_points=64)
CHAIR, TABLE, BOARD, FLOOR = 7, 8, 11, 1  # in trainval_fullarea


def lines(count: int = 40) -> str:
    rng = np.random.default_rng(count)
    xyz, rgb = rng.random((count, 3)) * (1, 2, 3) - (20, 5, 0), rng.integers(0, 256, (count, 3))
    return "".join(
        "{:.3f} {:.3f} {:.3f} {} {} {}\n".format(*point, *colour) for point, colour in zip(xyz, rgb, strict=True)
    )


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "Stanford3dDataset_v1.2_Aligned_Version"
    for name in (
        "Area_1/conferenceRoom_1/Annotations/chair_1", "Area_1/conferenceRoom_1/Annotations/bookcase_12",
        "Area_1/conferenceRoom_1/Annotations/ceiling_1", "Area_1/conferenceRoom_1/Annotations/clutter_3",
        "Area_1/conferenceRoom_1/Annotations/chair_1 (1)", "Area_1/conferenceRoom_1/conferenceRoom_1",
        "Area_1/conferenceRoom_1/Annotations/stairs_1", "Area_5/office_36/Annotations/sofa_1",
    ):  # fmt: skip
        path = folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines())
    (folder / "Area_1" / "conferenceRoom_1" / "Annotations" / "Icon").touch()
    (folder / "Area_2" / "WC_1" / "Annotations").mkdir(parents=True)  # a room without objects
    return folder


def test_published_objects(published: Path) -> None:
    objects = read_s3dis(str(published))
    assert [(each.info.id, each.info.label, each.info.split) for each in objects] == [
        ("Area_1_conferenceRoom_1-bookcase_12", "bookcase", "train"),
        ("Area_1_conferenceRoom_1-chair_1", "chair", "train"),
        ("Area_5_office_36-sofa_1", "sofa", "test"),
    ]
    info = objects[1].info
    assert (info.captions, info.set, info.units, info.licence) == (("a chair",), "s3dis", "m", "LicenseRef-S3DIS")


def test_published_points_stand_up_in_colour(published: Path) -> None:
    found = read_s3dis(str(published))[1].surface(100, np.random.default_rng(0))
    table = np.array([line.split() for line in lines().splitlines()], float)
    expected = np.hstack([table[:, :1], table[:, 2:3], -table[:, 1:2], table[:, 3:] / 255])
    both = np.hstack([found.xyz, found.rgb])
    assert both[np.lexsort(both.T)] == pytest.approx(expected[np.lexsort(expected.T)], abs=1e-5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # as line 180389 of Area_5/hallway_6/Annotations/ceiling_1.txt, and as a line of another area
        (lines() + "22.352 6.692 3.048 185\x00187 191\n" + lines(), r"chair_1\.txt, line 41: 6 numbers are needed"),
        (lines() + "19.302 -9.1 0 1.785 146 137 106\n", r"chair_1\.txt, line 41: 6 numbers.*19\.302 -9\.1 0"),
        (lines()[:-12], r"chair_1\.txt, line 40: 6 numbers are needed"),
        (lines(3), r"chair_1\.txt: 3 distinct finite points, at least 16"),
        ("", r"chair_1\.txt: 0 distinct finite points"),
    ],
)
def test_published_object_with_faults(published: Path, content: str, message: str) -> None:
    (published / "Area_1" / "conferenceRoom_1" / "Annotations" / "chair_1.txt").write_text(content)
    with pytest.raises(DataError, match=message):
        read_s3dis(str(published))[1].surface(100, np.random.default_rng(0))


def box(corner: tuple[float, float, float], label: int, count: int = 600, size: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(count)
    return np.hstack(
        [rng.random((count, 3)) * size + corner, np.full((count, 3), 51 * (label - 6)), np.full((count, 1), label)]
    )


def room() -> np.ndarray:
    """Two chairs 0.5 m apart, a table that touches one, a splinter of it, a board, and a floor below all."""
    table = np.vstack(
        [
            box((0, 0, 0), CHAIR), box((0.9, 0, 0), CHAIR, 700), box((0.3, 0, 0), TABLE, 800), box((3, 3, 0), TABLE, 100, 0.1),
            box((2, 0, 1), BOARD, 300), box((0, 0, -0.1), FLOOR, 900, 3.0),
        ]
    )  # fmt: skip
    return np.random.default_rng(0).permutation(table)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    folder = tmp_path / "trainval_fullarea"
    folder.mkdir()
    np.save(folder / "Area_1_office_1.npy", room())
    np.save(folder / "Area_5_office_2.npy", box((0, 0, 0), BOARD).astype(np.float32))
    np.save(folder / "Area_6_hallway_1.npy", box((0, 0, 0), FLOOR))
    return folder


def test_prepared_rooms(prepared: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        objects = read_s3dis(str(prepared))
    assert sorted((each.info.label, each.info.split) for each in objects) == [
        ("board", "test"), ("board", "train"), ("chair", "train"), ("chair", "train"), ("table", "train"),
    ]  # fmt: skip
    assert len({each.info.id for each in objects}) == 5 and all(each.info.id.startswith("Area_") for each in objects)
    assert "left out 1 clusters under 256 points" in caplog.text
    sizes = {len(each.surface(9999, np.random.default_rng(0)).xyz) for each in objects if each.info.label == "chair"}
    assert sizes == {600, 700}
    table = next(each for each in objects if each.info.label == "table").surface(9999, np.random.default_rng(0))
    assert table.rgb == pytest.approx(np.full((800, 3), 102 / 255)) and table.xyz[:, 1].min() >= 0
    assert table.xyz[:, 2].max() <= 0  # the file's y, turned backwards


def test_pointnet_numbers_classes_otherwise(prepared: Path) -> None:
    expected = {"chair": "table", "table": "chair", "board": "board"}
    ours = [expected[each.info.label] for each in read_s3dis(str(prepared))]
    theirs = prepared.rename(prepared.with_name("stanford_indoor3d"))
    assert [each.info.label for each in read_s3dis(str(theirs))] == ours
    with pytest.raises(
        DataError, match=r"number their classes in one of two ways.*trainval_fullarea.*stanford_indoor3d"
    ):
        read_s3dis(str(theirs.rename(theirs.with_name('rooms, "new" ä'))))


def test_prepared_room_with_faults(prepared: Path) -> None:
    path = prepared / "Area_1_office_1.npy"
    whole = path.read_bytes()
    for content, message in (
        (whole[:-1000], "is no array that can be read without pickle"),
        (whole[:50], "is no array that can be read without pickle"),
        (b"", "is no array that can be read without pickle"),
    ):
        path.write_bytes(content)
        damaged = read_s3dis(str(prepared))[0]
        assert damaged.info.id == "Area_1_office_1" and message in damaged.problem() and str(path) in damaged.problem()
    for table, message in (
        (np.zeros((9, 6)), "holds float64 of shape (9, 6); numbers x y z r g b class are needed"),
        (np.array([{"x": 1}], dtype=object), "without pickle"),
        (np.vstack([room(), box((5000, 0, 0), CHAIR)]), "over 1000 m apart"),
    ):
        np.save(path, table)
        assert message in read_s3dis(str(prepared))[0].problem()
    assert len(read_s3dis(str(prepared))) == 2  # the other rooms are read


def test_points_that_are_not_finite_are_passed_over(prepared: Path) -> None:
    table = np.vstack([box((0, 0, 0), CHAIR), np.full((5, 7), np.nan), [[np.inf, 0, 0, 1, 1, 1, CHAIR]]])
    np.save(prepared / "Area_1_office_1.npy", table)
    chair = read_s3dis(str(prepared))[0]
    assert len(chair.surface(9999, np.random.default_rng(0)).xyz) == 600


def test_nothing_there(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"holds neither Area_<n>/<room>/Annotations/<class>_<n>\.txt nor"):
            read_s3dis(str(source))


def test_objects_become_samples(published: Path, prepared: Path) -> None:
    for folder in (published, prepared):
        carried = pickle.dumps(read_s3dis(str(folder))[0])
        sample = make_sample(pickle.loads(carried), SMALL)
        assert len(carried) < 1500 and sample.has_colour and sample.points.shape == (64, 6)


@given(
    st.lists(st.tuples(*[st.integers(-6, 6)] * 3), min_size=1, max_size=40),
    st.floats(0.02, 3.0),
    st.randoms(use_true_random=False),
)
def test_clusters_are_what_flooding_finds(cells: list[tuple[int, int, int]], cell: float, random: object) -> None:
    xyz = (np.array(cells) + 0.5) * cell
    xyz[0] = xyz.min(axis=0)  # the grid is anchored at the least coordinates
    places = [tuple(place) for place in np.floor((xyz - xyz.min(axis=0)) / cell + 1e-6).astype(int)]
    clusters = part_into_clusters(xyz + 1e-6 * cell * (np.arange(len(xyz)) > 0)[:, None], cell)
    for place, number in zip(places, clusters, strict=True):
        mates = {other for other, its in zip(places, clusters, strict=True) if its == number}
        assert flood(place, set(places)) == mates


def flood(start: tuple[int, ...], places: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    reached, edge = {start}, [start]
    while edge:
        here = edge.pop()
        near = {other for other in places - reached if max(abs(a - b) for a, b in zip(here, other, strict=True)) <= 1}
        reached |= near
        edge += near
    return reached
