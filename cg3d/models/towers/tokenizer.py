"""CLIP's byte-pair tokenizer in the Hugging Face `tokenizers` format, for training and robot alike.

The vocabulary is read from open_clip, which ships it. Its merges are ranked, so a prefix of them is a smaller tokenizer with
the same rules: a tower's `vocab_size` says how many are used, 49,408 for CLIP itself. A small tower may bring merges of its own
behind such a prefix, so that each of the words that it knows is one token.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d_runtime.errors import CheckpointError

START, END = "<|startoftext|>", "<|endoftext|>"
_BYTES = 256
Merge = tuple[str, str]  # pieces that become one, a word's last with "</w>"
# How CLIP splits text into words before merging (Radford et al. 2021, openai/CLIP simple_tokenizer).
_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_tokenizer(vocab_size: int, own_merges: Sequence[Merge] = ()) -> Tokenizer:
    """A tokenizer whose `encode(text).ids` are [start, ..., end], neither padded nor truncated.

    Args:
        vocab_size: rows of the text tower's token embedding; 514 to 49,408 of CLIP's, and one more for every piece that only
            `own_merges` make.
        own_merges: of lower rank than all of CLIP's.
    Raises:
        CheckpointError: the size is not one that the merges can give.
    """
    clips = clip_merges()
    own = dict.fromkeys("".join(merge) for merge in own_merges)
    used = vocab_size - len(own) - 2 * _BYTES - 2
    if not 0 <= used <= len(clips):
        raise CheckpointError(
            f"the text tower has {vocab_size} tokens; CLIP's tokenizer gives {2 * _BYTES + 2 + len(own)} to "
            f"{2 * _BYTES + 2 + len(own) + len(clips)}. Choose a tower with CLIP's tokenizer."
        )
    merges = [*clips[:used], *own_merges]
    tokens = dict.fromkeys([*byte_tokens(), *("".join(merge) for merge in clips[:used]), *own, START, END])
    vocab = {token: index for index, token in enumerate(tokens)}
    if len(vocab) != vocab_size:
        raise CheckpointError(
            f"{vocab_size - len(vocab)} of the text tower's own merges make a piece that CLIP's make, too."
        )
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token=END, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, vocab[START]), (END, vocab[END])]
    )
    return tokenizer


def read_merges(file: Path) -> list[Merge]:
    """A tower's own merges, two pieces a line.

    Raises:
        CheckpointError: the file cannot be read, or a line is no merge.
    """
    try:
        pairs = [tuple(line.split(" ")) for line in file.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{file}: the text tower's merges cannot be read ({error}); install cg3d again."
        ) from error
    if wrong := next((pair for pair in pairs if len(pair) != 2), None):
        raise CheckpointError(f"{file}: {' '.join(wrong)[:80]!r} is no merge of two pieces; install cg3d again.")
    return [(first, second) for first, second in pairs]


def clip_merges() -> list[Merge]:
    """CLIP's own, the best rank first."""
    tokenizer_module = import_open_clip().tokenizer
    with gzip.open(tokenizer_module.default_bpe(), "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    # The first line is a version; CLIP uses as many merges as fill 49,152 entries beside the bytes and the two marks.
    pairs = (line.split() for line in lines[1 : 49152 - _BYTES - 2 + 1])
    return [(first, second) for first, second in pairs]


def byte_tokens() -> list[str]:
    """One token a byte, and one a byte that ends a word, in CLIP's order."""
    byte_characters = list(import_open_clip().tokenizer.bytes_to_unicode().values())
    return [*byte_characters, *(character + "</w>" for character in byte_characters)]
