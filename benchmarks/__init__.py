"""Measurements behind the figures in README and docs, started by `scripts/bench`.

`cli` holds the commands; `data`, `int8`, `streams`, `text` and `train` the sides that those of the same names compare;
`torch_script` and `naive_pointmlp` the sides that stand for published code.
"""
