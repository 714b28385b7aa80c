"""The structure of an exported file: operators, types and weights, checked without running it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import onnx
from onnx import TensorProto
from onnx.helper import tensor_dtype_to_np_dtype

from cg3d_export.judging.int8_structure import Int8Structure, int8_problems, int8_structure
from cg3d_runtime.errors import BundleError

OPSETS = range(18, 21)  # TensorRT 10.3 on JetPack 6 reads up to 20
LEAST_FP16_SHARE = 0.95
MATRIX_PRODUCTS = ("MatMul", "Gemm", "Conv")  # these carry the arithmetic, so a half-precision graph has them in FP16
# These are FP32 in every graph: kNN, deviations, the final normalisation, layer normalisation, attention weights.
ISLANDS = ("TopK", "ReduceMean", "ReduceL2", "LayerNormalization", "Softmax")
_INPUT_TYPES = {"token_ids": TensorProto.INT32, "eot": TensorProto.INT32}  # all others are float32
_TYPES = frozenset(TensorProto.DataType.values()) - {TensorProto.UNDEFINED}
_FLOATING = (TensorProto.FLOAT, TensorProto.FLOAT16)
# Not arithmetic: they pass values on as they are.
_MOVES = {
    "Cast",
    "Concat",
    "Expand",
    "Gather",
    "Identity",
    "Reshape",
    "Shape",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
}


@dataclass(frozen=True)
class Structure:
    """Structure of a graph, counted.

    Attributes:
        opset: version of the standard operators.
        operators: how many nodes of each kind.
        fp16_share: part of the floating-point weight bytes that is FP16.
        islands: how many nodes of each kind compute in float32.
        int8: the INT8 part; None at the other precisions.
    """

    opset: int
    operators: dict[str, int]
    fp16_share: float
    islands: dict[str, int]
    int8: Int8Structure | None = None

    def small_share(self) -> float:
        """Part of the weight bytes below float32."""
        return self.int8.share if self.int8 else self.fp16_share


def check_structure(model: onnx.ModelProto, precision: str, widened: bool = False) -> Structure:
    """Check what the contract of the graphs (docs/architecture.md) demands and no run is needed for.

    Args:
        model: as exported, with the types of its intermediate values.
        precision: fp32, fp16 or int8.
        widened: single products had to leave FP16, see `half_islands`; the weights must still be FP16 for the most part.
    Raises:
        BundleError: naming the part that does not fit.
    """
    types = _value_types(model.graph)
    structure = _structure(model, types)
    if precision == "int8":
        structure = replace(structure, int8=int8_structure(model.graph))
    problems = [*_interface(model, structure), *_precisions(model.graph, types, structure, precision, widened)]
    if problems:
        raise BundleError(f"the exported {precision} graph does not fit the bundle format: {problems[0]}.")
    return structure


def _structure(model: onnx.ModelProto, types: dict[str, int]) -> Structure:
    sizes = Counter[int]()
    for tensor in model.graph.initializer:
        if tensor.data_type not in _TYPES:
            raise BundleError(
                f"the weights {tensor.name!r:.80} are of a type that ONNX does not know, {tensor.data_type}."
            )
        sizes[tensor.data_type] += math.prod(tensor.dims) * tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    single = [n for n in model.graph.node if n.op_type not in _MOVES and _type_of(n, types) == TensorProto.FLOAT]
    return Structure(
        opset=max((entry.version for entry in model.opset_import if entry.domain == ""), default=0),
        operators=_counted(model.graph.node),
        fp16_share=sizes[TensorProto.FLOAT16] / max(sum(sizes[kind] for kind in _FLOATING), 1),
        islands=_counted(single),
    )


def _interface(model: onnx.ModelProto, structure: Structure) -> Iterator[str]:
    """Faults of the operators, inputs and outputs."""
    if structure.opset not in OPSETS:
        yield f"opset {structure.opset}; {OPSETS[0]} to {OPSETS[-1]} is expected"
    if foreign := sorted({node.domain for node in model.graph.node} - {""}):
        yield f"operators of {foreign[0]}; only standard ones are expected"
    if outside := [tensor.name for tensor in model.graph.initializer if tensor.external_data]:
        yield f"weights outside the file ({outside[0]})"
    for value in (*model.graph.input, *model.graph.output):
        kind, wanted = value.type.tensor_type.elem_type, _INPUT_TYPES.get(value.name, TensorProto.FLOAT)
        if kind != wanted:
            yield f"{value.name} is {_name(kind)}; {_name(wanted)} is expected"
        if not any(dim.dim_param for dim in value.type.tensor_type.shape.dim[:1]):
            yield f"the batch of {value.name} is fixed; a free one is expected"


def _precisions(
    graph: onnx.GraphProto, types: dict[str, int], structure: Structure, precision: str, widened: bool
) -> Iterator[str]:
    """Faults of the types inside."""
    half = precision == "fp16"
    if structure.int8:
        yield from int8_problems(graph, structure.int8)
    if half and structure.fp16_share < LEAST_FP16_SHARE:
        yield f"{structure.fp16_share:.1%} of the weight bytes are FP16; {LEAST_FP16_SHARE:.0%} or more is expected"
    products = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    expected = {} if half and widened else dict.fromkeys(MATRIX_PRODUCTS, products)
    expected |= dict.fromkeys(ISLANDS, TensorProto.FLOAT)
    for node in graph.node:
        kind = _type_of(node, types)
        if kind != expected.get(node.op_type, kind):
            yield f"{node.op_type} {node.name} is {_name(kind)}; {_name(expected[node.op_type])} is expected"


def _value_types(graph: onnx.GraphProto) -> dict[str, int]:
    """Element type of every value by its name."""
    values = (*graph.input, *graph.value_info, *graph.output)
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    return types | {tensor.name: tensor.data_type for tensor in graph.initializer}


def _type_of(node: onnx.NodeProto, types: dict[str, int]) -> int:
    """Element type that a node computes in: that of its first input."""
    return types.get(node.input[0], TensorProto.UNDEFINED) if node.input else TensorProto.UNDEFINED


def _counted(nodes: Iterable[onnx.NodeProto]) -> dict[str, int]:
    return dict(sorted(Counter(node.op_type for node in nodes).items()))


def _name(kind: int) -> str:
    return str(TensorProto.DataType.Name(kind)).lower() if kind in _TYPES else f"of type {kind}"
