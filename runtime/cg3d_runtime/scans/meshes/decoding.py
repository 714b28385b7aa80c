"""Text of mesh files in the encodings that programs write."""

from __future__ import annotations

import codecs
import re

from cg3d_runtime.errors import ScanError

_MOST_LETTERS = 40  # of a line in a message


def decoded(content: bytes) -> str:
    """Decode UTF-16 where its mark says so, else UTF-8, else each byte as a letter of Latin-1: names may be odd then."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def refuse_comma(text: str, start: str = "") -> None:
    """Refuse numbers with commas in lines that start like that, as a regular expression.

    Raises:
        ScanError: with the first such line.
    """
    found = re.search(rf"\n{start}[^\n,]*,[^\n]*", text) if "," in text else None
    if found:
        line = found[0].strip()[:_MOST_LETTERS]
        raise ScanError(f'has a comma in "{line}"; numbers need a decimal point and blanks between them.')
