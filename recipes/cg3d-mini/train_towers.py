#!/usr/bin/env python3
"""Learn the small image and text towers of cg3d-mini in the text space of OpenAI's CLIP ViT-B/32, less its mean.

    recipes/cg3d-mini/train_towers.py merges SHARED/text WORK      frequent words -> the text tower's tokenizer
    recipes/cg3d-mini/train_towers.py text   SHARED/text WORK      true text embeddings, words taught -> text tower
    recipes/cg3d-mini/train_towers.py settle SHARED/text WORK TOWERS    the words that lie badly once more
    recipes/cg3d-mini/train_towers.py image  DATA [DATA ...]       rendered views -> image tower, against the text tower

The last three rewrite their halves of cg3d/towers/cg3d-mini.safetensors (half precision). The text tower learns to answer any
phrasing of a name with CLIP's own embedding of "a {name}", and any phrasing of another word with the place that the teacher
gave it (see words/); what is no English word it learns to put in a direction of its own. The image tower learns to meet it on
views of packed objects.

CLIP's text vectors lie in a narrow cone: unrelated names have cosines of 0.7. So the mean of the LVIS names is subtracted
from every target, and unrelated names have cosines around 0. The subtraction is in the towers' weights, nowhere else; MEAN
keeps it, so that embeddings of the real ViT-B/32 can be brought into the same space: divide by the norm, subtract, divide by
the norm again.
"""

from __future__ import annotations

import json
import logging
import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
import typer
from safetensors.torch import load_file, save_file
from teach_words import read_words
from torch import Tensor, nn
from words.foreign import FREQUENT, foreign_words, gibberish, is_set_apart
from words.language_models import frequent_words
from words.merges import END_OF_WORD, own_merges
from words.phrasebook import Phrase, Phrasebook, kept_out, read_phrasebook, taught, without
from words.sources import fetch
from words.speaker import Speaker, modifiers_of, read_templates
from words.tokens import start_as_bag, token_bags, token_vectors
from words.wordnet import WordNet

from cg3d.models.prompts import PromptConfig, PromptedImageTower, PromptedTextTower
from cg3d.models.towers.tokenizer import Merge, byte_tokens, clip_merges
from cg3d.models.towers.towers import MERGES, MINI, MINI_FOLDER, TowerConfig, Towers, load_towers, unfamiliar_file
from cg3d_runtime.labels.unfamiliar import Unfamiliar

log = logging.getLogger("train_towers")
app = typer.Typer(add_completion=False)

WEIGHTS = MINI_FOLDER / f"{MINI}.safetensors"
MEAN = MINI_FOLDER / "clip-vit-b-32-text-mean.npy"  # (512,) float32
LOGIT_SCALE = 20.0  # CLIP's own, 100, is for the narrow cone
# What shares of the text tower's batches are: there are thirty times more words than names, whose places are true.
LESSONS = {"names": 0.42, "words": 0.45, "definitions": 0.05, "no English": 0.08}
TRUE_WEIGHT = 4  # of a name among words, in the bag of tokens
MISTAKEN = 0.01  # share of English words never taught that may be taken for none
CLIPS = 4096  # tokens that are CLIP's own
ALL_WORDS = 400_000  # of GloVe
THINGS_BEFORE = 4  # as if so much more frequent than words for what cannot be touched
PARTS = 4  # of a batch, by length
NEAR = 2048  # words beside the names whose nearness is learned, others in each step
HARD, LOOK_EVERY = 192, 250  # phrases that lie badly in a step; when it is seen which they are
NO_PROMPTS = PromptConfig(image_tokens=0)
SAVED_EVERY = 500  # steps: a cut run goes on from there
Say = Callable[
    [int, nn.Module], tuple[list[str], np.ndarray]
]  # of a step and the tower as it is: texts, and their unit rows
Batch = Callable[[int], tuple[Tensor, Tensor]]  # of a step: features, and the unit rows that they should be


