"""Starting points of learning: a run, or a bundle, whose point encoder is read back from its graph."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import torch

from cg3d.models.cg3d import CG3D
from cg3d.models.weight_files import require_layout
from cg3d.runs.bundle_encoder import read_encoder
from cg3d.runs.checkpoint import CHECKPOINT_FILE, load_record, start_from, towers_sha256
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE

log = logging.getLogger(__name__)


def is_bundle(start: Path) -> bool:
    """Whether a bundle lies there, and no run."""
    return (start / MANIFEST_FILE).is_file() and not (start / CHECKPOINT_FILE).is_file()


def origin(start: Path) -> dict[str, Any]:
    """The origin of the weights that learning began with, for a record: a JSON object.

    Raises:
        CheckpointError, BundleError: no readable run or bundle there.
    """
    if not is_bundle(start):
        return {"run": start.resolve().name, "step": load_record(start).step}
    manifest = Bundle.open(start).manifest
    weights = manifest.graphs.get("points", {}).get("fp32")
    return {
        "bundle": manifest.name,
        "points_sha256": weights and weights.sha256,
        "training data": manifest.licences.get("training data"),
    }


def described(start: Path) -> str:
    """The same for people, in a few words.

    Raises:
        CheckpointError, BundleError: as `origin`.
    """
    source = origin(start)
    if "run" in source:
        return f"run {source['run']} after {source['step']} steps"
    return f"bundle {source['bundle']}, points graph {str(source['points_sha256'])[:12]}"


def begin_with(start: Path, model: CG3D) -> None:
    """Put the weights of a run or a bundle into a model; of a bundle the point encoder and the scale, for prompts are baked.

    Raises:
        CheckpointError: nothing readable there, another point encoder, or weights that are not finite.
        BundleError: a bundle that is altered or damaged.
    """
    if not is_bundle(start):
        start_from(start, model)
        return
    bundle = Bundle.open(start)
    weights, own = read_encoder(bundle).state_dict(), model.points.state_dict()
    layout = {name: tuple(value.shape) for name, value in own.items()}
    require_layout(layout, weights, f"the encoder of the bundle {start} to start from")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(weights[name])
        if model.log_scale.requires_grad:
            model.log_scale.fill_(math.log(bundle.manifest.logit_scale))
    fresh = ", ".join(sorted(name for name, _ in model.prompts())) or "nothing"
    log.info("starting from %s; fresh: %s", described(start), fresh)
    if _towers_of(bundle) not in (None, towers_sha256(model)):
        log.warning("The bundle's encoder learned beside other towers: what it knows of words does not hold for these.")


def _towers_of(bundle: Bundle) -> str | None:
    towers = bundle.manifest.provenance.get("towers")
    return towers.get("sha256") if isinstance(towers, dict) else None
