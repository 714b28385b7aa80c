"""Every exported graph against the model it came from, on shapes other than the traced ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import nn

from cg3d.models.cg3d import CG3D
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.backends.protocol import GRAPH_OUTPUT
from cg3d_runtime.errors import BundleError

TIMED_RUNS = 10


@dataclass(frozen=True)
class Tolerance:
    """What a graph may lose; None: not limited."""

    max_abs_error: float | None
    cosine: float


TOLERANCES = {"fp32": Tolerance(1e-4, 0.99999), "fp16": Tolerance(None, 0.999), "int8": Tolerance(None, 0.99)}
LEAST_TOP1_AGREEMENT = 0.97  # of INT8 with FP32, on objects that no range was taken from


@dataclass(frozen=True)
class Agreement:
    """How near features come to the model's in float32.

    Attributes:
        max_abs_error: largest difference of one number; rows have length 1.
        cosine: of the worst sample.
    """

    max_abs_error: float
    cosine: float

    @classmethod
    def between(cls, features: np.ndarray, expected: np.ndarray) -> Agreement:
        """Compare two (B, D) arrays of unit rows."""
        difference = np.abs(features - expected).max()
        return cls(float(difference), float((features.astype(np.float64) * expected).sum(axis=1).min()))

    def shortfall(self, precision: str) -> str | None:
        """The figure that is outside TOLERANCES[precision], in words; NaN is outside. None where all are inside."""
        limit = TOLERANCES[precision]
        if not self.cosine >= limit.cosine:
            return f"cosine {self.cosine:.6f} to the model, at least {limit.cosine} is needed"
        if limit.max_abs_error is not None and not self.max_abs_error <= limit.max_abs_error:
            return f"max abs error {self.max_abs_error:.2e} to the model, at most {limit.max_abs_error:.0e} is allowed"
        return None

    def require(self, graph: str, precision: str, library: str) -> None:
        """Raises: BundleError: a figure outside the tolerance."""
        if shortfall := self.shortfall(precision):
            half = precision == "fp16"
            advice = "Export without --fp16." if half else "Please report it with the model's configuration."
            raise BundleError(
                f"the exported {graph} graph at {precision} is wrong in {library}: {shortfall}. "
                f"No bundle was written. {advice}"
            )


@torch.no_grad()
def model_features(model: CG3D, graph: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """What the model itself gives in float32, prompts and batch normalisation unbaked: (B, D)."""
    encode = {"points": model.encode_points, "text": model.encode_text, "image": model.encode_image}[graph]
    features: np.ndarray = encode(*map(torch.from_numpy, inputs.values())).numpy()
    return features


@torch.no_grad()
def verify_module(
    module: nn.Module, graph: str, precision: str, inputs: Mapping[str, np.ndarray], expected: np.ndarray
) -> Agreement:
    """Run the deployed module in torch, which computes half precision as a GPU does.

    Raises:
        BundleError: outside the tolerance.
    """
    agreement = Agreement.between(module(*map(torch.from_numpy, inputs.values())).numpy(), expected)
    agreement.require(graph, precision, "PyTorch")
    return agreement


def verify_onnx(
    onnx_bytes: bytes, graph: str, precision: str, inputs: Mapping[str, np.ndarray], expected: np.ndarray
) -> tuple[Agreement, float]:
    """Run the exported file in ONNX Runtime, as the robot does, and time it.

    Returns:
        The agreement, and the median time of a batch of one on this machine's CPU in milliseconds.
    Raises:
        BundleError: outside the tolerance.
        BackendError: ONNX Runtime is not installed, or does not open the graph.
    """
    features, ms = features_and_ms(onnx_bytes, precision, inputs)
    agreement = Agreement.between(features, expected)
    agreement.require(graph, precision, "ONNX Runtime")
    return agreement, ms


def features_and_ms(onnx_bytes: bytes, precision: str, inputs: Mapping[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """The features (B, D) that a file gives in ONNX Runtime on the CPU, and the median time of a batch of one in ms.

    Raises:
        BackendError: ONNX Runtime is not installed, or does not open the graph.
    """
    backend = OnnxBackend(onnx_bytes, "cpu", precision)
    features = backend.run(dict(inputs))[GRAPH_OUTPUT]
    first = {name: array[:1] for name, array in inputs.items()}
    return features, float(np.median([_run_ms(backend, first) for _ in range(TIMED_RUNS)]))


def _run_ms(backend: OnnxBackend, inputs: dict[str, np.ndarray]) -> float:
    started = perf_counter()
    backend.run(inputs)
    return (perf_counter() - started) * 1e3
