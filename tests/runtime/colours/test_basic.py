"""The colours of scans in basic terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cg3d_runtime import PointCloud
from cg3d_runtime.colours.basic import TERMS, colours_of

# The colours that people name so most often: https://xkcd.com/color/rgb/ (survey of 2010, public domain).
FOCAL = {
    "black": "000000",
    "white": "ffffff",
    "grey": "929591",
    "red": "e50000",
    "orange": "f97306",
    "yellow": "ffff14",
    "green": "15b01a",
    "blue": "0343df",
    "purple": "7e1e9c",
    "pink": "ff81c0",
    "brown": "653700",
}


def cloud(rgb: np.ndarray | None) -> PointCloud:
    """Points anywhere of these colours."""
    return PointCloud(np.random.default_rng(0).normal(size=(30 if rgb is None else len(rgb), 3)), rgb)


def painted(*colours: str, points: int = 30) -> np.ndarray:
    """(N, 3) sRGB, as many rows of each of some colours."""
    rows = [[int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)] for colour in colours]
    return np.repeat(np.array(rows, np.float32), points, axis=0)


@pytest.mark.parametrize(("term", "colour"), FOCAL.items())
def test_what_people_call_so(term: str, colour: str) -> None:
    scan = np.concatenate([painted(colour, points=500), painted("010203", points=1)])
    shares = colours_of(cloud(scan))
    assert shares is not None
    assert TERMS[int(shares.argmax())] == term and shares.max() > 0.95


@pytest.mark.parametrize(
    ("thing", "colour", "terms"),
    [
        ("a lemon in the shade", "785a0a", {"brown", "yellow"}),
        ("a tennis ball", "c8d23c", {"yellow", "green"}),
        ("an orange in the shade", "8c410a", {"orange", "brown"}),
        ("a plum", "501e28", {"purple"}),
        ("a wall in the light of a lamp", "e8dcc0", {"white"}),
        ("beech wood", "deb887", {"brown"}),
        ("teal", "008080", {"green", "blue"}),
        ("a white bowl before a Kinect", "9ea3cf", {"white", "blue"}),
        ("a red box in the same picture", "6e2b42", {"red", "purple"}),
        ("a yellow tub in the shade of it", "857845", {"yellow", "brown"}),
    ],
)
def test_borders_belong_to_both_sides(thing: str, colour: str, terms: set[str]) -> None:
    shares = colours_of(cloud(painted(colour)))
    assert shares is not None
    assert terms <= {term for term, share in zip(TERMS, shares, strict=True) if share > 0.1}, thing


def test_shares_are_of_the_points() -> None:
    shares = colours_of(cloud(np.concatenate([painted("e50000", points=75), painted("0343df", points=25)])))
    assert shares is not None
    assert shares[TERMS.index("red")] == 0.75 and shares[TERMS.index("blue")] == 0.25


@pytest.mark.parametrize("rgb", [None, np.empty((0, 3), np.float32), painted("808080", "101010"), painted("ffffff")])
def test_no_colour(rgb: np.ndarray | None) -> None:
    assert colours_of(cloud(rgb)) is None


def test_rows_that_are_not_finite_are_passed_over() -> None:
    broken = np.array([[np.nan, 0, 0], [0, np.inf, 0]], np.float32)
    assert colours_of(cloud(broken)) is None
    whole = painted("e50000", "0343df")
    expected = colours_of(cloud(whole))
    assert expected is not None and np.array_equal(colours_of(cloud(np.concatenate([broken, whole]))), expected)


def test_pixels_without_a_place_do_not_count() -> None:
    scan = cloud(painted("e50000", "15b01a"))
    scan.xyz[30:] = np.nan
    shares = colours_of(scan)
    assert shares is not None and shares[TERMS.index("red")] == 1 and shares[TERMS.index("green")] == 0


@given(arrays.arrays(np.float32, (40, 3), elements=st.floats(0, 1, width=32)), st.permutations(range(40)))
def test_the_order_of_points_does_not_count(rgb: np.ndarray, order: list[int]) -> None:
    shuffled = rgb[order]
    shares, again = colours_of(cloud(rgb)), colours_of(cloud(shuffled))
    assert (shares is None) == (again is None)
    if shares is not None and again is not None:
        assert shares.tobytes() == again.tobytes() and shares.min() >= 0 and shares.max() <= 1
