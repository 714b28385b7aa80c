"""The names that options, arguments and bundles choose from, for modules that must not import numpy."""

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
AUTO = "auto"  # what `up` takes beside directions
METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}  # in one unit
BACKENDS = ("auto", "cpu", "cuda", "tensorrt")
PRECISIONS = ("fp32", "fp16", "int8")  # the most exact first
