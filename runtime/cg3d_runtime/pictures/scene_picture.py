"""A picture of one scene: its points in the colours of their objects, boxes as lines, and names beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cg3d_runtime.pictures.lettering import fitting
from cg3d_runtime.pictures.object_colours import as_hex, object_colours
from cg3d_runtime.pictures.scene_exhibit import SceneExhibit, coloured
from cg3d_runtime.pictures.sheets import CARD, INK, WARNING
from cg3d_runtime.pictures.splat import DISC_PIXELS, SMOOTHING, Fit, drawn, fitted
from cg3d_runtime.pictures.viewpoint import Viewpoint, spacing, stance_of, worth_seeing

if TYPE_CHECKING:
    from cg3d_runtime.scenes.boxes import Box
    from cg3d_runtime.scenes.scene import SceneObject

DISC = 2.3  # diameter of a point, in spacings: more than of a scan, since gaps let through what lies behind
LETTERS, NAME = 13, 190  # height of names, and their longest width, in pixels
EDGES = np.array([(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit])  # of `Box.corners`
Area = tuple[float, float, float, float]  # left, top, right, bottom


def scene_picture(exhibit: SceneExhibit, size: tuple[int, int]) -> Image.Image:
    """Draw an exhibit that has points, as wide and high as `size`, in pixels."""
    assert exhibit.cloud is not None
    viewpoint = stance_of(exhibit).viewpoint(exhibit.cloud.turn())
    seen = viewpoint.seen(exhibit.cloud.xyz())
    fit = fitted(worth_seeing(exhibit, viewpoint), size[0] * SMOOTHING, size[1] * SMOOTHING)
    points = _points(exhibit, seen, fit)
    picture = Image.new("RGB", size, CARD)
    picture.paste(points, (0, 0), points)
    lines = [_lines(each.box, viewpoint, fit) for each in exhibit.objects]
    colours = object_colours(len(lines))
    boxes = _boxes(lines, colours, size)
    picture.paste(boxes, (0, 0), boxes)
    _write_names(picture, exhibit, lines, colours)
    return picture


def _points(exhibit: SceneExhibit, seen: np.ndarray, fit: Fit) -> Image.Image:
    assert exhibit.cloud is not None
    pixels = fit.pixels(seen)
    radius = float(np.clip(DISC / 2 * fit.scale * spacing(seen), *DISC_PIXELS))
    colours = coloured(exhibit, exhibit.cloud) / 255
    return Image.fromarray(drawn(pixels, seen[:, 2] * fit.scale, colours, (fit.columns, fit.rows), radius))


def _lines(box: Box, viewpoint: Viewpoint, fit: Fit) -> np.ndarray:
    """(12 or fewer, 2, 2): the edges of a box in the picture, in its pixels."""
    corners = box.corners()
    ends = viewpoint.lines(corners[EDGES[:, 0]], corners[EDGES[:, 1]])
    return np.stack([fit.pixels(end) for end in ends], axis=1) / SMOOTHING


def _boxes(lines: list[np.ndarray], colours: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """All boxes, the surest on top, on nothing; drawn larger, so that lines are smooth."""
    large = Image.new("RGBA", (size[0] * SMOOTHING, size[1] * SMOOTHING))
    draw = ImageDraw.Draw(large)
    for width, is_rim in ((5, True), (3, False)):
        for number in reversed(range(len(lines))):
            colour = (255, 255, 255, 150) if is_rim else (*_darker(colours[number]), 255)
            for start, end in lines[number] * SMOOTHING:
                draw.line((*start, *end), fill=colour, width=width)
    return large.resize(size, Image.Resampling.BOX)


def _darker(colour: np.ndarray) -> tuple[int, int, int]:
    """So that it is told from points of that colour."""
    red, green, blue = (int(0.78 * part) for part in colour)
    return red, green, blue


def _write_names(picture: Image.Image, exhibit: SceneExhibit, lines: list[np.ndarray], colours: np.ndarray) -> None:
    """Names with scores beside their boxes, the surest first; only numbers where there is no room, or nothing."""
    draw, taken = ImageDraw.Draw(picture), list[Area]()
    for number, each in enumerate(exhibit.objects):
        for text in _texts(number, each):
            font, text = fitting(text, LETTERS, NAME)
            area = _room(lines[number], font.getlength(text) + 12, LETTERS + 6, picture.size, taken)
            if area is not None:
                taken.append(area)
                draw.rectangle(area, fill=CARD, outline=as_hex(colours[number]))
                draw.rectangle((*area[:2], area[0] + 3, area[3]), fill=as_hex(colours[number]))
                ink = WARNING if each.unknown else INK
                draw.text((area[0] + 7, (area[1] + area[3]) / 2), text, fill=ink, font=font, anchor="lm")
                break


def _texts(number: int, each: SceneObject) -> tuple[str, str]:
    name = "unknown" if each.unknown else each.label if len(each.label) <= 24 else f"{each.label[:22]}..."
    return f"{number} {name} {each.score:.0%}", str(number)


def _room(lines: np.ndarray, width: float, height: float, size: tuple[int, int], taken: list[Area]) -> Area | None:
    """The first place beside a box that lies in the picture and over no other name."""
    if not len(lines):
        return None
    for left, top in _places(lines.reshape(-1, 2), width, height):
        area = left, top, left + width, top + height
        inside = left >= 1 and top >= 1 and area[2] < size[0] - 1 and area[3] < size[1] - 1
        if inside and not any(_overlap(area, other) for other in taken):
            return area
    return None


def _places(corners: np.ndarray, width: float, height: float) -> Iterator[tuple[float, float]]:
    """Left and top of a name above, below, to the right and to the left of what is seen of a box; then at its ends."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    across, down = (left + right - width) / 2, (top + bottom - height) / 2
    yield across, top - height - 3
    yield across, bottom + 3
    yield right + 3, down
    yield left - width - 3, down
    for x in (left, right - width):
        yield x, top - height - 3
        yield x, bottom + 3


def _overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
