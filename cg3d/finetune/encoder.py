"""The point encoder of a run, without the towers it learned beside: they take no part in a task with its own labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from cg3d.checkpoint import CHECKPOINT_FILE, RunRecord, load_record
from cg3d.models.point_encoder import EncoderConfig, build_point_encoder
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.manifest import file_entry

_PREFIX = "points."


@dataclass(frozen=True)
class PretrainedEncoder:
    """Where a fine-tuning starts.

    Attributes:
        module: (B, N, C) prepared points -> (B, embed_dim), not normalised.
        embed_dim: D.
        record: of the run.
        checkpoint_sha256: digest of the run's checkpoint file.
        fresh: True where the weights are random, the baseline without pre-training.
    """

    module: nn.Module
    embed_dim: int
    record: RunRecord
    checkpoint_sha256: str
    fresh: bool

    @property
    def config(self) -> EncoderConfig:
        """Shape and input."""
        return self.record.config.model.encoder


def load_encoder(run: Path, scratch: bool, seed: int) -> PretrainedEncoder:
    """The encoder of a run, in evaluation mode on the CPU.

    Args:
        run: folder that `cg3d train` or `cg3d import-checkpoint` wrote.
        scratch: the same encoder with fresh weights instead of the learned ones.
        seed: of the fresh weights.
    Raises:
        CheckpointError: no readable checkpoint there, or tensors that do not fit the encoder.
    """
    record = load_record(run)
    path = run / CHECKPOINT_FILE
    saved = _saved_encoder(path)
    try:
        embed_dim = len(saved["projection.weight"])  # every encoder ends in a layer of this name
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = build_point_encoder(record.config.model.encoder, embed_dim)
        if not scratch:
            module.load_state_dict(saved)
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path} does not fit its own configuration ({reason:.200}). Train or import it again."
        ) from error
    return PretrainedEncoder(module.eval(), embed_dim, record, file_entry(path).sha256, scratch)


def _saved_encoder(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(_PREFIX)]  # noqa: SIM118
        return {name.removeprefix(_PREFIX): file.get_tensor(name) for name in names}
