"""w-way s-shot recognition on frozen embeddings, as in the field's few-shot tables (Sharma and Kaul 2020, arXiv 2009.14168)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.finetune import linear_probe
from cg3d_runtime.errors import DataError


@dataclass(frozen=True)
class Protocol:
    """The shape of an episode: w labels, of each s objects to learn from and q others to recognise."""

    ways: int
    shots: int
    queries: int
    episodes: int


@dataclass(frozen=True)
class Episode:
    """One draw.

    Attributes:
        support: (w, s) rows of the objects to learn from, one label a row.
        query: (w, q) rows of the objects to recognise, the same labels.
    """

    support: np.ndarray
    query: np.ndarray


@dataclass(frozen=True)
class MethodScore:
    """Top-1 of one method over the episodes: mean and population standard deviation."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class FewShotScores:
    """Scores of few-shot recognition.

    Attributes:
        protocol: what was played.
        labels: names that episodes drew from.
        left_out: labels with too few objects.
        methods: score by the method's name.
    """

    protocol: Protocol
    labels: tuple[str, ...]
    left_out: int
    methods: dict[str, MethodScore]

    def table(self) -> str:
        """One line a method."""
        p = self.protocol
        head = f"{p.ways}-way {p.shots}-shot, {p.queries} queries a label, {p.episodes} episodes over {len(self.labels)} labels"
        width = max(map(len, self.methods))
        lines = [f"{name:{width}}  {score.mean:6.1%} ± {score.deviation:.1%}" for name, score in self.methods.items()]
        return "\n".join([head, *lines, f"{'chance':{width}}  {1 / p.ways:6.1%}"])


def eligible_labels(labels: Sequence[str], protocol: Protocol) -> list[str]:
    """The labels that have enough objects for an episode, sorted.

    Args:
        labels: of every object.
    Raises:
        DataError: fewer than `ways`.
    """
    counts, needed = Counter(labels), protocol.shots + protocol.queries
    eligible = sorted(label for label, count in counts.items() if count >= needed)
    if len(eligible) >= protocol.ways:
        return eligible
    most = ", ".join(f"{label} {count}" for label, count in counts.most_common(protocol.ways))
    raise DataError(
        f"{len(eligible)} of {len(counts)} labels have the {needed} objects that {protocol.shots} shots and "
        f"{protocol.queries} queries need, {protocol.ways} ways need {protocol.ways} of them. The most have: {most}. "
        f"{_remedy(counts, protocol)}"
    )


def draw_episodes(truth: np.ndarray, protocol: Protocol, seed: int) -> Iterator[Episode]:
    """Draw episodes: labels without repetition, then objects of each without repetition.

    Args:
        truth: (M,) the label number of every object; every label has shots + queries of them.
        seed: an episode depends on it, `truth` and the number of the episode only.
    """
    rows = [np.flatnonzero(truth == number) for number in np.unique(truth)]
    for number in range(protocol.episodes):
        rng = np.random.default_rng([seed, number])
        chosen = rng.choice(len(rows), protocol.ways, replace=False)
        drawn = np.stack([rng.choice(rows[way], protocol.shots + protocol.queries, replace=False) for way in chosen])
        yield Episode(drawn[:, : protocol.shots], drawn[:, protocol.shots :])


def play(
    embeddings: Tensor, labels: Sequence[str], protocol: Protocol, seed: int, strength: float
) -> dict[str, MethodScore]:
    """Recognise the queries of every episode by two methods.

    Args:
        embeddings: (M, D) float32, rows of length 1.
        labels: M names, each of an eligible label.
        strength: of the logistic regression, see `linear_probe.fit`.
    """
    _, truth = np.unique(labels, return_inverse=True)
    own = torch.arange(protocol.ways)[:, None]
    shares: dict[str, list[float]] = {}
    for episode in draw_episodes(truth, protocol, seed):
        support, query = embeddings[episode.support], embeddings[episode.query]  # (w, s, D), (w, q, D)
        answers = {
            "nearest class mean": nearest_class_mean(support, query),
            "logistic regression": logistic_regression(support, query, strength),
        }
        for method, ways in answers.items():
            shares.setdefault(method, []).append((ways == own).float().mean().item())
    return {method: MethodScore(fmean(values), pstdev(values)) for method, values in shares.items()}


def nearest_class_mean(support: Tensor, query: Tensor) -> Tensor:
    """(w, q) ways by the largest cosine to the mean of a way's support (prototypes: Snell et al. 2017, arXiv 1703.05175)."""
    means = F.normalize(support.mean(dim=1), dim=-1)  # (w, D)
    return (query @ means.T).argmax(dim=-1)


def logistic_regression(support: Tensor, query: Tensor, strength: float) -> Tensor:
    """(w, q) ways by a linear classifier that has learned the support."""
    ways, shots, _ = support.shape
    truth = torch.arange(ways).repeat_interleave(shots)
    fitted = linear_probe.fit(support.flatten(0, 1), truth, ways, strength)
    return fitted.logits(query).argmax(dim=-1)


def _remedy(counts: Counter[str], protocol: Protocol) -> str:
    """The setting with which an episode can be drawn."""
    enough = [count for _, count in counts.most_common(protocol.ways)]
    queries = min(enough) - protocol.shots
    if len(enough) == protocol.ways and queries >= 1:
        return f"Use --set queries={queries} or less, fewer ways, or add objects."
    return "Use fewer ways or shots (--set ways=, --set shots=), or add objects."
