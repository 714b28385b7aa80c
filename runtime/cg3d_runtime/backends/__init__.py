"""The choice between inference libraries and devices.

protocol   what a backend offers, and the proof of a device on test vectors
onnx       ONNX Runtime; tensorrt/: TensorRT
lifetime   a backend that several threads use and one closes
"""

from __future__ import annotations

import logging
from contextlib import suppress

from cg3d_runtime.backends.protocol import Backend, encode, prove
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.choices import BACKENDS
from cg3d_runtime.errors import BackendError, BundleError

__all__ = ["BACKENDS", "Backend", "encode", "load_library", "open_backend", "prove"]

MOST_THREADS = 1024  # ONNX Runtime starts as many as it is told, until the system has no more

_GPU = ("tensorrt", "cuda")  # in the order in which auto tries them

_log = logging.getLogger(__name__)


def load_library(wanted: str = "auto") -> None:
    """Import ONNX Runtime now, for who goes on in threads: opening a graph leaves Python to others, and this does not.

    Where it is missing, `open_backend` says so.
    """
    with suppress(ImportError):
        if wanted != "tensorrt":
            import onnxruntime  # noqa: F401


def open_backend(
    bundle: Bundle,
    graph: str,
    wanted: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    cuda_graph: bool = False,
    spin: bool = True,
) -> Backend:
    """Open a graph of a bundle on the device asked for.

    Args:
        graph: points, text or image.
        wanted: cpu, cuda, tensorrt, or auto: the first of TensorRT and CUDA that is there and proves itself on the bundle's
            test vectors, else the CPU. Only auto ever falls back. TensorRT builds its engine on the first use.
        precision: fp32, fp16, int8, or auto: the most exact one in the bundle.
        threads: CPU threads inside one operator, 1 to MOST_THREADS; None leaves it to the library.
        cuda_graph: with TensorRT, launch batches of the same shape as a CUDA graph from the second in a row on. Where auto
            takes another backend, there is none.
        spin: on the CPU, let threads that wait for their part of a run wait busily: a scan is encoded in 10.7 instead of
            14.8 ms on two cores. What runs beside it, such as preparing the next scans, has fewer cores meanwhile.
    Raises:
        BackendError: an unknown or missing backend, no number of threads, a backend that does not reproduce the bundle's test
            vectors, or a CUDA graph of one that has none.
        BundleError: the bundle does not hold the graph at this precision, or was altered.
    """
    if wanted not in BACKENDS:
        raise BackendError(f"backend {wanted!r} is not known; choose one of {', '.join(BACKENDS)}.")
    if threads is not None and not (isinstance(threads, int) and 1 <= threads <= MOST_THREADS):
        raise BackendError(f"threads must be a whole number from 1 to {MOST_THREADS}, or None, got {threads!r}.")
    if cuda_graph and wanted in ("cpu", "cuda"):
        raise BackendError(f"a CUDA graph needs --backend tensorrt (or auto), got {wanted}.")
    precision = bundle.precision(graph, precision)
    if wanted == "cpu":
        return _open_onnx(bundle, graph, "cpu", precision, threads, spin)
    if wanted in _GPU:
        return _open_proven(bundle, graph, wanted, precision, threads, cuda_graph)
    for device in filter(_is_there, _GPU):
        if backend := _open_or_say_why(bundle, graph, device, precision, threads, cuda_graph):
            return backend
    return _open_onnx(bundle, graph, "cpu", precision, threads, spin)


def _open_or_say_why(
    bundle: Bundle, graph: str, device: str, precision: str, threads: int | None, cuda_graph: bool
) -> Backend | None:
    try:
        return _open_proven(bundle, graph, device, precision, threads, cuda_graph)
    except (BackendError, BundleError) as error:
        _log.warning("not on %s: %s", device, error)
        return None


def _is_there(device: str) -> bool:
    """Whether `auto` should try a GPU backend: its library is installed."""
    if device == "tensorrt":
        from cg3d_runtime.backends.tensorrt.library import is_installed

        return is_installed()
    from cg3d_runtime.backends import onnx

    return device in onnx.devices()


def _open_proven(
    bundle: Bundle, graph: str, device: str, precision: str, threads: int | None, cuda_graph: bool
) -> Backend:
    """Open a graph on the GPU and run its test vectors; what does not pass is closed again."""
    if device == "tensorrt":
        from cg3d_runtime.backends.tensorrt.backend import open_tensorrt

        backend: Backend = open_tensorrt(bundle, graph, precision, cuda_graph=cuda_graph)
    else:
        backend = _open_onnx(bundle, graph, device, precision, threads)
    try:
        prove(backend, graph, bundle.test_vectors())
    except BaseException:
        backend.close()
        raise
    return backend


def _open_onnx(
    bundle: Bundle, graph: str, device: str, precision: str, threads: int | None, spin: bool = True
) -> Backend:
    from cg3d_runtime.backends.onnx import OnnxBackend

    return OnnxBackend(bundle.graph(graph, precision), device, precision, threads, spin)
