"""Bake, convert, verify: from a trained CG3D to the bundle that a robot runs."""

from cg3d_export.exporting import export_bundle, export_run
from cg3d_export.report import ExportReport, GraphReport

__all__ = ["ExportReport", "GraphReport", "export_bundle", "export_run"]
