"""Says phrases in ever new ways: in sentences, in the plural, behind words that change nothing, with a letter wrong.

People say more than names. Of "red tomato soup can" the tower shall understand the can; a word that it has never heard, or a
letter that slipped, shall not lead it astray.
"""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from words.phrasebook import Phrase, Phrasebook

# What captions of packed objects say around a name.
CARRIERS = (
    *("a {}", "{}", "a photo of a {}", "a 3D scan of a {}", "a point cloud of a {}", "a {}, seen by a depth camera"),
    *("A low-poly {}", "A low-poly model of {}", "A realistic {}", "An untextured 3D scan of a {}"),
    "A {}, without colour",
)
ADJECTIVES = (
    *("", "", "", "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black", "white"),
    *("grey", "beige", "brown and white", "red and white", "grey and black", "green and brown", "yellow and red"),
    *("toy", "wooden", "metal", "plastic", "small", "large", "simple", "chrome"),
)
FUNCTION_WORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have", "in", "into", "is"),
    *("it", "its", "of", "on", "or", "so", "that", "the", "to", "with"),
}
CONTAINERS = (
    *("bag", "basket", "bottle", "bowl", "box", "bucket", "can", "carton", "crate", "cup", "glass", "jar", "packet"),
    *("plate", "pot", "tray", "tube"),
)
# What is said around a name without meaning anything else; {other} is some word.
SURROUNDINGS = (
    *("this is a {}", "look at the {}", "here is my {}", "find the {}", "bring me the {}", "an object: {}", "one {}"),
    *("{} with a {other}", "{} with a {other}", "{} next to a {other}", "{} near the {other}", "{} under a {other}"),
    *("{} from the {other}", "{} behind the {other}", "{} at the {other}", "{} in a {other}", "{} for the {other}"),
    *("the {} on my {other}", "he put the {} beside the {other}", "which {} is it", "a {}, {other}"),
    *("we bought a {} last {other}", "where did you leave the {}", "my {other} has a {}", "please take the {} away"),
    *("there are two {} here", "the old {} of the {other}", "is that your {}", "show me a {}", "the {} that fell down"),
    *("I see a {}", "can you pass the {}", "she holds a {} with the {other}", "a {} lies in the {other}"),
    *("every {other} needs a {}", "it looks like a {}", "the {} was behind the {other} all day"),
)
AMOUNTS = ("pair of {}", "set of {}", "pile of {}", "piece of {}", "stack of {}")
# Things made in the likeness of another lie between the two.
LIKENESSES = {"{} figurine": "figurine", "{} statue": "statue", "plush {}": "stuffed toy", "stuffed {}": "stuffed toy"}
BRITISH = {
    **{"color": "colour", "gray": "grey", "aluminum": "aluminium", "tire": "tyre", "center": "centre", "mold": "mould"},
    **{"plow": "plough", "jewelry": "jewellery", "pajamas": "pyjamas", "donut": "doughnut", "fiber": "fibre"},
    **{"theater": "theatre", "ax": "axe", "airplane": "aeroplane", "mustache": "moustache", "curb": "kerb"},
}
AMERICAN = {british: american for american, british in BRITISH.items()}
_MANY = {"s": "es", "x": "es", "ch": "es", "sh": "es"}


