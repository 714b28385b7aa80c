"""Bake, convert, verify: from a trained CG3D to the bundle that a robot runs.

exporting classifier_export    an export, of a run and of a fine-tuned classifier
graph_export graphs/ int8/     one graph, and all that makes its file
graph_inputs judging/ report   inputs of graphs; files against the model; the figures
bundles/                       folders that robots get
cli                            `cg3d export`
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cg3d_export.exporting import export_bundle, export_run
    from cg3d_export.int8.export import Int8Options
    from cg3d_export.judging.reference import JudgementData
    from cg3d_export.report import ExportReport, GraphReport

__all__ = ["ExportReport", "GraphReport", "Int8Options", "JudgementData", "export_bundle", "export_run"]

# Imported on first use: `cg3d --help` imports this package and needs no torch.
_MODULES = {
    "ExportReport": "report",
    "GraphReport": "report",
    "Int8Options": "int8.export",
    "JudgementData": "judging.reference",
    "export_bundle": "exporting",
    "export_run": "exporting",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
