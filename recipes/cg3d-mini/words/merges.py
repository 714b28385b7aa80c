"""Merges with which every frequent word is one token of the text tower, so that its place is learned as a whole.

CLIP's merges come first, as many as break rare words and slips of the pen into syllables; behind them stand merges that join
the pieces of frequent words, from left to right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cg3d.models.towers.tokenizer import Merge
from cg3d_runtime.labels.tokenizer import merged

END_OF_WORD = "</w>"


def own_merges(words: Iterable[str], clips: Sequence[Merge], most: int) -> list[Merge]:
    """Merges that make words one token.

    Args:
        words: of letters from a to z, the most important first.
        clips: CLIP's merges that go before.
        most: new pieces.
    Returns:
        for as many words as there is room for; a word that would need a piece that others make, too, is left out.
    """
    ranks = {" ".join(merge): rank for rank, merge in enumerate(clips)}
    pieces = {"".join(merge) for merge in clips}
    own: list[Merge] = []
    for word in words:
        chain = _chain(merged([*word[:-1], word[-1] + END_OF_WORD], ranks))
        new = {"".join(merge) for merge in chain}
        if len(own) + len(chain) > most or new & pieces:
            continue
        own += chain
        pieces |= new
        ranks |= {" ".join(merge): len(ranks) + place for place, merge in enumerate(chain)}
    return own


def _chain(parts: Sequence[str]) -> list[Merge]:
    return [("".join(parts[: place + 1]), part) for place, part in enumerate(parts[1:])]
