"""The parameters of the nodes, checked."""

from __future__ import annotations

import difflib
import os
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cg3d_runtime.choices import AUTO, BACKENDS
from cg3d_runtime.errors import Cg3dError, printable
from cg3d_runtime.scans.upward import AnyUp, as_up

DEFAULTS: Mapping[str, object] = {
    "labels": "",
    "target_frame": "",
    "up": "z",
    "imu": False,
    "top": 5,
    "tf_timeout": 0.3,
    "bundle": "",
    "backend": "auto",
    "require_signature": "",
}
DESCRIPTIONS: Mapping[str, str] = {
    "labels": "What to choose from: a file, words with commas, or a list; empty: the everyday names in the model",
    "target_frame": "The frame of what is found, whose z is up as TF tells; empty: the sensor's",
    "up": "Without target_frame: the way up in the sensor's frame: an axis, x,y,z or auto",
    "imu": "Without target_frame: take the way up from the topic imu",
    "top": "Labels to tell of each object",
    "tf_timeout": "Seconds that a cloud waits for its transform",
    "bundle": "The model's folder; empty: the one in cg3d-runtime",
    "backend": "auto, cpu, cuda or tensorrt",
    "require_signature": "PEM file of the public key that must have signed the model",
}
CHANGEABLE = ("labels", "up", "top")
_LONGEST_WAIT_S = 10.0  # as long as transforms are kept
_OF_ROS = ("use_sim_time", "start_type_description_service")


@dataclass(frozen=True)
class Options:
    """What the parameters of a node say; see `DESCRIPTIONS`.

    Attributes:
        labels: as `Recognizer.open` takes them.
        up: as a recogniser takes it; None: found out as it does by itself.
        tf_timeout: seconds.
    """

    labels: str | list[str] | None
    target_frame: str
    up: AnyUp
    imu: bool
    top: int
    tf_timeout: float
    bundle: str | None
    backend: str
    require_signature: str | None


def options_of(given: Mapping[str, object]) -> Options:
    """Check the values of all parameters, of whatever types YAML gave them.

    Raises:
        Cg3dError: one line: which parameter, what it holds, and what it should.
    """
    frame = _text("target_frame", given)
    if frame.startswith("/"):
        raise Cg3dError(f"target_frame must be a frame's name without a slash before it, got {frame!r:.80}.")
    if not isinstance(given["imu"], bool):
        raise _wrong("imu", "true or false", given["imu"])
    return Options(
        labels=_labels(given["labels"]),
        target_frame=frame,
        up=_up(given["up"]),
        imu=given["imu"],
        top=_whole("top", given["top"]),
        tf_timeout=_seconds("tf_timeout", given["tf_timeout"]),
        bundle=_text("bundle", given) or None,
        backend=_backend(given["backend"]),
        require_signature=_text("require_signature", given) or None,
    )


def require_known(names: Iterable[str]) -> None:
    """Refuse parameters that nobody reads: ROS would pass over a misspelt one in silence.

    Raises:
        Cg3dError: one that is unknown, with the nearest that is known.
    """
    for name in names:
        if name in DEFAULTS or name in _OF_ROS or "." in name:  # those with a dot, such as qos_overrides, are of ROS
            continue
        near = difflib.get_close_matches(name, DEFAULTS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(DEFAULTS)}."
        raise Cg3dError(printable(f"parameter {name!r:.80} is not known; {hint}"))


def _wrong(name: str, wanted: str, got: object) -> Cg3dError:
    return Cg3dError(f"{name} must be {wanted}, got {printable(repr(got)):.80}.")


def _text(name: str, given: Mapping[str, object]) -> str:
    value = given[name]
    if not isinstance(value, str):
        raise _wrong(name, f"text (in YAML, with quotes: {name}: '...')", value)
    return value


def _labels(value: object) -> str | list[str] | None:
    if isinstance(value, str):
        if not value.strip():
            return None
        is_words = "," in value and not os.path.exists(value)  # noqa: PTH110 - which is False for names that are too long
        return [word for word in map(str.strip, value.split(",")) if word] if is_words else value
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, str) for each in value):
        return [each for each in value if each] or None
    raise _wrong(
        "labels", "a file, words with commas, or a list of words (yes, no, on, off and numbers with quotes)", value
    )


def _up(value: object) -> AnyUp:
    if value is True:  # YAML reads a bare y as true, and what else could be meant
        return "y"
    if isinstance(value, str) and value == AUTO:
        return AUTO
    if isinstance(value, bool | int | float):
        raise _wrong("up", "an axis (x, y, z, -x, -y, -z), x,y,z or auto", value)
    return as_up(list(value) if isinstance(value, array) else value)  # type: ignore[arg-type]


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(name, "a whole number from 1 on", value)
    return value


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_WAIT_S:
        raise _wrong(name, f"seconds from 0 to {_LONGEST_WAIT_S:g}", value)
    return float(value)


def _backend(value: object) -> str:
    if not isinstance(value, str) or value not in BACKENDS:
        raise _wrong("backend", f"one of {', '.join(BACKENDS)}", value)
    return value
