"""Usual colours by name."""

from __future__ import annotations

import pytest

from cg3d_runtime.colours.basic import TERMS
from cg3d_runtime.colours.usual import TABLE, stated_colours, table, usual_colours


def terms(*phrases: str) -> set[str]:
    (row,) = usual_colours([phrases])
    return {term for term, is_usual in zip(TERMS, row, strict=True) if is_usual}


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (("lemon",), {"yellow"}),
        (("Tennis Ball",), {"yellow", "green"}),
        (("citrus", "lemon"), {"yellow"}),
        (("mug",), set()),
        (("red mug",), {"red"}),
        (("dark blue cup",), {"blue"}),
        (("gray box",), {"grey"}),
        (("mug", "blue mug"), {"blue"}),
        (("orange",), {"orange"}),
        (("red apple",), {"red"}),
        (("redwood",), set()),
        (("red",), set()),
        (("light bulb",), set()),
        (("navy blue mug",), {"blue"}),
        (("the red mug",), {"red"}),
        (("red onion",), {"purple", "red", "pink"}),
        (("red wine glass",), set()),
        (("red and white ball",), {"red", "white"}),
        (("black & white cow",), {"black", "white"}),
        (("red, white and blue flag",), {"red", "white", "blue"}),
        (("red/white ball",), {"red", "white"}),
        (("light red and dark blue mug",), {"red", "blue"}),
        (("blue-green vase",), {"blue", "green"}),
        (("dark-blue box",), {"blue"}),
        (("red_mug",), {"red"}),
        (("tennis_ball",), {"yellow", "green"}),
        (("a  Lemon",), {"yellow"}),
        (("the big red mug",), {"red"}),
        (("lime green shirt",), {"green"}),
        (("red light",), {"red"}),
        (("teal box",), {"blue", "green"}),
        (("red and white",), set()),
        (("black and decker drill",), set()),  # a brand
        (("red-eyed frog",), set()),
        (("orange juice carton",), set()),
        (("red_wine_cooler",), set()),
        (("",), set()),
        (("and",), set()),
    ],
)
def test_names(phrases: tuple[str, ...], expected: set[str]) -> None:
    assert terms(*phrases) == expected


def test_no_names() -> None:
    assert usual_colours([]).shape == (0, len(TERMS))


def test_every_line_of_the_table_names_basic_terms_once() -> None:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(table()) > 300
    for name, colours in table().items():
        assert name == name.casefold() and set(colours) <= set(TERMS) and len(set(colours)) == len(colours), name


def test_things_that_tell_little_are_not_in_the_table() -> None:
    assert max(map(len, table().values())) <= 6


def test_a_degree_alone_is_no_colour() -> None:
    assert stated_colours("light red mug") == ("red",)
    assert stated_colours("light switch") == ()
