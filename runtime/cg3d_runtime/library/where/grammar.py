"""The grammar of filters, small and closed:

CONDITION = EITHER { or EITHER } ;  EITHER = ONE { and ONE }
ONE       = not ONE | ( CONDITION ) | COLUMN SIGN VALUE | COLUMN in ( VALUE, ... ) | COLUMN is [not] missing
SIGN      = == | = | != | < | <= | > | >= | contains
VALUE     = 'text' | "text" | number [mm | cm | m] | true | false
"""

from __future__ import annotations

import re

from cg3d_runtime.choices import METRES
from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.columns import Value
from cg3d_runtime.library.where.conditions import COMPARISONS, Both, Comparison, Condition, Either, Missing, Not

MOST_CHARACTERS = 10_000
_DEEPEST = 50  # brackets and nots inside each other
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|<|>|=|\(|\)|,))"
)
_EXAMPLE = "such as: size < 0.3 and label == 'mug'"


def parse(words: str) -> Condition:
    """Understand a filter.

    Raises:
        LibraryError: it is none; the message shows where it goes wrong.
    """
    if len(words) > MOST_CHARACTERS:
        raise LibraryError(f"a filter of {len(words)} characters; {MOST_CHARACTERS} at most are read.")
    return _Parser(words).whole()


class _Parser:
    """Goes through the tokens once, from left to right."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._tokens = _tokens(words)
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._condition()
        if self._at < len(self._tokens):
            raise self._error("and, or, or the end")
        return condition

    def _condition(self) -> Condition:
        condition = self._either()
        while self._takes("word", "or"):
            condition = Either(condition, self._either())
        return condition

    def _either(self) -> Condition:
        condition = self._one()
        while self._takes("word", "and"):
            condition = Both(condition, self._one())
        return condition

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise LibraryError(f"a filter with more than {_DEEPEST} brackets and nots inside each other.")
        condition = self._one_at_this_depth()
        self._depth -= 1
        return condition

    def _one_at_this_depth(self) -> Condition:
        if self._takes("word", "not"):
            return Not(self._one())
        if self._takes("sign", "("):
            condition = self._condition()
            self._expect("sign", ")")
            return condition
        return self._comparison(self._word("a column"))

    def _comparison(self, name: str) -> Condition:
        if self._takes("word", "is"):
            negated = self._takes("word", "not")
            self._expect("word", "missing")
            return Not(Missing(name)) if negated else Missing(name)
        if self._takes("word", "in"):
            return Comparison(name, "in", self._values())
        for sign in (*COMPARISONS, "="):
            if self._takes("sign", sign):
                return Comparison(name, "==" if sign == "=" else sign, (self._value(),))
        if self._takes("word", "contains"):
            return Comparison(name, "contains", (self._value(),))
        raise self._error("==, !=, <, <=, >, >=, in, contains or is missing")

    def _values(self) -> tuple[Value, ...]:
        self._expect("sign", "(")
        values = [self._value()]
        while self._takes("sign", ","):
            values.append(self._value())
        self._expect("sign", ")")
        return tuple(values)

    def _value(self) -> Value:
        kind, text = self._next("a value: a number, or a text in quotes")
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            unit = next((unit for unit in METRES if self._takes("word", unit)), None)
            return float(text) * METRES[unit] if unit else float(text)
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        self._at -= 1
        raise self._error(f"a value; write a text in quotes: '{text}'" if kind == "word" else "a value")

    def _word(self, what: str) -> str:
        kind, text = self._next(what)
        if kind != "word":
            self._at -= 1
            raise self._error(what)
        return text

    def _next(self, what: str) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise self._error(what)
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, kind: str, text: str) -> bool:
        """Go past a token if it is the next one."""
        if self._at < len(self._tokens):
            found, written = self._tokens[self._at]
            if found == kind and written.lower() == text:
                self._at += 1
                return True
        return False

    def _expect(self, kind: str, text: str) -> None:
        if not self._takes(kind, text):
            raise self._error(text)

    def _error(self, expected: str) -> LibraryError:
        found = f"at {self._tokens[self._at][1]!r:.60}" if self._at < len(self._tokens) else "at its end"
        return LibraryError(f"--where {shortened(self._words, 120)}: {found}, expected {expected}; {_EXAMPLE}.")


def _tokens(words: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(words.rstrip()):
        match = _TOKEN.match(words, at)
        if match is None or match.lastgroup is None:
            raise LibraryError(
                f"--where {shortened(words, 120)}: {words[at:].strip()!r:.60} is nothing that a filter is made of; {_EXAMPLE}."
            )
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    if not tokens:
        raise LibraryError(f"--where: an empty filter; write one, {_EXAMPLE}.")
    return tokens
