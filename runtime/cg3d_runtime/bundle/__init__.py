"""The bundle: the folder that `cg3d export` writes and a robot runs.

bundle: opens it, and hands on the very bytes that were hashed; manifest: what it says of itself; signature: who wrote it.
archives: its files of arrays.
onnx_check, operators, protobuf: what a graph may hold, checked before ONNX Runtime sees it.
"""

from cg3d_runtime.bundle.bundle import BUNDLE_IN_WHEEL, BUNDLE_VARIABLE, SIGNATURE_VARIABLE, Bundle, named_folder

__all__ = ["BUNDLE_IN_WHEEL", "BUNDLE_VARIABLE", "SIGNATURE_VARIABLE", "Bundle", "named_folder"]
