"""Ways to damage a file: any bytes, text with numbers and words in it, JSON.

Every function takes its chances from a `random.Random`, so that a case is made again from its seed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

HEAD = 1200  # bytes at the start of a file in which the text of a binary format's header lies

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w./]*")
NUMBERS = (
    *(
        b"0",
        b"-1",
        b"1",
        b"2",
        b"3",
        b"7",
        b"255",
        b"256",
        b"65536",
        b"1000001",
        b"1000000000000",
        b"1e12",
        b"0.5",
        b"",
    ),
    *(str(2**power + more).encode() for power in (31, 32, 62, 63, 64, 127) for more in (-1, 0)),
    *(b"-9223372036854775808", b"9" * 30, b"9" * 5000, b"nan", b"-nan", b"inf", b"-inf", b"1e308", b"1e999", b"1e-320"),
    *(b"0x10", b"1_000", b"+5", b"00012", b"1.5.2", b"\xb2", b"\xd9\xa3"),
)
WORDS = (
    *(b"x", b"y", b"z", b"rgb", b"rgba", b"red", b"list", b"char", b"uchar", b"uint", b"double", b"float", b"vertex"),
    *(b"face", b"ascii", b"binary", b"binary_big_endian", b"binary_compressed", b"F", b"U", b"object", b"O", b"<f8"),
    *(b"|O", b"<U9", b">c16", b"True", b"None", b"f", b"v", b"vt", b"usemtl", b"/dev/zero", b"../../../../etc/passwd"),
    *(b"", b"a" * 3000, b"\x1b[31m", b"\x00", b"\r", b"\xff\xfe", b"__class__", b"()" * 300, b"[" * 3000),
)
BINARY = tuple(
    value.to_bytes(size, order)
    for size in (1, 2, 4, 8)
    for value in {0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 2 ** (8 * size - 1) - 1, 10**12 % 2 ** (8 * size)}
    for order in ("little", "big")
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        3,
        6,
        16,
        8192,
        10**6,
        10**12,
        2**31,
        2**63,
        2**64,
        10**400,
        0.5,
        -0.0,
        1e308,
        1e-320,
    ),
    *(
        float("nan"),
        float("inf"),
        "",
        "x",
        "fp32",
        "points",
        "..",
        "/",
        "/dev/zero",
        "a" * 10_000,
        "\x00",
        "\x1b[2J",
        "\n",
    ),
    *(
        "\ud800",
        "{}",
        "{0}",
        "{" * 99,
        "../manifest.json",
        "manifest.json",
        ".",
        "C:\\x",
        [],
        {},
        [[]],
        [None],
        {"": {}},
    ),
    *([0] * 1000, {"file": "x"}, [1, 2, 3], ["{}"] * 5000),
)


def flip_bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 32))):
        if changed:
            changed[_place(changed, random)] ^= 1 << random.randrange(8)
    return bytes(changed)


def overwrite_integer(data: bytes, random: Random) -> bytes:
    """Put an extreme integer of 1 to 8 bytes over what is there."""
    value, place = random.choice(BINARY), _place(data, random)
    return data[:place] + value + data[place + len(value) :]


def replace_number(data: bytes, random: Random) -> bytes:
    return _replace(data, random, _NUMBER, NUMBERS)


def replace_word(data: bytes, random: Random) -> bytes:
    """Rename one word, to another of the same file or to one that means something somewhere."""
    own = tuple(match.group() for match in _WORD.finditer(data[:HEAD]))
    return _replace(data, random, _WORD, random.choice((own, WORDS)) or WORDS)


def truncate(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def remove(data: bytes, random: Random) -> bytes:
    start = _place(data, random)
    return data[:start] + data[start + random.choice((1, 2, 7, 100)) :]


def duplicate(data: bytes, random: Random) -> bytes:
    """Repeat a stretch, sometimes many times."""
    start = _place(data, random)
    stop = start + random.choice((1, 8, 40, 400))
    return data[:stop] + data[start:stop] * random.choice((1, 1, 3, 500)) + data[stop:]


def edit_lines(data: bytes, random: Random) -> bytes:
    """Remove, repeat, or move one of the first lines."""
    lines = data.split(b"\n")
    index = random.randrange(min(len(lines), 30))
    line = lines.pop(index)
    for _ in range(random.choice((0, 1, 2, 2, 1000))):
        lines.insert(min(index + random.randrange(3), len(lines)), line)
    return b"\n".join(lines)


def insert(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + random.choice((random.choice(WORDS), random.randbytes(random.randrange(64)))) + data[place:]


def splice(data: bytes, other: bytes, random: Random) -> bytes:
    """The start of one file with the end of another."""
    return data[: _place(data, random)] + other[_place(other, random) :]


_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    flip_bits,
    overwrite_integer,
    replace_number,
    replace_number,
    replace_word,
    truncate,
    remove,
    duplicate,
    edit_lines,
    insert,
)


def mutate(data: bytes, random: Random) -> bytes:
    """Damage a file in one to three ways."""
    for _ in range(random.choice((1, 1, 2, 3))):
        data = random.choice(_MUTATIONS)(data, random)
    return data


def mutate_json(text: bytes, random: Random) -> bytes:
    """Damage a JSON text: values of another type, extreme values, fields missing, renamed, nested or twice."""
    tree = json.loads(text)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        tree = _edit_tree(tree, random)
    changed = json.dumps(tree)
    if random.random() < 0.03:
        changed = "[" * 100_000 + changed
    return changed.encode("utf-8", "surrogatepass")


def _edit_tree(tree: Any, random: Random) -> Any:
    """Walk down to any node (small branches as often as large ones) and change it there; no branch comes to hold itself."""
    if not isinstance(tree, (dict, list)) or not tree or random.random() < 0.15:
        return copy.deepcopy(random.choice(VALUES))
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    key = random.choice(keys)
    chance = random.random()
    if chance < 0.1:
        del tree[key]
    elif chance < 0.15 and isinstance(tree, dict):
        tree[random.choice(("", "x", "\x1b[2J", "a\nb", "\ud800", "a" * 5000, "format"))] = tree.pop(key)
    elif chance < 0.2:
        tree[key] = copy.deepcopy(tree[random.choice(keys)])
    else:
        tree[key] = _edit_tree(tree[key], random)
    return tree


def _place(data: bytes | bytearray, random: Random) -> int:
    """A position: in the head, where the structure is, or anywhere."""
    end = max(len(data), 1)
    return random.randrange(random.choice((min(end, 64), min(end, HEAD), end, end)))


def _replace(data: bytes, random: Random, pattern: re.Pattern[bytes], values: tuple[bytes, ...]) -> bytes:
    matches = list(pattern.finditer(data, 0, random.choice((HEAD, HEAD, len(data)))))
    if not matches:
        return data
    match = random.choice(matches)
    return data[: match.start()] + random.choice(values) + data[match.end() :]
