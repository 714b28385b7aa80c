"""From labels to unit vectors in CLIP's space: templates, tokenizer, text graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.backends import Backend, encode
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.tokenizer import ClipTokenizer, padded_tokens

BATCH = 64  # texts a run: enough to fill the cores, and 77 tokens of it stay small in memory


class TextEncoder:
    """The text half of a bundle, on an opened session of its text graph."""

    def __init__(self, bundle: Bundle, session: Backend) -> None:
        self._spec = bundle.manifest.text
        self._dim = bundle.manifest.embedding_dim
        self._session = session
        self._tokenizer = ClipTokenizer(bundle.file("tokenizer"))

    def embed(self, labels: Sequence[Label]) -> np.ndarray:
        """Embed each label as the mean of the unit embeddings of its phrases in all templates, normalised again.

        Returns:
            (L, D) float32, unit rows, in the order of `labels`.
        Raises:
            LabelError: a label with more tokens than the text graph reads.
        Source: prompt ensembling of CLIP (Radford et al. 2021, section 3.1.4), as in open_clip's zero-shot classifier.
        """
        templates = self._spec.templates
        texts = [[t.replace("{}", phrase) for phrase in label.phrases for t in templates] for label in labels]
        rows = self.encode([text for group in texts for text in group])  # (sum of texts, D)
        ends = np.cumsum([len(group) for group in texts])
        return _unit(np.stack([group.mean(axis=0) for group in np.split(rows, ends[:-1])]))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embed texts as they are.

        Returns:
            (n, D) float32, unit rows, in the order of `texts`.
        Raises:
            LabelError: a text with more tokens than the text graph reads.
        """
        tokens = [self._tokenize(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))  # like lengths together: little padding
        rows = [self._run([tokens[i] for i in order[start : start + BATCH]]) for start in range(0, len(order), BATCH)]
        return _unit(np.concatenate(rows)[np.argsort(order)])

    def _tokenize(self, text: str) -> list[int]:
        """Token ids of a text, start and end included."""
        ids = self._tokenizer.encode(text)
        if len(ids) > self._spec.context_length:
            raise LabelError(
                f"label too long: {text!r:.80} has {len(ids)} tokens with start and end, the text encoder reads "
                f"{self._spec.context_length}. Shorten it."
            )
        return ids

    def _run(self, tokens: Sequence[list[int]]) -> np.ndarray:
        """One batch at the length of its longest text: the tower is causal, so what follows EOT never matters."""
        token_ids, eot = padded_tokens(tokens)
        return encode(self._session, {"token_ids": token_ids, "eot": eot}, self._dim)  # (B, D)


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit
