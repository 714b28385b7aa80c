"""`cg3d finetune`: the encoder of a run or a bundle on other data, and the file that says how well it did.

DIR/finetune.json            configuration, run or bundle, data, split, scores, versions
DIR/classifier.safetensors   encoder and classifier, its metadata the same record; modes full and linear
DIR/metrics.jsonl            one line an epoch; mode full
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cg3d.data.enough_points import too_few_points
from cg3d.data.shards import Dataset, data_sha256
from cg3d.finetune.classifier import Classifier, save_classifier
from cg3d.finetune.config import FinetuneConfig
from cg3d.finetune.encoder import load_encoder
from cg3d.finetune.few_shot import FewShotScores
from cg3d.finetune.metrics import Accuracy
from cg3d.finetune.modes import MODES, ModeResult, Task
from cg3d.machine import choose_device, choose_precision, keep_freed_memory
from cg3d.runs.provenance import library_versions
from cg3d_runtime.errors import CheckpointError, DataError
from cg3d_runtime.files.atomic import write_atomically

log = logging.getLogger(__name__)

FORMAT = 1
RESULT_FILE = "finetune.json"


def finetune(
    config: FinetuneConfig, run: Path, data: Path, out: Path, scratch: bool = False
) -> Accuracy | FewShotScores:
    """Learn or measure what `config.mode` says, and write the result.

    Args:
        config: everything that decides it.
        run: folder of a run or a bundle, see `load_encoder`.
        data: folder that `cg3d data pack` wrote.
        out: folder of the result; made here.
        scratch: its encoder with fresh weights: the baseline.
    Raises:
        CheckpointError, BundleError: neither is readable there, or `out` holds a result already.
        DataError: the data are missing, malformed or too few.
        BackendError: a device that is not there.
        Cg3dError: the loss became infinite or NaN; nothing is written but the curves.
    """
    if (out / RESULT_FILE).exists():
        raise CheckpointError(f"{out} holds a result already. Choose another --out, or delete it.")
    keep_freed_memory()
    device = choose_device(config.device)
    encoder = load_encoder(run, scratch, config.seed)
    objects = Dataset.open(data)
    if len(objects.labels) < 2:
        raise DataError(f"{data} has one label, {objects.labels[0]!r}; two or more are needed to tell things apart.")
    if few := too_few_points(objects, encoder.config.points):
        log.warning("%s", few)
    task = Task(config, encoder, objects, device, choose_precision(config.precision, device), out)
    _announce(task, data)
    torch.manual_seed(config.seed)
    result = MODES[config.mode](task)
    _write(out, _record(task, data, result), result.classifier)
    return result.scores


def _announce(task: Task, data: Path) -> None:
    weights = sum(p.numel() for p in task.encoder.module.parameters())
    log.info(
        "%s: %s weights, %s; on %s in %s",
        task.encoder.config.name,
        f"{weights:,}",
        "fresh" if task.encoder.fresh else f"from {task.encoder.description}",
        task.device,
        task.precision,
    )
    if task.encoder.data.get("sha256") == data_sha256(data) and not task.encoder.fresh:
        log.warning("The run learned from these very objects: figures flatter it. Use data that it has not seen.")


def _record(task: Task, data: Path, result: ModeResult) -> dict[str, Any]:
    """Everything that is needed to judge the scores, and to load the classifier."""
    encoder = task.encoder
    return {
        "format": FORMAT,
        "config": asdict(task.config),
        "weights": "fresh" if encoder.fresh else next(iter(encoder.origin)),
        **encoder.origin,
        "encoder": asdict(encoder.config),
        "embed_dim": encoder.embed_dim,
        "data": {
            "source": data.resolve().name,
            "sha256": data_sha256(data),
            "objects": len(task.objects),
            "licences": dict(Counter(info.licence for info in task.objects.infos).most_common()),
        },
        "pretraining": {key: encoder.data.get(key) for key in ("source", "sha256", "licences")},
        "labels": list(task.objects.labels),
        **result.facts,
        "scores": asdict(result.scores),
        "computed": {"device": task.device.type, "precision": task.precision},
        "versions": library_versions(torch, np),
        "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def _write(folder: Path, record: dict[str, Any], classifier: Classifier | None) -> None:
    """The record last: a folder that holds it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    if classifier is not None:
        save_classifier(folder, classifier, record)
    write_atomically(folder / RESULT_FILE, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    log.info("written to %s", folder)
