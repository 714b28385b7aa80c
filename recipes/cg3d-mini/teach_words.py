#!/usr/bin/env python3
"""Teach the text tower's words: what language models say of 60,000 phrases, and how well that tells where CLIP has a name.

    recipes/cg3d-mini/teach_words.py read   SHARED/text WORK      phrases and their features -> WORK/read/
    recipes/cg3d-mini/teach_words.py report SHARED/text WORK      five-fold figures of the regression

Reading takes half an hour on 2 cores, and goes on where it was cut.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from words.phrasebook import distinct_names, own_places, read_phrasebook
from words.sources import fetch
from words.teacher import Reader, Teacher
from words.vocabulary import everyday_phrases, vocabulary

log = logging.getLogger("teach_words")
app = typer.Typer(add_completion=False)

CHUNK = 2000
FOLDS = 5
Shared = Annotated[Path, typer.Argument(help="Folder with clip_vit_b32_*.npz, synonyms and templates.")]
Work = Annotated[Path, typer.Argument(help="Folder for downloads and what was read.")]


@app.command()
def read(shared: Shared, work: Work) -> None:
    """Read every phrase of the vocabulary."""
    reader = Reader(fetch(work / "sources"))
    said = [*(phrase.text for phrase in read_phrasebook(shared).names), *everyday_phrases()]
    phrases = vocabulary(reader.wordnet, reader.glove.ranks, said, everyday_nouns(shared))
    log.info("%d phrases", len(phrases))
    parts = work / "read"
    parts.mkdir(parents=True, exist_ok=True)
    known = {phrase for part in sorted(parts.glob("[0-9]*.npz")) for phrase in np.load(part)["phrases"].tolist()}
    new = [phrase for phrase in phrases if phrase not in known]
    for start in range(0, len(new), CHUNK):
        some = new[start : start + CHUNK]
        np.savez(temporary := parts / "part", phrases=some, features=reader(some).astype(np.float16))
        temporary.with_suffix(".npz").rename(parts / f"{len(known) + start:06}.npz")
        log.info("%d of %d read", min(start + CHUNK, len(new)), len(new))


@app.command()
def report(shared: Shared, work: Work) -> None:
    """How near to their own place names come that the regression was not fitted on."""
    book, words = read_phrasebook(shared), read_words(work)
    texts, rows = distinct_names(book)
    features = np.stack([words[text] for text in texts])
    fold = np.random.default_rng(0).permutation(len(texts)) % FOLDS
    placed = np.empty_like(rows)
    for held in range(FOLDS):
        teacher = Teacher.fit(features[fold != held], rows[fold != held])
        placed[fold == held] = teacher(features[fold == held])
    places = own_places(placed, rows, rows)
    cosine = (placed * rows).sum(axis=1).mean()
    near, five, far = (places == 0).mean(), (places < 5).mean(), (places >= 100).mean()
    log.info(
        "%d names: nearest %.1f %%, among five %.1f %%, beyond 100 %.1f %%, cosine %.3f",
        len(texts),
        *(100 * share for share in (near, five, far)),
        cosine,
    )


def everyday_nouns(shared: Path) -> list[str]:
    """One-word names that are common in LVIS's pictures."""
    entries = json.loads((shared / "lvis_synonyms_definitions.json").read_text("utf-8"))
    return [entry["name"] for entry in entries if entry["frequency"] in "fc" and entry["name"].isalpha()]


def read_words(work: Path) -> dict[str, np.ndarray]:
    """Features by phrase."""
    words: dict[str, np.ndarray] = {}
    for part in sorted((work / "read").glob("[0-9]*.npz")):
        with np.load(part) as arrays:
            words.update(zip(arrays["phrases"].tolist(), arrays["features"].astype(np.float32), strict=True))
    return words


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    app()
