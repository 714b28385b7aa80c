"""Official weights as a run: those of CG3D (deeptibhegde/CLIP-goes-3D) and of PointMLP (ma-xu/pointMLP-pytorch).

A file of CG3D holds the point encoder and the prompted image tower, neither the text tower nor the projections: those are in
SLIP's own file. A file of PointMLP holds a classifier, of which everything before its last layers is of use here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cg3d.checkpoint import build_model, start_run
from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.point_encoder import EncoderConfig
from cg3d.models.prompts import PromptConfig
from cg3d.models.slip import SLIP, timm_layout, timm_name, weights_from_timm
from cg3d.models.towers import TowerConfig
from cg3d.provenance import imported_record
from cg3d.weight_files import read_weight_file, require_layout, shortened, weights_in
from cg3d_runtime.errors import CheckpointError

log = logging.getLogger(__name__)

PROJECTION = "projection."
VISUAL = "visual_clip_model"
FIRST_TOKENS, DEEP_TOKENS = "prompt_embeddings", "deep_prompt_embeddings"  # of the first block, of the others


@dataclass(frozen=True)
class Kind:
    """What a file of one kind holds. Names of weights are those of the point encoder here."""

    encoder: str  # a key of POINT_ENCODERS
    entry: str  # where the point encoder's weights are
    has_clip: bool  # whether it learned against SLIP: with a projection, and with prompts
    unused: str  # beginning of the names that are of no use here, those of a classifier


KINDS = {
    "cg3d-pointmlp": Kind("pointmlp", "base_model", True, "classifier."),
    "cg3d-pointtransformer": Kind("pointtransformer", "base_model", True, "cls_head_finetune."),
    "pointmlp": Kind("pointmlp", "net", False, "classifier."),
    "pointmlp-elite": Kind("pointmlp-elite", "net", False, "classifier."),
}


def import_checkpoint(file: Path, kind: str, out: Path, slip: Path | None = None, points: int = 1024) -> Path:
    """Write a run with the weights of an official file.

    Args:
        file: what `torch.save` wrote.
        kind: a key of KINDS.
        out: the run's folder; made here.
        slip: SLIP's file, slip_base_100ep.pt for the published models; without it the towers are random.
        points: that the model was trained with, 1,024 or 8,192 for the published ones.
    Returns:
        `out`.
    Raises:
        CheckpointError: a file that is not of its kind or does not fit, with the names that differ; or `out` holds a run
            already, or cannot be written.
    """
    if kind not in KINDS:
        raise CheckpointError(f"kind {kind!r} is not known; choose one of {', '.join(KINDS)}.")
    known, content = KINDS[kind], read_weight_file(file)
    visual = weights_in(content, VISUAL, file) if known.has_clip else {}
    encoder = EncoderConfig(known.encoder, points, prepare="cg3d-official")
    towers = TowerConfig(SLIP, str(slip.resolve()) if slip else "random")
    prompts = PromptConfig(image_tokens=_count_tokens(visual, file) if known.has_clip else 0)
    config = TrainConfig(ModelConfig(encoder, towers, prompts))
    model = build_model(config)
    _load_encoder(model.points, _encoder_weights(content, known, file), known, file)
    if known.has_clip:
        _load_prompts(model, visual, file)
    record = imported_record(config, model, file, kind, None if known.has_clip else "the projection")
    try:
        start_run(out, record, model)
    except OSError as error:
        raise CheckpointError(f"{out} cannot be written ({error.strerror or error}). Choose another --out.") from error
    _warn(model, known)
    return out


def _count_tokens(visual: Mapping[str, Tensor], file: Path) -> int:
    shape = tuple(visual[FIRST_TOKENS].shape) if FIRST_TOKENS in visual else None
    if shape is None or len(shape) != 3 or 0 in shape:
        found = shape or "missing"
        raise CheckpointError(
            f"{file}: {FIRST_TOKENS} of {VISUAL} is {found}; (1, tokens, width) is expected, as CG3D's training saves it."
        )
    return shape[1]


def _encoder_weights(content: Mapping[str, Any], kind: Kind, file: Path) -> dict[str, Tensor]:
    """The point encoder's weights, without a classifier's; PointMLP's file may be the bare weights."""
    is_bare = not kind.has_clip and all(isinstance(value, Tensor) for value in content.values())
    weights = weights_in(content, None if is_bare else kind.entry, file)
    return {name: value for name, value in weights.items() if not name.startswith(kind.unused)}


def _load_encoder(encoder: nn.Module, weights: dict[str, Tensor], kind: Kind, file: Path) -> None:
    own = encoder.state_dict()
    fresh = {} if kind.has_clip else {name: value for name, value in own.items() if name.startswith(PROJECTION)}
    layout = {name: tuple(value.shape) for name, value in own.items() if name not in fresh}
    require_layout(layout, weights, f"{file} as {kind.encoder}")
    encoder.load_state_dict(weights | fresh)


@torch.no_grad()
def _load_prompts(model: CG3D, weights: dict[str, Tensor], file: Path) -> None:
    """Check the frozen image tower against SLIP's, where that is not random, and copy the tokens."""
    prompt, visual = model.image.prompt, model.towers.visual
    blocks, *of_block = prompt.shape
    layout = timm_layout(visual) | {FIRST_TOKENS: (1, *of_block), DEEP_TOKENS: (blocks - 1, *of_block)}
    require_layout(layout, weights, f"{VISUAL} of {file}")
    if model.towers.weights != "random":
        _require_same_tower(visual, weights, file)
    prompt.copy_(torch.cat([weights[FIRST_TOKENS], weights[DEEP_TOKENS]]))


def _require_same_tower(visual: nn.Module, weights: dict[str, Tensor], file: Path) -> None:
    own = visual.state_dict()
    theirs = weights_from_timm(weights, visual)
    if different := {timm_name(name) for name, value in theirs.items() if not torch.equal(value, own[name])}:
        raise CheckpointError(
            f"{file} learned against another image tower than that of the SLIP file: {shortened(different)}. "
            "The published models need slip_base_100ep.pt."
        )


def _warn(model: CG3D, kind: Kind) -> None:
    if model.towers.weights == "random":
        log.warning(
            "THE TOWERS HAVE RANDOM WEIGHTS: this run recognises nothing. Import it again with --slip slip_base_100ep.pt."
        )
    if not kind.has_clip:
        log.warning(
            "THE PROJECTION IS UNTRAINED: a file of PointMLP has none, so this run recognises nothing by words before it is "
            "trained. What comes before the projection is good to start a `cg3d finetune` from."
        )
