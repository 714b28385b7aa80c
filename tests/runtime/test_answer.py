"""Answers as people see them: in a terminal, in a notebook, at the prompt."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cg3d_runtime import Answer, Candidate

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
