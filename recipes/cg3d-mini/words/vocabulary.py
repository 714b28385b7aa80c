"""The words that the text tower is taught: English nouns and noun phrases, some 55,000."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from words.wordnet import WordNet

# How frequent a word is, by its rank among GloVe's 400,000: names of things may be rarer than ideas.
RAREST_THING, RAREST_PART, RAREST_IDEA = 250_000, 150_000, 50_000
COMPOUNDS = 8_000
EVERYDAY = Path(__file__).with_name("everyday_phrases.txt")
_WORD = re.compile(r"[a-z][a-z' -]*[a-z]")
_TAXA = ("genus ", "family ", "order ", "class ", "phylum ", "suborder ", "subfamily ", "superfamily ")
# What says more about a thing: its material, its place, whose it is, what it is for.
_BEFORE = (
    *("aluminium", "brass", "bronze", "cardboard", "ceramic", "clay", "cloth", "concrete", "copper", "cotton", "foam"),
    *("glass", "iron", "leather", "marble", "paper", "plastic", "porcelain", "rubber", "steel", "stone", "wool"),
    *("bathroom", "bedroom", "beach", "camping", "car", "classroom", "desk", "factory", "farm", "garage", "garden"),
    *("hospital", "hotel", "kitchen", "laboratory", "office", "pocket", "restaurant", "school", "ship", "workshop"),
    *("army", "baby", "cat", "chef's", "child's", "dog", "doll's", "gift", "pirate", "police", "travel", "sports"),
    *("beer", "bread", "cheese", "coffee", "dessert", "egg", "fish", "fruit", "milk", "soup", "sugar", "tea", "wine"),
    *("antique", "broken", "electric", "folding", "mini", "model", "portable", "spare", "toy", "vintage"),
)


def vocabulary(wordnet: WordNet, ranks: Mapping[str, int], names: Iterable[str], everyday: Sequence[str]) -> list[str]:
    """All phrases, each once: `names` first, then WordNet's nouns, then compounds of `everyday` nouns.

    Args:
        ranks: how frequent words are, 0 the most.
        names: what must be in.
        everyday: nouns that compounds end in.
    """
    nouns = (noun for noun in wordnet if _is_chosen(noun, wordnet, ranks))
    return list(dict.fromkeys([*names, *nouns, *compounds(everyday)]))


def everyday_phrases() -> list[str]:
    """Those of everyday_phrases.txt."""
    lines = EVERYDAY.read_text("utf-8").splitlines()
    return [
        phrase.strip() for line in lines if not line.startswith("#") for phrase in line.split(";") if phrase.strip()
    ]


def compounds(nouns: Sequence[str]) -> Iterator[str]:
    """Two-word phrases such as "kitchen knife" and "toy truck", the same ones every time."""
    rng = random.Random(0)
    for _ in range(COMPOUNDS):
        yield f"{rng.choice(_BEFORE)} {rng.choice(nouns)}"


def _is_chosen(noun: str, wordnet: WordNet, ranks: Mapping[str, int]) -> bool:
    """Frequent enough, and neither somebody's name nor a taxon."""
    senses = [sense for sense in wordnet.senses(noun) if not sense.is_name]
    if not _WORD.fullmatch(noun) or not senses or noun.startswith(_TAXA):
        return False
    rank = max(ranks.get(word, len(ranks)) for word in re.findall(r"[a-z']+", noun))
    if not any(sense.is_material for sense in senses):
        return rank < RAREST_IDEA and noun.isalpha()
    return rank < (RAREST_THING if noun.isalpha() else RAREST_PART)
