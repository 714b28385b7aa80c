"""The operators that a bundle's graphs may hold, by the types that they compute in: what export writes, and the robot takes.

None of them holds a graph of its own, so none loops or branches; none is random, custom, or of another domain. They are what
both ends of the supported range of TensorRT document, see `cg3d_export.graphs.tensorrt_support`.
"""

from __future__ import annotations

_FLOAT = """
    BatchNormalization Ceil Clip Conv ConvTranspose Cos CumSum Elu Erf Exp Floor Gelu Gemm GlobalAveragePool
    GlobalMaxPool LayerNormalization LeakyRelu Log LogSoftmax LpNormalization MatMul Pow PRelu
    QuantizeLinear Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare Relu Resize Round Selu Sigmoid Sin Softmax Softplus Sqrt Tan Tanh TopK
"""
_NUMBER = """
    Abs Add Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Neg Pad Range ScatterElements ScatterND Sign
    Sub Sum
"""
_ANY = """
    Cast Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity OneHot Reshape Shape Size Slice
    Split Squeeze Tile Transpose Trilu Unsqueeze Where
"""

FLOAT_OPERATORS, NUMBER_OPERATORS, ANY_OPERATORS = _FLOAT.split(), _NUMBER.split(), _ANY.split()
BOOL_OPERATORS = ["And", "Not", "Or", "Xor"]
INT8_OPERATORS = ["DequantizeLinear"]

OPERATORS = frozenset((*FLOAT_OPERATORS, *NUMBER_OPERATORS, *ANY_OPERATORS, *BOOL_OPERATORS, *INT8_OPERATORS))
