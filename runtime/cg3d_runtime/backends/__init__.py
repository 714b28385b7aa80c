"""The choice between inference libraries and devices."""

from __future__ import annotations

import logging

from cg3d_runtime.backends.protocol import Backend, encode, prove
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BackendError, BundleError

__all__ = ["BACKENDS", "Backend", "encode", "open_backend", "prove"]

BACKENDS = ("auto", "cpu", "cuda")

_log = logging.getLogger(__name__)


def open_backend(
    bundle: Bundle, graph: str, wanted: str = "auto", precision: str = "auto", threads: int | None = None
) -> Backend:
    """Open a graph of a bundle on the device asked for.

    Args:
        graph: points, text or image.
        wanted: cpu, cuda, or auto: CUDA where it is there and proves itself, else the CPU. Only auto ever falls back.
        precision: fp32, fp16, int8, or auto: the most exact one in the bundle.
        threads: CPU threads inside one operator; None leaves it to the library.
    Raises:
        BackendError: an unknown or missing backend, or one that does not reproduce the bundle's test vectors.
        BundleError: the bundle does not hold the graph at this precision, or was altered.
    """
    from cg3d_runtime.backends import onnx

    if wanted not in BACKENDS:
        raise BackendError(f"backend {wanted!r} is not known; choose one of {', '.join(BACKENDS)}.")
    precision = bundle.precision(graph, precision)
    model = bundle.graph(graph, precision)
    if wanted == "cuda" or (wanted == "auto" and "cuda" in onnx.devices()):
        try:
            backend = onnx.OnnxBackend(model, "cuda", precision, threads)
            prove(backend, graph, bundle.test_vectors())
            return backend
        except (BackendError, BundleError) as error:
            if wanted == "cuda":
                raise
            _log.warning("not on the GPU: %s", error)
    return onnx.OnnxBackend(model, "cpu", precision, threads)
