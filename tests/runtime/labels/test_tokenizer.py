"""The runtime's tokenizer against the Hugging Face library that its file format comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from cg3d_runtime import Bundle, BundleError
from cg3d_runtime.labels.tokenizer import ClipTokenizer

SHIPPED = Bundle.open(None).file("tokenizer")
OURS, THEIRS = ClipTokenizer(SHIPPED), Tokenizer.from_buffer(SHIPPED)
TEXTS = (
    "a mug",
    "  Coffee\tMUG\n with  two handles ",
    "It's a photo of THE 3D-printed café's teapot, 12 pieces!",
    "don't we'll I'M you've they're she'd",
    "night_stand __a__",
    "x² ½ Ⅷ a²b",
    "naïve 😀 robot",
    "日本語 テスト, हिन्दी, مرحبا",
    "e\u0301 ﬁ ẞ İ",
    "a\x1fb \x85c",
    "",
)
# Assigned for longer than any Python that runs this: versions of Unicode disagree about the newest letters.
SETTLED = st.characters(codec="utf-8", max_codepoint=0x2FF)


@pytest.mark.parametrize("text", TEXTS)
def test_as_the_library_on_chosen_texts(text: str) -> None:
    assert OURS.encode(text) == THEIRS.encode(text).ids


@given(st.text(SETTLED, max_size=40))
def test_as_the_library_on_any_text(text: str) -> None:
    assert OURS.encode(text) == THEIRS.encode(text).ids


def test_merges_as_pairs_or_as_strings() -> None:
    content = json.loads(SHIPPED)
    content["model"]["merges"] = [merge.split(" ") for merge in content["model"]["merges"]]
    assert ClipTokenizer(json.dumps(content).encode()).encode("a coffee mug") == OURS.encode("a coffee mug")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"model": null}', b"\xff", b"[" * 100_000])
def test_what_is_no_tokenizer(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"tokenizer\.json cannot be read .*export the bundle again"):
        ClipTokenizer(content)


def test_other_rules_than_clips_are_refused() -> None:
    content = json.loads(SHIPPED)
    content["model"]["end_of_word_suffix"] = None
    with pytest.raises(BundleError, match="CLIP's BPE with '</w>' is needed"):
        ClipTokenizer(json.dumps(content).encode())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model["vocab"].pop("!</w>"), "lacks 1 pieces, among them '!</w>'"),
        (
            lambda model: model["vocab"].update({"!": 10**12}),
            "must be integers from 0 to 2147483647, got 1000000000000",
        ),
        (lambda model: model["vocab"].update({"!": "1"}), "must be integers from 0 to 2147483647, got '1'"),
        (lambda model: model.update(vocab=[]), "the vocabulary lacks"),
        (lambda model: model["merges"].append("a b c"), "a merge joins two pieces, got 'a b c'"),
        (lambda model: model["merges"].append(["xq", "xq"]), "lacks 1 pieces, among them 'xqxq'"),
        (lambda model: model["merges"].append([[], []]), "TypeError"),
        (lambda model: model["merges"].append(7), "TypeError"),
    ],
)
def test_a_tokenizer_that_would_fail_on_some_text(change: Callable[[dict[str, Any]], object], message: str) -> None:
    content = json.loads(SHIPPED)
    change(content["model"])
    with pytest.raises(BundleError, match=message):
        ClipTokenizer(json.dumps(content).encode())


def test_every_lvis_name(shared_data: Path) -> None:
    names = (shared_data / "text" / "labels_objaverse_lvis.txt").read_text("utf-8").split("\n")
    assert [OURS.encode(name) for name in names] == [encoding.ids for encoding in THEIRS.encode_batch(names)]
