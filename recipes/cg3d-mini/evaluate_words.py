#!/usr/bin/env python3
"""How well a bundle knows words: `recipes/cg3d-mini/evaluate_words.py BUNDLE SHARED/text WORK [--held-out 0.2]`.

Through the exported text graph alone. Names whose true place CLIP has told, apart those that the tower was taught and those
that were kept out of teacher and tower alike (`train_towers.py text --held-out 0.2`): how often their own place is the nearest
of all names' places, one of the nearest five, or behind more than 100 others ("nonsense"); said plainly, in sentences, behind
words that were never heard, and with a letter wrong. Everyday nouns that no list has: how often a synonym is nearer than 95 %
of other nouns. And how many words that are no English are told, beside how many English ones are so by mistake.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from teach_words import read_words
from words.foreign import FREQUENT, foreign_words, gibberish, is_set_apart
from words.language_models import frequent_words
from words.phrasebook import Phrasebook, distinct_names, kept_out, own_places, read_phrasebook, without
from words.sources import fetch
from words.speaker import misspelt
from words.teacher import plain
from words.wordnet import WordNet

from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.encoder import TextEncoder
from cg3d_runtime.labels.unfamiliar import Unfamiliar

Embed = Callable[[Sequence[str]], np.ndarray]  # (n,) texts -> (n, D) unit rows
# None of these is among the sentences that the tower learns.
SENTENCES = ("there is a {} on the shelf", "I can see the {} over there", "somebody left this {} in the kitchen")
NEARER = 0.95  # share of other nouns that a synonym should be nearer than
NONSENSE = 100
STRANGE = 2000  # words that are no English
# What a name is, by the kinds above its sense in WordNet; the first that fits.
KINDS = {
    "animals": {"animal"},
    "food": {"food", "food fish", "produce", "beverage"},
    "vehicles": {"vehicle", "craft", "conveyance"},
    "tools": {"tool", "implement", "hand tool", "device"},
    "clothing": {"clothing", "covering", "garment", "footwear"},
    "household": {"furnishing", "furniture", "container", "utensil", "home appliance", "instrumentality"},
}
SYNONYMS = Path(__file__).parent / "words" / "everyday_synonyms.txt"


def main(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    shared: Annotated[Path, typer.Argument(help="Folder with clip_vit_b32_*.npz, synonyms and templates.")],
    work: Annotated[Path, typer.Argument(help="Folder where teach_words.py has read the words.")],
    held_out: Annotated[float, typer.Option(help="Share of names that the tower never saw.")] = 0.0,
) -> None:
    """Print all figures."""
    opened, book, sources = Bundle.open(bundle), read_phrasebook(shared), fetch(work / "sources")
    with closing(open_backend(opened, "text", "cpu")) as session:
        encoder = TextEncoder(opened, session)

        def embed(phrases: Sequence[str]) -> np.ndarray:
            return encoder.embed([Label(phrase, (phrase,)) for phrase in phrases])

        report_names(book, kept_out(book, held_out), embed, encoder.encode, WordNet(sources.wordnet))
        report_synonyms(embed)
        if unfamiliar := Unfamiliar.of(opened):
            english = {word for phrase in read_words(work) for word in phrase.split()}
            english |= set(frequent_words(sources.glove, FREQUENT))
            foreign = foreign_words(sources.wordfreq, english)
            report_unfamiliar(
                unfamiliar, embed, sorted(filter(is_set_apart, english)), list(filter(is_set_apart, foreign))
            )


def report_names(book: Phrasebook, rows: set[int], embed: Embed, encode: Embed, wordnet: WordNet) -> None:
    """Nearest, among five and nonsense, of names kept out and of all others."""
    _, places = distinct_names(book)
    held = {phrase.target for phrase in book.names} - {phrase.target for phrase in without(book, rows).names}
    print(f"{'names':40}  number  nearest  among 5  nonsense  cosine")
    for title, chosen in (("kept out", held), ("taught", set(range(book.true)) - held)):
        if not chosen:
            continue
        texts, own = distinct_names(without(book, set(range(book.true)) - chosen))
        for way, said in ways(texts):
            found = encode(said) if way != "plain" else embed(said)
            _line(f"{title}, {way}", found, own, places)
        if title == "kept out":
            for kind, members in by_kind(texts, wordnet).items():
                _line(f"  {kind}", embed([texts[i] for i in members]), own[members], places)


def ways(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Names as they are said, whole texts but for the first."""
    rng = random.Random(0)
    names = [plain(text) for text in texts]
    yield "plain", list(texts)
    yield "in sentences", [rng.choice(SENTENCES).format(name) for name in names]
    yield "behind words never heard", [f"a {gibberish(rng)} {name}" for name in names]
    yield "one letter off", [f"a {misspelt(name, rng)}" for name in names]


def by_kind(texts: Sequence[str], wordnet: WordNet) -> dict[str, list[int]]:
    """Places of names by what they are."""
    kinds: dict[str, list[int]] = {kind: [] for kind in (*KINDS, "others")}
    for place, text in enumerate(texts):
        kinds[_kind(plain(text), wordnet)].append(place)
    return {kind: places for kind, places in kinds.items() if places}


def _kind(name: str, wordnet: WordNet) -> str:
    sense = wordnet.thing(name) or wordnet.thing(name.split()[-1])
    above = {*sense.words, *wordnet.parents(sense, most=12)} if sense else set()
    return next((kind for kind, words in KINDS.items() if above & words), "others")


def _line(title: str, found: np.ndarray, own: np.ndarray, places: np.ndarray) -> None:
    rank, cosine = own_places(found, own, places), (found * own).sum(axis=1).mean()
    shares = ((rank == 0).mean(), (rank < 5).mean(), (rank >= NONSENSE).mean())
    print(f"{title:40}  {len(own):6}  {shares[0]:7.1%}  {shares[1]:7.1%}  {shares[2]:8.1%}  {cosine:6.3f}")


def report_synonyms(embed: Embed) -> None:
    """How often a synonym of an everyday noun is nearer to it than nearly all other nouns are."""
    pairs = [line.split(": ") for line in SYNONYMS.read_text("utf-8").splitlines() if ":" in line]
    nouns, synonyms = [noun for noun, _ in pairs], [said.split("; ") for _, said in pairs]
    rows = embed(nouns)
    others = rows @ rows.T
    others[np.diag_indices(len(rows))] = -1  # nearer than itself is no feat
    found = embed([word for words in synonyms for word in words])
    owner = np.repeat(np.arange(len(nouns)), [len(words) for words in synonyms])
    nearer = (others[owner] < (found * rows[owner]).sum(axis=1)[:, None]).mean(axis=1)
    print(
        f"synonyms of {len(nouns)} everyday nouns, nearer than {NEARER:.0%} of the others: {(nearer >= NEARER).mean():.1%}"
    )


def report_unfamiliar(unfamiliar: Unfamiliar, embed: Embed, english: Sequence[str], foreign: Sequence[str]) -> None:
    """Shares told as no English, of words that the tower was not taught."""
    rng = random.Random(1)
    kinds = {"English": english, "foreign": foreign, "no language": [gibberish(rng) for _ in range(STRANGE)]}
    shares = {kind: unfamiliar.flags(embed(words)).mean() for kind, words in kinds.items()}
    print("told as unfamiliar:", ", ".join(f"{kind} {share:.1%}" for kind, share in shares.items()))


if __name__ == "__main__":
    typer.run(main)
