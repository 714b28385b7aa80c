"""What is looked for in a scene, in a few words: "the mug next to the laptop", "the largest box", "a cup left of the sink".

The grammar is small and closed, so that the same words always mean the same; all that it does not know is text, which the model
compares with the objects:

    QUERY    = [the] [largest | smallest | nearest] THING [RELATION THING [and THING]]
    RELATION = on | under | in | next to | near | left of | right of | above | below | behind | in front of | between
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cg3d_runtime.errors import LabelError, shortened
from cg3d_runtime.labels import Label

SUPERLATIVES = ("largest", "smallest", "nearest")
RELATIONS = (
    "in front of",
    "next to",
    "left of",
    "right of",
    "between",
    "behind",
    "above",
    "below",
    "under",
    "near",
    "on",
    "in",
)
_ALIASES = {
    "beside": "next to",
    "by": "next to",
    "close to": "near",
    "on top of": "on",
    "underneath": "under",
    "beneath": "under",
    "inside": "in",
    "over": "above",
    "to the left of": "left of",
    "to the right of": "right of",
}
_SUPERLATIVE_ALIASES = {"biggest": "largest", "closest": "nearest"}
_ARTICLE = re.compile(r"^(the|a|an|my|some)\s+")
_KNOWN = "|".join(re.escape(words) for words in sorted((*RELATIONS, *_ALIASES), key=len, reverse=True))
_DANGLING = re.compile(rf"(^|\s)({_KNOWN})$")  # a relation to nothing
_RELATION = re.compile(rf"\s+(?:that is |which is |standing |lying )?({_KNOWN})\s+")


@dataclass(frozen=True)
class Query:
    """A query, understood.

    Attributes:
        thing: what is looked for, as text for the model.
        superlative: one of SUPERLATIVES, or None.
        relation: one of RELATIONS, or None.
        others: what it is related to: one thing, of "between" one or two, or none.
    """

    thing: str
    superlative: str | None = None
    relation: str | None = None
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All things that it names."""
        return (self.thing, *self.others)

    def called(self, labels: Sequence[Label]) -> Query:
        """With the names of the labels that its things are phrases of."""
        names = {phrase.lower(): label.name for label in labels for phrase in (*label.phrases, label.name)}
        others = tuple(names.get(other, other) for other in self.others)
        return replace(self, thing=names.get(self.thing, self.thing), others=others)

    def unlisted(self, labels: Sequence[Label]) -> list[Label]:
        """Labels for its things that are none of these."""
        listed = {label.name for label in labels}
        return [Label(name, (name,)) for name in dict.fromkeys(self.names) if name not in listed]


def parse(words: str) -> Query:
    """Understand a query.

    Raises:
        LabelError: it names nothing, has two relations, or "between" without an "and".
    """
    text = " ".join(words.lower().strip(" .?!").split())
    head, *rest = _RELATION.split(f" {text}", maxsplit=1)
    superlative, thing = _thing(head, words)
    if not rest:
        return Query(thing, superlative)
    relation = _ALIASES.get(rest[0], rest[0])
    if _RELATION.search(f" {rest[1]}"):
        raise LabelError(f"{shortened(words)}: more than one relation; ask for one: {', '.join(RELATIONS)}.")
    others = tuple(_plain(part, words) for part in rest[1].split(" and ", 1 if relation == "between" else 0))
    if relation == "between" and len(others) != 2:
        raise LabelError(f'{shortened(words)}: "between" needs two things: between the cup and the plate.')
    return Query(thing, superlative, relation, others)


def _thing(head: str, words: str) -> tuple[str | None, str]:
    """The superlative before a thing, if any, and the thing."""
    first, _, rest = _plain(head, words).partition(" ")
    superlative = _SUPERLATIVE_ALIASES.get(first, first)
    if superlative not in SUPERLATIVES:
        return None, _plain(head, words)
    return superlative, _plain(rest, words)


def _plain(text: str, words: str) -> str:
    """A thing without its article."""
    plain = _ARTICLE.sub("", text.strip())
    if not plain or plain in ("the", "a", "an") or _DANGLING.search(plain):
        raise LabelError(f'{shortened(words)}: a thing is missing; ask as in "the mug next to the laptop".')
    return plain
