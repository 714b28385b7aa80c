"""The teacher of the text tower: what needs neither downloads nor weights."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "cg3d-mini"
sys.path.insert(0, str(RECIPE))

from words.foreign import gibberish, is_set_apart  # noqa: E402
from words.kin import PARENT, SYNONYMS, leaning  # noqa: E402
from words.merges import own_merges  # noqa: E402
from words.phrasebook import (  # noqa: E402
    Phrase,
    Phrasebook,
    distinct_names,
    kept_out,
    own_places,
    read_phrasebook,
    taught,
    without,
)
from words.speaker import Speaker, misspelt, plural, respelt  # noqa: E402
from words.teacher import LINEAR_RIDGE, RADIAL_RIDGE, Teacher, plain  # noqa: E402
from words.tokens import RIDGE, start_as_bag, token_bags, token_vectors  # noqa: E402
from words.vocabulary import compounds, everyday_phrases, vocabulary  # noqa: E402
from words.wordnet import WordNet  # noqa: E402

from cg3d.models.prompts import PromptConfig, PromptedTextTower  # noqa: E402
from cg3d.models.towers.tokenizer import clip_merges  # noqa: E402
from cg3d.models.towers.towers import MINI, TowerConfig, load_towers  # noqa: E402
from cg3d_runtime.labels.tokenizer import merged  # noqa: E402

DATA = """  1 a licence
00000001 06 n 02 mug 0 beaker 1 001 @ 00000003 n 0000 | with handle and usually cylindrical; "a mug of tea"; "so he drank a mug"
00000002 08 n 01 mug 0 000 | the human face
00000003 06 n 01 drinking_vessel 0 001 @ 00000004 n 0000 | a vessel intended for drinking
00000004 06 n 01 vessel 0 000 | an object used as a container
00000005 18 n 01 Edison 0 001 @i 00000006 n 0000 | United States inventor
00000006 18 n 01 inventor 0 000 | someone who invents
00000007 07 n 01 freedom 0 000 | the condition of being free
00000008 05 n 01 mouse 0 000 | a small rodent
"""
INDEX = """  1 a licence
beaker n 1 1 @ 1 0 00000001
drinking_vessel n 1 1 @ 1 0 00000003
edison n 1 1 @ 1 0 00000005
freedom n 1 0 1 0 00000007
inventor n 1 0 1 0 00000006
mouse n 1 0 1 0 00000008
mug n 2 1 @ 2 0 00000002 00000001
vessel n 1 0 1 0 00000004
"""
ENTRIES = [
    {"name": "mug_(cup)", "synonyms": ["mug_(cup)", "beaker"], "definition": "with a handle"},
    {"name": "sofa", "synonyms": ["sofa", "couch"], "definition": "a seat for several"},
]


@pytest.fixture(scope="module")
def wordnet(tmp_path_factory: pytest.TempPathFactory) -> WordNet:
    folder = tmp_path_factory.mktemp("wordnet")
    (folder / "data.noun").write_text(DATA)
    (folder / "index.noun").write_text(INDEX)
    (folder / "noun.exc").write_text("mice mouse\n")
    return WordNet(folder)


@pytest.fixture
def book(tmp_path: Path) -> Phrasebook:
    rng = np.random.default_rng(0)
    (tmp_path / "lvis_synonyms_definitions.json").write_text(json.dumps(ENTRIES))
    for name, labels in (
        ("lvis", ["mug_(cup)", "sofa"]),
        ("objects365", ["Cabinet/shelf", "Mug"]),
        ("coco", ["dog", "cat"]),
    ):
        rows = rng.normal(size=(len(labels), 8)).astype(np.float16)
        np.savez(tmp_path / f"clip_vit_b32_{name}.npz", names=labels, embeddings=rows)
    return read_phrasebook(tmp_path)


def unit(seed: int, *shape: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_a_robot_means_the_thing_not_the_face(wordnet: WordNet) -> None:
    mug = wordnet.thing("mug")
    assert mug is not None
    assert (mug.words, mug.definition) == (("mug", "beaker"), "with handle and usually cylindrical")
    assert wordnet.parents(mug) == ["drinking vessel", "vessel"]


@pytest.mark.parametrize(("noun", "words"), [("mugs", "mug"), ("mice", "mouse"), ("vessels", "vessel")])
def test_plurals_have_their_singular_s_senses(wordnet: WordNet, noun: str, words: str) -> None:
    assert wordnet.senses(noun) == wordnet.senses(words) != []


def test_a_noun_early_in_its_example_makes_a_sentence(wordnet: WordNet) -> None:
    assert wordnet.sentences() == ["a {} of tea"]


def test_mugs_can_be_touched_and_freedom_cannot(wordnet: WordNet) -> None:
    assert [wordnet.is_material(word) for word in ("mug", "freedom", "glorp")] == [True, False, False]


def test_words_become_one_token_while_there_is_room() -> None:
    own = own_merges(["palisade", "settee", "credenza"], clips := clip_merges()[:4096], most=4)
    ranks = {" ".join(merge): rank for rank, merge in enumerate([*clips, *own])}
    assert merged([*"palisad", "e</w>"], ranks) == ["palisade</w>"]
    assert len(merged([*"credenz", "a</w>"], ranks)) > 1
    assert len(own) <= 4


def test_names_of_persons_and_rare_words_are_no_vocabulary(wordnet: WordNet) -> None:
    ranks = {
        "mug": 10,
        "vessel": 20,
        "drinking": 30,
        "edison": 40,
        "inventor": 50,
        "mouse": 60,
        "freedom": 49_999,
        "beaker": 399_999,
    }
    words = vocabulary(wordnet, ranks, ["soup can"], ["mug"])
    assert words[0] == "soup can"
    assert {"mug", "drinking vessel", "freedom", "inventor"} <= set(words)
    assert not {"edison", "beaker"} & set(words)
    assert len(words) == len(set(words))


def test_compounds_and_everyday_phrases_are_the_same_every_time() -> None:
    assert list(compounds(["mug", "chair"])) == list(compounds(["mug", "chair"]))
    assert "tomato soup can" in everyday_phrases()


def test_names_synonyms_and_parts_of_names_share_a_row(book: Phrasebook) -> None:
    rows = {phrase.text: phrase.target for phrase in book.names}
    assert rows["beaker"] == rows["mug (cup)"] == 0
    assert rows["cabinet"] == rows["shelf"] == rows["cabinet/shelf"] == 2
    assert book.definitions == [Phrase("with a handle", 0), Phrase("a seat for several", 1)]
    assert np.linalg.norm(book.targets, axis=1) == pytest.approx(1)


def test_what_is_kept_out_is_known_by_no_name(book: Phrasebook) -> None:
    rows = kept_out(book, 0.5)
    rest = without(book, rows)
    assert rows
    assert {phrase.target for phrase in rest.names}.isdisjoint(rows)
    assert {phrase.text for phrase in rest.names}.isdisjoint(
        {phrase.text for phrase in book.names if phrase.target in rows}
    )


def test_words_are_placed_and_names_stay(book: Phrasebook, wordnet: WordNet) -> None:
    phrases = [*dict.fromkeys(phrase.text for phrase in book.names), "teapot", "saucer"]
    known = taught(book, dict(zip(phrases, unit(1, len(phrases), 20), strict=True)), wordnet)
    assert [phrase.text for phrase in known.words] == ["teapot", "saucer"]
    assert known.targets[: book.true].tobytes() == book.targets.tobytes()
    assert np.linalg.norm(known.targets, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_word_leans_on_its_synonyms_and_its_kind(wordnet: WordNet) -> None:
    places = dict(zip(("mug", "beaker", "drinking vessel", "qwert"), np.eye(4, dtype=np.float32), strict=True))
    mug, alone = leaning(["mug", "qwert"], places, wordnet)
    expected = np.array([1, SYNONYMS, PARENT, 0])
    assert mug == pytest.approx(expected / np.linalg.norm(expected))
    assert alone.tolist() == [0, 0, 0, 1]


def test_the_teacher_is_two_ridge_regressions() -> None:
    features, places, asked = unit(0, 40, 12), unit(1, 40, 8), unit(2, 5, 12)
    mean = features.mean(axis=0)
    known, new = features - mean, asked - mean
    # Slowly: linear ridge regression in the features themselves, and radial basis functions pair by pair.
    power = (known**2).sum(axis=1).mean()
    weights = np.linalg.solve(known.T @ known / power + LINEAR_RIDGE * np.eye(12), known.T / power @ places)
    width = np.median([[((a - b) ** 2).sum() for a in known] for b in known])
    kernel = np.array([[np.exp(-((a - b) ** 2).sum() / width) for a in known] for b in known])
    near = np.array([[np.exp(-((a - b) ** 2).sum() / width) for a in known] for b in new])
    slow = new @ weights + near @ np.linalg.solve(kernel + RADIAL_RIDGE * np.eye(40), places)
    slow /= np.linalg.norm(slow, axis=1, keepdims=True)
    assert Teacher.fit(features, places)(asked) == pytest.approx(slow, abs=1e-4)


def test_own_places_count_what_is_nearer() -> None:
    places = np.eye(4, dtype=np.float32)
    found = np.array([[0.9, 0.1, 0, 0], [0.5, 0.3, 0.4, 0]], np.float32)
    assert own_places(found, places[:2], places).tolist() == [0, 2]
    assert own_places(found, places[:2], np.concatenate([places, places[1:2]])).tolist() == [0, 2]


def test_distinct_names_begin_with_the_one_that_clip_read(book: Phrasebook) -> None:
    texts, rows = distinct_names(book)
    assert "mug (cup)" in texts and "beaker" not in texts
    assert len(texts) == len(rows) == len(set(texts))


@given(st.integers(0, 10_000), st.sampled_from(["teapot", "wine glass", "screwdriver", "air conditioner"]))
def test_one_letter_is_off(seed: int, text: str) -> None:
    wrong = misspelt(text, random.Random(seed))
    assert abs(len(wrong) - len(text)) <= 1
    assert wrong[0] == text[0]
    assert sum(a != b for a, b in zip(wrong, text, strict=False)) <= len(text)
    assert sorted(set(wrong) - set(text)) == sorted(set(wrong) - set(text))[:1]


def test_short_words_keep_their_letters() -> None:
    assert misspelt("red mug", random.Random(0)) == "red mug"


@pytest.mark.parametrize(
    ("one", "many"), [("mug", "mugs"), ("box", "boxes"), ("berry", "berries"), ("key", "keys"), ("bench", "benches")]
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_a_slip_never_makes_another_name() -> None:
    rng = random.Random(0)
    said = {respelt("mouse", rng, {"mouse", "moose", "house"}) for _ in range(5000)}
    assert "moose" not in said
    assert "mouses" in said


def test_parentheses_are_not_said() -> None:
    assert plain("mouse (computer equipment)") == "mouse"


def test_gibberish_is_never_empty_and_some_words_are_set_apart() -> None:
    rng = random.Random(0)
    assert min(len(gibberish(rng)) for _ in range(1000)) >= 4
    share = np.mean([is_set_apart(f"word {n}") for n in range(10_000)])
    assert share == pytest.approx(0.02, abs=0.005)


def test_a_speaker_says_what_the_book_holds(book: Phrasebook) -> None:
    for name in ("figurine", "statue", "stuffed toy", "bottle"):
        book.names.append(Phrase(name, 0))
    from words.speaker import CONTAINERS

    book.names.extend(Phrase(name, 0) for name in CONTAINERS)
    speaker = Speaker(book, ["a {}", "a photo of a {}"], ["red", "acme"])
    rng = random.Random(0)
    phrase = next(phrase for phrase in book.names if phrase.text == "dog")
    said = [speaker.say(phrase, rng) for _ in range(300)]
    plainly = [row for text, row in said if text in ("a dog", "a photo of a dog")]
    assert plainly and all(row.tobytes() == book.targets[phrase.target].tobytes() for row in plainly)
    assert {np.linalg.norm(row).round(4) for _, row in said} == {1}


TEXTS = ["a mug", "a coffee mug", "a sofa", "a red leather sofa"]


def test_tokens_are_a_weighted_ridge_regression() -> None:
    towers = load_towers(TowerConfig(MINI, "random"))
    bags = token_bags(towers.tokenizer, TEXTS, towers.text.vocab_size)
    places, weights = np.random.default_rng(0).normal(size=(4, 6)), np.array([4.0, 1, 4, 1])
    used = np.flatnonzero(bags.sum(axis=0))
    dense = bags.toarray()[:, used]
    normal = dense.T @ (weights[:, None] * dense) + RIDGE * np.eye(len(used))
    vectors = token_vectors(bags, places, weights)
    np.testing.assert_allclose(vectors[used], np.linalg.solve(normal, dense.T @ (weights[:, None] * places)), atol=1e-3)
    assert np.count_nonzero(vectors.any(axis=1)) == len(used)


def test_a_tower_starts_as_the_bag_of_its_tokens() -> None:
    towers = load_towers(TowerConfig(MINI, "random"))
    bags = token_bags(towers.tokenizer, TEXTS, towers.text.vocab_size)
    generator = np.random.default_rng(0)
    vectors = np.where(bags.sum(axis=0).T > 0, generator.normal(size=(towers.text.vocab_size, 512)), 0)
    start_as_bag(towers.text, (0.1 * vectors).astype(np.float32))
    tower = PromptedTextTower(towers.text, PromptConfig(image_tokens=0))
    with torch.no_grad():
        rows = tower(*towers.tokenize(TEXTS, towers.text.context_length)).numpy()
    expected = bags @ vectors
    cosines = (rows * expected).sum(axis=1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(expected, axis=1)
    assert cosines.min() > 0.95
