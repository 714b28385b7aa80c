"""Recipes of what the repository holds ready-made: `example_scans` for examples/scans, cg3d-mini/ for the shipped model."""
