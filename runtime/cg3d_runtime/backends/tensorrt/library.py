"""TensorRT and cuda-python as they are installed here, or an error that names the line to type."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import re
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import Any

from cg3d_runtime.errors import BackendError

INSTALL = 'pip install cuda-python (the extra "tensorrt")'
OLDEST = (10, 3)  # JetPack 6
_KEPT_ERRORS = 20

_log = logging.getLogger(__name__)


def is_installed() -> bool:
    """Whether there is a TensorRT to try; whether it works shows when an engine is opened."""
    return importlib.util.find_spec("tensorrt") is not None


@cache
def load_tensorrt() -> Any:
    """The `tensorrt` module.

    Raises:
        BackendError: not installed, not loadable, or older than `OLDEST`.
    """
    try:
        trt = importlib.import_module("tensorrt")
        version = trt.__version__
    except (ImportError, OSError, AttributeError) as error:  # OSError: a library it needs does not load
        raise BackendError(
            f"TensorRT cannot be imported: {error}. On a Jetson it comes with JetPack: make the virtual environment with "
            '--system-site-packages. Elsewhere: pip install "tensorrt-cu13", or -cu12 for CUDA 12.'
        ) from error
    if _numbers(version) < OLDEST:
        raise BackendError(
            f"TensorRT {version} is installed; {'.'.join(map(str, OLDEST))} or later is needed (JetPack 6 has it)."
        )
    return trt


@cache
def load_cuda() -> Any:
    """The CUDA runtime API of cuda-python: `cuda.bindings.runtime`, which was `cuda.cudart` before 12.6.

    Raises:
        BackendError: not installed, or not loadable.
    """
    try:
        with contextlib.suppress(ImportError):
            return importlib.import_module("cuda.bindings.runtime")
        return importlib.import_module("cuda.cudart")
    except ImportError as error:
        raise BackendError(
            f"TensorRT needs cuda-python, which cannot be imported: {error}. Install it: {INSTALL}"
        ) from error


@cache
def tensorrt_logger() -> Any:
    """The logger of this process; TensorRT wants one and the same for all its objects.

    What TensorRT says goes to logging at DEBUG; `errors` holds the latest error messages for our own.
    """
    trt = load_tensorrt()
    severity = trt.ILogger.Severity

    class TensorRTLogger(trt.ILogger):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: deque[str] = deque(maxlen=_KEPT_ERRORS)

        def log(self, level: Any, message: str) -> None:
            if level in (severity.ERROR, severity.INTERNAL_ERROR):
                self.errors.append(message)
            if level != severity.VERBOSE:
                _log.debug("TensorRT: %s", message)

    return TensorRTLogger()


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Turn what the bindings raise where TensorRT gives no builder or runtime into a BackendError."""
    try:
        yield
    except (TypeError, RuntimeError) as error:
        reason = last_error(str(error).strip().splitlines()[0])
        raise BackendError(
            f"TensorRT {load_tensorrt().__version__} does not start: {reason}. Does its CUDA version fit the driver's?"
        ) from error


def last_error(otherwise: str) -> str:
    """The first line of TensorRT's latest error message, taken out of its logger; `otherwise` where it gave none."""
    errors = tensorrt_logger().errors
    message = errors.pop() if errors else ""
    errors.clear()
    return message.strip().splitlines()[0][:300] if message.strip() else otherwise


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
