"""Official weights as a run: those of CG3D (deeptibhegde/CLIP-goes-3D) and of PointMLP (ma-xu/pointMLP-pytorch).

A file of CG3D holds the point encoder and the prompted image tower, neither the text tower nor the projections: those are in
SLIP's own file. A file of PointMLP, and a fine-tuned one of CG3D, holds a classifier, of which everything before its last
layers is of use here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.architecture import ImageTower
from cg3d.models.towers.slip import SLIP, timm_layout, timm_name, weights_from_timm
from cg3d.models.towers.towers import TowerConfig
from cg3d.models.weight_files import (
    COUNTER,
    is_state_dict,
    misfits,
    read_weight_file,
    require_finite,
    require_layout,
    shortened,
    weights_in,
)
from cg3d.runs.checkpoint import build_model, start_run
from cg3d.runs.provenance import imported_record
from cg3d_runtime.errors import CheckpointError

log = logging.getLogger(__name__)

PROJECTION = "projection."
VISUAL = "visual_clip_model"
FIRST_TOKENS, DEEP_TOKENS = "prompt_embeddings", "deep_prompt_embeddings"  # of the first block, of the others


@dataclass(frozen=True)
class Kind:
    """The content of a kind of file. Names of weights are those of the point encoder here."""

    encoder: str  # a key of POINT_ENCODERS
    entry: str  # where its authors' code puts the point encoder's weights
    has_clip: bool  # whether it learned against SLIP: with a projection, and with prompts
    unused: str  # beginning of the names that are of no use here, those of a classifier


KINDS = {
    "cg3d-pointmlp": Kind("pointmlp", "base_model", True, "classifier."),
    "cg3d-pointtransformer": Kind("pointtransformer", "base_model", True, "cls_head_finetune."),
    "pointmlp": Kind("pointmlp", "net", False, "classifier."),
    "pointmlp-elite": Kind("pointmlp-elite", "net", False, "classifier."),
    "pointtransformer": Kind("pointtransformer", "base_model", False, "cls_head_finetune."),
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
    visual = _visual_weights(content, known, file) if known.has_clip else {}
    encoder = EncoderConfig(known.encoder, points, prepare="cg3d-official")
    towers = TowerConfig(SLIP, str(slip.resolve()) if slip else "random")
    prompts = PromptConfig(image_tokens=_count_tokens(visual, file) if known.has_clip else 0)
    config = TrainConfig(ModelConfig(encoder, towers, prompts))
    model = build_model(config)
    untrained = _load_encoder(model.points, content, known, file)
    if known.has_clip:
        _load_prompts(model, visual, file)
    record = imported_record(config, model, file, kind, untrained)
    try:
        start_run(out, record, model)
    except OSError as error:
        raise CheckpointError(f"{out} cannot be written ({error.strerror or error}). Choose another --out.") from error
    _warn(model, untrained)
    return out


def _visual_weights(content: Mapping[str, Any], kind: Kind, file: Path) -> dict[str, Tensor]:
    """The prompted image tower of a pre-trained model; a fine-tuned one has none."""
    try:
        return weights_in(content, VISUAL, file)
    except CheckpointError as error:
        if VISUAL in content:
            raise
        raise CheckpointError(
            f"{error} CG3D's fine-tuned models have none: import them with --kind {kind.encoder}."
        ) from error


def _count_tokens(visual: Mapping[str, Tensor], file: Path) -> int:
    shape = tuple(visual[FIRST_TOKENS].shape) if FIRST_TOKENS in visual else None
    if shape is None or len(shape) != 3 or 0 in shape:
        found = shape or "missing"
        raise CheckpointError(
            f"{file}: {FIRST_TOKENS} of {VISUAL} is {found}; (1, tokens, width) is expected, as CG3D's training saves it."
        )
    return shape[1]


def _load_encoder(encoder: nn.Module, content: Mapping[str, Any], kind: Kind, file: Path) -> str | None:
    """Copy the point encoder's weights; what stays untrained because the file has none, or None."""
    own = encoder.state_dict()
    weights = _encoder_weights(content, own, kind, file)
    source = f"{file} as {kind.encoder}"
    require_layout(_layout(own, weights, kind), weights, source)
    require_finite(weights, source)
    encoder.load_state_dict(own | weights)
    return None if kind.has_clip or any(name.startswith(PROJECTION) for name in weights) else "the projection"


