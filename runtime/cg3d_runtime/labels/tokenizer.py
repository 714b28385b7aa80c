"""CLIP's byte-pair tokenizer, read from a Hugging Face tokenizer.json.

The `tokenizers` library would do, but it brings twenty packages and 45 MB (an HTTP client, a download manager) to a robot
that turns forty words into numbers once. The rules are sixty lines and have not changed since CLIP; the tests hold them to
`tokenizers` and to open_clip.

Source: Radford et al. 2021, openai/CLIP, simple_tokenizer (MIT); Sennrich et al. 2016 for the merges.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from textwrap import shorten

import numpy as np

from cg3d_runtime.errors import BundleError

_END_OF_WORD = "</w>"
# Contractions, runs of letters, single digits, runs of anything else; the four separators are spaces to `re` alone.
_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\w\s]|[_\x1c-\x1f])+")
# Numbers that are not digits (², ½, Ⅷ) count as letters for `re`, but CLIP takes every number by itself.
_NUMBER_CATEGORIES = ("Nl", "No")


def cut_tokens(ids: list[int], length: int) -> list[int]:
    """Up to `length` token ids, the end mark kept."""
    return ids if len(ids) <= length else [*ids[: length - 1], ids[-1]]


def padded_tokens(tokens: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (B, L) int32, zero after the end marks, and the indices (B,) int32 of those; L is the longest text's length."""
    token_ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int32)
    for row, ids in zip(token_ids, tokens, strict=True):
        row[: len(ids)] = ids
    return token_ids, np.array([len(ids) - 1 for ids in tokens], dtype=np.int32)


class ClipTokenizer:
    """Text to token ids, [start, ..., end], neither padded nor cut.

    Args:
        tokenizer_json: the file's bytes.
    Raises:
        BundleError: not a tokenizer.json, or one with other rules than CLIP's.
    """

    def __init__(self, tokenizer_json: bytes) -> None:
        try:
            content = json.loads(tokenizer_json)
            model = content["model"]
            kind, suffix = model["type"], model["end_of_word_suffix"]
            self._vocab: dict[str, int] = dict(model["vocab"])
            merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
            special = content["post_processor"]["special_tokens"]
            first, *_, last = content["post_processor"]["single"]
            self._start, self._end = (special[part["SpecialToken"]["id"]]["ids"][0] for part in (first, last))
            _check_ids([*self._vocab.values(), self._start, self._end])
            _check_pieces(self._vocab, merges)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            reason = shorten(f"{type(error).__name__}: {error}", 300, placeholder=" ...")
            raise BundleError(f"tokenizer.json cannot be read ({reason}); export the bundle again.") from error
        if (kind, suffix) != ("BPE", _END_OF_WORD):
            raise BundleError(
                f"tokenizer.json holds a {kind!r:.40} tokenizer with word end {suffix!r:.40}; CLIP's BPE with '</w>' is needed."
            )
        self._ranks = dict(zip(merges, range(len(merges)), strict=True))  # by "a b": no piece holds a space
        self._byte_characters = _byte_characters()
        self._word_ids = lru_cache(maxsize=4096)(self._encode_word)

    def encode(self, text: str) -> list[int]:
        """Ids of `text` between the start and end marks."""
        return [self._start, *(i for word in _words(text) for i in self._word_ids(word)), self._end]

    def _encode_word(self, word: str) -> tuple[int, ...]:
        characters = [self._byte_characters[byte] for byte in word.encode("utf-8")]
        pieces = merged([*characters[:-1], characters[-1] + _END_OF_WORD], self._ranks)
        return tuple(self._vocab[piece] for piece in pieces)


def merged(pieces: list[str], ranks: Mapping[str, int]) -> list[str]:
    """Join the neighbouring pair of the best rank, everywhere it stands, until no pair has one.

    Args:
        ranks: by the two pieces with a space between.
    """
    while len(pieces) > 1:
        pair = min(pairwise(pieces), key=lambda p: ranks.get(" ".join(p), len(ranks)))
        if " ".join(pair) not in ranks:
            break
        pieces = _join(pieces, pair)
    return pieces


def _check_ids(ids: list[int]) -> None:
    """Raise ValueError unless each is a token id that the text graph can take, an int32."""
    wrong = [number for number in ids if type(number) is not int or not 0 <= number < 1 << 31]
    if wrong:
        raise ValueError(f"token ids must be integers from 0 to 2147483647, got {wrong[0]!r:.80}")


def _check_pieces(vocab: dict[str, int], merges: list[str]) -> None:
    """Raise ValueError unless whatever can come out of the merges has a token id."""
    if wrong := [merge for merge in merges if merge.count(" ") != 1]:
        raise ValueError(f"a merge joins two pieces, got {wrong[0]!r:.80}")
    pieces = {piece for byte in _byte_characters() for piece in (byte, byte + _END_OF_WORD)}
    if missing := sorted(pieces.union([merge.replace(" ", "") for merge in merges]) - vocab.keys()):
        raise ValueError(f"the vocabulary lacks {len(missing)} pieces, among them {missing[0]!r:.80}")


def _join(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    index = 0
    while index < len(pieces):
        if (pieces[index], *pieces[index + 1 : index + 2]) == pair:
            joined.append(pair[0] + pair[1])
            index += 2
        else:
            joined.append(pieces[index])
            index += 1
    return joined


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFC", text).lower()
    spaced = (f" {c} " if unicodedata.category(c) in _NUMBER_CATEGORIES else c for c in text)
    return _WORDS.findall("".join(spaced))


def _byte_characters() -> list[str]:
    """One printable character a byte: itself where Latin-1 prints it, else the next unused one from U+0100 on."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    spare = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]