class Speaker:
    """Says what a phrasebook holds.

    Args:
        book: the phrases.
        templates: of captions, with one {} each.
        modifiers: words to put before names.
        sentences: with one {} each, in which something is said of a name.
    """

    def __init__(
        self, book: Phrasebook, templates: Sequence[str], modifiers: Sequence[str], sentences: Sequence[str] = ()
    ) -> None:
        self.book = book
        self.templates = templates
        self.modifiers = modifiers
        self.sentences = sentences
        self.rows = {phrase.text: phrase.target for phrase in (*book.words, *reversed(book.names))}

    def say(self, phrase: Phrase, rng: random.Random) -> tuple[str, np.ndarray]:
        """A caption around a phrase, and the unit row that it means."""
        text, target = phrase.text, self.book.targets[phrase.target]
        chance = rng.random()
        if chance < 0.04:
            pattern, likeness = rng.choice(list(LIKENESSES.items()))
            text, target = pattern.format(text), _unit(target + self.book.targets[self.rows[likeness]])
        elif chance < 0.08:
            container = rng.choice(CONTAINERS)
            text, target = f"{container} of {self._modify('', rng)}", self.book.targets[self.rows[container]]
        elif chance < 0.11:
            text = rng.choice(AMOUNTS).format(text)
        elif chance < 0.28:
            text = self._modify(text, rng)
        text = respelt(text, rng, self.rows)
        chance = rng.random()
        if chance < 0.2:
            return rng.choice(SURROUNDINGS).format(text, other=rng.choice(self.modifiers)), target
        if chance < 0.35 and self.sentences:
            return rng.choice(self.sentences).format(text), target
        return self.frame(text, rng), target

    def before(self, text: str, rng: random.Random) -> str:
        """A name in a template, with a word or two before it."""
        return self.frame(self._modify(text, rng), rng)

    def frame(self, text: str, rng: random.Random) -> str:
        """A text in a template."""
        return rng.choice(self.templates).format(text) if rng.random() < 0.9 else text

    def _modify(self, text: str, rng: random.Random) -> str:
        """One or two words before a name, unless they make it another name that the book knows."""
        words = rng.choices(self.modifiers, k=rng.choice((1, 1, 2)))
        longer = [" ".join([*words[start:], text]).strip() for start in range(len(words))]
        return text if any(phrase in self.rows for phrase in longer) and text else longer[0]


def read_templates(folder: Path) -> list[str]:
    """Templates to put names in: half the plain one, which the runtime uses, a quarter CLIP's, a quarter captions' own."""
    files = ("templates_ulip_64.json", "templates_openai_80.json")
    clip = [template for file in files for template in json.loads((folder / file).read_text("utf-8"))]
    captions = [carrier.format(f"{adjective} {{}}".strip()) for carrier in CARRIERS for adjective in ADJECTIVES]
    return ["a {}"] * 2 * len(captions) + clip * (len(captions) // len(clip)) + captions


def modifiers_of(book: Phrasebook) -> list[str]:
    """All words of names and definitions but those of grammar, in alphabetical order."""
    texts = " ".join(phrase.text for phrase in (*book.names, *book.definitions)).lower()
    return sorted(set(re.findall(r"[a-z]{3,}", texts)) - FUNCTION_WORDS)


def respelt(text: str, rng: random.Random, known: Collection[str]) -> str:
    """Now and then a plural, the other spelling, a letter wrong, or underscores, as file names have them."""
    chance = rng.random()
    if chance < 0.05:
        return plural(text)
    if chance < 0.08:
        return " ".join(BRITISH.get(word, AMERICAN.get(word, word)) for word in text.split())
    if chance < 0.14:
        wrong = misspelt(text, rng)
        return text if wrong in known else wrong
    return text.replace(" ", "_") if chance > 0.97 else text


def plural(text: str) -> str:
    """Many of a noun, by rule."""
    if re.search(r"[^aeiou]y$", text):
        return f"{text[:-1]}ies"
    return text + next((more for ending, more in _MANY.items() if text.endswith(ending)), "s")


def misspelt(text: str, rng: random.Random) -> str:
    """One letter of one of the longer words dropped, doubled, replaced, or swapped with the next."""
    longer = list(re.finditer(r"[a-z]{5,}", text))
    if not longer:
        return text
    word = rng.choice(longer)
    at = rng.randrange(word.start() + 1, word.end() - 1)  # the first letter is the last to slip
    before, letter, after = text[:at], text[at], text[at + 1 :]
    slips = (before + after, before + 2 * letter + after, before + rng.choice(string.ascii_lowercase) + after)
    return rng.choice((*slips, before + after[0] + letter + after[1:]))


def _unit(row: np.ndarray) -> np.ndarray:
    unit: np.ndarray = row / np.linalg.norm(row)
    return unit
