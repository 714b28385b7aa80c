"""Runs on disk: what was learned, how, and from what.

    RUN/checkpoint.safetensors   the point encoder and the prompts, until the last step also what the optimisers remember;
                                 its metadata hold the record below, so that all of a step is replaced at once
    RUN/run.json                 the record once more, for people, and for a run that died before its first checkpoint
    RUN/metrics.jsonl            one line an interval
    RUN/tensorboard              the same for TensorBoard, where it is installed

The frozen towers are not saved: the record names their weights and their digest, and loading checks that they are the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from cg3d.config import TrainConfig, config_from_tree
from cg3d.models.cg3d import CG3D
from cg3d.models.encoders.point_encoder import recorded_encoder
from cg3d.models.weight_files import require_finite, require_layout
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.files.atomic import write_atomically

log = logging.getLogger(__name__)

FORMAT = 1
CHECKPOINT_FILE = "checkpoint.safetensors"
RECORD_FILE = "run.json"
_METADATA_KEY = "cg3d"
_ENCODER = "points."  # before the names of its weights
_TRAINING = "training."  # before the names of what only training needs


@dataclass(frozen=True)
class RunRecord:
    """The record of a run that its checkpoint holds.

    Attributes:
        config: the whole training configuration.
        towers: where the frozen towers' weights came from, "random" where nothing was loaded.
        towers_sha256: their digest, see `towers_sha256`.
        provenance: JSON objects `data` (source, sha256, objects, licences) and `versions`, and the time `started`.
        data: where the data were, for resuming; None where they are built in.
        step: optimiser steps taken.
        metrics: of the last evaluation, empty before the first.
    """

    config: TrainConfig
    towers: str
    towers_sha256: str
    provenance: dict[str, Any]
    data: str | None = None
    step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Raises: KeyError, TypeError, ValueError: not such a record. CheckpointError: a configuration of another version."""
        try:
            tree = json.loads(text)
        except RecursionError as error:
            raise ValueError("it is nested without end") from error
        if tree["format"] != FORMAT:
            raise CheckpointError(
                f"the run has format {tree['format']!r:.80}, this version reads {FORMAT}. Update cg3d."
            )
        del tree["format"]
        model = tree["config"]["model"]
        model["encoder"] = recorded_encoder(model["encoder"])
        record = cls(**{**tree, "config": config_from_tree(tree["config"])})
        record._require_types()
        return record

    def _require_types(self) -> None:
        """Raises: TypeError: a stranger's record, with other values than this program writes."""
        tables = [self.provenance, self.metrics, self.provenance.get("data", {})]
        texts = [self.towers, self.towers_sha256]
        if not all(isinstance(table, dict) for table in tables) or not all(isinstance(text, str) for text in texts):
            raise TypeError("its values are of other types than `cg3d train` writes")

    @property
    def trained_on(self) -> dict[str, Any]:
        """The data's source, sha256, objects and licences; "unknown" where the record, a stranger's, does not tell."""
        recorded: dict[str, Any] = self.provenance.get("data", {})
        return dict.fromkeys(("source", "sha256", "objects", "licences"), "unknown") | recorded


