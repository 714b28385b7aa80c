"""Answers: the labels of one scan, for programs, terminals and notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from cg3d_runtime.errors import printable, shortened

NANO = 1_000_000_000  # nanoseconds in a second
BAR = 30  # characters that stand for a score of 1
GIVEN, CONVENTION, SUPPORT, MODEL = "given", "convention", "support", "model"  # who says which way is up
_UP_WORDS = {SUPPORT: "away from the surface that it stands on", MODEL: "which gives the surest answer"}
FEW_POINTS, ONE_SIDE, NOISY, SCENE = "few points", "one side", "noisy", "looks like a scene"


class Recorded(NamedTuple):
    """Where in a recording a scan stands.

    Attributes:
        topic: of its messages.
        stamp: in nanoseconds, of the message's header.
    """

    topic: str
    stamp: int

    def __str__(self) -> str:
        return f"{self.topic} {self.seconds}"

    @property
    def seconds(self) -> str:
        """The stamp in seconds, with all its nine decimals."""
        return f"{self.stamp // NANO}.{self.stamp % NANO:09d}"

    def to_tree(self) -> dict[str, object]:
        """As JSON has it: the stamp in whole numbers, as ROS 2 does, since no float holds it."""
        return {"topic": self.topic, "stamp": {"sec": self.stamp // NANO, "nanosec": self.stamp % NANO}}


class Candidate(NamedTuple):
    """One label and its score."""

    label: str
    score: float  # in [0, 1]; the scores of all labels in the list sum to 1


@dataclass(frozen=True)
class Quality:
    """What a scan is like, for programs that decide what to do with its answer.

    Attributes:
        measured: points that count: finite, and no sign for a missing return.
        dropped: points of the scan that are no measurement.
        strays: points left out for being far from all others, of those that thinning kept.
        flags: what looks unlike the scans that models learn from: "few points" (under 256 distinct ones), "one side" (a single
            view), "noisy" (about 2 % of the size or more), "looks like a scene" (several things on a surface); none where all
            is well.
    """

    measured: int
    dropped: int
    strays: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Answer:
    """The labels of one scan, best first.

    A notebook shows it as a table; `show` prints one.

    Attributes:
        file: the scan as it was named, None for an array or a cloud.
        top: the best labels, at least one.
        unknown: whether the best score, among the labels and the bundle's rivals, lies under its fitted threshold: probably
            none of the labels. Where up is from the "model" and the scan as it was given is unknown, it has to be
            0.6 sure, too.
        points: number of points in the scan, before preparation.
        backend, precision: what really ran.
        ms: milliseconds spent to `read`, `prepare` and `encode`.
        note: what is odd about the scan, None where nothing is.
        nearer: where it is unknown, the everyday thing that it is nearer to than to any label; None: no such thing.
        up: the direction in the scan that was taken for up, (x, y, z) of length 1.
        up_from: who said so: "given" by the caller, the "convention" of the format, the "support" that the object stands on, or
            the "model", whose answer is surest so.
        quality: what the scan is like.
        size_note: what the scan's length says of the best label, where its unit and the length of such things are known.
        colour_note: what the scan's colours say of it, where it has some and such things are nearly always of a few.
        label_notes: what is odd about labels in `top`, by their names: words that the model does not know.
        recorded: of a message in a bag, its topic and stamp.
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
    up: tuple[float, float, float] | None = None
    up_from: str | None = None
    quality: Quality | None = None
    size_note: str | None = None
    colour_note: str | None = None
    label_notes: Mapping[str, str] = field(default_factory=dict)
    recorded: Recorded | None = None

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
            **(self.recorded.to_tree() if self.recorded else {}),
            **top[0],
            "unknown": self.unknown,
            "top": top,
            "points": self.points,
            "backend": self.backend,
            "precision": self.precision,
            "ms": {step: round(duration, 1) for step, duration in self.ms.items()},
            **({"note": self.note} if self.note else {}),
            **({"nearer": self.nearer} if self.nearer else {}),
            **({"up": [round(part, 4) + 0.0 for part in self.up], "up_from": self.up_from} if self.up else {}),
            **({"quality": asdict(self.quality)} if self.quality else {}),
            **({"size_note": self.size_note} if self.size_note else {}),
            **({"colour_note": self.colour_note} if self.colour_note else {}),
            **({"label_notes": dict(self.label_notes)} if self.label_notes else {}),
        }
        return json.dumps(tree)

    def remarks(self) -> tuple[str, ...]:
        """What to keep in mind beside the label, one line each: how the scan looks, which way is up, its cues, the note."""
        flags = self.quality.flags if self.quality else ()
        looks = f"quality: {', '.join(flags)}" if flags else None
        if SCENE in flags:
            looks = f"{looks}; cg3d-detect names the objects in it"
        said = (("size", self.size_note), ("colour", self.colour_note), ("note", self.note))
        told = (f"{name}: {words}" for name, words in said if words)
        return tuple(filter(None, (looks, self._up_words(), *told)))

    def to_table(self) -> str:
        """Lines for people: the scan, one line a label with its score as a percentage and a bar, and the remarks."""
        labels = [printable(candidate.label) for candidate in self.top]
        width = max(map(len, labels))
        rows = [
            f"  {label:<{width}}  {score:6.1%}  {'#' * round(score * BAR)}".rstrip()
            for label, (_, score) in zip(labels, self.top, strict=True)
        ]
        remarks = [f"  {printable(remark)}" for remark in self.remarks()]
        return "\n".join([printable(self._title()), *rows, *remarks])

    def show(self) -> None:
        """Print `to_table`; nothing in it can steer a terminal."""
        print(self.to_table())

    def __repr__(self) -> str:
        name = f"unknown, best {self.label!r}" if self.unknown else repr(self.label)
        return f"<Answer {printable(name)} {self.score:.1%}{f', {shortened(self.file, 60)}' if self.file else ''}>"

    def _repr_html_(self) -> str:
        """A table for notebooks, with bars, that needs nothing from outside and takes the page's colours."""
        bar = "display:inline-block;height:0.7em;background:currentColor;opacity:0.5;width"
        rows = [
            f'<tr><td style="text-align:left">{_html(label)}</td><td>{score:.1%}</td>'
            f'<td style="text-align:left;width:12em"><span style="{bar}:{score:.1%}"></span></td></tr>'
            for label, score in self.top
        ]
        remarks = "".join(f"<div><small>{_html(remark)}</small></div>" for remark in self.remarks())
        return f"<div>{_html(self._title())}</div><table>{''.join(rows)}</table>{remarks}"

    def _title(self) -> str:
        name = " ".join(str(part) for part in (self.file or "scan", self.recorded) if part)
        return f"{name}: {self._unknown_words() if self.unknown else self.label}"

    def _up_words(self) -> str | None:
        """How up was found, where nobody said it."""
        if self.up is None or self.up_from not in _UP_WORDS:
            return None
        return f"up: {','.join(f'{round(part, 2) + 0.0:g}' for part in self.up)}, {_UP_WORDS[self.up_from]}"

    def _unknown_words(self) -> str:
        return "unknown, none of the labels fits well" + (f"; nearer to: {self.nearer}" if self.nearer else "")


def _html(text: str) -> str:
    from html import escape  # only notebooks need its tables

    return escape(printable(text))
