"""One picture of many objects, to see at a glance what a data set holds."""

from __future__ import annotations

from PIL import Image, ImageDraw

from cg3d.data.samples import ObjectSet

TILE, CAPTION = 128, 14  # pixels


def contact_sheet(dataset: ObjectSet, count: int = 64, columns: int = 8) -> Image.Image:
    """The first view of `count` objects spread over the data set, each above its label."""
    chosen = [k * len(dataset) // count for k in range(count)] if count < len(dataset) else range(len(dataset))
    rows = -(-len(chosen) // columns)
    sheet = Image.new("RGB", (columns * TILE, rows * (TILE + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for place, index in enumerate(chosen):
        sample = dataset[index]
        x, y = place % columns * TILE, place // columns * (TILE + CAPTION)
        sheet.paste(Image.fromarray(sample.views[0]).resize((TILE, TILE)), (x, y))
        draw.text((x + 4, y + TILE), sample.label[:20], fill="black")
    return sheet