def build_model(config: TrainConfig) -> CG3D:
    """A model before training; what starts random, random towers included, follows from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = CG3D(config.model)
    if config.scale == "learned":
        model.learn_scale()
    return model


def save_checkpoint(
    run: Path, model: CG3D, record: RunRecord, training: Mapping[str, Tensor] = MappingProxyType({})
) -> None:
    """Replace the checkpoint of a run, each file in one step.

    Args:
        training: what resuming needs besides the model; nothing after the last step.
    Raises:
        OSError: the disk is full, or may not be written; the checkpoint before stays.
    """
    state = model.learned_state() | {f"{_TRAINING}{name}": value for name, value in training.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    write_atomically(run / CHECKPOINT_FILE, save(tensors, {_METADATA_KEY: record.to_json()}))
    save_record(run, record)


def save_record(run: Path, record: RunRecord) -> None:
    """Write run.json."""
    write_atomically(run / RECORD_FILE, record.to_json().encode())


def start_run(out: Path, record: RunRecord, weights: CG3D | None = None) -> None:
    """Make the folder of a run, with its record.

    Args:
        weights: what the run begins with, where that does not follow from its configuration: saved at once.
    Raises:
        CheckpointError: a run is there already.
    """
    if (out / RECORD_FILE).exists() or (out / CHECKPOINT_FILE).exists():
        raise CheckpointError(
            f"{out} holds a run already. Choose another --out, or go on with it: cg3d train --resume {out}"
        )
    out.mkdir(parents=True, exist_ok=True)
    if weights is None:
        save_record(out, record)
    else:
        save_checkpoint(out, weights, record)


def record_to_resume(run: Path) -> RunRecord:
    """The record of a run's last checkpoint; that of its start where it died before the first.

    Raises:
        CheckpointError: no run is there, or one that was never trained here.
    """
    if (run / CHECKPOINT_FILE).is_file() or not (run / RECORD_FILE).is_file():
        record = load_record(run)
        if "imported" in record.provenance:
            raise CheckpointError(f"{run} was imported, so nothing can go on. Start from it: cg3d train --from {run}")
        return record
    try:
        return replace(RunRecord.from_json((run / RECORD_FILE).read_text("utf-8")), step=0, metrics={})
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{run / RECORD_FILE}: not the record of a run ({error}). Start a new run.") from error


def remove_torn_files(run: Path) -> None:
    """Delete what a killed process left of files that it was writing."""
    for name in (CHECKPOINT_FILE, RECORD_FILE):
        for torn in run.glob(f".{name}.*"):
            torn.unlink(missing_ok=True)


def load_run(run: Path, towers: str | None = None) -> tuple[CG3D, TrainConfig]:
    """The trained model of a run, in evaluation mode on the CPU, and its configuration.

    Args:
        towers: their weights, a file or a tag of open_clip, where they do not come with this package.
    Raises:
        CheckpointError: no readable checkpoint, other towers than in training, or tensors that do not fit the model.
    """
    record = with_towers(run, load_record(run), towers)
    model = build_model(record.config)
    restore(run, record, model)
    return model.eval(), record.config


def with_towers(run: Path, record: RunRecord, weights: str | None) -> RunRecord:
    """The record of a run, to be built on the weights that the user names for its towers.

    A record may be a stranger's, so nothing that it names is fetched or opened but what comes with this package.

    Raises:
        CheckpointError: it names other weights, and the user none.
    """
    config, recorded = record.config, record.config.model.towers
    if weights is None and not recorded.comes_with_package:
        name = PurePath(recorded.pretrained).name
        raise CheckpointError(
            f"{run} learned on the towers {recorded.model!r} with weights {recorded.pretrained!r}. A run may come from anyone, "
            f"so what it names is neither fetched nor opened. Name them yourself: --towers {name} (a file or open_clip tag)."
        )
    towers = replace(recorded, pretrained=weights or recorded.pretrained)
    return replace(record, config=replace(config, model=replace(config.model, towers=towers)))


def restore(run: Path, record: RunRecord, model: CG3D) -> dict[str, Tensor]:
    """Put the saved weights of a run into the model that was built for it; what was saved beside them for training.

    Raises:
        CheckpointError: as `load_run`.
    """
    _require_same_towers(run, model, record)
    saved = _tensors(run)
    learned, state = model.learned_state(), {name: v for name, v in saved.items() if not name.startswith(_TRAINING)}
    layout = {name: tuple(value.shape) for name, value in learned.items()}
    require_layout(layout, state, f"{run / CHECKPOINT_FILE}, held against its own configuration,")
    require_finite(state, str(run / CHECKPOINT_FILE))
    for name, value in learned.items():
        value.copy_(state[name])
    return {name.removeprefix(_TRAINING): value for name, value in saved.items() if name.startswith(_TRAINING)}


def start_from(run: Path, model: CG3D) -> None:
    """Begin with the weights of another run: its point encoder, and its prompts where both stand on the same towers.

    Raises:
        CheckpointError: no readable run there, another point encoder, or weights that are not finite.
    """
    record, saved = load_record(run), _tensors(run)
    learned = model.learned_state()
    encoder = {name: value for name, value in learned.items() if name.startswith(_ENCODER)}
    layout = {name: tuple(value.shape) for name, value in encoder.items()}
    require_layout(
        layout, {n: v for n, v in saved.items() if n.startswith(_ENCODER)}, f"the encoder of {run} to start from"
    )
    require_finite({n: v for n, v in saved.items() if not n.startswith(_TRAINING)}, str(run / CHECKPOINT_FILE))
    fits = learned if towers_sha256(model) == record.towers_sha256 else encoder
    taken = [name for name, value in fits.items() if name in saved and saved[name].shape == value.shape]
    for name in taken:
        learned[name].copy_(saved[name])
    fresh = ", ".join(sorted(learned.keys() - taken)) or "nothing"
    log.info("starting from %s after %d steps; fresh: %s", run, record.step, fresh)


def _tensors(run: Path) -> dict[str, Tensor]:
    with safe_open(run / CHECKPOINT_FILE, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def load_record(run: Path) -> RunRecord:
    """The record of a run's checkpoint, its tensors unread.

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
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
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
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _require_same_towers(run: Path, model: CG3D, record: RunRecord) -> None:
    if towers_sha256(model) != record.towers_sha256:
        raise CheckpointError(
            f"{run} was trained on the towers {record.towers!r}, whose weights are not those of {model.towers.weights!r} here. "
            "Restore those weights, or train again on these."
        )
