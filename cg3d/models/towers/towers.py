"""The frozen image and text towers: any open_clip ViT with CLIP's text transformer, or the small ones of cg3d-mini."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cg3d.models.towers.architecture import ImageTower, TextTower
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.towers.slip import IMAGE_MEAN, IMAGE_STD, SLIP, VIT_B_16, load_slip, random_slip
from cg3d.models.towers.tokenizer import clip_tokenizer, read_merges
from cg3d_runtime.errors import CheckpointError, one_line
from cg3d_runtime.labels.tokenizer import cut_tokens, padded_tokens
from cg3d_runtime.labels.unfamiliar import Unfamiliar

log = logging.getLogger(__name__)

MINI = "cg3d-mini"
MINI_FOLDER = Path(__file__).resolve().parents[2] / "towers"
MERGES = MINI_FOLDER / f"{MINI}.merges.txt"  # its text tower's own


@dataclass(frozen=True)
class TowerConfig:
    """The towers, and the origin of their weights."""

    model: str = MINI  # an open_clip model name, cg3d-mini, or slip-vit-b-16
    pretrained: str = "builtin"  # "builtin" (cg3d-mini), an open_clip tag, a weight file, or "random"

    @property
    def comes_with_package(self) -> bool:
        """Whether nothing is fetched for these towers, no file of the user opened, and no memory taken without measure."""
        return self.model in (MINI, SLIP) and self.pretrained in ("builtin", "random")


@dataclass(frozen=True)
class Towers:
    """The two towers and what goes with them.

    Attributes:
        visual: open_clip VisionTransformer; (B, 3, S, S) normalised pixels -> (B, D).
        text: open_clip TextTransformer, causal.
        tokenizer: text to token ids, start and end marks included.
        image_size: S, pixels.
        image_resize: how a picture is brought to that size, in open_clip's words.
        image_mean, image_std: per RGB channel, for pixels in [0, 1].
        logit_scale: factor on the cosine, exp already applied.
        weights: where the weights came from, "random" where nothing was loaded.
        unfamiliar: where the text tower puts words that it was never taught; None: nowhere in particular.
    """

    visual: ImageTower
    text: TextTower
    tokenizer: Tokenizer
    image_size: int
    image_resize: str
    image_mean: tuple[float, float, float]
    image_std: tuple[float, float, float]
    logit_scale: float
    weights: str
    unfamiliar: Unfamiliar | None = None

    @property
    def embed_dim(self) -> int:
        return self.text.text_projection.shape[1]

    def tokenize(self, texts: Sequence[str], context_length: int) -> tuple[Tensor, Tensor]:
        """Token ids (B, L) int32, zero after the end mark, and its position (B,) int32; longer texts are cut."""
        tokens = [cut_tokens(self.tokenizer.encode(text).ids, context_length) for text in texts]
        token_ids, eot = padded_tokens(tokens)
        return torch.from_numpy(token_ids), torch.from_numpy(eot)


def load_towers(config: TowerConfig) -> Towers:
    """Build the towers, load their weights and freeze them.

    Where the weights of an open_clip tag cannot be fetched the towers stay random, with a warning and `weights` saying so:
    good for trying the line, useless for recognition.

    Raises:
        CheckpointError: unknown model or tag, a weight file that does not fit, or an architecture that cannot be prompted.
    """
    return _slip_towers(config) if config.model == SLIP else _open_clip_towers(config)


def _slip_towers(config: TowerConfig) -> Towers:
    is_random = config.pretrained == "random"
    if not is_random and not Path(config.pretrained).is_file():
        raise CheckpointError(
            f"towers {SLIP!r} need a weight file such as slip_base_100ep.pt, or 'random'; {config.pretrained!r} is no file."
        )
    model = random_slip(VIT_B_16) if is_random else load_slip(Path(config.pretrained))
    for tower in (model.visual, model.text):
        tower.requires_grad_(False)
        tower.eval()
    return Towers(
        visual=model.visual,
        text=model.text,
        tokenizer=clip_tokenizer(model.text.vocab_size),
        image_size=model.visual.image_size[0],
        image_resize="shortest",
        image_mean=IMAGE_MEAN,
        image_std=IMAGE_STD,
        logit_scale=model.logit_scale,
        weights="random" if is_random else f"{config.model}/{config.pretrained}",
    )


def _open_clip_towers(config: TowerConfig) -> Towers:
    open_clip = import_open_clip()
    open_clip.add_model_config(MINI_FOLDER)
    _require_known(config.model)
    source = _weight_source(config)
    try:
        model = open_clip.create_model(config.model, pretrained=source, force_custom_text=True)
    except Exception as error:  # of unknown names, of mismatched weights, and of whatever a file is that holds none
        reason = " ".join(str(error).split())
        raise CheckpointError(f"towers {config.model!r} with weights {config.pretrained!r}: {reason:.400}") from error
    _require_supported(config.model, model)
    preprocess = model.visual.preprocess_cfg
    model.requires_grad_(False).eval()
    return Towers(
        visual=model.visual,
        text=model.text,
        tokenizer=clip_tokenizer(model.text.vocab_size, read_merges(MERGES) if config.model == MINI else ()),
        image_size=model.visual.image_size[0],
        image_resize=preprocess["resize_mode"],
        image_mean=tuple(preprocess["mean"]),
        image_std=tuple(preprocess["std"]),
        logit_scale=float(model.logit_scale.exp()),
        weights=f"{config.model}/{config.pretrained}" if source else "random",
        unfamiliar=_unfamiliar_beside(source, model.text.output_dim),
    )


def unfamiliar_file(weights: Path) -> Path:
    """The file beside a tower's weights that says where its unfamiliar words lie."""
    return weights.with_suffix(".unfamiliar.npz")


