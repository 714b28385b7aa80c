"""The interface of an inference library, and the proof of a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from cg3d_runtime.errors import BackendError

GRAPH_INPUTS = {"points": ("points",), "text": ("token_ids", "eot"), "image": ("image",)}
GRAPH_OUTPUT = "features"

_LENGTH_TOLERANCE = 1e-2  # INT8's and FP16's last operators are in float32, too

# The least cosine between a test vector's features and a working device's. What is broken is far below.
LEAST_COSINE = {"fp32": 0.9999, "fp16": 0.999, "int8": 0.98}


class Backend(Protocol):
    """A graph opened on a device; `run` may be called from several threads at once.

    Attributes:
        name: the library and the device that really run, such as `onnxruntime-cpu`.
        precision: of the graph: fp32, fp16 or int8.
    """

    name: str
    precision: str

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run the graph once; names, types and shapes as in the graph's contract.

        Raises:
            BackendError: inputs that do not fit the graph, a failing device, or outputs that are not finite.
        """
        ...

    def close(self) -> None:
        """Give back the device's memory; the backend cannot run afterwards."""
        ...


def encode(backend: Backend, inputs: dict[str, np.ndarray], dim: int) -> np.ndarray:
    """Run a graph for its one output, the features (B, `dim`), of length 1.

    Raises:
        BackendError: as `Backend.run`, or the graph gives no such output.
    """
    outputs = backend.run(inputs)
    expected = (len(next(iter(inputs.values()))), dim)
    if GRAPH_OUTPUT not in outputs or outputs[GRAPH_OUTPUT].shape != expected:
        found = {name: value.shape for name, value in outputs.items()}
        raise BackendError(f"the graph must give {GRAPH_OUTPUT!r} of shape {expected}, got {found}. Export it again.")
    features = outputs[GRAPH_OUTPUT]
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(features, axis=1)
    if not (np.abs(lengths - 1.0) <= _LENGTH_TOLERANCE).all():  # all scores would follow the length, not the likeness
        raise BackendError(f"the graph gives {GRAPH_OUTPUT!r} of length {lengths.max():g}, not 1. Export it again.")
    return features


class Agreement(NamedTuple):
    """How near features come to the test vectors': the least cosine, and the largest difference of one number."""

    cosine: float
    max_error: float


def prove(backend: Backend, graph: str, vectors: Mapping[str, np.ndarray]) -> Agreement:
    """Run a graph on its test vectors: a provider that loads is not yet one that computes.

    Args:
        graph: points, text or image.
        vectors: the arrays of test_vectors.npz, (B, ...) each.
    Raises:
        BackendError: no vectors for this graph, or features that are not the expected ones.
    """
    names = (*GRAPH_INPUTS[graph], f"{graph}_features")
    if missing := [name for name in names if name not in vectors]:
        raise BackendError(f"{backend.name} cannot prove itself: the bundle's test vectors lack {', '.join(missing)}.")
    expected = vectors[f"{graph}_features"]
    counts = {vectors[name].shape[:1] for name in names}  # () of a single number
    if expected.ndim != 2 or not expected.size or expected.dtype.kind != "f" or counts != {expected.shape[:1]}:
        shapes = {name: vectors[name].shape for name in names}
        raise BackendError(
            f"{backend.name} cannot prove itself: the bundle's test vectors do not fit each other: {shapes}."
        )
    features = encode(backend, {name: vectors[name] for name in GRAPH_INPUTS[graph]}, expected.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):  # what a damaged vector holds fails below
        cosine = float((features * expected).sum(axis=-1).min())
    if not cosine >= LEAST_COSINE[backend.precision]:
        raise BackendError(
            f"{backend.name} computes the {graph} graph wrongly: cosine {cosine:.4f} to the bundle's test vectors, "
            f"at least {LEAST_COSINE[backend.precision]} is needed. Use --backend cpu."
        )
    return Agreement(cosine, float(np.abs(features - expected).max()))
