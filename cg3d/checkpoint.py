"""Runs on disk: what was learned, how, and from what.

    RUN/checkpoint.safetensors   the point encoder and the prompts; its metadata hold the record below
    RUN/run.json                 the record once more, for people
    RUN/metrics.jsonl            one line an interval

The frozen towers are not saved: the record names their weights and their digest, and loading checks that they are the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from cg3d.config import TrainConfig, config_from_tree
from cg3d.models.cg3d import CG3D
from cg3d_runtime.atomic import write_atomically
from cg3d_runtime.errors import CheckpointError

FORMAT = 1
CHECKPOINT_FILE = "checkpoint.safetensors"
RECORD_FILE = "run.json"
_METADATA_KEY = "cg3d"


@dataclass(frozen=True)
class RunRecord:
    """What a checkpoint says about itself.

    Attributes:
        config: the whole training configuration.
        towers: where the frozen towers' weights came from, "random" where nothing was loaded.
        towers_sha256: their digest, see `towers_sha256`.
        provenance: JSON objects `data` (source, sha256, objects, licences) and `versions`, and the time `started`.
        step: optimiser steps taken.
        metrics: of the last evaluation, empty before the first.
    """

    config: TrainConfig
    towers: str
    towers_sha256: str
    provenance: dict[str, Any]
    step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Raises: KeyError, TypeError, ValueError: not such a record. CheckpointError: a configuration of another version."""
        tree = json.loads(text)
        if tree["format"] != FORMAT:
            raise CheckpointError(f"the run has format {tree['format']!r}, this version reads {FORMAT}. Update cg3d.")
        del tree["format"]
        return cls(**{**tree, "config": config_from_tree(tree["config"])})


def build_model(config: TrainConfig) -> CG3D:
    """A model before training; what starts random, random towers included, follows from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return CG3D(config.model)


def save_checkpoint(run: Path, model: CG3D, record: RunRecord) -> None:
    """Replace the checkpoint of a run, each file in one step."""
    learned = {name: value.detach().cpu().contiguous() for name, value in model.learned_state().items()}
    write_atomically(run / CHECKPOINT_FILE, save(learned, {_METADATA_KEY: record.to_json()}))
    write_atomically(run / RECORD_FILE, record.to_json().encode())


def load_run(run: Path) -> tuple[CG3D, TrainConfig]:
    """The trained model of a run, in evaluation mode on the CPU, and its configuration.

    Raises:
        CheckpointError: no readable checkpoint, other towers than in training, or tensors that do not fit the model.
    """
    record = load_record(run)
    model = build_model(record.config)
    _require_same_towers(run, model, record)
    with safe_open(run / CHECKPOINT_FILE, framework="pt") as file:
        _copy_learned(run, model, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    return model.eval(), record.config


def load_record(run: Path) -> RunRecord:
    """What the checkpoint of a run says about itself, its tensors unread.

    Raises:
        CheckpointError: no readable checkpoint there.
    """
    path = Path(run) / CHECKPOINT_FILE
    if not path.is_file():
        raise CheckpointError(
            f"{run}: no run is there ({CHECKPOINT_FILE} is missing). Name a folder that `cg3d train` wrote."
        )
    try:
        with safe_open(path, framework="pt") as file:
            return RunRecord.from_json((file.metadata() or {})[_METADATA_KEY])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of cg3d ({type(error).__name__}: {error}).") from error
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error


def newest_run(runs: Path) -> Path:
    """The run under `runs` whose checkpoint was written last.

    Raises:
        CheckpointError: there is none.
    """
    checkpoints = list(runs.glob(f"*/{CHECKPOINT_FILE}"))
    if not checkpoints:
        raise CheckpointError(f"{runs}/ holds no finished run. Start one with `cg3d train`, or name a run's folder.")
    return max(checkpoints, key=lambda path: path.stat().st_mtime_ns).parent


def towers_sha256(model: CG3D) -> str:
    """Digest of both towers' weights, by name."""
    digest = hashlib.sha256()
    for tower in (model.towers.visual, model.towers.text):
        for name, value in sorted(tower.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def _require_same_towers(run: Path, model: CG3D, record: RunRecord) -> None:
    if towers_sha256(model) != record.towers_sha256:
        raise CheckpointError(
            f"{run} was trained on the towers {record.towers!r}, whose weights are not those of {model.towers.weights!r} here. "
            "Restore those weights, or train again on these."
        )


def _copy_learned(run: Path, model: CG3D, saved: dict[str, Tensor]) -> None:
    learned = model.learned_state()
    problems = {
        "missing": sorted(learned.keys() - saved.keys()),
        "unexpected": sorted(saved.keys() - learned.keys()),
        "of another shape": sorted(n for n in learned.keys() & saved.keys() if learned[n].shape != saved[n].shape),
    }
    if found := "; ".join(f"{kind}: {', '.join(names)}" for kind, names in problems.items() if names):
        raise CheckpointError(f"{run / CHECKPOINT_FILE} does not fit its own configuration. {found}.")
    for name, value in learned.items():
        value.copy_(saved[name])
