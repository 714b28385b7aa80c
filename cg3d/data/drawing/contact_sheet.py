"""One picture of many objects, to see at a glance what a data set holds."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cg3d.data.drawing.render import to_unit_sphere
from cg3d.data.drawing.views import View
from cg3d.data.samples import ObjectSet, Sample
from cg3d_runtime.files.atomic import write_atomically

TILE, CAPTION, GAP = 128, 16, 6  # pixels
PICTURES = 2  # of each object
SIDE = View(azimuth=30, elevation=20)  # the points are seen from


def contact_sheet(dataset: ObjectSet, count: int = 32, columns: int = 4) -> Image.Image:
    """Points and pictures of `count` objects spread over the data set, each above its label.

    The points are drawn one pixel each, in their own colours, grey where they have none, seen from the front right.
    """
    chosen = [k * len(dataset) // count for k in range(count)] if count < len(dataset) else range(len(dataset))
    cells = [_cell(dataset[index]) for index in chosen]
    width, height = cells[0].size
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP), rows * (height + GAP)), "white")
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % columns * (width + GAP), index // columns * (height + GAP)))
    return sheet


def write_png(picture: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all.

    Raises:
        OSError: the folder is not there or may not be written.
    """
    content = io.BytesIO()
    picture.save(content, "PNG")
    write_atomically(path, content.getvalue())


def _cell(sample: Sample) -> Image.Image:
    """The points, some pictures from evenly spread sides, and the label below."""
    shown = [sample.views[k * len(sample.views) // PICTURES] for k in range(PICTURES)]
    cell = Image.new("RGB", ((1 + PICTURES) * TILE, TILE + CAPTION), "white")
    cell.paste(_scatter(np.asarray(sample.points)), (0, 0))
    for index, view in enumerate(shown, start=1):
        cell.paste(Image.fromarray(np.asarray(view)).resize((TILE, TILE)), (index * TILE, 0))
    ImageDraw.Draw(cell).text((4, TILE), sample.label[:48], fill="black", font=ImageFont.load_default(12))
    return cell


def _scatter(points: np.ndarray) -> Image.Image:
    """Points (P, 6) as single pixels on white, the nearest on top."""
    seen = to_unit_sphere(points[:, :3]) @ SIDE.rotation().T
    order = np.argsort(seen[:, 2])
    column, row = ((seen[order, :2] * (0.46, -0.46) + 0.5) * TILE).astype(int).clip(0, TILE - 1).T
    picture = np.full((TILE, TILE, 3), 255, np.uint8)
    picture[row, column] = np.rint(points[order, 3:] * 235)  # white points show on white
    return Image.fromarray(picture)
