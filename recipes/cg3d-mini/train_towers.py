#!/usr/bin/env python3
"""Learn the small image and text towers of cg3d-mini in the text space of OpenAI's CLIP ViT-B/32, less its mean.

    recipes/cg3d-mini/train_towers.py text  SHARED/text            true text embeddings -> text tower
    recipes/cg3d-mini/train_towers.py image DATA [DATA ...]        rendered views -> image tower, against the text tower

Each stage rewrites its half of cg3d/towers/cg3d-mini.safetensors (half precision). The text tower learns to answer any
phrasing of a name with CLIP's own embedding of "a {name}", see phrases.py; the image tower learns to meet it on views of
packed objects.

CLIP's text vectors lie in a narrow cone: unrelated names have cosines of 0.7. So the mean of the LVIS names is subtracted
from every target, and unrelated names have cosines around 0. The subtraction is in the towers' weights, nowhere else; MEAN
keeps it, so that embeddings of the real ViT-B/32 can be brought into the same space: divide by the norm, subtract, divide by
the norm again.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import typer
from phrases import Phrasebook, Speaker, modifiers_of, read_phrasebook, read_templates
from safetensors.torch import save_file
from torch import Tensor, nn

from cg3d.models.prompts import PromptConfig, PromptedImageTower, PromptedTextTower
from cg3d.models.towers.towers import MINI, MINI_FOLDER, TowerConfig, Towers, load_towers

log = logging.getLogger("train_towers")
app = typer.Typer(add_completion=False)

WEIGHTS = MINI_FOLDER / f"{MINI}.safetensors"
MEAN = MINI_FOLDER / "clip-vit-b-32-text-mean.npy"  # (512,) float32
LOGIT_SCALE = 20.0  # CLIP's own, 100, is for the narrow cone
DEFINITIONS = 1 / 8  # share of the text tower's batches that hold definitions instead of names
UNHEARD = 250  # words that never stand before a name, to see whether such words disturb
# Said around a name to see whether a phrasing that was never learned disturbs it.
UNSEEN = ("there is a {} on the shelf", "I can see the {} over there", "somebody left this {} in the kitchen")
NO_PROMPTS = PromptConfig(image_tokens=0)
Batch = Callable[[], tuple[Tensor, Tensor]]  # features of a new batch, and the unit rows that they should be


@app.command()
def text(
    folder: Annotated[Path, typer.Argument(help="Folder with clip_vit_b32_*.npz, synonyms and templates.")],
    steps: int = 3000,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    held_out: Annotated[float, typer.Option(help="Share of names kept out, to measure generalisation.")] = 0.0,
    fresh: Annotated[
        bool, typer.Option("--fresh/--present", help="Begin anew, or with the tower as it is: when words were added.")
    ] = True,
) -> None:
    """Learn the text tower."""
    rng = random.Random(0)
    torch.manual_seed(0)
    book, templates = read_phrasebook(folder), read_templates(folder)
    modifiers = modifiers_of(book)
    unheard = set(rng.sample(modifiers, UNHEARD))
    # A name that two sets share is kept out of both.
    named = {phrase.text for phrase in rng.sample(book.names, int(held_out * len(book.names)))}
    kept_out = {phrase.target for phrase in book.names if phrase.text in named}
    learned = [phrase for phrase in book.names if phrase.target not in kept_out]
    defined = [phrase for phrase in book.definitions if phrase.target not in kept_out]
    speaker = Speaker(book, templates, [word for word in modifiers if word not in unheard])
    towers = _trainable_towers("text") if fresh else load_towers(TowerConfig(MINI, "builtin"))
    tower = PromptedTextTower(towers.text, NO_PROMPTS).requires_grad_(True).train()

    def batch() -> tuple[Tensor, Tensor]:
        if rng.random() < DEFINITIONS:
            said = [(phrase.text, book.targets[phrase.target]) for phrase in rng.choices(defined, k=batch_size)]
        else:
            said = [speaker.say(phrase, rng) for phrase in rng.choices(learned, k=batch_size)]
        texts, rows = zip(*said, strict=True)
        return tower(*towers.tokenize(list(texts), towers.text.context_length)), torch.from_numpy(np.stack(rows))

    targets = torch.from_numpy(book.targets)
    _learn(tower, batch, targets, steps, learning_rate)
    report_text(towers, tower.eval(), book, kept_out, Speaker(book, ["a {}"], sorted(unheard)))
    if held_out:
        log.info("not saved: this tower measures how the saved one, which learns all names, does on new ones")
    else:
        np.save(MEAN, book.mean)
        _save(towers)


@app.command()
def image(
    data: Annotated[list[Path], typer.Argument(help="Packed data, see `cg3d data pack`.")],
    steps: int = 2000,
    batch_size: int = 64,
    learning_rate: float = 5e-4,
) -> None:
    """Learn the image tower on rendered views, against the text tower as it is."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    towers = _trainable_towers("visual")
    views, labels, names = read_views(data, towers.image_size)
    tower = PromptedImageTower(towers.visual, NO_PROMPTS, towers.image_mean, towers.image_std)
    tower.requires_grad_(True).train()
    # Rare names more often than they come: a few hundred chairs must not drown a single kettle.
    weights = torch.bincount(labels).float().rsqrt()[labels]

    targets = _embed_names(towers, names)

    def batch() -> tuple[Tensor, Tensor]:
        rows = torch.multinomial(weights, batch_size, replacement=True, generator=generator)
        return tower(_augmented(views[rows], generator)), targets[labels[rows]]

    _learn(tower, batch, targets, steps, learning_rate)
    _save(towers)


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


