"""Answers as people see them: in a terminal, in a notebook, at the prompt."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cg3d_runtime import Answer, Candidate, Quality
from cg3d_runtime.answer import FEW_POINTS, NOISY

ANSWER = Answer("mug.ply", (Candidate("mug", 0.9512345678), Candidate("bowl", 0.0321)), False, 2000, "cpu", "fp32", {})
EVIL = "<script>alert('1')</script>\x1b[2J&\u202e"


class Tags(HTMLParser):
    """What a browser makes of a piece of HTML: its tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.closed.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ANSWER, "<Answer 'mug' 95.1%, mug.ply>"),
        (replace(ANSWER, file=None), "<Answer 'mug' 95.1%>"),
        (replace(ANSWER, unknown=True, nearer="cup"), "<Answer unknown, best 'mug' 95.1%, mug.ply>"),
    ],
)
def test_repr_is_short(answer: Answer, expected: str) -> None:
    assert repr(answer) == expected
    assert len(repr(replace(answer, file="x" * 5000))) < 120


def test_show_prints_the_table_and_the_note(capsys: pytest.CaptureFixture[str]) -> None:
    ANSWER.show()
    assert capsys.readouterr().out == f"{ANSWER.to_table()}\n"
    replace(ANSWER, note="is 12 m long").show()
    assert capsys.readouterr().out == f"{ANSWER.to_table()}\n  note: is 12 m long\n"


def test_remarks_are_what_nobody_said_and_what_is_odd() -> None:
    clean = replace(ANSWER, up=(0.0, 0.0, 1.0), up_from="convention", quality=Quality(2000, 0, 0))
    assert clean.remarks() == replace(clean, up_from="given").remarks() == ()
    odd = replace(
        clean, up=(-0.0003, 0.70711, -0.70711), quality=Quality(90, 5, 2, (FEW_POINTS, NOISY)), note="is 12 m long"
    )
    assert replace(odd, up_from="model").remarks() == (
        "quality: few points, noisy",
        "up: 0,0.71,-0.71, which gives the surest answer",
        "note: is 12 m long",
    )
    assert replace(odd, up_from="support").to_table().splitlines()[-2:] == [
        "  up: 0,0.71,-0.71, away from the surface that it stands on",
        "  note: is 12 m long",
    ]


def test_json_holds_up_and_quality_where_they_are_known() -> None:
    assert not {"up", "up_from", "quality", "note", "nearer"} & set(json.loads(ANSWER.to_json()))
    quality = Quality(90, 5, 2, (FEW_POINTS, NOISY))
    answer = replace(ANSWER, up=(-1e-9, 0.6, -0.8), up_from="support", quality=quality)
    tree = json.loads(answer.to_json())
    assert (tree["up"], tree["up_from"]) == ([0.0, 0.6, -0.8], "support") and "-0.0" not in answer.to_json()
    assert tree["quality"] == {"measured": 90, "dropped": 5, "strays": 2, "flags": ["few points", "noisy"]}


def test_a_notebook_gets_a_table_with_bars() -> None:
    tags = Tags(replace(ANSWER, note="is 12 m long")._repr_html_())
    assert sorted(tags.opened) == sorted(tags.closed)
    assert tags.opened.count("tr") == 2 and tags.opened.count("td") == 6
    assert tags.text.split("\n")[:5] == ["mug.ply: mug", "mug", "95.1%", "bowl", "3.2%"]
    assert "note: is 12 m long" in tags.text
    bars = [value for name, value in tags.attributes if name == "style" and "currentColor" in str(value)]
    assert [str(bar).rpartition("width:")[2] for bar in bars] == ["95.1%", "3.2%"]


def test_unknown_is_said_in_both() -> None:
    answer = replace(ANSWER, unknown=True, nearer="cup")
    for text in (Tags(answer._repr_html_()).text, answer.to_table()):
        assert "mug.ply: unknown, none of the labels fits well; nearer to: cup" in text


def test_nothing_in_it_can_steer_a_terminal_or_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer(EVIL, (Candidate(EVIL, 1.0),), True, 1, "cpu", "fp32", {}, note=EVIL, nearer=EVIL)
    answer.show()
    for text in (capsys.readouterr().out, repr(answer), answer._repr_html_()):
        assert "\x1b" not in text and "\u202e" not in text
    tags = Tags(answer._repr_html_())
    assert set(tags.opened) <= {"div", "table", "tr", "td", "span", "small"}
    assert {name for name, _ in tags.attributes} == {"style"}
    assert not any("url(" in str(value) for _, value in tags.attributes)
