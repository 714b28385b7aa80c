"""Text on images, in any script that this machine has a font for."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from unicodedata import normalize

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
# Looked for where the system keeps fonts; what pillow brings along knows ASCII only, and nothing more is needed for that.
SYSTEM_FONTS = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "arial.ttf",
    "Arial Unicode.ttf",
)
LONGEST = 200  # characters that are tried for their width
NO_CHARACTER = "\uffff"  # drawn as what a font draws for all characters that it lacks


def write_text(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: int,
    fill: str,
    width: float,
    keep_end: bool = False,
    anchor: str = "la",
) -> None:
    """Write one line, shortened to `width` pixels; of a path it is the end that should be kept.

    Characters that no font has are written without their accents, or else as question marks.
    """
    font, text = fitting(text, size, width, keep_end)
    draw.text(place, text, fill=fill, font=font, anchor=anchor)


def fitting(text: str, size: int, width: float, keep_end: bool = False) -> tuple[Font, str]:
    """The font for one line, and the line as `write_text` writes it."""
    text = " ".join(text.split())
    text = text[-LONGEST:] if keep_end else text[:LONGEST]
    font = next((font for font in _fonts(size) if _knows(font, text)), None)
    if font is None:
        font, text = _fonts(size)[0], _to_ascii(text)
    return font, _fit(text, font, width, keep_end)


@cache
def _fonts(size: int) -> list[Font]:
    """The font inside pillow, then those that are found."""
    found: list[Font] = [ImageFont.load_default(size)]
    for name in SYSTEM_FONTS:
        with suppress(OSError):
            found.append(ImageFont.truetype(name, size))
    return found


def _knows(font: Font, text: str) -> bool:
    if text.isascii():
        return True
    missing = bytes(font.getmask(NO_CHARACTER, "L"))
    return all(bytes(font.getmask(character, "L")) != missing for character in set(text) if not character.isascii())


def _to_ascii(text: str) -> str:
    return "".join(normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?" for letter in text)


def _fit(text: str, font: Font, width: float, keep_end: bool) -> str:
    if font.getlength(text) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        shortened = f"...{text[-length:]}" if keep_end else f"{text[:length]}..."
        if font.getlength(shortened) <= width:
            return shortened
    return ""
