"""Measures bundles through the robot's own runtime: named protocols, retrieval, robustness."""
