"""INT8 as types in the graph: explicit QuantizeLinear and DequantizeLinear around the products with weights.

Symmetric int8 for activations (one scale a tensor) and weights (one a channel), zero points 0, which is what TensorRT takes.
onnxruntime shifts the activations to unsigned by itself where its kernels want that. Only inputs of products are rounded: the
sums leave them as float32, so biases, residuals, maxima, geometry and normalisations lose nothing. A bias inside would have to
be INT32, which TensorRT does not take.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout

import numpy as np
import onnx

from cg3d_export.graphs.tensorrt_support import require_tensorrt_support
from cg3d_export.int8.products import activations, fold_constants, int8_products, own_inputs, without_copies
from cg3d_export.int8.ranges import Range
from cg3d_runtime.errors import BundleError

_PRODUCTS = ["Gemm", "MatMul"]


def quantise(content: bytes, ranges: Mapping[str, Range], leave: Collection[str] = ()) -> bytes:
    """Make the INT8 form of an FP32 graph: one file, the same inputs and outputs, standard operators.

    Args:
        content: the FP32 graph's file.
        ranges: of every activation that is rounded, see `cg3d_export.int8.ranges`.
        leave: names of products that stay in float32.
    Raises:
        BundleError: an activation without a range, or an operator that TensorRT does not take.
    """
    model = onnx.load_from_string(content)
    if missing := [name for name in activations(model) if name not in ranges]:
        raise BundleError(
            f"the calibration holds no range of the activation {missing[0]!r}. Write it again with `cg3d int8-ranges`."
        )
    folded = fold_constants(model)
    products = [name for name in int8_products(folded) if name not in leave]
    quantised = _insert_pairs(folded, products, ranges) if products else folded
    del quantised.graph.value_info[:]  # of values that are no longer there
    quantised = onnx.shape_inference.infer_shapes(quantised, check_type=True, strict_mode=True)
    quantised.producer_name, quantised.producer_version = model.producer_name, model.producer_version
    onnx.checker.check_model(quantised, full_check=True)
    require_tensorrt_support(quantised)
    return bytes(quantised.SerializeToString(deterministic=True))


def _insert_pairs(folded: onnx.ModelProto, products: list[str], ranges: Mapping[str, Range]) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    copied = own_inputs(folded, products)
    with _quiet():
        quantizer = QDQQuantizer(
            folded,
            per_channel=True,
            reduce_range=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QInt8,
            tensors_range=_tensor_ranges(copied, ranges),
            nodes_to_quantize=products,
            nodes_to_exclude=[],
            op_types_to_quantize=_PRODUCTS,
            extra_options={
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": False,
                "OpTypesToExcludeOutputQuantization": _PRODUCTS,
            },
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    without_copies(quantizer.model.model, copied)
    quantised: onnx.ModelProto = quantizer.model.model
    return quantised


def _tensor_ranges(copied: Mapping[str, str], ranges: Mapping[str, Range]) -> object:
    """The ranges under the names of the copies, as onnxruntime takes them."""
    from onnxruntime.quantization import CalibrationMethod, TensorsData

    found = {copy: tuple(np.float32(bound) for bound in ranges[name]) for copy, name in copied.items()}
    return TensorsData(CalibrationMethod.MinMax, found)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back onnxruntime's advice, which is for models that come to it unprepared."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(disabled)
