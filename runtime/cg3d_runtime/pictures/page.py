"""One page, self-contained, on which every scan can be turned and its answer read."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

import numpy as np

from cg3d_runtime.answer import Answer
from cg3d_runtime.pictures.display_cloud import HEIGHT_COLOURS, DisplayCloud
from cg3d_runtime.pictures.exhibit import Exhibit
from cg3d_runtime.pictures.splat import DISC

# In the order in which they run: one script, so that the policy holds one hash.
SCRIPTS = ("camera.js", "point_renderer.js", "cards.js")
TIMES = " \N{MULTIPLICATION SIGN} "


def to_page(exhibits: Sequence[Exhibit], left_out: int = 0) -> bytes:
    """Put the scans, the style and the scripts into one HTML page, in UTF-8.

    The page's own policy lets it run this script and style and nothing else: it reaches no network, and a file name that
    holds a script stays text twice over, by escaping and by that policy.

    Args:
        left_out: scans beyond `exhibits`, which the page counts.
    """
    style, script = _asset("page.css"), "\n".join(map(_asset, SCRIPTS))
    page = Template(_asset("page.html")).substitute(
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'",
        style=style,
        summary=escape(_summary(exhibits, left_out)),
        heights=json.dumps(HEIGHT_COLOURS),
        cards="\n".join(_cards(exhibits)),
        script=script,
    )
    return page.encode("utf-8", "backslashreplace")  # a file name need not be valid text


def _asset(name: str) -> str:
    return (files("cg3d_runtime.pictures") / "web" / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _summary(exhibits: Sequence[Exhibit], left_out: int) -> str:
    failed = sum(exhibit.answer is None for exhibit in exhibits)
    unknown = sum(exhibit.answer is not None and exhibit.answer.unknown for exhibit in exhibits)
    runs = sorted({f"{e.answer.backend}, {e.answer.precision}" for e in exhibits if e.answer is not None})
    counts = [_count(len(exhibits), "scan")]
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
            _view(exhibit.cloud, f"{exhibit.file}: {title}")
            if exhibit.cloud
            else '<div class="view empty">no points</div>',
            f'<h2 title="{escape(exhibit.file)}"><bdi>{escape(exhibit.file)}</bdi></h2>',
            f'<p class="answer">{escape(title)}</p>',
            *_nearer(answer),
            _scores(exhibit),
            *_remarks(answer),
            f'<p class="facts">{escape(_facts(exhibit))}</p>',
            "</article>",
        ]
        yield "\n".join(filter(None, parts))


def _nearer(answer: Answer | None) -> list[str]:
    return [f'<p class="remark">nearer to: {escape(answer.nearer)}</p>'] if answer and answer.nearer else []


def _remarks(answer: Answer | None) -> list[str]:
    return [f'<p class="remark">{escape(remark)}</p>' for remark in answer.remarks()] if answer else []


def _view(cloud: DisplayCloud, name: str) -> str:
    """The place to draw a cloud in, with its points: base64 of steps (N, 3) uint16, then rgb (N, 3) uint8 if there is any."""
    frame = cloud.frame()
    geometry = {
        "count": len(cloud),
        "coloured": cloud.rgb is not None,
        "origin": cloud.origin.tolist(),
        "step": cloud.step,
        "turn": cloud.turn().tolist(),
        "centre": frame.centre.tolist(),
        "radius": frame.radius,
        "height": frame.height,
        "disc": DISC * frame.spacing,
    }
    content = cloud.steps.astype("<u2").tobytes() + (b"" if cloud.rgb is None else cloud.rgb.tobytes())
    return (
        f'<div class="view"><canvas tabindex="0" role="img" aria-label="{escape(name)}. Arrow keys turn, plus and minus zoom." '
        f'data-cloud="{escape(json.dumps(geometry))}"></canvas><output class="tip" hidden></output>'
        '<button type="button" class="enlarge" aria-label="Enlarge or shrink" title="Enlarge or shrink (Enter)"></button>'
        f'<script type="text/plain">{base64.b64encode(content).decode()}</script></div>'
    )


def _scores(exhibit: Exhibit) -> str:
    if exhibit.answer is None:
        return ""
    rows = (
        f'<tr><th scope="row">{escape(label)}</th><td><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * score:.2f}" height="1"/></svg></td><td>{score:.1%}</td></tr>'
        for label, score in exhibit.answer.top
    )
    return f'<table aria-label="Scores of the best labels">{"".join(rows)}</table>'


def _facts(exhibit: Exhibit) -> str:
    """How many points there are and how many are shown, how large the scan is, and how long it took."""
    facts = []
    if (cloud := exhibit.cloud) is not None:
        shown = "" if len(cloud) == cloud.scanned else f", {len(cloud):,} shown"
        extent = np.ptp(cloud.xyz(), axis=0)
        facts += [_count(cloud.scanned, "point") + shown, TIMES.join(f"{side:.3g}" for side in extent)]
    if exhibit.answer is not None and exhibit.answer.ms:
        facts.append(f"{sum(exhibit.answer.ms.values()):.0f} ms")
    return " · ".join(fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts)  # lines break between facts only


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
