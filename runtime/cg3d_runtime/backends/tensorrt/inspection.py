"""The precision that an engine really computes in, read from the engine itself.

A builder that is asked for FP16 and builds FP32 says nothing about it, so the built engine is asked.
Source: TensorRT's engine inspector; the datatype of a tensor is "Half" or, with an execution context, a format such as
"Row major linear FP16 format". Compiled regions name theirs in the kernel ("..._f16f16_...", "h16816gemm").
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cg3d_runtime.backends.tensorrt.library import load_tensorrt
from cg3d_runtime.errors import BackendError

if TYPE_CHECKING:
    import tensorrt as trt

LEAST_FP16_SHARE = 0.1  # of an FP16 graph's engine; its FP32 islands and reformatting leave far more, an FP32 build 0

_HALF = re.compile(r"\b(half|fp16|float16)\b", re.IGNORECASE)
_SINGLE = re.compile(r"\b(float|fp32|float32)\b", re.IGNORECASE)
_HALF_KERNEL = re.compile(r"f16|h16816|h1688|h884|hmma|fp16", re.IGNORECASE)


def engine_layers(engine: trt.ICudaEngine) -> list[Any]:
    """The layers of an engine built with detailed profiling verbosity, as the engine inspector's JSON has them.

    A layer whose JSON is broken, which TensorRT has been seen to write, becomes None.
    """
    trt = load_tensorrt()
    inspector = engine.create_engine_inspector()
    texts = [
        inspector.get_layer_information(index, trt.LayerInformationFormat.JSON) for index in range(engine.num_layers)
    ]
    return [_parsed(text) for text in texts]


def fp16_share(layers: list[Any]) -> float | None:
    """The share of FP16 layers among those that compute in floating point, or None where no layer tells.

    A layer counts as FP16 where a tensor it reads or writes, its weights or its kernel are.
    """
    described = [layer for layer in layers if isinstance(layer, dict)]
    half = [_is_half(layer) for layer in described]
    floating = [is_half or bool(_SINGLE.search(_types(layer))) for layer, is_half in zip(described, half, strict=True)]
    return sum(half) / sum(floating) if any(floating) else None


def require_precision(layers: list[Any], precision: str, name: str) -> float | None:
    """Check that an engine of an FP16 graph computes in FP16; return its `fp16_share`.

    Args:
        name: of the engine, for the message.
    Raises:
        BackendError: FP16 was asked for, and the engine does not show it.
    """
    share = fp16_share(layers)
    if precision == "fp16" and (share is None or share < LEAST_FP16_SHARE):
        found = "tells of no datatype" if share is None else f"has {share:.0%} FP16 layers"
        raise BackendError(
            f"FP16 was asked for, but the engine of {name} that TensorRT {load_tensorrt().__version__} built {found} of "
            f"{len(layers)}; at least {LEAST_FP16_SHARE:.0%} is expected. It is not used. "
            "Use --precision fp32, or --backend cuda."
        )
    return share


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # control characters in names
    except ValueError:
        return None


def _is_half(layer: dict[str, Any]) -> bool:
    return bool(_HALF.search(_types(layer)) or _HALF_KERNEL.search(str(layer.get("TacticName", ""))))


def _types(layer: dict[str, Any]) -> str:
    """Every datatype that a layer names: of its tensors and of its weights."""
    tensors = [*(layer.get("Inputs") or []), *(layer.get("Outputs") or []), *(layer.get("Constants") or [])]
    names = [str(tensor.get("Format/Datatype", "")) for tensor in tensors if isinstance(tensor, dict)]
    weights = [layer.get(part) for part in ("Weights", "Bias")]
    names += [str(part.get("Type", "")) for part in weights if isinstance(part, dict) and part.get("Count")]
    return "; ".join(names)
