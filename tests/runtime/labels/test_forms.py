"""Label lists in the forms that people, spreadsheets, web pages and other programs give them."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime import LabelError, Recognizer, read_labels
from cg3d_runtime.labels import Label, parse_labels, to_labels

REPOSITORY = Path(__file__).resolve().parents[3]


def names(labels: list[Label]) -> list[str]:
    return [label.name for label in labels]


@pytest.mark.parametrize(
    "content",
    [
        '"mug"\n"bowl"\n',
        "'mug'\n'bowl'",
        "`mug`\n`bowl'",
        "\u201cmug\u201d\n\u201ebowl\u201c",
        "\u2018mug\u2019\n\u201abowl\u2018",
        "\u00abmug\u00bb\n\u203abowl\u2039",
        "\u300cmug\u300d\n\u300ebowl\u300f",
        '"\'mug\'"\n" bowl "',
        '"mug",\n"bowl",',
        "mug,\nbowl;\n",
        "mug\u200b\nbowl\u200b",
        "\u2060mug\ufeff\n\u202abo\u00adwl\u202c\n",
        "mug\u3164\n\u034fbowl\ufe0f",
        "mug\u200d\nbowl\u200c",
        "- mug\n- bowl",
        '- "mug"\n- "bowl"',
        "* mug\n\u2022 bowl",
        "0: mug\n1: bowl",
        '0: "mug",\n1: "bowl",',
        "  0: 'mug'\n  1: 'bowl'\n",
        "1. mug\n2. bowl",
        "1) mug\n2) bowl",
        "(1) mug\n(2) bowl",
        "[0] mug\n[1] bowl",
        "0 mug\n\n1 bowl\n",
        "0\tmug\n1\tbowl",
        "1,mug\n2,bowl",
        "1 - mug\n2 - bowl",
        "mug 0\nbowl 1",
        "mug,0\nbowl,1",
        "mug: 0\nbowl: 1",
        "n03797390 mug\nn02876657 bowl",
        "n03797390,mug\nn02876657,bowl",
        "03797390\tmug\n02876657\tbowl",
        '["mug", "bowl"]',
        '[\n  "mug",\n  "bowl"\n]\n',
        "mug\rbowl\r",
        "mug\u2028bowl",
        "\n# things\nmug # red\nbowl\n",
        "0 -> mug\n1 -> bowl",
        "mug => 0\nbowl => 1",
        "class 0: mug\nclass 1: bowl",
        "\uff11\uff0emug\n\uff12\uff0ebowl",
        "1\u3001mug\n2\u3001bowl",
        "\u2610 mug\n\u2611 bowl",
        "\u2192 mug\n\uf0b7 bowl",
    ],
)
def test_what_leaves_no_doubt(content: str) -> None:
    assert parse_labels(content) == [Label("mug", ("mug",)), Label("bowl", ("bowl",))]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_BE])
def test_encodings_that_are_marked(tmp_path: Path, encoding: str, mark: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(mark + "Größe\r\nmug\r\n".encode("utf-16-be") if mark else "Größe\r\nmug\r\n".encode(encoding))
    assert names(read_labels(path)) == ["Größe", "mug"]


@pytest.mark.parametrize(
    "lines",
    [
        ["7 up", "2 by 4"],
        ["cup 1", "cup 2"],
        ["1 euro", "2 euro"],
        ['12" pan', "5' ladder"],
        ["Rock 'n' roll", "'n sync"],
        ["1.5 litre bottle"],
        ["mug", "bowl, dish"],
        ["C# book", "AC/DC shirt", "A&W can", "non-stick pan"],
        ["\u2615", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u06a9\u200c\u062e"],
        ["label", "mug"],
    ],
)
def test_names_that_only_look_odd_stay(lines: list[str]) -> None:
    assert names(parse_labels("\n".join(lines))) == lines


def test_apostrophes_within_quotes() -> None:
    for line in ("'jack-o'-lantern'", "\u2018jack-o\u2019-lantern\u2019", '"jack-o\'-lantern"'):
        assert names(parse_labels(line))[0].replace("\u2019", "'") == "jack-o'-lantern"


def test_quotes_and_synonyms() -> None:
    mug = [Label("mug", ("mug", "coffee mug", "cup"))]
    for line in (
        '"mug": "coffee mug"; "cup"',
        '"mug: coffee mug; cup"',
        "- mug: 'coffee mug'; cup;",
        "0: mug: coffee mug; cup",
    ):
        assert parse_labels(line) == mug
    assert parse_labels("n03063599 mug, coffee mug, cup") == mug
    assert parse_labels("Becher: mug") == [Label("Becher", ("Becher", "mug"))]


SEVERAL = "holds several names; write one a line, and synonyms after a colon: `mug: coffee mug; cup`."
CODE = "is code and not a name; write the names one a line."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("mug, bowl, chair", f": 'mug, bowl, chair' {SEVERAL}"),
        ("name\nmug", ": 'name' on top is the heading of a column and not a name; remove it."),
        ("a) mug", ", line 1: 'a) mug' begins with a letter that counts; remove it."),
        ("mug.ply", ", line 1: 'mug.ply' is a path and not a name."),
        ("data/mug/", ", line 1: 'data/mug/' is a path and not a name."),
        ("mug\\nbowl", f", line 1: 'mug\\\\nbowl' {CODE}"),
        ("a photo of a {}", f", line 1: 'a photo of a {{}}' {CODE}"),
        ("**mug**", ", line 1: '**mug**' begins with a sign and not with a letter; write the name alone."),
        (
            "__background__",
            ", line 1: '__background__' begins with a sign and not with a letter; write the name alone.",
        ),
        ("cr\ufffdpe", ", line 1: holds U+FFFD, which stands for a letter that was lost; write the name again."),
        ("mug,bowl", f": 'mug,bowl' {SEVERAL}"),
        ("cup\nmug, bowl, chair", f": 'mug, bowl, chair' {SEVERAL}"),
        ("mug,kitchen\nbed,bedroom", f": 'mug,kitchen' {SEVERAL}"),
        ("id,name\n0,mug\n1,bowl", f": 'id,name' {SEVERAL}"),
        ("mug; bowl; chair", f", line 1: 'mug; bowl; chair' {SEVERAL}"),
        ("| mug | bowl |", f", line 1: '| mug | bowl |' {SEVERAL}"),
        ("mug\tbowl\tchair", f", line 1: 'mug\\tbowl\\tchair' {SEVERAL}"),
        ('["mug", "bowl",]', f': \'["mug", "bowl",]\' {SEVERAL}'),
        ('{"mug": "cup"}', f', line 1: \'{{"mug": "cup"}}\' {CODE}'),
        ("[\nmug\n]", f", line 1: '[' {CODE}"),
        ("<li>mug</li>", f", line 1: '<li>mug</li>' {CODE}"),
        ("mug\uff0cbowl\u3001cup", f", line 1: 'mug\uff0cbowl\u3001cup' {SEVERAL}"),
        ("mug&nbsp;\nbowl", f", line 1: 'mug&nbsp' {CODE}"),
        ("names:\n  0: mug\n  1: bowl", ", line 1: 'names:' is a key of YAML; write the names alone, one a line."),
        ("mug\nhttps://example.com/mug", ", line 2: 'https://example.com/mug' is a web address and not a name."),
        ("C:\\labels\\mug", ", line 1: 'C:\\\\labels\\\\mug' is a path and not a name."),
        ("mug\n42", ", line 2: '42' is only a number; write what the thing is called."),
        ("0.1 0.2 0.3", ", line 1: '0.1 0.2 0.3' is only a number; write what the thing is called."),
        ("mug: 7", ", line 1: '7' is only a number; write what the thing is called."),
        ("n03797390\nn02876657", ", line 1: 'n03797390' is only a number; write what the thing is called."),
        ("---\nmug", ", line 1: '---' holds no letter; write what the thing is called."),
        ('mug\n"bowl', ", line 2: '\"bowl' begins with a quote that does not end; remove it."),
        ("'rock 'n' roll'", ", line 1: \"'rock 'n' roll'\" has quotes within quotes; write it without the outer ones."),
        ("mug\ue000", ", line 1: holds U+E000, which is a control character or none; remove it."),
        (f"{'9' * 5000}: mug", f", line 1: '{'9' * 40}' is only a number; write what the thing is called."),
        ("0: mug\n5: bowl", ": the numbers of the names do not count from 0 or 1; remove them."),
        ("mug\x1b[2J", ", line 1: holds U+001B, which is a control character or none; remove it."),
        ("mug\x0bbowl", ", line 1: holds U+000B, which is a control character or none; remove it."),
        ("mug\n" + "x" * 20_000, ", line 2: has 20000 characters; write one label a line."),
        ("mug " * 300, f", line 1: '{'mug ' * 10}' is no name, but more than 1,000 characters long."),
    ],
)
def test_what_may_be_meant_in_two_ways(content: str, message: str) -> None:
    with pytest.raises(LabelError) as error:
        parse_labels(content, "labels.txt")
    assert str(error.value) == f"labels.txt{message}"


LIST = 'give a file that holds one a line or, in Python, a list such as ["mug", "bowl"].'


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, f"labels must be words in an order, got NoneType; {LIST}"),
        (7, f"labels must be words in an order, got int; {LIST}"),
        ({"mug", "bowl"}, f"labels must be words in an order, got set; {LIST}"),
        ({"mug": ["cup"]}, f"labels must be words in an order, got dict; {LIST}"),
        (b"mug", f"labels must be words in an order, got bytes; {LIST}"),
        ([1, 2], f"labels, item 1: is int, not a text; {LIST}"),
        (["mug", None], f"labels, item 2: is NoneType, not a text; {LIST}"),
        ([["mug"]], f"labels, item 1: is list, not a text; {LIST}"),
        ([], "labels: no label in it; write one a line, for example `mug`."),
        (["mug\nbowl"], "labels, item 1: holds U+000A, which is a control character or none; remove it."),
        (["mug", "a\ud800"], "labels, item 2: holds U+D800, which is a control character or none; remove it."),
        (["mug, bowl, chair"], f"labels: 'mug, bowl, chair' {SEVERAL}"),
        ("mug", f"mug: no label list can be read there (No such file or directory); {LIST}"),
        ("mug,bowl", f"mug,bowl: no label list can be read there (No such file or directory); {LIST}"),
        ("a\0b", f"a\0b: no label list can be read there (embedded null byte); {LIST}"),
        ("x" * 300, f"{'x' * 300}: no label list can be read there (File name too long); {LIST}"),
    ],
)
def test_what_is_no_list(labels: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabelError) as error:
        to_labels(labels)
    assert str(error.value) == message


def test_any_words_in_an_order(tmp_path: Path) -> None:
    assert names(to_labels(word for word in ("mug\n", "", "bowl\r\n"))) == ["mug", "bowl"]
    assert names(to_labels(("salt, pepper",))) == ["salt, pepper"]
    assert names(to_labels(["great white shark, white shark, man-eater", "mug"]))[1] == "mug"


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("/dev/zero", "/dev/zero: is larger than 16 MB, so no label list; it holds one word a line."),
        ("/dev/null", "/dev/null: no label in it; write one a line, for example `mug`."),
    ],
)
def test_devices(device: str, message: str) -> None:
    if not Path(device).exists():
        pytest.skip("no such device here")
    with pytest.raises(LabelError) as error:
        read_labels(device)
    assert str(error.value) == message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labels.txt")
    assert stat.S_ISFIFO((tmp_path / "labels.txt").stat().st_mode)
    with pytest.raises(LabelError, match="no label in it"):
        read_labels(tmp_path / "labels.txt")


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd here")
def test_a_pipe_of_the_shell_is_read() -> None:
    read, write = os.pipe()
    os.write(write, b"mug\nbowl\n")
    os.close(write)
    assert names(read_labels(f"/dev/fd/{read}")) == ["mug", "bowl"]
    os.close(read)


def test_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"mug\n\0\0\0\n")
    with pytest.raises(
        LabelError, match=r"labels\.txt: holds NUL bytes: it is no text, or UTF-16 without a byte order mark"
    ):
        read_labels(path)


WORDS = st.lists(st.from_regex(r"[a-z]{2,8}( [a-z]{2,6})?", fullmatch=True), min_size=2, max_size=12, unique=True)
FORMS: dict[str, Callable[[int, str], str]] = {
    "plain": lambda i, word: word,
    "quotes": lambda i, word: f'"{word}"',
    "bullets": lambda i, word: f"- {word}",
    "numbers": lambda i, word: f"{i + 1}. {word}",
    "ids": lambda i, word: f"{i}: '{word}',",
    "columns": lambda i, word: f"{i},{word}",
    "invisible": lambda i, word: f"\u200b{word}\u200b",
}


@pytest.mark.parametrize("form", FORMS)
@given(words=WORDS, end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_form_reads_back(form: str, words: list[str], end: str) -> None:
    text = end.join(FORMS[form](i, word) for i, word in enumerate(words))
    assert names(parse_labels(text)) == words


def test_quoted_and_unquoted_lists_give_the_same_answers(tmp_path: Path) -> None:
    plain, quoted, counted = (tmp_path / f"{name}.txt" for name in ("plain", "quoted", "counted"))
    plain.write_text("mug\nbowl\nchair\n")
    quoted.write_text('"mug"\n\u201cbowl\u201d\u200b\n- chair,\n', encoding="utf-8")
    counted.write_text("0: mug\n1: bowl\n2: chair\n")
    scan = REPOSITORY / "examples" / "scans" / "mug.ply"
    with Recognizer.open(plain) as recognizer:
        expected = recognizer(scan)
        assert expected.label == "mug"
        for path in (quoted, counted):
            recognizer.set_labels(path)
            assert recognizer(scan).top == expected.top
