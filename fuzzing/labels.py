"""Label lists for `scripts/fuzz`: the same words in every form that people have them, and files damaged at random.

A list in a known form must give exactly its words or be refused; a damaged one must be read or refused in one line.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.labels import read_labels
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate

TRUTH_FILE = "truth.json"
_WORDS = (
    "mug",
    "coffee mug",
    "bowl",
    "2 by 4",
    "7 up can",
    "t-shirt",
    "jack-o'-lantern",
    "AT-AT",
    "crêpe",
    "鍋",
    "U.S. flag",
)
_INVISIBLE = ("\u200b", "\ufeff", "\u00ad", "\u200e", "\u2060", " ", "\t", "\u00a0")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("`", "`"), ("«", "»"))


def write_labels(random: Random, seeds: Path, folder: Path) -> Path:
    """A label file; where it is whole, its words lie beside it."""
    words = random.sample(_WORDS, random.randrange(1, len(_WORDS)))
    content = _file(words, random)
    if random.random() < 0.4:
        content = mutate(content, random)
    else:
        (folder / TRUTH_FILE).write_text(json.dumps(words))
    path = folder / "labels.txt"
    path.write_bytes(content)
    return path


def use_labels(path: Path) -> list[Step]:
    return [lambda: _compare(path)]


def names_labels(error: Cg3dError, path: Path) -> bool:
    return path.name in str(error)


LABELS = Target("labels", write_labels, use_labels, names_labels)


def _compare(path: Path) -> None:
    labels = read_labels(path)
    assert all(label.name.isprintable() and label.name.strip() for label in labels), f"a name cannot be read: {labels}"
    truth = path.with_name(TRUTH_FILE)
    if truth.exists():
        names, words = [label.name for label in labels], json.loads(truth.read_text())
        assert names == words, f"read {names} for {words}"


def _file(words: list[str], random: Random) -> bytes:
    end = random.choice(("\n", "\n", "\r\n"))
    text = end.join(_lines(words, random))
    if random.random() < 0.3:
        text = random.choice((f"# kitchen{end}", end)) + text
    return (text + random.choice((end, ""))).encode(random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")))


def _lines(words: list[str], random: Random) -> list[str]:
    """The list in one form."""
    form = random.choice(("plain", "quoted", "bulleted", "numbered", "invisible", "json", "indented json", "joined"))
    if form == "quoted":
        opening, closing = random.choice(_QUOTES)
        return [f"{opening}{word}{closing}{random.choice(('', '', ','))}" for word in words]
    if form == "bulleted":
        mark = random.choice(("- ", "* ", "• ", "☐ ", "→ ", "\uf0b7 "))
        return [mark + word for word in words]
    if form == "numbered":
        start, mark = random.choice((0, 1)), random.choice((". ", ") ", ": ", " -> ", "、"))
        return [f"{number}{mark}{word}" for number, word in enumerate(words, start)]
    if form == "invisible":
        return [word + random.choice(_INVISIBLE) for word in words]
    if form == "json":
        return [json.dumps(words)]
    if form == "indented json":
        return json.dumps(words, indent=2, ensure_ascii=False).splitlines()
    return [", ".join(words)] if form == "joined" and len(words) > 1 else words
