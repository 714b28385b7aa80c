"""Label lists as people write them, and what they get wrong."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from cg3d_runtime import Label, LabelError, read_labels
from cg3d_runtime.labels import parse_labels, to_labels


def test_names_synonyms_and_comments(labels_file: Path) -> None:
    assert read_labels(labels_file) == [
        Label("bowl", ("bowl",)),
        Label("mug", ("mug", "coffee mug", "cup with a handle")),
        Label("plate", ("plate",)),
    ]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("  tea \t pot  ", Label("tea pot", ("tea pot",))),
        ("C# book", Label("C# book", ("C# book",))),
        ("mug:", Label("mug", ("mug",))),
        ("mug: mug; cup;; cup ;", Label("mug", ("mug", "cup"))),
        ("tasse à café", Label("tasse à café", ("tasse à café",))),
        ("clock: shows 12:30", Label("clock", ("clock", "shows 12:30"))),
    ],
)
def test_one_line(line: str, label: Label) -> None:
    assert parse_labels(line) == [label]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbfmug\r\nbowl\r\n")
    assert [label.name for label in read_labels(path)] == ["mug", "bowl"]


def test_lines_in_place_of_a_file(labels_file: Path) -> None:
    assert to_labels(["bowl", "mug: coffee mug; cup with a handle", "plate"]) == read_labels(labels_file)
    assert to_labels(str(labels_file)) == to_labels(labels_file)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n  # yet", b"\xef\xbb\xbf"])
def test_an_empty_list(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(LabelError, match=r"labels.txt: no label in it; write one a line"):
        read_labels(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"mug\nt\xe9l\xe9phone\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"\xef\xbb\xbfmug\nbowl\n\xff", "line 3: byte 0xff is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"m\0u", "line 1: byte 0x75 is not UTF-16. Save the file as UTF-8"),
        (
            b"mug\nbowl\nMug: cup\n",
            "line 3: 'Mug' is already on line 1, with other synonyms. Remove one of them, or write all",
        ),
        (b"mug\n: cup\n", "line 2: no name before the colon in ': cup'"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(LabelError, match=f"labels.txt, {message}"):
        read_labels(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"none.txt: no label list can be read there \(No such file"):
        read_labels(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('"mug"\nbowl\nMUG', ["mug", "bowl"]),
        ("mug\u200b\nmug\nmug", ["mug"]),
        ("1. mug\n2. bowl\n3. mug", ["mug", "bowl"]),
        ("mug: cup; beaker\nbowl\nMug: Beaker; cup", ["mug", "bowl"]),
    ],
)
def test_what_is_there_again_counts_once_and_is_told(
    text: str, names: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert [label.name for label in parse_labels(text, "labels.txt")] == names
    (note,) = caplog.messages
    assert note == "labels.txt: more than once in the list, and counted once: mug"
