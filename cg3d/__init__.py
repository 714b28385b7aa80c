"""CLIP goes 3D: train a point-cloud encoder in CLIP's space."""

__version__ = "0.2.0"
