"""Files of this program and of others: written whole or not at all, read only where they are what they seem.

atomic: writing; regular: files that are no pipes, devices or links; npz: bounded archives; mapped: arrays in files that are
mapped, not read; records: JSON read strictly; encodings: of text; cache_directory: where caches are kept.
"""
