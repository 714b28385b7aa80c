"""JSON that is a record: dataclasses read strictly, because a field silently ignored is a program that behaves differently.

A missing, unknown or wrong-typed field is refused by its name, as a ValueError.
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", int: "an integer", float: "a finite number"}

Record = TypeVar("Record")


def record_of(value: object, kind: type[Record], field: str) -> Record:
    """Build the dataclass `kind` from a JSON object that has exactly its fields."""
    members = as_object(value, field or "the manifest")
    hints = get_type_hints(kind)
    names = [member.name for member in fields(kind)]  # type: ignore[arg-type]
    check_names(members, names, field or "the manifest")
    if missing := [name for name in names if name not in members]:
        raise ValueError(f"{_join(field, missing[0])} is missing")
    values = {name: _decode(members[name], hints[name], _join(field, name)) for name in names}
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(_join(field, str(error))) from error


def _decode(value: object, kind: Any, field: str) -> Any:
    """Turn a JSON value into what the annotation `kind` asks for, or say what is wrong with `field`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        _check_any(value, field)
        return value
    if is_dataclass(kind):
        return record_of(value, kind, field)  # type: ignore[arg-type]
    if origin is UnionType:  # `X | None`, the only union here
        return None if value is None else _decode(value, arguments[0], field)
    if origin is dict:
        members = {key: _decode(item, arguments[1], _join(field, key)) for key, item in as_object(value, field).items()}
        for key in members:
            _plain(key, str, f"{field}: a name")
        return members
    if origin is tuple:
        return tuple(_decode(item, arguments[0], f"{field}[{i}]") for i, item in enumerate(_plain(value, list, field)))
    return _plain(value, kind, field)


def _plain(value: object, kind: type, field: str) -> Any:
    """Check that a value is of the JSON type `kind`; by `type`, not isinstance, since True is no integer."""
    if kind is float and type(value) in (int, float) and abs(value) <= sys.float_info.max:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    if kind is float or type(value) is not kind:
        raise ValueError(f"{field} must be {_JSON_NAMES[kind]}, got {value!r:.80}")
    if kind is str and not value.isprintable():  # type: ignore[attr-defined]
        raise ValueError(f"{field} must be printable text, got {value!r:.80}")
    return value


def as_object(value: object, field: str) -> dict[str, Any]:
    members: dict[str, Any] = _plain(value, dict, field)
    return members


def _check_any(value: object, field: str) -> None:
    """Check what is for people and reports, which show it, and which may have lines."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_any(key, f"{field}: a name")
            _check_any(item, field)
    elif isinstance(value, list):
        for item in value:
            _check_any(item, field)
    elif isinstance(value, str):
        _plain(value.replace("\n", " ").replace("\t", " "), str, field)
    elif isinstance(value, float):
        _plain(value, float, field)


def check_names(found: dict[str, Any], known: tuple[str, ...] | list[str], field: str) -> None:
    if unknown := sorted(set(found) - set(known)):
        raise ValueError(f"{field} has an unknown entry {unknown[0]!r}; known: {', '.join(known)}")


def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which no name may stand twice: readers differ on which of the two holds."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"{name!r:.80} stands twice in one object")
        members[name] = value
    return members


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
