"""One place that imports open_clip, also where torchvision does not fit the installed torch.

A CPU build of torch beside a CUDA build of torchvision is common: torchvision's operator library then does not load, the
operators `nms` and `qnms` stay undeclared, and registering their shape functions fails at import with "operator
torchvision::nms does not exist". open_clip uses only torchvision's image transforms, so declaring the two operators, without
an implementation, is enough. It is done only after the import has failed that way.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.library import Library

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def import_open_clip() -> ModuleType:
    """The `open_clip` module."""
    try:
        return importlib.import_module("open_clip")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    _forget_partial_imports()
    _declare_operators()
    return importlib.import_module("open_clip")


def _forget_partial_imports() -> None:
    """Drop the modules that the failed import left behind, so that the next one starts clean."""
    for name in [n for n in sys.modules if n.split(".")[0] in ("torchvision", "open_clip", "timm")]:
        del sys.modules[name]


@cache  # the declarations live as long as what is returned
def _declare_operators() -> Library:
    from torch.library import Library

    fragment = Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        fragment.define(schema)
    return fragment
