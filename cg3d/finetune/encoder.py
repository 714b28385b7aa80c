"""The point encoder of a run or a bundle, without the towers it learned beside: a task with its own labels needs none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.weight_files import require_finite
from cg3d.runs.bundle_encoder import encoder_config, read_encoder
from cg3d.runs.checkpoint import CHECKPOINT_FILE, load_record
from cg3d.runs.start import described, is_bundle
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE, file_entry
from cg3d_runtime.errors import CheckpointError

_PREFIX = "points."


@dataclass(frozen=True)
class PretrainedEncoder:
    """The encoder that a fine-tuning starts from.

    Attributes:
        module: (B, N, C) prepared points -> (B, embed_dim), not normalised.
        config: shape and input.
        embed_dim: D.
        origin: JSON object: the `run` or the `bundle` that the weights, or with `fresh` their shape, are from.
        description: the same for people.
        data: JSON object: what those weights learned from.
        fresh: True where the weights are random, the baseline without pre-training.
    """

    module: nn.Module
    config: EncoderConfig
    embed_dim: int
    origin: dict[str, Any]
    description: str
    data: dict[str, Any]
    fresh: bool


def load_encoder(start: Path, scratch: bool, seed: int) -> PretrainedEncoder:
    """The encoder of a run or a bundle, in evaluation mode on the CPU.

    Args:
        start: folder that `cg3d train`, `cg3d import-checkpoint` or `cg3d export` wrote.
        scratch: the same encoder with fresh weights instead of the learned ones.
        seed: of the fresh weights.
    Raises:
        CheckpointError: nothing readable there, tensors that do not fit the encoder, or weights that are not finite.
        BundleError: a bundle that is altered or damaged.
    """
    return _of_bundle(start, scratch, seed) if is_bundle(start) else _of_run(start, scratch, seed)


def _of_bundle(start: Path, scratch: bool, seed: int) -> PretrainedEncoder:
    bundle = Bundle.open(start)
    manifest, config = bundle.manifest, encoder_config(bundle.manifest)
    module = _fresh(config, manifest.embedding_dim, seed) if scratch else read_encoder(bundle)
    origin = {"bundle": {"name": manifest.name, "manifest_sha256": file_entry(start / MANIFEST_FILE).sha256}}
    data = manifest.provenance.get("data", {})
    return PretrainedEncoder(module, config, manifest.embedding_dim, origin, described(start), data, scratch)


def _of_run(run: Path, scratch: bool, seed: int) -> PretrainedEncoder:
    record, path = load_record(run), run / CHECKPOINT_FILE
    config, saved = record.config.model.encoder, _saved_encoder(path)
    try:
        embed_dim = len(saved["projection.weight"])  # every encoder ends in a layer of this name
        module = _fresh(config, embed_dim, seed)
        if not scratch:
            module.load_state_dict(saved)
            require_finite(saved, str(path))
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path} does not fit its own configuration ({reason:.200}). Train or import it again."
        ) from error
    about = {"name": run.resolve().name, "checkpoint_sha256": file_entry(path).sha256, "step": record.step}
    origin = {"run": {**about, "towers": record.towers}}
    return PretrainedEncoder(module, config, embed_dim, origin, described(run), record.trained_on, scratch)


def _fresh(config: EncoderConfig, embed_dim: int, seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_point_encoder(config, embed_dim).eval()


def _saved_encoder(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(_PREFIX)]  # noqa: SIM118
        return {name.removeprefix(_PREFIX): file.get_tensor(name) for name in names}
