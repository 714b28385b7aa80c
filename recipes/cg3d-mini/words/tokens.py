"""A text tower that starts as a bag of tokens, each of which adds a vector of its own to the place of what it stands in.

That much of a language is linear, and is solved in a minute; what is not, the order of words and what to make of letters that
slipped, is left to learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cg3d.models.towers.architecture import TextTower

RIDGE = 0.01
ROUNDS = 60  # of conjugate gradients
# Two channels of the residual stream hold a constant, large beside all others, so that layer normalisation, which divides by
# the deviation of the whole, leaves the lengths of the tokens' vectors as they are.
CONSTANT = 4.0
TOKENS = 5.0  # attention takes the mean of so many, where a bag takes the sum


def token_bags(tokenizer: Tokenizer, texts: Sequence[str], vocab_size: int) -> sparse.csr_matrix:
    """(n, vocab_size) how often each text has each token between its start and end marks, rows of length one."""
    ids = [tokenizer.encode(text).ids[1:-1] for text in texts]
    row = np.repeat(np.arange(len(ids)), [len(tokens) for tokens in ids])
    counts = sparse.csr_matrix(
        (np.ones(len(row), np.float32), (row, np.concatenate(ids))), shape=(len(ids), vocab_size)
    )
    return sparse.diags(1 / np.sqrt(np.asarray(counts.sum(axis=1)).ravel())) @ counts


def token_vectors(bags: sparse.csr_matrix, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """What each token adds, by ridge regression; tokens that no text has add nothing.

    Args:
        bags: (n, vocab_size), see token_bags.
        places: (n, D) unit rows of the texts.
        weights: (n,) how much each text counts.
    Returns:
        (vocab_size, D) float32.
    """
    weighted = sparse.diags(weights) @ bags
    normal = (bags.T @ weighted + RIDGE * sparse.eye(bags.shape[1])).tocsr()
    residual = weighted.T @ places
    solved, direction, left = np.zeros_like(residual), residual.copy(), (residual**2).sum(axis=0)
    for _ in range(ROUNDS):
        ahead = normal @ direction
        step = left / np.maximum((direction * ahead).sum(axis=0), 1e-12)
        solved += step * direction
        residual = residual - step * ahead
        before, left = left, (residual**2).sum(axis=0)
        direction = residual + left / np.maximum(before, 1e-12) * direction
    return solved.astype(np.float32)


@torch.no_grad()
def start_as_bag(text: TextTower, vectors: np.ndarray) -> None:
    """Give a tower weights with which it adds up the vectors of its tokens, (vocab_size, D), in its first attention."""
    inner = text.width - 2
    basis = np.linalg.eigh(vectors.T @ vectors)[1].T[: -inner - 1 : -1].copy()  # (inner, D): where most of them lies
    text.token_embedding.weight.zero_()[:, :inner] = torch.from_numpy(vectors @ basis.T)
    text.positional_embedding.mul_(0.1)[:, inner:] = torch.tensor([CONSTANT, -CONSTANT])
    text.text_projection.zero_()[:inner] = torch.from_numpy(basis)
    for block in text.transformer.resblocks:
        _silence(block.attn.out_proj)
        _silence(block.mlp.c_proj)
    _add_up(text.transformer.resblocks[0].attn, inner)


def _silence(layer: nn.Linear) -> None:
    layer.weight.zero_()
    layer.bias.zero_()


def _add_up(attention: nn.MultiheadAttention, inner: int) -> None:
    width = attention.embed_dim
    channels: Tensor = torch.eye(width)
    channels[inner:] = 0
    attention.in_proj_weight[:width] = 0  # no query: all tokens are attended alike
    attention.in_proj_weight[2 * width :] = (
        channels * CONSTANT * (2 / width) ** 0.5
    )  # what normalisation has divided by
    attention.out_proj.weight.copy_(channels * TOKENS)
