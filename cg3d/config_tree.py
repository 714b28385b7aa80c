"""Frozen dataclasses from trees of plain values, and `--set a.b=value`: strict, and helpful about misspelt names.

A configuration is a frozen dataclass whose fields are values, fixed tuples of values, or further such dataclasses, each with a
default. Its tree is what `dataclasses.asdict`, a JSON object or a TOML file makes of it.
"""

from __future__ import annotations

import difflib
import math
import operator
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from cg3d_runtime.errors import CheckpointError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TYPE_NAMES = {bool: "true or false", int: "an integer", float: "a number", str: "a string"}


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=_Dataclass)


def from_tree(kind: type[Record], tree: Mapping[str, Any]) -> Record:
    """The configuration that a tree describes; what is left out has its default.

    Raises:
        CheckpointError: an unknown field, or a value of the wrong type or range.
    """
    record = _record(kind, tree, "", list(field_types(kind)))
    for name, hint in field_types(kind).items():
        if hint is float:  # after the ranges of the configuration, which say more
            require(record, name, math.isfinite(value_of(record, name)), "a finite number")
    return record


def with_overrides(config: Record, overrides: Sequence[str]) -> Record:
    """The configuration with single values changed.

    Args:
        overrides: `a.b=value` each, the value as TOML writes it; strings need no quotes.
    Raises:
        CheckpointError: an unknown field, or a value of the wrong type or range.
    """
    kind, tree = type(config), asdict(config)
    for override in overrides:
        _override(tree, override, field_types(kind))
    return from_tree(kind, tree)


def field_types(kind: Any, prefix: str = "") -> dict[str, type]:
    """Every value of a configuration that can be set, by its dotted name."""
    types: dict[str, type] = {}
    for name, hint in get_type_hints(kind).items():
        types |= field_types(hint, f"{prefix}{name}.") if is_dataclass(hint) else {f"{prefix}{name}": hint}
    return types


def value_of(config: object, name: str) -> Any:
    """The value of a dotted field name, such as `model.encoder.points`."""
    return operator.attrgetter(name)(config)


def require(config: object, name: str, fits: bool, wanted: str) -> None:
    """Raises: CheckpointError: the value of the field `name` does not fit; `wanted` says what would."""
    if not fits:
        raise CheckpointError(f"{name} must be {wanted}; got {value_of(config, name)!r}.")


def require_ranges(config: object, prefix: str, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Hold the fields of a record inside a configuration to their smallest and largest values.

    Args:
        prefix: the dotted name of the record.
        ranges: by the name of its field; of a field with two values, both are held to it, and rise.
    Raises:
        CheckpointError: a value out of its range; the message names it.
    """
    for name, (smallest, largest) in ranges.items():
        value = value_of(config, f"{prefix}.{name}")
        low, high = value if isinstance(value, tuple) else (value, value)
        rising = ", the smaller first" if isinstance(value, tuple) else ""
        require(config, f"{prefix}.{name}", smallest <= low <= high <= largest, f"{smallest} to {largest}{rising}")


def _override(tree: dict[str, Any], override: str, types: Mapping[str, type]) -> None:
    name, equals, text = (part.strip() for part in override.partition("="))
    if not equals:
        raise CheckpointError(f"--set {override}: a value is missing; write --set {override}=VALUE.")
    if name not in types:
        raise _unknown(name, types)
    *folders, leaf = name.split(".")
    for folder in folders:
        tree = tree[folder]
    tree[leaf] = text if types[name] is str else _parse(text)


def _parse(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text  # the type check names what was expected


def _record(kind: type[Record], tree: object, prefix: str, names: Sequence[str]) -> Record:
    if not isinstance(tree, Mapping):
        raise CheckpointError(f"{prefix.rstrip('.')} must be a table, got {tree!r:.80}.")
    hints = get_type_hints(kind)
    if unknown := [name for name in tree if name not in hints]:
        raise _unknown(prefix + unknown[0], names)
    return kind(**{name: _value(hints[name], value, prefix + name, names) for name, value in tree.items()})


def _value(kind: type, value: object, name: str, names: Sequence[str]) -> Any:
    if is_dataclass(kind):
        return _record(kind, value, f"{name}.", names)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value, name)
    return _scalar(kind, value, name)


def _tuple(kinds: tuple[type, ...], value: object, name: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != len(kinds):
        raise CheckpointError(f"{name} must be {len(kinds)} values like [0.8, 1.2], got {value!r:.80}.")
    return tuple(_scalar(kind, item, f"{name}[{i}]") for i, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _scalar(kind: type, value: object, name: str) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # not isinstance: True is no integer here
        raise CheckpointError(f"{name} must be {_TYPE_NAMES[kind]}, got {value!r:.80}.")
    return value


def _unknown(name: str, known: Iterable[str]) -> CheckpointError:
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]
    return CheckpointError(f"{name!r} is no field of the configuration; did you mean {nearest!r}?")
