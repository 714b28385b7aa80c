"""Exported files against the model that they came from.

samples    inputs; reference: the model's own answers
agreement  figures and tolerances
structure int8_structure   operators and types of a file, checked without running it
"""