def _encoder_weights(
    content: Mapping[str, Any], own: Mapping[str, Tensor], kind: Kind, file: Path
) -> dict[str, Tensor]:
    """The point encoder's weights, without a classifier's.

    They are where the authors put them, or are the whole file, or lie in the one other entry whose names and shapes all fit.
    """
    bare: dict[str | None, Any] = {None: content} if is_state_dict(content) and not kind.has_clip else {}
    entries = bare or {name: each for name, each in content.items() if is_state_dict(each) and each}
    if kind.entry not in content:
        found = {name: _without_classifier(weights_in(content, name, file), kind) for name in entries}
        fitting = {name: each for name, each in found.items() if not misfits(_layout(own, each, kind), each)}
        if len(fitting) > 1:
            names = shortened({str(name) for name in fitting})
            raise CheckpointError(
                f"{file}: more than one entry fits: {names}. Save the one that is meant as {kind.entry!r}."
            )
        if fitting or len(found) == 1:  # what differs in the only one is told by name
            return next(iter((fitting or found).values()))
    return _without_classifier(weights_in(content, kind.entry, file), kind)


def _without_classifier(weights: Mapping[str, Tensor], kind: Kind) -> dict[str, Tensor]:
    return {name: value for name, value in weights.items() if not name.startswith(kind.unused)}


def _layout(own: Mapping[str, Tensor], found: Mapping[str, Tensor], kind: Kind) -> dict[str, tuple[int, ...]]:
    """Names and shapes that a file must hold: all but the projection of a classifier's, and counters that change no answer."""
    return {
        name: tuple(value.shape)
        for name, value in own.items()
        if name in found or not (name.endswith(COUNTER) or (name.startswith(PROJECTION) and not kind.has_clip))
    }


@torch.no_grad()
def _load_prompts(model: CG3D, weights: dict[str, Tensor], file: Path) -> None:
    """Check the frozen image tower against SLIP's, where that is not random, and copy the tokens."""
    prompt, visual = model.image.prompt, model.towers.visual
    if prompt is None:
        raise ValueError("the model has no image prompts; one of the original CG3D is expected")
    blocks, *of_block = prompt.shape
    layout = timm_layout(visual) | {FIRST_TOKENS: (1, *of_block), DEEP_TOKENS: (blocks - 1, *of_block)}
    require_layout(layout, weights, f"{VISUAL} of {file}")
    require_finite(weights, f"{VISUAL} of {file}")
    if model.towers.weights != "random":
        _require_same_tower(visual, weights, file)
    prompt.copy_(torch.cat([weights[FIRST_TOKENS], weights[DEEP_TOKENS]]))


def _require_same_tower(visual: ImageTower, weights: dict[str, Tensor], file: Path) -> None:
    own = visual.state_dict()
    theirs = weights_from_timm(weights, visual)
    if different := {timm_name(name) for name, value in theirs.items() if not torch.equal(value, own[name])}:
        raise CheckpointError(
            f"{file} learned against another image tower than that of the SLIP file: {shortened(different)}. "
            "The published models need slip_base_100ep.pt."
        )


def _warn(model: CG3D, untrained: str | None) -> None:
    if model.towers.weights == "random":
        log.warning(
            "THE TOWERS HAVE RANDOM WEIGHTS: this run recognises nothing. Import it again with --slip slip_base_100ep.pt."
        )
    if untrained:
        log.warning(
            "THE PROJECTION IS UNTRAINED: a classifier's file has none, so this run recognises nothing by words before it is "
            "trained. What comes before the projection is good to start a `cg3d finetune` from."
        )
