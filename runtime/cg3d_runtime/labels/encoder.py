"""Label embeddings: unit vectors in CLIP's space, by templates, tokenizer and text graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np

from cg3d_runtime.backends import Backend, encode, load_library, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels.cache import load_matrix, save_matrix
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.tokenizer import ClipTokenizer, padded_tokens
from cg3d_runtime.labels.unfamiliar import Unfamiliar

BATCH = 64  # texts a run: enough to fill the cores, and 77 tokens of it stay small in memory


class LabelEncoder:
    """Label lists as matrices: from what is known, else from the user's cache, else from the bundle's text graph."""

    def __init__(self, bundle: Bundle, backend: str = "auto", threads: int | None = None) -> None:
        """Get ready; nothing is opened yet.

        Args:
            backend, threads: of the text graph, as in `open_backend`.
        """
        self._bundle = bundle
        self._backend = backend
        self._threads = threads

    def matrix(self, labels: Sequence[Label], known: Mapping[tuple[str, ...], np.ndarray] | None = None) -> np.ndarray:
        """The embedding of each label; the text graph runs for those alone that are new to `known` and to the cache.

        Args:
            labels: at least one.
            known: rows (D,) by the phrases of their label.
        Returns:
            (L, D) float32, unit rows, in the order of `labels`.
        Raises:
            LabelError: as `embed`.
        """
        rows = dict(known or {})
        new = [label for label in labels if label.phrases not in rows]
        if not new:  # a choice among known labels is not cached: a robot that makes some all day would fill the disk
            return _stacked(rows, labels)
        cached = load_matrix(self._bundle, labels)
        if cached is not None:
            return cached
        rows.update(zip((label.phrases for label in new), self.embed(new), strict=True))
        matrix = _stacked(rows, labels)
        save_matrix(self._bundle, labels, matrix)
        return matrix

    def embed(self, labels: Sequence[Label]) -> np.ndarray:
        """Run the text graph, at the best precision there is (it runs once per list), and let go of it again.

        Returns:
            (L, D) float32, unit rows, in the order of `labels`.
        Raises:
            LabelError: a label with more tokens than the text graph reads.
            BundleError, BackendError: the text graph cannot be opened.
        """
        load_library(self._backend)
        with ThreadPoolExecutor(1) as beside:  # each takes as long as the other
            tokenizer = beside.submit(_tokenizer, self._bundle)
            with closing(open_backend(self._bundle, "text", self._backend, threads=self._threads)) as session:
                return TextEncoder(self._bundle, session, tokenizer.result()).embed(labels)


class TextEncoder:
    """The text half of a bundle, on an opened session of its text graph."""

    def __init__(self, bundle: Bundle, session: Backend, tokenizer: ClipTokenizer | None = None) -> None:
        """Read what the bundle says of texts.

        Args:
            tokenizer: the bundle's, where it has been read already.
        """
        self._spec = bundle.manifest.text
        self._dim = bundle.manifest.embedding_dim
        self._session = session
        self._tokenizer = tokenizer or _tokenizer(bundle)
        self._unfamiliar = Unfamiliar.of(bundle)

    def embed(self, labels: Sequence[Label]) -> np.ndarray:
        """Embed each label as the mean of the unit embeddings of its phrases in all templates, normalised again.

        Phrases that are unfamiliar do not count where another is not: `Becher: mug` is a mug.

        Returns:
            (L, D) float32, unit rows, in the order of `labels`.
        Raises:
            LabelError: a label with more tokens than the text graph reads.
        Source: prompt ensembling of CLIP (Radford et al. 2021, section 3.1.4), as in open_clip's zero-shot classifier.
        """
        templates = self._spec.templates
        phrases = [phrase for label in labels for phrase in label.phrases]
        rows = self.encode([t.replace("{}", phrase) for phrase in phrases for t in templates])
        means = rows.reshape(len(phrases), len(templates), -1).mean(axis=1)  # (phrases, D)
        ends = np.cumsum([len(label.phrases) for label in labels])
        return _unit(np.stack([self._familiar(group).mean(axis=0) for group in np.split(means, ends[:-1])]))

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

    def _familiar(self, phrases: np.ndarray) -> np.ndarray:
        """Those of a label's phrases (n, D) that mean something; all of them where none does."""
        if self._unfamiliar is None or len(phrases) == 1:
            return phrases
        familiar = ~self._unfamiliar.flags(_unit(phrases))
        return phrases[familiar] if familiar.any() else phrases

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


def _tokenizer(bundle: Bundle) -> ClipTokenizer:
    return ClipTokenizer(bundle.file("tokenizer"))


def _stacked(rows: Mapping[tuple[str, ...], np.ndarray], labels: Sequence[Label]) -> np.ndarray:
    return np.stack([rows[label.phrases] for label in labels])


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit
