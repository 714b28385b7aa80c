"""Provenance of a bundle; never a folder of the exporting machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

import onnx
import onnxscript
import torch

from cg3d.models.cg3d import CG3D

# Of tower weights, by what TowerConfig.pretrained calls them.
_LICENCES = {"builtin": "Apache-2.0", "openai": "MIT", "random": "none needed"}


def tower_weights(model: CG3D) -> str:
    """The origin of the towers' weights: "random", or model/tag, or model/file without its folder."""
    if model.towers.weights == "random":
        return "random"
    towers = model.config.towers
    return f"{towers.model}/{PurePath(towers.pretrained).name}"


def tower_licence(model: CG3D) -> str:
    """The licence of the towers' weights, as far as it is known here."""
    weights = tower_weights(model)
    return _LICENCES.get(weights.rpartition("/")[2], f"that of {weights}; ask its source")


def full_provenance(model: CG3D, known: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's facts, with the model's configuration and the exporting libraries."""
    config = asdict(model.config)
    config["towers"]["pretrained"] = PurePath(model.config.towers.pretrained).name
    towers = {**known.get("towers", {}), "weights": tower_weights(model)}
    return {**known, "towers": towers, "model": config, "exported_with": versions()}


def versions() -> dict[str, str]:
    """The libraries that take part in an export."""
    import onnxruntime

    return {library.__name__: library.__version__ for library in (torch, onnx, onnxscript, onnxruntime)}
