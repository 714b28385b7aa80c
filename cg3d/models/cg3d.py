"""CG3D: a learned point encoder beside two frozen, prompted towers (Hegde et al. 2023, arXiv 2303.11313)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.prompts import PromptConfig, PromptedImageTower, PromptedTextTower
from cg3d.models.towers.towers import TowerConfig, Towers, load_towers
from cg3d.models.transformer import at_least_float32


@dataclass(frozen=True)
class ModelConfig:
    """Everything that decides the model; saved with its weights."""

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    towers: TowerConfig = field(default_factory=TowerConfig)
    prompts: PromptConfig = field(default_factory=PromptConfig)


LARGEST_SCALE = 100.0  # of a learned one, as in CLIP (Radford et al. 2021, section 2.5)


class CG3D(nn.Module):
    """Three encoders into one space. Only the point encoder, the prompts and, where it is asked for, the scale learn.

    All `encode_*` return (B, D) rows of length 1.
    """

    def __init__(self, config: ModelConfig, towers: Towers | None = None) -> None:
        """Fresh point encoder and prompts on the configured towers; `towers` saves loading them again."""
        super().__init__()
        self.config = config
        self.towers = load_towers(config.towers) if towers is None else towers
        self.points = build_point_encoder(config.encoder, self.towers.embed_dim)
        self.image = PromptedImageTower(
            self.towers.visual, config.prompts, self.towers.image_mean, self.towers.image_std
        )
        self.text = PromptedTextTower(self.towers.text, config.prompts)
        self.log_scale = nn.Parameter(torch.tensor(math.log(self.towers.logit_scale)), requires_grad=False)

    @property
    def logit_scale(self) -> float:
        """Factor on cosines: the towers' own, unless it has learned."""
        return self.log_scale.exp().item()

    def learn_scale(self) -> None:
        """Let the factor on cosines learn, from the towers' own on."""
        self.log_scale.requires_grad_(True)

    @torch.no_grad()
    def limit_scale(self) -> None:
        """Keep a learned factor from growing without end: no cosine needs more."""
        if self.log_scale.requires_grad:
            self.log_scale.clamp_(max=math.log(LARGEST_SCALE))

    def encode_points(self, points: Tensor) -> Tensor:
        """(B, N, C) prepared points."""
        return unit_rows(self.points(points))

    def encode_image(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in [0, 1]."""
        return unit_rows(self.image(image))

    def encode_text(self, token_ids: Tensor, eot: Tensor) -> Tensor:
        """(B, L) int32 token ids and (B,) int32 end positions, as `Towers.tokenize` gives them."""
        return unit_rows(self.text(token_ids, eot))

    def encode_captions(self, captions: Sequence[str]) -> Tensor:
        """Strings, cut to the text tower's length."""
        token_ids, eot = self.towers.tokenize(captions, self.text.context_length)
        device = self.text.text.positional_embedding.device
        return self.encode_text(token_ids.to(device), eot.to(device))

    def prompts(self) -> Iterator[tuple[str, nn.Parameter]]:
        """The learned prompts by name, those that are on."""
        kinds = {
            "image.prompt": self.image.prompt,
            "image.bias": self.image.bias,
            "text.context": self.text.context,
            "text.bias": self.text.bias,
        }
        yield from ((name, parameter) for name, parameter in kinds.items() if parameter is not None)

    def train(self, mode: bool = True) -> CG3D:
        """Training mode for the point encoder alone: frozen towers stay in evaluation."""
        super().train(False)
        self.points.train(mode)
        return self

    def learned_state(self) -> dict[str, Tensor]:
        """The tensors that training changes: the point encoder's state, the prompts, and the scale where it learns."""
        state = {f"points.{name}": value for name, value in self.points.state_dict().items()}
        scale = {"log_scale": self.log_scale.detach()} if self.log_scale.requires_grad else {}
        return state | {name: parameter.detach() for name, parameter in self.prompts()} | scale


def unit_rows(features: Tensor) -> Tensor:
    """(B, D) in any precision -> rows of length 1, never in half precision."""
    return F.normalize(at_least_float32(features), dim=-1)
