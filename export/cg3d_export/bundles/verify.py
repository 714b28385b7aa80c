"""A bundle that lies on disk, verified once more: hashes, structure, test vectors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from cg3d_export.bundles.provenance import versions
from cg3d_export.bundles.writer import listed_files
from cg3d_export.judging.agreement import FeatureAgreement, milliseconds, onnx_features
from cg3d_export.judging.structure import check_structure
from cg3d_export.report import ExportReport, GraphReport
from cg3d_runtime.backends.onnx import devices
from cg3d_runtime.backends.protocol import GRAPH_INPUTS
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError, Cg3dError
from cg3d_runtime.labels.fixed import FixedLabels


def verify_bundle(directory: Path) -> ExportReport:
    """Repeat the verification of a bundle, with nothing but what lies in it.

    Every file is hashed; every graph is checked for its structure and run in ONNX Runtime on the test vectors, whose features
    the trained model computed at export.

    Returns:
        The figures of today, on this machine; `torch_half` is None throughout, since the trained model is not there.
    Raises:
        BundleError: naming the file, or the graph and its precision, and what is wrong with it.
        BackendError: ONNX Runtime is missing; its message holds the line that installs it.
    """
    devices()  # a missing ONNX Runtime is no fault of the bundle
    bundle = Bundle.open(directory)
    for entry in listed_files(bundle.manifest):
        bundle.read(entry)
    FixedLabels.of(bundle)
    vectors = bundle.test_vectors()
    graphs = [
        _verify_graph(bundle, graph, precision, vectors)
        for graph, precisions in bundle.manifest.graphs.items()
        for precision in precisions
    ]
    return ExportReport(bundle.manifest.name, tuple(graphs), versions())


def _verify_graph(bundle: Bundle, graph: str, precision: str, vectors: Mapping[str, np.ndarray]) -> GraphReport:
    """Raises: BundleError: naming the graph."""
    try:
        content = bundle.graph(graph, precision)
        structure = check_structure(load_graph(content), precision, _was_widened(bundle, graph, precision))
        inputs, expected = _sample(graph, vectors, bundle.manifest.embedding_dim)
        features = onnx_features(content, precision, inputs)
        if features.shape != expected.shape:
            raise BundleError(f"it gives features of shape {features.shape}, {expected.shape} is expected.")
        agreement = FeatureAgreement.between(features, expected)
        if shortfall := agreement.shortfall(precision):
            raise BundleError(f"{shortfall}.")
    except Cg3dError as error:
        raise BundleError(
            f"{bundle.directory}: the {graph} graph at {precision} fails its verification: {error} Export the bundle again."
        ) from error
    return GraphReport(
        graph=graph,
        precision=precision,
        bytes=len(content),
        structure=structure,
        onnxruntime=agreement,
        torch_half=None,
        ms=milliseconds(content, precision, inputs),
    )


def _was_widened(bundle: Bundle, graph: str, precision: str) -> bool:
    """Whether products had to leave FP16 at export, which the manifest then says."""
    return bool(bundle.manifest.verification.get(graph, {}).get(precision, {}).get("widened"))


def load_graph(content: bytes) -> onnx.ModelProto:
    """Parse a graph of a bundle.

    Raises:
        BundleError: the bytes are no ONNX model.
    """
    try:
        return onnx.load_from_string(content)
    except DecodeError as error:
        raise BundleError(f"it is no ONNX model ({error}).") from error


def _sample(graph: str, vectors: Mapping[str, np.ndarray], dim: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The inputs of a graph and the features (B, `dim`) that the trained model gave for them."""
    names = (*GRAPH_INPUTS[graph], f"{graph}_features")
    if missing := [name for name in names if name not in vectors]:
        raise BundleError(f"the bundle's test vectors lack {', '.join(missing)}.")
    inputs, expected = {name: vectors[name] for name in GRAPH_INPUTS[graph]}, vectors[f"{graph}_features"]
    if any(array.ndim == 0 or not len(array) for array in inputs.values()) or expected.dtype.kind != "f":
        raise BundleError("the bundle's test vectors hold no samples.")
    if expected.shape != (wanted := (len(inputs[names[0]]), dim)):
        raise BundleError(f"the features among the test vectors have shape {expected.shape}, {wanted} is expected.")
    return inputs, expected
