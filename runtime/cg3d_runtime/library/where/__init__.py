"""Filters such as `size < 0.3 and label == 'mug'`.

grammar    from words to a condition, by a parser of its own: nothing is ever run
conditions what a condition says of the rows of a segment
"""

from cg3d_runtime.library.where.conditions import Condition
from cg3d_runtime.library.where.grammar import parse

__all__ = ["Condition", "parse"]
