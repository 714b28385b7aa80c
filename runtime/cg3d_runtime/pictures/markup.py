"""What pages are made of: one file that reaches nothing outside, clouds in it, and scores."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from cg3d_runtime.pictures.display_cloud import DisplayCloud
from cg3d_runtime.pictures.splat import DISC

POLICY = "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'"


def assembled(template: str, styles: Sequence[str], scripts: Sequence[str], parts: Mapping[str, str]) -> bytes:
    """Put styles, scripts and parts into an HTML page, in UTF-8.

    The page's own policy lets it run this script and style and nothing else: it reaches no network, and a file name that
    holds a script stays text twice over, by escaping and by that policy.

    Args:
        template, styles, scripts: names of files in web/; scripts in the order in which they run: as one, so that the
            policy holds one hash.
        parts: HTML for the other places of the template.
    """
    style, script = "\n".join(map(_asset, styles)), "\n".join(map(_asset, scripts))
    own = {"policy": POLICY.format(_hash(style), _hash(script)), "style": style, "script": script}
    page = Template(_asset(template)).substitute({**own, **parts})
    return page.encode("utf-8", "backslashreplace")  # a file name need not be valid text


def _asset(name: str) -> str:
    return (files("cg3d_runtime.pictures") / "web" / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def view(cloud: DisplayCloud, name: str, more: Mapping[str, object] | None = None) -> str:
    """The place to draw a cloud in, with its points in base64: steps (N, 3) uint16; then, of a scene, objects (N,) uint16,
    65535 for none; else rgb (N, 3) uint8 if there is any.

    Args:
        name: what is seen, for those who do not see it.
        more: what the scripts are to know besides.
    """
    geometry = {**_geometry(cloud), **(more or {})}
    text = f"{escape(name)}. Arrow keys turn, plus and minus zoom."
    return (
        f'<div class="view"><canvas tabindex="0" role="img" aria-label="{text}" '
        f'data-cloud="{escape(json.dumps(geometry))}"></canvas><output class="tip" hidden></output>'
        '<button type="button" class="enlarge" aria-label="Enlarge or shrink" title="Enlarge or shrink (Enter)"></button>'
        f'<script type="text/plain">{base64.b64encode(_content(cloud)).decode()}</script></div>'
    )


def _geometry(cloud: DisplayCloud) -> dict[str, object]:
    frame = cloud.frame()
    return {
        "count": len(cloud),
        "coloured": cloud.rgb is not None or cloud.objects is not None,
        "origin": cloud.origin.tolist(),
        "step": cloud.step,
        "turn": cloud.turn().tolist(),
        "centre": frame.centre.tolist(),
        "radius": frame.radius,
        "height": frame.height,
        "disc": DISC * frame.spacing,
    }


def _content(cloud: DisplayCloud) -> bytes:
    steps = cloud.steps.astype("<u2").tobytes()
    if cloud.objects is not None:
        return steps + cloud.objects.astype("<u2").tobytes()  # -1 becomes 65535
    return steps + (b"" if cloud.rgb is None else cloud.rgb.tobytes())


def scores(top: Iterable[tuple[str, float]]) -> str:
    """A table of labels with bars."""
    rows = (
        f'<tr><th scope="row">{escape(label)}</th><td><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * score:.2f}" height="1"/></svg></td><td>{score:.1%}</td></tr>'
        for label, score in top
    )
    return f'<table aria-label="Scores of the best labels">{"".join(rows)}</table>'


def remark(text: str) -> str:
    """A line in small print."""
    return f'<p class="remark">{escape(text)}</p>'


def joined(facts: Iterable[str]) -> str:
    """Facts in one line, which breaks between them only."""
    return " · ".join(fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts)


def points_shown(cloud: DisplayCloud) -> str:
    """How many points a scan has, and how many of them are shown."""
    return counted(cloud.scanned, "point") + ("" if len(cloud) == cloud.scanned else f", {len(cloud):,} shown")


def counted(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
