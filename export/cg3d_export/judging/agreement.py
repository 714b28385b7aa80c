"""Every exported graph against the model it came from, on shapes other than the traced ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from cg3d.models.cg3d import CG3D
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.backends.protocol import GRAPH_OUTPUT
from cg3d_runtime.errors import BundleError

TIMED_RUNS = 10


@dataclass(frozen=True)
class Tolerance:
    """Limits of what a graph may lose; None: not limited.

    Attributes:
        max_abs_error, cosine: against the model, on any input.
        top1_agreement: share of held-out objects whose nearest label is that of the model. A model that is unsure of most
            objects may miss it at any precision, so at fp16 it is a warning; an INT8 graph is dropped.
    """

    max_abs_error: float | None
    cosine: float
    top1_agreement: float | None = None


INT8_TOP1_AGREEMENT = 0.97
TOLERANCES = {
    "fp32": Tolerance(1e-4, 0.99999),
    "fp16": Tolerance(None, 0.999, 0.995),
    "int8": Tolerance(None, 0.99, INT8_TOP1_AGREEMENT),
}
BATCH = 8  # samples a run where there are many


@dataclass(frozen=True)
class FeatureAgreement:
    """Agreement of features with the model's in float32.

    Attributes:
        max_abs_error, mean_abs_error: difference of one number, the largest and on average; rows have length 1.
        cosine: of the worst sample.
    """

    max_abs_error: float
    mean_abs_error: float
    cosine: float

    @classmethod
    def between(cls, features: np.ndarray, expected: np.ndarray) -> FeatureAgreement:
        """Compare two (B, D) arrays of unit rows."""
        wide = features.astype(np.float64)
        difference = np.abs(wide - expected)
        return cls(float(difference.max()), float(difference.mean()), float((wide * expected).sum(axis=1).min()))

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
    """Features of the model itself, prompts and batch normalisation unbaked: (B, D) in its own precision."""
    encoders: dict[str, Callable[..., Tensor]] = {
        "points": model.encode_points,
        "text": model.encode_text,
        "image": model.encode_image,
    }
    encode = encoders[graph]
    return in_batches(lambda part: encode(*_tensors(part, model.log_scale.dtype)).numpy(), inputs)


def float64_features(model: CG3D, graph: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """The same with every weight and sum in float64, which tells rounding from a wrong graph: (B, D) float64."""
    return model_features(copy.deepcopy(model).double(), graph, inputs)


@torch.no_grad()
def module_features(module: nn.Module, inputs: Mapping[str, np.ndarray], device: str = "cpu") -> np.ndarray:
    """Features of a deployed module in torch, which computes half precision on a CPU as a GPU does: (B, D) float32."""
    module = module.to(device)
    features = in_batches(lambda part: module(*(x.to(device) for x in _tensors(part))).cpu().numpy(), inputs)
    module.to("cpu")
    return features


def onnx_features(content: bytes, precision: str, inputs: Mapping[str, np.ndarray], device: str = "cpu") -> np.ndarray:
    """Features of a file in ONNX Runtime: (B, D) float32.

    Raises:
        BackendError: ONNX Runtime or the device is not there, or does not open or run the graph.
    """
    backend = OnnxBackend(content, device, precision)
    return in_batches(lambda part: backend.run(part)[GRAPH_OUTPUT], inputs)


def in_batches(run: Callable[[dict[str, np.ndarray]], np.ndarray], inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """(B, D) of all samples, BATCH at a time to bound the memory."""
    count = len(next(iter(inputs.values())))
    parts = ({name: array[start : start + BATCH] for name, array in inputs.items()} for start in range(0, count, BATCH))
    return np.concatenate([run(part) for part in parts])


def _tensors(inputs: Mapping[str, np.ndarray], precision: torch.dtype = torch.float32) -> list[Tensor]:
    tensors = map(torch.from_numpy, inputs.values())
    return [tensor.to(precision) if tensor.is_floating_point() else tensor for tensor in tensors]


def milliseconds(content: bytes, precision: str, inputs: Mapping[str, np.ndarray]) -> float:
    """Median time of a batch of one in ONNX Runtime on this machine's CPU.

    Raises:
        BackendError: as `onnx_features`.
    """
    backend = OnnxBackend(content, "cpu", precision)
    first = {name: array[:1] for name, array in inputs.items()}
    return float(np.median([run_ms(lambda: backend.run(first)) for _ in range(TIMED_RUNS)]))


def run_ms(run: Callable[[], object]) -> float:
    """Time of one run, in milliseconds."""
    started = perf_counter()
    run()
    return (perf_counter() - started) * 1e3


def top1_share(scores: np.ndarray, expected: np.ndarray) -> float:
    """Share of rows (B, L) whose largest score is in the same column."""
    return float((scores.argmax(axis=1) == expected.argmax(axis=1)).mean())
