"""Fits to a bundle what needs data: INT8 ranges, and confidence with a threshold for "unknown"."""
