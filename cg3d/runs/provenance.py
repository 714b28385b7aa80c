"""Provenance of a run, for its record and for the bundle that is exported from it."""

from __future__ import annotations

import platform
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from cg3d._version import __version__
from cg3d.config import TrainConfig
from cg3d.data.built_in import split_names, synthesise
from cg3d.data.samples import ObjectSet
from cg3d.data.shards import INDEX, Dataset, data_sha256
from cg3d.models.cg3d import CG3D
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.runs.checkpoint import RunRecord, towers_sha256
from cg3d.runs.start import origin
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.errors import DataError


def open_objects(config: TrainConfig, data: Path | None) -> ObjectSet:
    """The data set of a run: a folder that `cg3d data pack` wrote, or the built-in objects.

    Raises:
        DataError: as `Dataset.open`.
    """
    if data:
        return Dataset.open(data)
    return synthesise(config.data.objects_per_category, config.seed, categories=split_names(config.data.categories))


def require_same_data(record: RunRecord, data: Path | None) -> None:
    """Check that `data` are those that a run began with.

    Raises:
        DataError: they are not, or are not there.
    """
    began_with = record.trained_on
    if data is None and began_with["sha256"] is None:
        return
    if data is None or not (data / INDEX).is_file():
        raise DataError(f"the run's data {began_with['source']!r} are not at {data}. Name their folder with --data.")
    if data_sha256(data) != began_with["sha256"]:
        raise DataError(
            f"{data} is not what the run began with, {began_with['source']!r} of {began_with['objects']} objects. Name "
            "those with --data, or start a new run."
        )


def new_record(
    config: TrainConfig, model: CG3D, data: Path | None, objects: ObjectSet, start: Path | None = None
) -> RunRecord:
    """The record of a run that is about to start.

    Args:
        data: the folder of `objects`, None where they are built in.
        start: the run or bundle whose weights it begins with.
    Raises:
        CheckpointError, BundleError: neither is readable at `start`.
    """
    provenance = _provenance(_describe(config, data, objects))
    if start:
        provenance |= {"started_from": origin(start)}
    where = str(data.resolve()) if data else None
    return RunRecord(config, model.towers.weights, towers_sha256(model), provenance, where)


def imported_record(config: TrainConfig, model: CG3D, file: Path, kind: str, untrained: str | None) -> RunRecord:
    """The record of a run whose weights come from another program's file, which tells nothing of its data.

    Args:
        kind: of the file.
        untrained: the part of the model that the file has no weights for, or None.
    """
    data = dict.fromkeys(("sha256", "objects", "licences"), "unknown")
    imported = {"file": file.name, "sha256": file_entry(file).sha256, "kind": kind, "licence": "unknown"}
    imported |= {"untrained": untrained} if untrained else {}
    provenance = _provenance({"source": f"that of {file.name}", **data}) | {"imported": imported}
    return RunRecord(config, model.towers.weights, towers_sha256(model), provenance)


def library_versions(*libraries: ModuleType) -> dict[str, str]:
    """Versions by name: of Python, of cg3d, and of the libraries that took part."""
    versions = {library.__name__: library.__version__ for library in libraries}
    return {"python": platform.python_version(), "cg3d": __version__, **versions}


def _provenance(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "data": data,
        "versions": library_versions(torch, np, import_open_clip()),
    }


def _describe(config: TrainConfig, data: Path | None, objects: ObjectSet) -> dict[str, Any]:
    """Name and digest, how it was split, and whose it is."""
    return {
        "source": data.resolve().name if data else "built-in parametric objects",
        "sha256": data_sha256(data) if data else None,
        "objects": len(objects),
        "labels": len(objects.labels),
        "held_out": config.data.held_out,
        "seed": config.seed,
        "licences": dict(Counter(info.licence for info in objects.infos).most_common()),
    }
