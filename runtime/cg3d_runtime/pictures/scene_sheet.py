"""A sheet for a report: every scene with its objects in their colours, boxes, names and a legend, as one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from cg3d_runtime.pictures.lettering import write_text
from cg3d_runtime.pictures.markup import counted
from cg3d_runtime.pictures.object_colours import as_hex, object_colours
from cg3d_runtime.pictures.scene_exhibit import SceneExhibit, size_of, title_of
from cg3d_runtime.pictures.scene_picture import scene_picture
from cg3d_runtime.pictures.sheets import CARD, EDGE, FAINT, INK, SHEET, WARNING, as_png

if TYPE_CHECKING:
    from cg3d_runtime.scenes.scene import SceneObject

MOST_ON_SHEET = 20  # more is no page of a report
PICTURE = (800, 600)  # pixels
LEGEND, PADDING, GAP, HEAD, LINE = 510, 14, 14, 40, 20
WIDTH = PICTURE[0] + LEGEND  # of a panel
MOST_LINES = PICTURE[1] // LINE - 1  # of a legend
FAILED = 44  # height of a panel that says why there is no scene, without its text
LETTERS = 150  # in a line of that text
SIZE, ON, SCORE = 262, 126, 48  # pixels from the right end of a legend at which its columns begin


def to_png(exhibits: Sequence[SceneExhibit], left_out: int = 0) -> bytes:
    """Draw the first 20 scenes, one below the other; a line below counts those that had no room.

    Args:
        left_out: scenes beyond `exhibits`, for that line.
    """
    panels = [_panel(exhibit) for exhibit in exhibits[:MOST_ON_SHEET]]
    missing = len(exhibits) - len(panels) + left_out
    note = f"and {missing:,} more scenes" if missing else "" if panels else "no scenes"
    height = GAP + sum(panel.height + GAP for panel in panels) + (LINE if note else 0)
    sheet = Image.new("RGB", (WIDTH + 2 * GAP, height), SHEET)
    top = GAP
    for panel in panels:
        sheet.paste(panel, (GAP, top))
        top += panel.height + GAP
    write_text(ImageDraw.Draw(sheet), (GAP, top - 4), note, 15, FAINT, WIDTH)
    return as_png(sheet)


def _panel(exhibit: SceneExhibit) -> Image.Image:
    if exhibit.scene is None and exhibit.cloud is None:
        return _failed(exhibit)
    panel = Image.new("RGB", (WIDTH, HEAD + PICTURE[1]), CARD)
    draw = ImageDraw.Draw(panel)
    if exhibit.cloud is None:
        write_text(draw, (PICTURE[0] // 2, HEAD + PICTURE[1] // 2), "no points", 15, FAINT, WIDTH, anchor="mm")
    else:
        panel.paste(scene_picture(exhibit, PICTURE), (0, HEAD))
    _frame(draw, panel.height, exhibit.file, _facts(exhibit))
    if exhibit.scene is None:
        _write_error(draw, exhibit.error, (PICTURE[0] + PADDING, HEAD), LEGEND // 8)
    else:
        _draw_legend(draw, exhibit)
    return panel


def _frame(draw: ImageDraw.ImageDraw, height: int, file: str, facts: str) -> None:
    draw.rectangle((0, 0, WIDTH - 1, height - 1), outline=EDGE)
    write_text(draw, (PADDING, 10), file, 16, INK, PICTURE[0] - 2 * PADDING, keep_end=True)
    write_text(draw, (WIDTH - PADDING, 12), facts, 14, FAINT, LEGEND - PADDING, anchor="ra")


def _facts(exhibit: SceneExhibit) -> str:
    objects = [] if exhibit.scene is None else [counted(len(exhibit.objects), "object")]
    return ", ".join(objects + ([counted(exhibit.cloud.scanned, "point")] if exhibit.cloud else []))


def _failed(exhibit: SceneExhibit) -> Image.Image:
    lines = len(_error_lines(exhibit.error, LETTERS))
    panel = Image.new("RGB", (WIDTH, FAILED + lines * LINE), CARD)
    draw = ImageDraw.Draw(panel)
    _frame(draw, panel.height, exhibit.file, "")
    _write_error(draw, exhibit.error, (PADDING, HEAD - 4), LETTERS)
    return panel


def _error_lines(error: str | None, letters: int) -> list[str]:
    return wrap(error or "no answer", letters, max_lines=6, placeholder=" ...")


def _write_error(draw: ImageDraw.ImageDraw, error: str | None, place: tuple[int, int], letters: int) -> None:
    for row, line in enumerate(_error_lines(error, letters)):
        write_text(draw, (place[0], place[1] + row * LINE), line, 14, WARNING, WIDTH - PADDING - place[0])


def _draw_legend(draw: ImageDraw.ImageDraw, exhibit: SceneExhibit) -> None:
    """A line an object, with the number that it has in the picture, in JSON and in segments."""
    count = len(exhibit.objects)
    shown = count if count <= MOST_LINES else MOST_LINES - 1
    colours = object_colours(count)
    for number, each in enumerate(exhibit.objects[:shown]):
        _draw_line(draw, HEAD + number * LINE, number, each, as_hex(colours[number]), exhibit.metres)
    left = f"and {counted(count - shown, 'object')} more" if shown < count else "" if count else "no objects found"
    write_text(draw, (PICTURE[0] + PADDING, HEAD + shown * LINE), left, 13, FAINT, LEGEND)


def _draw_line(draw: ImageDraw.ImageDraw, top: int, number: int, each: SceneObject, colour: str, metres: float) -> None:
    left, right = PICTURE[0] + PADDING, WIDTH - PADDING
    draw.rectangle((left, top + 4, left + 10, top + 14), fill=colour)
    write_text(draw, (left + 40, top + 1), str(number), 13, FAINT, 26, anchor="ra")
    title = left + 48
    write_text(draw, (title, top + 1), title_of(each), 14, WARNING if each.unknown else INK, right - SIZE - title - 8)
    write_text(draw, (right - ON - 8, top + 2), size_of(each, metres), 12, FAINT, SIZE - ON - 8, anchor="ra")
    write_text(draw, (right - ON, top + 2), f"on {each.on}" if each.on else "", 12, FAINT, ON - SCORE - 2)
    write_text(draw, (right, top + 1), f"{each.score:.1%}", 13, INK, SCORE, anchor="ra")
