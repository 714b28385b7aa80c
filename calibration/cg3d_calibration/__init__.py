"""Confidence: fits to a bundle what its scores are worth, and from which one on a scan is "unknown".

confidence measured_fit                    the fit as a whole; on one half, measured on the other
labelled_scans candidate_labels label_lists   scans that are answered; the labels that they are compared with; shorter lists
reliability unknown                        temperature and reliability; the threshold
rival_names usual_lengths chosen_names     names that compete; how long things usually are; which names an option chooses
unseen_objects                             objects that the run never saw
confidence_report confidence_plots bundle_update   what is written, into a folder and into the bundle
cli                                        `cg3d calibrate`
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cg3d_calibration.bundle_update import store_confidence
    from cg3d_calibration.confidence import FitConfig, fit_confidence
    from cg3d_calibration.confidence_report import ConfidenceReport
    from cg3d_calibration.rival_names import read_rival_names

__all__ = ["ConfidenceReport", "FitConfig", "fit_confidence", "read_rival_names", "store_confidence"]

# Imported on first use: `cg3d --help` imports this package and needs no torch.
_MODULES = {
    "ConfidenceReport": "confidence_report",
    "FitConfig": "confidence",
    "fit_confidence": "confidence",
    "read_rival_names": "rival_names",
    "store_confidence": "bundle_update",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
