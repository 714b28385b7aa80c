"""ONNX Runtime's telemetry, which is on by default from release 1.29 on.

It then keeps a device id and a store of events in ~/.cache/Microsoft/DeveloperTools/.onnxruntime and sends them once a process
lives for some ten seconds. Only the environment, before the library is imported, keeps it from that.
Source: ONNX Runtime's Privacy.md, its pull request 27379; the values were tried on 1.31.1.
"""

from __future__ import annotations

import logging
import os
import sys

VARIABLE = "ORT_DISABLE_TELEMETRY"
_OFF = ("1", "true", "yes", "on", "y")  # any other value, such as 0, leaves it on
_FIRST_RELEASE = (1, 29)

_log = logging.getLogger(__name__)


def telemetry_state(version: str | None) -> str:
    """One line for people: off or on, and why.

    Args:
        version: of the ONNX Runtime that is installed; None: of none.
    """
    if version is None:
        return "none: no ONNX Runtime"
    if not _has_telemetry(version):
        return f"none in ONNX Runtime {version}"
    value = os.environ.get(VARIABLE)
    told = f"{VARIABLE}={value}" if value is not None else f"{VARIABLE} is not set"
    return f"{'off' if _is_off(value) else 'ON'} ({told})"


def warn_if_on() -> None:
    """Say that ONNX Runtime was imported before this package could turn its telemetry off."""
    version = str(getattr(sys.modules["onnxruntime"], "__version__", ""))
    if _has_telemetry(version):
        _log.warning(
            "onnxruntime was imported before cg3d_runtime, so its telemetry is on. Import cg3d_runtime first, or set %s=1.",
            VARIABLE,
        )


def _is_off(value: str | None) -> bool:
    return (value or "").strip().lower() in _OFF


def _has_telemetry(version: str) -> bool:
    numbers = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    return tuple(numbers) >= _FIRST_RELEASE
