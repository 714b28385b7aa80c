"""A contact sheet for a report: each scan, its name, and its best labels with bars, as one PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap

from PIL import Image, ImageDraw

from cg3d_runtime.answer import Answer
from cg3d_runtime.pictures.exhibit import Exhibit
from cg3d_runtime.pictures.lettering import write_text
from cg3d_runtime.pictures.sheets import ACCENT, CARD, EDGE, FAINT, INK, SHEET, TRACK, WARNING, as_png
from cg3d_runtime.pictures.splat import splat

MOST_ON_SHEET = 60  # more cannot be read on a page
COLUMNS = 5
WIDTH, PICTURE, ROWS = 300, 236, 3  # pixels of a card and of its picture; labels on a card
PADDING, GAP, LINE = 14, 14, 22
HEIGHT = PICTURE + 26 + ROWS * LINE + PADDING  # of a card without remarks
REMARKS, REMARK_LINE, REMARK_LETTERS = 3, 17, 44  # lines on a card at most, their height, and letters in one


def to_png(exhibits: Sequence[Exhibit], left_out: int = 0) -> bytes:
    """Draw the first 60 scans, five in a row; a line below counts those that had no room.

    Args:
        left_out: scans beyond `exhibits`, for that line.
    """
    shown = exhibits[:MOST_ON_SHEET]
    missing = len(exhibits) - len(shown) + left_out
    columns = max(1, min(COLUMNS, len(shown)))
    rows = math.ceil(len(shown) / columns)
    note = f"and {missing:,} more scans" if missing else "" if shown else "no scans"
    height = HEIGHT + REMARK_LINE * max((len(_remark_lines(exhibit.answer)) for exhibit in shown), default=0)
    size = (GAP + columns * (WIDTH + GAP), GAP + rows * (height + GAP) + (LINE if note else 0))
    sheet = Image.new("RGB", size, SHEET)
    for index, exhibit in enumerate(shown):
        place = (GAP + index % columns * (WIDTH + GAP), GAP + index // columns * (height + GAP))
        sheet.paste(_card(exhibit, height), place)
    write_text(ImageDraw.Draw(sheet), (GAP, size[1] - LINE - 4), note, 15, FAINT, size[0])
    return as_png(sheet)


def _card(exhibit: Exhibit, height: int) -> Image.Image:
    card = Image.new("RGB", (WIDTH, height), CARD)
    draw = ImageDraw.Draw(card)
    if exhibit.cloud is None:
        write_text(draw, (WIDTH // 2, PICTURE // 2), "no points", 15, FAINT, WIDTH, anchor="mm")
    else:
        picture = Image.fromarray(splat(exhibit.cloud, WIDTH - 8, PICTURE - 8))
        card.paste(picture, (4, 4), picture)
    draw.rectangle((0, 0, WIDTH - 1, height - 1), outline=EDGE)
    write_text(draw, (PADDING, PICTURE), exhibit.file, 15, FAINT, WIDTH - 2 * PADDING, keep_end=True)
    if exhibit.answer is None:
        _draw_error(draw, exhibit.error or "no answer")
    else:
        _draw_answer(draw, exhibit.answer)
    return card


def _draw_answer(draw: ImageDraw.ImageDraw, answer: Answer) -> None:
    for row, (label, score) in enumerate(answer.top[:ROWS]):
        _draw_score(draw, row, label, score, best=row == 0 and not answer.unknown)
    if answer.unknown:
        write_text(draw, (WIDTH - PADDING, PADDING), "unknown", 16, WARNING, WIDTH, anchor="ra")
    for row, line in enumerate(_remark_lines(answer)):
        top = PICTURE + 26 + ROWS * LINE + 2 + row * REMARK_LINE
        write_text(draw, (PADDING, top), line, 13, FAINT, WIDTH - 2 * PADDING)


def _remark_lines(answer: Answer | None) -> list[str]:
    """What stands below the labels, at most three lines."""
    if answer is None:
        return []
    nearer = [f"nearer to: {answer.nearer}"] if answer.nearer else []
    lines = [line for remark in (*nearer, *answer.remarks()) for line in wrap(remark, REMARK_LETTERS)]
    return (
        lines if len(lines) <= REMARKS else [*lines[: REMARKS - 1], f"{lines[REMARKS - 1][: REMARK_LETTERS - 4]} ..."]
    )


def _draw_score(draw: ImageDraw.ImageDraw, row: int, label: str, score: float, best: bool) -> None:
    top, left, right = PICTURE + 26 + row * LINE, WIDTH // 2, WIDTH - PADDING - 52
    ink, colour = (INK, ACCENT) if best else (FAINT, FAINT)
    end = left + (right - left) * score
    write_text(draw, (PADDING, top), label, 16, ink, left - PADDING - 8)
    draw.rounded_rectangle((left, top + 6, right, top + 14), 4, fill=TRACK)
    if end >= left + 1:
        draw.rounded_rectangle((left, top + 6, end, top + 14), 4, fill=colour)
    write_text(draw, (WIDTH - PADDING, top), f"{score:.1%}", 15, ink, WIDTH, anchor="ra")


def _draw_error(draw: ImageDraw.ImageDraw, error: str) -> None:
    for row, line in enumerate(wrap(error, 40, max_lines=ROWS, placeholder=" ...")):
        write_text(draw, (PADDING, PICTURE + 26 + row * LINE), line, 14, WARNING, WIDTH - 2 * PADDING)
