"""One page, self-contained, on which every scan can be turned and its answer read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from cg3d_runtime.answer import Answer
from cg3d_runtime.pictures.display_cloud import HEIGHT_COLOURS
from cg3d_runtime.pictures.exhibit import Exhibit
from cg3d_runtime.pictures.markup import assembled, counted, joined, points_shown, remark, scores, view

SCRIPTS = ("camera.js", "point_renderer.js", "view.js", "cards.js")
TIMES = " \N{MULTIPLICATION SIGN} "


def to_page(exhibits: Sequence[Exhibit], left_out: int = 0) -> bytes:
    """Put the scans, the style and the scripts into one HTML page, in UTF-8; see `markup.assembled`.

    Args:
        left_out: scans beyond `exhibits`, which the page counts.
    """
    parts = {
        "title": "Scans and answers",
        "summary": escape(_summary(exhibits, left_out)),
        "heights": json.dumps(HEIGHT_COLOURS),
        "cards": "\n".join(_cards(exhibits)),
    }
    return assembled("page.html", ["page.css"], SCRIPTS, parts)


def _summary(exhibits: Sequence[Exhibit], left_out: int) -> str:
    failed = sum(exhibit.answer is None for exhibit in exhibits)
    unknown = sum(exhibit.answer is not None and exhibit.answer.unknown for exhibit in exhibits)
    runs = sorted({f"{e.answer.backend}, {e.answer.precision}" for e in exhibits if e.answer is not None})
    counts = [counted(len(exhibits), "scan")]
    counts += [f"{failed:,} without an answer"] * (failed > 0) + [f"{unknown:,} unknown"] * (unknown > 0)
    counts += [f"{left_out:,} more not shown"] * (left_out > 0)
    return " · ".join([*counts, *runs])


def _cards(exhibits: Sequence[Exhibit]) -> Iterator[str]:
    for exhibit in exhibits:
        answer = exhibit.answer
        title = exhibit.error or "no answer" if answer is None else "unknown" if answer.unknown else answer.label
        kind = "failed" if answer is None else "unknown" if answer.unknown else "named"
        parts = [
            f'<article class="card {kind}">',
            view(exhibit.cloud, f"{exhibit.file}: {title}")
            if exhibit.cloud
            else '<div class="view empty">no points</div>',
            f'<h2 title="{escape(exhibit.file)}"><bdi>{escape(exhibit.file)}</bdi></h2>',
            f'<p class="answer">{escape(title)}</p>',
            *_nearer(answer),
            scores(answer.top) if answer else "",
            *_remarks(answer),
            f'<p class="facts">{escape(_facts(exhibit))}</p>',
            "</article>",
        ]
        yield "\n".join(filter(None, parts))


def _nearer(answer: Answer | None) -> list[str]:
    return [remark(f"nearer to: {answer.nearer}")] if answer and answer.nearer else []


def _remarks(answer: Answer | None) -> list[str]:
    return [remark(each) for each in answer.remarks()] if answer else []


def _facts(exhibit: Exhibit) -> str:
    """How many points there are and how many are shown, how large the scan is, and how long it took."""
    facts = []
    if (cloud := exhibit.cloud) is not None:
        extent = np.ptp(cloud.xyz(), axis=0)
        facts += [points_shown(cloud), TIMES.join(f"{side:.3g}" for side in extent)]
    if exhibit.answer is not None and exhibit.answer.ms:
        facts.append(f"{sum(exhibit.answer.ms.values()):.0f} ms")
    return joined(facts)