@dataclass(frozen=True)
class School:
    """What the text tower learns from."""

    speaker: Speaker
    words: list[Phrase]  # those of the book that are not set apart
    foreign: list[str]
    nowhere: np.ndarray  # (D,) unit row: where words lie that are no English

    def batch(self, size: int, rng: random.Random) -> tuple[list[str], np.ndarray]:
        """Texts, and the (size, D) unit rows that they mean."""
        texts, rows = zip(*(self._say(rng) for _ in range(size)), strict=True)
        return list(texts), np.stack(rows)

    def _say(self, rng: random.Random) -> tuple[str, np.ndarray]:
        book = self.speaker.book
        lesson = rng.choices(list(LESSONS), list(LESSONS.values()))[0]
        if lesson == "no English":
            said = rng.choice(self.foreign) if rng.random() < 0.75 else gibberish(rng)
            return self.speaker.frame(said, rng), self.nowhere
        if lesson == "definitions":
            phrase = rng.choice(book.definitions)
            return phrase.text, book.targets[phrase.target]
        return self.speaker.say(rng.choice(self.words if lesson == "words" else book.names), rng)


Shared = Annotated[Path, typer.Argument(help="Folder with clip_vit_b32_*.npz, synonyms and templates.")]
Work = Annotated[Path, typer.Argument(help="Folder where teach_words.py has read the words.")]


