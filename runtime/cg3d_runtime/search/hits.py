"""Hits as JSON and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from cg3d_runtime.errors import printable, shortened
from cg3d_runtime.library import Hit
from cg3d_runtime.library.columns import Value
from cg3d_runtime.library.rows import COLOUR_SHARES, FILE_BYTES, ID, MODIFIED_NS, OWN_KINDS

_HIDDEN = (FILE_BYTES, MODIFIED_NS, COLOUR_SHARES)


def to_json(rank: int, hit: Hit) -> dict[str, object]:
    """A hit for programs: what is unknown is null."""
    values = {name: value for name, value in hit.row.items() if name not in (ID, *_HIDDEN)}
    score = None if hit.score is None else round(hit.score, 4)
    return {"rank": rank, "id": hit.id, "score": score, "cosine": round(hit.cosine, 4), **values}


def to_table(hits: Sequence[Hit]) -> str:
    """Hits for people, one a line: score, cosine, label, colour and size where known, columns of the user's, and the scan."""
    own = [name for name in dict.fromkeys(name for hit in hits for name in hit.row) if name not in OWN_KINDS]
    header = ["", "score", "cosine", "label", "colour", "size", *own, "scan"]
    lines = [header, *(_cells(rank, hit, own) for rank, hit in enumerate(hits, 1))]
    shown = [column for column in range(len(header)) if any(line[column] for line in lines[1:])]
    widths = [max(len(line[column]) for line in lines) for column in shown]
    return "\n".join(
        "  ".join(line[column].ljust(width) for column, width in zip(shown, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(rank: int, hit: Hit, own: Sequence[str]) -> list[str]:
    score = "" if hit.score is None else f"{hit.score:.2f}"
    size = hit.row.get("size")
    values = [_spoken(hit.row.get(name)) for name in own]
    return [
        str(rank),
        score,
        f"{hit.cosine:.3f}",
        printable(str(hit.row.get("label") or "")),
        printable(str(hit.row.get("colour") or "")),
        f"{float(size):.3g} m" if isinstance(size, (int, float)) else "",
        *values,
        printable(str(hit.row.get("path") or hit.id)),
    ]


def _spoken(value: Value | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else shortened(value, 40)
