"""Plain lines from the forms that people keep lists in: quotes, bullets, numbers and invisible characters go.

Only what leaves no doubt is taken away; what may be meant in two ways is refused with what to write.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

from cg3d_runtime.errors import LabelError

_PAIRS = ('""', "''", "``", "`'", "`\u00b4", "\u00b4\u00b4")
_ASIAN_OR_LOW = {
    "\u201a",
    "\u201e",
    "\u300c",
    "\u300d",
    "\u300e",
    "\u300f",
}  # quotes that Unicode counts among the brackets
_APOSTROPHE = re.compile("(?<=\\w)['\u2019](?=[-\\w])")
_DASHES = "-\u2013\u2014"
_BULLETS = {*_DASHES, "*", "+", "\u2022", "\u00b7", "\u2023"}
_BULLET_CATEGORIES = ("So", "Sm", "Co")  # squares, ticks, arrows, emoji; and the bullet of Word, for private use
# Invisible without being of category Cf: grapheme joiner, Hangul fillers, blank Braille.
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# They shape the letters and emoji of other scripts, and mean nothing after ASCII.
_JOINERS = re.compile("(?:(?<=[\\x00-\\x7f])|^)[\u200c\u200d\ufe00-\ufe0f]+|[\u200c\u200d]+$")
_COUNTED = re.compile(  # 1. 1) [1] 1: 1, 1 -> class 1:
    r"(?:(?:class|label|id)[ _]?)?[\[(]?(?P<number>\d{1,9})\s*"
    r"(?:[):\],;=\uff0e\u3001\uff1a]+|[-=]>|\u2192|\.(?!\d))\s*(?P<name>[^\s>].*)",
    re.I,
)
_MAY_BE_COUNTED = (
    re.compile(rf"(?P<number>\d{{1,9}})\s+(?:[{_DASHES}]\s+)?(?P<name>\S.*)"),
    re.compile(r"(?P<name>.*[^\s,:;=\->])(?:\s*(?:[,:;=]|[-=]>)\s*|\s+)(?P<number>\d{1,9})"),
)
_WORDNET = re.compile(r"n?\d{8}[\s,:;]+(?P<name>\S.*)")
_HEADING = re.compile(r"(?:(?:class|label|category)[ _]?)?(?:names?|labels|class(?:es)?|categor(?:y|ies))", re.I)
_MANY = "holds several names; write one a line, and synonyms after a colon: `mug: coffee mug; cup`"
_REFUSED = (  # of a line
    (
        re.compile(
            r"[A-Za-z]:\\|/[^/]|.*/$|.*\.(?:ply|pcd|obj|stl|off|gl(?:b|tf)|np[yz]|la[sz]|txt|csv|png|jpe?g)$", re.I
        ),
        "is a path and not a name",
    ),
    (
        re.compile(r"[\[\]<>]|//|.*[{}\\]|.*&(?:nbsp|amp|lt|gt|quot|apos|#\d+)(?:;|$)"),
        "is code and not a name; write the names one a line",
    ),
    (
        re.compile(r"(names|labels|classes|categories)\s*:$", re.I),
        "is a key of YAML; write the names alone, one a line",
    ),
    (re.compile(r".*\w://"), "is a web address and not a name"),
    (re.compile(r"(?:[a-z]|[ivx]+)[.)]\s|[A-Z]\)\s"), "begins with a letter that counts; remove it"),
    (re.compile("[^:]*[;|]|.*\\S\\t\\S|,|.*[\uff0c\u3001\uff1b\uff1a]"), _MANY),  # also , ; : of full width
)
_REFUSED_PHRASES = (
    (re.compile(r"[-+\d.,%\s]*\d[-+\d.,%\s]*$|n\d{8}$"), "is only a number; write what the thing is called"),
    (re.compile(r"[!-/:-@\[-`{-~\s]+$"), "holds no letter; write what the thing is called"),
    (re.compile(r".{1000}"), "is no name, but more than 1,000 characters long"),
    (re.compile(r"[\[{]"), "is code and not a name; write synonyms as in `mug: coffee mug; cup`"),
    (re.compile(r"[\"\u201c\u201e\u00ab]"), "begins with a quote that does not end; remove it"),
    (re.compile(r"[!#-&*+,\-/:-@\\^_|~]"), "begins with a sign and not with a letter; write the name alone"),
    (re.compile("(['`]).*\\1$"), "has quotes within quotes; write it without the outer ones"),
)


def json_list(text: str) -> list[str] | None:
    """The strings of a JSON list; None where a text is none."""
    if not text.lstrip().startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if all(isinstance(item, str) for item in items) else None


def tidy(line: str) -> str:
    """A line without invisible characters, bullet, quotes around all of it, and separators at its end."""
    visible = "".join(
        c for c in line if c in "\u200c\u200d" or not (unicodedata.category(c) == "Cf" or c in _INVISIBLE)
    )
    text = _JOINERS.sub("", visible).strip().rstrip(",; \t")
    return unquoted(text[1:].lstrip() if _is_bullet(text[:1]) and text[1:2].isspace() else text)


def _is_bullet(character: str) -> bool:
    return character in _BULLETS or (character > "\x7f" and unicodedata.category(character) in _BULLET_CATEGORIES)


def unquoted(text: str) -> str:
    """A text without the pair of quotes around it."""
    while (
        len(text) > 2 and _is_pair(text[0], text[-1]) and not {text[0], text[-1]} & set(_APOSTROPHE.sub("", text[1:-1]))
    ):
        text = text[1:-1].strip()
    return text


def _is_pair(first: str, last: str) -> bool:
    return first + last in _PAIRS or all(
        c in _ASIAN_OR_LOW or unicodedata.category(c) in ("Pi", "Pf") for c in (first, last)
    )


def without_numbers(lines: Sequence[str]) -> list[str]:
    """Lines without the numbers that count them from 0 or 1, or the ids of WordNet, where every line has one.

    Raises:
        LabelError: all are numbered, but not one after another.
    """
    if matches := _match_all(_WORDNET, lines):
        return [match["name"].replace(",", ":", 1).replace(",", ";") for match in matches]  # WordNet's own commas
    if matches := _match_all(_COUNTED, lines):
        if not _do_count(matches):
            raise LabelError("the numbers of the names do not count from 0 or 1; remove them.")
        return [match["name"] for match in matches]
    for pattern in _MAY_BE_COUNTED:
        if (matches := _match_all(pattern, lines)) and len(matches) > 1 and _do_count(matches):
            names = [match["name"] for match in matches]
            if len(set(names)) == len(names):  # cup 1, cup 2 are names
                return names
    return list(lines)


def _match_all(pattern: re.Pattern[str], lines: Sequence[str]) -> list[re.Match[str]]:
    """The match of every line, or nothing where one has none."""
    matches = [match for match in map(pattern.fullmatch, lines) if match]
    return matches if len(matches) == len(lines) else []


def _do_count(matches: Sequence[re.Match[str]]) -> bool:
    numbers = [int(match["number"]) for match in matches]
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def check_line(line: str) -> None:
    """Refuse what is no label, as `tidy` leaves it.

    Raises:
        LabelError: how it goes on after where the line stands.
    """
    for c in line:
        if c == "\ufffd":
            raise LabelError("holds U+FFFD, which stands for a letter that was lost; write the name again.")
        if c != "\t" and unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs", "Zl", "Zp"):
            raise LabelError(f"holds U+{ord(c):04X}, which is a control character or none; remove it.")
    _refuse(line, _REFUSED)


def check_phrase(phrase: str) -> None:
    """Refuse a name or a synonym that is none, as `check_line` does."""
    _refuse(phrase, _REFUSED_PHRASES)


def check_commas(names: Sequence[str], are_lines: bool) -> None:
    """Refuse a list on one line, and lines that look like those of a table.

    Args:
        are_lines: of a file; in a list of strings a comma may belong to a name.
    Raises:
        LabelError: how it goes on after the name of the file.
    """
    most = max(name.count(",") for name in names)
    is_table = are_lines and all("," in name for name in names)
    if is_table or (most > 1 and (are_lines or len(names) == 1)):
        name = next(name for name in names if name.count(",") == most)
        raise LabelError(f"{name[:40]!r} {_MANY}.")


def check_heading(lines: Sequence[str]) -> None:
    """Refuse the heading of a column above names.

    Raises:
        LabelError: how it goes on after the name of the file.
    """
    if len(lines) > 1 and _HEADING.fullmatch(lines[0]):
        raise LabelError(f"{lines[0]!r} on top is the heading of a column and not a name; remove it.")


def _refuse(text: str, refused: Sequence[tuple[re.Pattern[str], str]]) -> None:
    for pattern, why in refused:
        if pattern.match(text):
            raise LabelError(f"{text[:40]!r} {why}.")
