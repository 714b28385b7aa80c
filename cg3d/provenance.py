"""What a run was made from, for its record and for the bundle that is exported from it."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cg3d import __version__
from cg3d.checkpoint import RunRecord, towers_sha256
from cg3d.config import TrainConfig
from cg3d.data.samples import ObjectSet
from cg3d.data.shards import INDEX
from cg3d.models.cg3d import CG3D
from cg3d.open_clip_import import import_open_clip


def new_record(config: TrainConfig, model: CG3D, data: Path | None, objects: ObjectSet) -> RunRecord:
    """The record of a run that is about to start; `data` is the folder of `objects`, None where they are built in."""
    provenance = {
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "data": _describe(config, data, objects),
        "versions": {
            "python": platform.python_version(),
            "cg3d": __version__,
            **{library.__name__: library.__version__ for library in (torch, np, import_open_clip())},
        },
    }
    return RunRecord(config, model.towers.weights, towers_sha256(model), provenance)


def data_sha256(data: Path) -> str:
    """Digest of packed data: that of dataset.json, which holds the digests of all shards."""
    return hashlib.sha256((data / INDEX).read_bytes()).hexdigest()


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