def _unfamiliar_beside(source: str | None, dim: int) -> Unfamiliar | None:
    if source is None or not (file := unfamiliar_file(Path(source))).is_file():
        return None
    try:
        return Unfamiliar.from_bytes(file.read_bytes(), dim)
    except (ValueError, KeyError) as error:
        raise CheckpointError(f"{file}: cannot be read ({one_line(error, 200)}). Copy the towers again.") from error


def _require_known(name: str) -> None:
    """Refuse what open_clip would fetch parts of: an address such as `hf-hub:someone/model`, towers of timm or Hugging Face."""
    if ":" in name:
        raise CheckpointError(
            f"towers {name!r:.200} are an address; towers are built of open_clip's own models alone, such as ViT-B-32."
        )
    config = import_open_clip().get_model_config(name) or {"vision_cfg": {}, "text_cfg": {}}
    if "timm_model_name" in config["vision_cfg"] or "hf_model_name" in config["text_cfg"]:
        raise CheckpointError(
            f"towers {name!r} cannot take prompts: they are built of parts from timm or Hugging Face. Take one of open_clip's "
            "own ViTs, such as ViT-B-32."
        )


def _weight_source(config: TowerConfig) -> str | None:
    """The value that open_clip calls `pretrained`: a file, a tag whose file is on this machine, or None for random weights."""
    if config.pretrained == "random":
        return None
    if config.pretrained == "builtin":
        return str(MINI_FOLDER / f"{config.model}.safetensors")
    if Path(config.pretrained).is_file():
        return config.pretrained
    return config.pretrained if _fetch(config) else None


def _fetch(config: TowerConfig) -> bool:
    """Download the tag's weights into open_clip's cache; False, and a warning, where that fails."""
    open_clip = import_open_clip()
    known = open_clip.list_pretrained_tags_by_model(config.model)
    if config.pretrained not in known:
        raise CheckpointError(
            f"weights {config.pretrained!r} of {config.model!r} are neither a file nor a tag that open_clip knows; "
            f"its tags: {', '.join(known) or 'none'}. Or use 'random'."
        )
    try:
        open_clip.download_pretrained(open_clip.get_pretrained_cfg(config.model, config.pretrained))
    except Exception as error:  # every network library in between has its own
        log.warning(
            "THE TOWERS HAVE RANDOM WEIGHTS: %s of %s could not be fetched (%s). What is trained on them recognises nothing; "
            "pass a weight file with --set model.towers.pretrained=FILE.",
            config.pretrained,
            config.model,
            f"{type(error).__name__}: {error}".splitlines()[0][:200],
        )
        return False
    return True


def _require_supported(name: str, model: Any) -> None:
    transformer = import_open_clip().transformer
    fits = (
        isinstance(model.visual, transformer.VisionTransformer)
        and isinstance(model.text, transformer.TextTransformer)
        and model.visual.attn_pool is None
        and model.text.pool_type == "argmax"
        and model.text.attn_mask is not None
        and isinstance(model.text.text_projection, nn.Parameter)
    )
    if not fits:
        raise CheckpointError(
            f"towers {name!r} cannot take prompts: an open_clip ViT image tower and CLIP's causal text tower are needed, "
            f"got {type(model.visual).__name__} and {type(model.text).__name__}. ViT-B-32 is one that fits."
        )
