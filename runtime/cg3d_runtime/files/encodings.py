"""The encoding of a text file of unknown make, detected from its first bytes."""

from __future__ import annotations

import codecs

_BY_MARK = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark tells, else UTF-8; None where NUL bytes say that it is no text."""
    for mark, encoding in _BY_MARK:
        if head.startswith(mark):
            return encoding
    return None if b"\0" in head else "utf-8-sig"
