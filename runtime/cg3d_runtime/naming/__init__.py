"""Answers of a bundle's point encoder to prepared scans.

namer     scans in batches, encoded and named
upright   which way is up, where the scan does not tell: by how sure the answer is
"""
