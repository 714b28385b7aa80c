"""From a trained model to ONNX graphs.

graphs            the three deployed modules; transformer: CLIP's blocks in them
bake              what is computed once at export
convert           a module as ONNX bytes, in FP32 or FP16
half_islands      FP32 islands where half precision fails
tensorrt_support  operators that TensorRT's parsers take
"""