def report_text(towers: Towers, tower: nn.Module, book: Phrasebook, kept_out: set[int], speaker: Speaker) -> None:
    """Log cosine and nearest-name accuracy of the first phrase of each row, said plainly, and in ways never learned."""
    first = {phrase.target: phrase.text for phrase in reversed(book.names)}
    texts = [first[row] for row in range(len(book.targets))]
    plain = [[f"a {text}" for text in texts]]
    unseen = [[way.format(text) for text in texts] for way in UNSEEN]
    unheard = [[speaker.before(text, random.Random(row)) for row, text in enumerate(texts)]]
    held = torch.tensor([row in kept_out for row in range(len(texts))])
    true = torch.arange(len(texts)) < book.true
    for title, chosen, ways in (
        ("learned names", true & ~held, plain),
        ("learned names in unseen phrasings", true & ~held, unseen),
        ("learned names behind words never heard", true & ~held, unheard),
        ("words placed by hand", ~true & ~held, plain),
        ("names kept out", held, plain),
    ):
        if chosen.any():
            targets = torch.from_numpy(book.targets)
            scores = torch.stack([_agreement(towers, tower, said, targets) for said in ways])
            cosine, right = scores[..., chosen].mean(dim=(0, 2))
            log.info("%s: %d, cosine %.3f, nearest is right %.1f %%", title, chosen.sum(), cosine, 100 * right)


@torch.no_grad()
def _agreement(towers: Towers, tower: nn.Module, texts: list[str], targets: Tensor) -> Tensor:
    """(2, n): the cosine of each text with its target, and whether no other target is nearer."""
    features = F.normalize(tower(*towers.tokenize(texts, towers.text.context_length)), dim=-1)
    nearest = targets[(features @ targets.T).argmax(dim=-1)]
    same = (nearest * targets).sum(dim=-1) > 0.999  # a name that two sets share has two equal rows
    return torch.stack([(features * targets).sum(dim=-1), same.float()])


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


def _learn(tower: nn.Module, batch: Batch, names: Tensor, steps: int, learning_rate: float) -> None:
    """AdamW with warm-up and cosine; towards the right place, and as near to all names as CLIP's own embedding is."""
    optimiser = torch.optim.AdamW(tower.parameters(), learning_rate, weight_decay=0.05)
    warm_up = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * step / steps)))
    )
    started = time.monotonic()
    for step in range(steps):
        with torch.autocast("cpu", torch.bfloat16):
            features, targets = batch()
        features = F.normalize(features.float(), dim=-1)
        nearness = (LOGIT_SCALE * targets @ names.T).softmax(dim=-1)
        loss = (
            F.cross_entropy(LOGIT_SCALE * features @ names.T, nearness)
            + 10 * (1 - (features * targets).sum(dim=-1)).mean()
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            log.info("step %d of %d  loss %.3f  %.0f s", step, steps, loss.item(), time.monotonic() - started)


def _trainable_towers(fresh: str) -> Towers:
    """The towers as they are, but one of them, `text` or `visual`, with fresh weights."""
    random = load_towers(TowerConfig(MINI, "random"))
    if not WEIGHTS.is_file():
        return random
    towers = load_towers(TowerConfig(MINI, "builtin"))
    return replace(towers, **{fresh: getattr(random, fresh)})


def _save(towers: Towers) -> None:
    """Both towers in half precision, under the names that open_clip expects."""
    state = {f"visual.{name}": value for name, value in towers.visual.state_dict().items()}
    state |= {f"text.{name}": value for name, value in towers.text.state_dict().items()}
    state["logit_scale"] = torch.tensor(math.log(LOGIT_SCALE))
    halves = {name: value.half().contiguous() if value.ndim else value for name, value in state.items()}
    temporary = WEIGHTS.with_suffix(".part")
    save_file(halves, temporary)
    temporary.replace(WEIGHTS)
    log.info("wrote %s, %.1f MB", WEIGHTS.name, WEIGHTS.stat().st_size / 1e6)


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    app()
