"""The page of `--view`: the hits, each with its scan, which can be turned."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from cg3d_runtime.errors import Cg3dError, ScanError, printable
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.library import Hit
from cg3d_runtime.library.rows import OWN_KINDS
from cg3d_runtime.pictures.display_cloud import HEIGHT_COLOURS, DisplayCloud
from cg3d_runtime.pictures.gallery import MOST_POINTS, MOST_POINTS_OF_A_SCAN
from cg3d_runtime.pictures.markup import assembled, counted, joined, points_shown, remark, view
from cg3d_runtime.pictures.page import SCRIPTS
from cg3d_runtime.preparation.scan import read_cloud
from cg3d_runtime.scans.upward import AnyUp
from cg3d_runtime.search.hits import to_json


def write_page(path: Path, query: str, hits: Sequence[Hit], up: AnyUp | None) -> None:
    """Write the hits of a query as one page that reaches nothing outside.

    Args:
        query: in words, for the heading.
        up: of the scans, as they were taken in.
    Raises:
        Cg3dError: it cannot be written. A scan that cannot be read any more is a card without points.
    """
    parts = {
        "title": escape(printable(query)),
        "summary": escape(counted(len(hits), "hit")),
        "heights": json.dumps(HEIGHT_COLOURS),
        "cards": "\n".join(_cards(hits, up)),
    }
    try:
        write_atomically(path, assembled("page.html", ["page.css"], SCRIPTS, parts))
    except OSError as error:
        raise Cg3dError(f"{path}: cannot be written: {error.strerror or error}.") from error


def _cards(hits: Sequence[Hit], up: AnyUp | None) -> Iterator[str]:
    most = min(MOST_POINTS_OF_A_SCAN, MOST_POINTS // max(len(hits), 1))
    for rank, hit in enumerate(hits, 1):
        file = str(hit.row.get("path") or hit.id)
        cloud, fault = _cloud(file, up, most)
        title = f"{rank}. {hit.row.get('label') or Path(file).stem}"
        score = "" if hit.score is None else f"score {hit.score:.2f}"
        parts = [
            f'<article class="card {"named" if cloud else "failed"}">',
            view(cloud, f"{file}: {title}") if cloud else '<div class="view empty">no points</div>',
            f'<h2 title="{escape(file)}"><bdi>{escape(file)}</bdi></h2>',
            f'<p class="answer">{escape(title)}</p>',
            *([remark(fault)] if fault else []),
            *(remark(line) for line in _own(rank, hit)),
            f'<p class="facts">{escape(joined(filter(None, (score, f"cosine {hit.cosine:.3f}", *_facts(hit, cloud)))))}</p>',
            "</article>",
        ]
        yield "\n".join(parts)


def _cloud(file: str, up: AnyUp | None, most: int) -> tuple[DisplayCloud | None, str | None]:
    try:
        cloud = DisplayCloud.from_cloud(read_cloud(file, up)[0], most)
    except ScanError as error:
        return None, str(error)
    return (cloud, None) if len(cloud) else (None, "no points")


def _own(rank: int, hit: Hit) -> list[str]:
    """What the user's own columns say."""
    values = to_json(rank, hit)
    return [f"{name}: {values[name]}" for name in hit.row if name not in OWN_KINDS and values.get(name) is not None]


def _facts(hit: Hit, cloud: DisplayCloud | None) -> Iterator[str]:
    if isinstance(size := to_json(0, hit).get("size"), float):
        yield f"{size:.3g} m"
    if cloud:
        yield points_shown(cloud)
