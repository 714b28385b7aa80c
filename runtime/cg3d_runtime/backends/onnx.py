"""ONNX Runtime on the CPU and on CUDA."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from cg3d_runtime.errors import BackendError, one_line

INSTALL = 'pip install onnxruntime (the extra "cpu")'
INSTALL_CUDA = 'pip uninstall onnxruntime && pip install onnxruntime-gpu (the extra "cuda")'

# TF32 off: it would reorder the nearest neighbours, which stay in FP32 at every precision.
_PROVIDERS: dict[str, tuple[str, dict[str, str]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    "cuda": ("CUDAExecutionProvider", {"use_tf32": "0"}),
}
_FATAL = 4  # ONNX Runtime's quietest level; what fails is raised, so nothing of it needs to reach stderr as well


def devices() -> list[str]:
    """The devices that the installed ONNX Runtime was built for; whether they work shows when a graph is opened."""
    built_in = _onnxruntime().get_available_providers()
    return [device for device, (provider, _) in _PROVIDERS.items() if provider in built_in]


class OnnxBackend:
    """A graph in an ONNX Runtime session; see `backends.protocol.Backend`."""

    def __init__(
        self, model: bytes, device: str, precision: str, threads: int | None = None, spin: bool = True
    ) -> None:
        """Open a serialised graph on `device` (cpu or cuda), and on no other.

        Args:
            threads, spin: as `open_backend`.
        Raises:
            BackendError: ONNX Runtime or the device is missing, or the graph does not load.
        """
        self.name = f"onnxruntime-{device}"
        self.precision = precision
        self._session = _open_session(model, device, threads, spin)

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        names = [output.name for output in self._session.get_outputs()]
        try:
            values = self._session.run(names, inputs)
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            shapes = {name: f"{array.dtype}{array.shape}" for name, array in inputs.items()}
            raise BackendError(f"{self.name} failed on {shapes}: {one_line(error, 300)}") from error
        outputs = dict(zip(names, values, strict=True))
        if broken := [name for name, value in outputs.items() if not np.isfinite(value).all()]:
            raise BackendError(
                f"{self.name} gave NaN or infinite {broken[0]!r} at {self.precision}. Use --precision fp32."
            )
        return outputs

    def close(self) -> None:
        del self._session


def _open_session(model: bytes, device: str, threads: int | None, spin: bool) -> Any:
    ort = _onnxruntime()
    provider, options = _PROVIDERS[device]
    if device not in devices():
        raise BackendError(
            f"the installed ONNX Runtime knows no {device}; it knows {', '.join(devices())}. {INSTALL_CUDA}"
        )
    ort.set_default_logger_severity(_FATAL)
    settings = ort.SessionOptions()
    settings.log_severity_level = _FATAL
    settings.intra_op_num_threads = threads or 0
    settings.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
    # Processors without VNNI add two INT8 products in 16 bits, which overflow; this takes slower kernels there, and only there.
    settings.add_session_config_entry("session.x64quantprecision", "1")
    # By itself ORT takes bytes marked "ORTM" for its own format, which the check for external data does not read.
    settings.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        # Without enable_fallback=0 a failing device is replaced by the CPU, with a notice on stdout.
        session = ort.InferenceSession(model, settings, providers=[(provider, options)], enable_fallback=0)
    except Exception as error:  # as above
        raise BackendError(f"onnxruntime-{device} cannot open the graph: {one_line(error, 300)}") from error
    if session.get_providers()[0] != provider:  # CUDA's own libraries did not load
        raise BackendError(
            f"ONNX Runtime {ort.__version__} cannot load its {device} libraries; it needs the CUDA and cuDNN versions it was "
            "built for (https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html)."
        )
    return session


def _onnxruntime() -> ModuleType:
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # which the library takes for a fault of its own
            raise error.__cause__ from None
        raise BackendError(f"no inference library: {error}. Install one: {INSTALL}") from error
