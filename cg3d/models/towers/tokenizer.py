"""CLIP's byte-pair tokenizer in the Hugging Face `tokenizers` format, for training and robot alike.

The vocabulary is read from open_clip, which ships it. Its merges are ranked, so a prefix of them is a smaller tokenizer with
the same rules: a tower's `vocab_size` says how many are used, 49,408 for CLIP itself.
"""

from __future__ import annotations

import gzip

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d_runtime.errors import CheckpointError

START, END = "<|startoftext|>", "<|endoftext|>"
_BYTES = 256
# How CLIP splits text into words before merging (Radford et al. 2021, openai/CLIP simple_tokenizer).
_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_tokenizer(vocab_size: int) -> Tokenizer:
    """A tokenizer whose `encode(text).ids` are [start, ..., end], neither padded nor truncated.

    Args:
        vocab_size: rows of the text tower's token embedding; 514 to 49,408.
    Raises:
        CheckpointError: the size is not one that CLIP's merges can give.
    """
    merges = _merges()
    used = vocab_size - 2 * _BYTES - 2
    if not 0 <= used <= len(merges):
        raise CheckpointError(
            f"the text tower has {vocab_size} tokens; CLIP's tokenizer gives {2 * _BYTES + 2} to "
            f"{2 * _BYTES + 2 + len(merges)}. Choose a tower with CLIP's tokenizer."
        )
    merges = merges[:used]
    tokens = [*_byte_tokens(), *("".join(merge) for merge in merges), START, END]
    vocab = {token: index for index, token in enumerate(tokens)}
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


def _merges() -> list[tuple[str, str]]:
    tokenizer_module = import_open_clip().tokenizer
    with gzip.open(tokenizer_module.default_bpe(), "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    # The first line is a version; CLIP uses as many merges as fill 49,152 entries beside the bytes and the two marks.
    pairs = (line.split() for line in lines[1 : 49152 - _BYTES - 2 + 1])
    return [(first, second) for first, second in pairs]


def _byte_tokens() -> list[str]:
    """One token a byte, and one a byte that ends a word, in CLIP's order."""
    byte_characters = list(import_open_clip().tokenizer.bytes_to_unicode().values())
    return [*byte_characters, *(character + "</w>" for character in byte_characters)]
