"""Pickled data sets, read without running anything that they name.

restricted   the unpickler; plain_arrays: its values as named arrays; unpickle: files as .npz
"""