@dataclass
class Plain:
    """Phrases as the runtime says them, and how far each lies from its place.

    Attributes:
        texts: all names and words that are taught.
        rows: (n, D) unit rows that they mean.
        missed: (n,) one less the cosine to these, as it was seen last.
    """

    texts: list[str]
    rows: np.ndarray
    missed: np.ndarray

    @classmethod
    def of(cls, school: School) -> Plain:
        book = school.speaker.book
        phrases = [*book.names, *(phrase for phrase in book.words if not is_set_apart(phrase.text))]
        rows = book.targets[[phrase.target for phrase in phrases]]
        return cls([f"a {phrase.text}" for phrase in phrases], rows, np.empty(0))

    def look(self, towers: Towers, tower: nn.Module) -> None:
        cosines = (_embedded(towers, tower, self.texts) * self.rows).sum(axis=1)
        log.info(
            "cosine of %d phrases: %.3f, of one in ten under %.3f",
            len(cosines),
            cosines.mean(),
            np.quantile(cosines, 0.1),
        )
        self.missed = np.maximum(1 - cosines, 0)

    def hard(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """(number,) indices."""
        return rng.choice(len(self.texts), number, p=self.missed / self.missed.sum())


@app.command()
def merges(shared: Shared, work: Work) -> None:
    """Choose the tokenizer's merges: words of names first, then those of other phrases, frequent ones and things before."""
    sources = fetch(work / "sources")
    wordnet, places = WordNet(sources.wordnet), enumerate(frequent_words(sources.glove, ALL_WORDS))
    rank = {word: place // THINGS_BEFORE if wordnet.is_material(word) else place for place, word in places}
    names = {word for phrase in read_phrasebook(shared).names for word in _letters(phrase.text)}
    words = {word for phrase in read_words(work) for word in _letters(phrase)}
    order = sorted(words | names, key=lambda word: (word not in names, rank.get(word, ALL_WORDS), word))
    total = json.loads(MERGES.with_name(f"{MINI}.json").read_text("utf-8"))["text_cfg"]["vocab_size"]
    own = own_merges(order, clip_merges()[: CLIPS - len(byte_tokens()) - 2], total - CLIPS)
    MERGES.write_text("".join(f"{first} {second}\n" for first, second in own), "utf-8")
    log.info("%d merges; %d of %d words are one token", len(own), len(_wholes(own)), len(order))


def _letters(text: str) -> list[str]:
    return re.findall("[a-z]+", text.lower())


def _wholes(own: list[Merge]) -> list[str]:
    return [first + last.removesuffix(END_OF_WORD) for first, last in own if last.endswith(END_OF_WORD)]


HeldOut = Annotated[float, typer.Option(help="Share of names kept out, to measure generalisation.")]
Out = Annotated[Path, typer.Option(help="Where the towers are written.")]


@app.command()
def text(
    shared: Shared,
    work: Work,
    steps: int = 3000,
    batch_size: int = 128,
    learning_rate: float = 5e-4,
    held_out: HeldOut = 0.0,
    start: Annotated[Path | None, typer.Option(help="Towers to go on from, instead of a bag of tokens.")] = None,
    out: Out = WEIGHTS,
) -> None:
    """Learn the text tower."""
    school = school_of(shared, work, held_out)
    towers = _trainable_towers("text")
    if start is None:
        start_as_bag(towers.text, bag_of(towers, school.speaker.book))
    else:
        towers.text.load_state_dict(_half(start, "text"))

    def say(step: int, _: nn.Module) -> tuple[list[str], np.ndarray]:
        return school.batch(batch_size, random.Random(step))

    _teach(towers, school, say, steps, learning_rate, out)


@app.command()
def settle(
    shared: Shared,
    work: Work,
    start: Annotated[Path, typer.Argument(help="Towers to go on from.")],
    steps: int = 1000,
    learning_rate: float = 3e-4,
    held_out: HeldOut = 0.0,
    out: Out = WEIGHTS,
) -> None:
    """Go on with phrases as the runtime says them, the more often the farther they lie from their place, beside all else."""
    school = school_of(shared, work, held_out)
    towers = _trainable_towers("text")
    towers.text.load_state_dict(_half(start, "text"))
    plain = Plain.of(school)

    def say(step: int, tower: nn.Module) -> tuple[list[str], np.ndarray]:
        if step % LOOK_EVERY == 0 or not len(plain.missed):
            plain.look(towers, tower)
        texts, rows = school.batch(HARD // 3, random.Random(f"settle {step}"))
        hard = plain.hard(HARD, np.random.default_rng(step))
        return [*texts, *(plain.texts[i] for i in hard)], np.concatenate([rows, plain.rows[hard]])

    _teach(towers, school, say, steps, learning_rate, out)


def _teach(towers: Towers, school: School, say: Say, steps: int, learning_rate: float, out: Path) -> None:
    """Learn from what is said in each step, and write the towers and what is no English beside them."""
    book = school.speaker.book
    tower = PromptedTextTower(towers.text, NO_PROMPTS).requires_grad_(True).train()
    targets = torch.from_numpy(book.targets)
    names, words = targets[sorted({phrase.target for phrase in book.names})], targets[book.true :]

    def batch(step: int) -> tuple[Tensor, Tensor]:
        texts, rows = say(step, tower)
        return embed(towers, tower, texts), torch.from_numpy(rows)

    def places(step: int) -> Tensor:
        chosen = np.random.default_rng(step).integers(len(words), size=NEAR)
        return torch.cat([names, words[chosen]])

    _learn(tower, batch, places, steps, learning_rate, out.with_suffix(".unfinished"))
    if out == WEIGHTS:
        np.save(MEAN, book.mean)
    _save(towers, out)
    unfamiliar_file(out).write_bytes(fit_unfamiliar(towers, tower.eval(), school).to_bytes())


def bag_of(towers: Towers, book: Phrasebook) -> np.ndarray:
    """What each token adds to the place of a phrase, (vocab_size, D)."""
    phrases = [*book.names, *book.words]
    bags = token_bags(towers.tokenizer, [f"a {phrase.text}" for phrase in phrases], towers.text.vocab_size)
    weights = np.where(np.arange(len(phrases)) < len(book.names), TRUE_WEIGHT, 1).astype(np.float32)
    return token_vectors(bags, book.targets[[phrase.target for phrase in phrases]], weights)


def school_of(shared: Path, work: Path, held_out: float) -> School:
    """Names, words and templates; brands and other strange words stand before names, foreign ones alone.

    Phrases of one word come twice as often as others: nothing else tells their places.

    Args:
        held_out: share of the names that are kept out.
    """
    whole, sources = read_phrasebook(shared), fetch(work / "sources")
    wordnet = WordNet(sources.wordnet)
    book = taught(without(whole, kept_out(whole, held_out)), read_words(work), wordnet)
    english = {word for phrase in (*book.names, *book.words) for word in phrase.text.split()}
    strange = foreign_words(sources.wordfreq, english | set(frequent_words(sources.glove, FREQUENT)))
    foreign = [word for word in strange if not is_set_apart(word)]
    words = [phrase for phrase in book.words if not is_set_apart(phrase.text)]
    words += [phrase for phrase in words if " " not in phrase.text]
    modifiers = modifiers_of(book) + random.Random(0).sample(foreign, len(foreign) // 8)
    speaker = Speaker(book, read_templates(shared), modifiers, wordnet.sentences())
    return School(speaker, words, foreign, nowhere(book.targets.shape[1]))


def embed(towers: Towers, tower: nn.Module, texts: list[str]) -> Tensor:
    """Features of texts, one row each; like lengths together, so that little of what is computed is padding."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = [order[len(order) * part // PARTS : len(order) * (part + 1) // PARTS] for part in range(PARTS)]
    length = towers.text.context_length
    rows = torch.cat([tower(*towers.tokenize([texts[i] for i in part], length)) for part in parts if part])
    features: Tensor = rows[torch.from_numpy(np.argsort(order))]
    return features


@torch.no_grad()
def _embedded(towers: Towers, tower: nn.Module, texts: list[str]) -> np.ndarray:
    """(n, D) unit rows."""
    rows = torch.cat([embed(towers, tower, texts[i : i + NEAR]) for i in range(0, len(texts), NEAR)])
    return F.normalize(rows, dim=-1).numpy()


@torch.no_grad()
def fit_unfamiliar(towers: Towers, tower: nn.Module, school: School) -> Unfamiliar:
    """The cosine to nowhere that few English words reach which the tower was not taught."""
    apart = [phrase.text for phrase in school.speaker.book.words if is_set_apart(phrase.text)]
    rows = _embedded(towers, tower, [f"a {text}" for text in apart])
    threshold = float(np.quantile(rows @ school.nowhere, 1 - MISTAKEN))
    log.info("unfamiliar: cosine %.3f, which %.0f %% of %d English words reach", threshold, 100 * MISTAKEN, len(apart))
    return Unfamiliar(school.nowhere, threshold)


def nowhere(dim: int) -> np.ndarray:
    """The unit row of what is no English: nearly orthogonal to every place, as any direction among hundreds is."""
    row = np.random.default_rng(0).normal(size=dim).astype(np.float32)
    return row / np.linalg.norm(row)


@app.command()
def image(
    data: Annotated[list[Path], typer.Argument(help="Packed data, see `cg3d data pack`.")],
    steps: int = 2000,
    batch_size: int = 64,
    learning_rate: float = 5e-4,
) -> None:
    """Learn the image tower on rendered views, against the text tower as it is."""
    torch.manual_seed(0)
    towers = _trainable_towers("visual")
    views, labels, names = read_views(data, towers.image_size)
    tower = PromptedImageTower(towers.visual, NO_PROMPTS, towers.image_mean, towers.image_std)
    tower.requires_grad_(True).train()
    # Rare names more often than they come: a few hundred chairs must not drown a single kettle.
    weights = torch.bincount(labels).float().rsqrt()[labels]

    targets = _embed_names(towers, names)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(step)
        rows = torch.multinomial(weights, batch_size, replacement=True, generator=generator)
        return tower(_augmented(views[rows], generator)), targets[labels[rows]]

    _learn(tower, batch, lambda _: targets, steps, learning_rate, WEIGHTS.with_suffix(".unfinished"))
    _save(towers, WEIGHTS)


def read_views(folders: list[Path], size: int) -> tuple[Tensor, Tensor, list[str]]:
    """All views (M, 3, S, S) uint8, their label ids (M,), and the label names."""
    from cg3d.data.shards import Dataset

    views, labels = [], []
    for folder in folders:
        for sample in Dataset.open(folder):
            pixels = torch.tensor(sample.views).permute(0, 3, 1, 2)
            views.append(F.interpolate(pixels.float(), size=(size, size), mode="area").round().byte())
            labels += [sample.label] * len(pixels)
    names = sorted(set(labels))
    return torch.cat(views), torch.tensor([names.index(label) for label in labels]), names


def _augmented(views: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror, a random crop, and brightness: (B, 3, S, S) uint8 -> float32 in [0, 1]."""
    x = views.float() / 255
    if torch.rand((), generator=generator) < 0.5:
        x = x.flip(-1)
    size = x.shape[-1]
    pad = size // 8
    left, top = torch.randint(0, 2 * pad + 1, (2,), generator=generator).tolist()
    x = F.pad(x, (pad, pad, pad, pad), value=1.0)[..., top : top + size, left : left + size]
    return (x * (0.8 + 0.4 * torch.rand(len(x), 1, 1, 1, generator=generator))).clamp(0, 1)


@torch.no_grad()
def _embed_names(towers: Towers, names: list[str]) -> Tensor:
    tower = PromptedTextTower(towers.text, NO_PROMPTS).eval()
    return F.normalize(tower(*towers.tokenize([f"a {n}" for n in names], towers.text.context_length)), dim=-1)


def _learn(
    tower: nn.Module,
    batch: Batch,
    places: Callable[[int], Tensor],
    steps: int,
    learning_rate: float,
    unfinished: Path,
) -> None:
    """AdamW with warm-up and cosine; towards the right place, and as near to all places as CLIP's own embedding is.

    Args:
        places: of a step: rows whose nearness is learned, (m, D).
        unfinished: where the run is saved, so that it goes on from there if it is cut.
    """
    optimiser = torch.optim.AdamW(tower.parameters(), learning_rate, weight_decay=0.05)
    warm_up = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * step / steps)))
    )
    parts = {"tower": tower, "optimiser": optimiser, "schedule": schedule}
    first, started = _resumed(parts, unfinished), time.monotonic()
    for step in range(first, steps):
        loss = _loss(batch, places, step)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            log.info("step %d of %d  loss %.3f  %.0f s", step, steps, loss.item(), time.monotonic() - started)
        if (step + 1) % SAVED_EVERY == 0:
            torch.save({"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}, unfinished)
    unfinished.unlink(missing_ok=True)


def _loss(batch: Batch, places: Callable[[int], Tensor], step: int) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
        features, targets = batch(step)
    features, near = F.normalize(features.float(), dim=-1), places(step)
    nearness = (LOGIT_SCALE * targets @ near.T).softmax(dim=-1)
    apart = F.cross_entropy(LOGIT_SCALE * features @ near.T, nearness)
    return apart + 10 * (1 - (features * targets).sum(dim=-1)).mean()


def _resumed(parts: dict[str, Any], unfinished: Path) -> int:
    """The step that a cut run goes on from, its parts as they were then."""
    if not unfinished.is_file():
        return 0
    saved = torch.load(unfinished, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])


def has_bfloat16() -> bool:
    """Whether the processor computes with it; else it is slower than float32."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _trainable_towers(fresh: str) -> Towers:
    """The towers as they are, but one of them, `text` or `visual`, with fresh weights, and perhaps of another size."""
    towers = load_towers(TowerConfig(MINI, "random"))
    if WEIGHTS.is_file():
        kept = {"text": "visual", "visual": "text"}[fresh]
        getattr(towers, kept).load_state_dict(_half(WEIGHTS, kept))
    return towers


def _half(file: Path, tower: str) -> dict[str, Tensor]:
    """The weights of one of two towers, `text` or `visual`."""
    weights = load_file(file).items()
    return {name.removeprefix(f"{tower}."): value.float() for name, value in weights if name.startswith(f"{tower}.")}


def _save(towers: Towers, file: Path) -> None:
    """Both towers in half precision, under the names that open_clip expects."""
    state = {f"visual.{name}": value for name, value in towers.visual.state_dict().items()}
    state |= {f"text.{name}": value for name, value in towers.text.state_dict().items()}
    state["logit_scale"] = torch.tensor(math.log(LOGIT_SCALE))
    halves = {name: value.half().contiguous() if value.ndim else value for name, value in state.items()}
    temporary = file.with_suffix(".part")
    save_file(halves, temporary)
    temporary.replace(file)
    log.info("wrote %s, %.1f MB", file.name, file.stat().st_size / 1e6)


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    app()
