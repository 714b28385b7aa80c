"""The recogniser's answer about one scan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from cg3d_runtime.errors import printable

BAR = 30  # characters that stand for a score of 1


class Candidate(NamedTuple):
    """One label and its score."""

    label: str
    score: float  # in [0, 1]; the scores of all labels in the list sum to 1


@dataclass(frozen=True)
class Answer:
    """The labels of one scan, best first.

    Attributes:
        file: the scan as it was named, None for an array or a cloud.
        top: the best labels, at least one.
        unknown: whether the best score, among the labels and the bundle's rivals, lies under its fitted threshold: probably
            none of the labels.
        points: number of points in the scan, before preparation.
        backend, precision: what really ran.
        ms: milliseconds spent to `read`, `prepare` and `encode`.
        note: what is odd about the scan, None where nothing is.
        nearer: where it is unknown, the everyday thing that it is nearer to than to any label; None: no such thing.
    """

    file: str | None
    top: tuple[Candidate, ...]
    unknown: bool
    points: int
    backend: str
    precision: str
    ms: dict[str, float]
    note: str | None = None
    nearer: str | None = None

    @property
    def label(self) -> str:
        """The best label, also where it is `unknown`."""
        return self.top[0].label

    @property
    def score(self) -> float:
        """The score of the best label."""
        return self.top[0].score

    def to_json(self) -> str:
        """One line of JSON: scores to six decimals, times to a tenth of a millisecond."""
        top = [{"label": candidate.label, "score": round(candidate.score, 6)} for candidate in self.top]
        tree = {
            "file": self.file,
            **top[0],
            "unknown": self.unknown,
            "top": top,
            "points": self.points,
            "backend": self.backend,
            "precision": self.precision,
            "ms": {step: round(duration, 1) for step, duration in self.ms.items()},
            **({"note": self.note} if self.note else {}),
            **({"nearer": self.nearer} if self.nearer else {}),
        }
        return json.dumps(tree)

    def to_table(self) -> str:
        """Lines for people: the scan, then one line a label with its score as a percentage and a bar."""
        labels = [printable(candidate.label) for candidate in self.top]
        width = max(map(len, labels))
        title = f"{self.file or 'scan'}: {self._unknown_words() if self.unknown else self.label}"
        rows = [
            f"  {label:<{width}}  {score:6.1%}  {'#' * round(score * BAR)}".rstrip()
            for label, (_, score) in zip(labels, self.top, strict=True)
        ]
        return "\n".join([printable(title), *rows])

    def _unknown_words(self) -> str:
        return "unknown, none of the labels fits well" + (f"; nearer to: {self.nearer}" if self.nearer else "")
