"""ONNX Runtime and TensorRT against the test vectors of the bundle that ships, in every precision."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.backends.protocol import prove
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.doctor.prover import prove_graph
from cg3d_runtime.errors import Cg3dError
from gpu_check.findings import Findings


def check_onnx(device: str, told: Findings) -> None:
    """Every graph of the bundle, and its point encoder in INT8, made here."""
    bundle = Bundle.open(None)
    _prove_all(bundle, device, told)
    _prove_int8(bundle, device, told)


def check_tensorrt(device: str, told: Findings) -> None:
    """The same with TensorRT, where its libraries are."""
    if device != "cuda" or not find_spec("tensorrt"):
        told.skipped("TensorRT", "needs a GPU and TensorRT's libraries")
        return
    _prove_all(Bundle.open(None), "tensorrt", told)


def _prove_all(bundle: Bundle, backend: str, told: Findings) -> None:
    for graph, precisions in bundle.manifest.graphs.items():
        for precision in precisions:
            name = f"{graph}, {precision}, {backend}"
            try:
                figures = prove_graph(bundle, backend, graph, precision)
            except Cg3dError as error:
                told.failed(name, note=str(error)[:300])
                continue
            note = (
                f"least cosine to the test vectors; one input takes {figures.ms:.2f} ms, opening {figures.open_s:.1f} s"
            )
            told.passed(name, figures.cosine, "", note)


def _prove_int8(bundle: Bundle, device: str, told: Findings) -> None:
    """The point encoder in INT8: the bundle that ships has none, since on its CPU it was no faster."""
    name = f"points, int8, {device}"
    if not find_spec("onnx"):
        told.skipped(name, "making it needs onnx; carry its wheel in the folder of --wheels")
        return
    from cg3d_export.int8.collect import graph_ranges
    from cg3d_export.int8.quantise import quantise
    from gpu_check.clouds import prepared

    content = bundle.graph("points", "fp32")
    ranges = graph_ranges(content, {"points": np.asarray(prepared(bundle.manifest.prepare))}, None)
    try:
        backend = OnnxBackend(quantise(content, ranges.ranges), device, "int8")
        told.passed(
            name, prove(backend, "points", bundle.test_vectors()).cosine, "", "least cosine to the test vectors"
        )
    except Cg3dError as error:
        told.failed(name, note=str(error)[:300])
