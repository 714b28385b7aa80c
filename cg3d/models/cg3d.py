"""CG3D: a learned point encoder beside two frozen, prompted towers (Hegde et al. 2023, arXiv 2303.11313)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.prompts import PromptConfig, PromptedImageTower, PromptedTextTower
from cg3d.models.towers import TowerConfig, Towers, load_towers


@dataclass(frozen=True)
class ModelConfig:
    """Everything that decides the model; saved with its weights."""

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    towers: TowerConfig = field(default_factory=TowerConfig)
    prompts: PromptConfig = field(default_factory=PromptConfig)


class CG3D(nn.Module):
    """Three encoders into one space. Only the point encoder and the prompts learn.

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

    @property
    def logit_scale(self) -> float:
        """Factor on cosines, the towers' own."""
        return self.towers.logit_scale

    def encode_points(self, points: Tensor) -> Tensor:
        """(B, N, C) prepared points."""
        return F.normalize(self.points(points).float(), dim=-1)

    def encode_image(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in [0, 1]."""
        return F.normalize(self.image(image).float(), dim=-1)

    def encode_text(self, token_ids: Tensor, eot: Tensor) -> Tensor:
        """(B, L) int32 token ids and (B,) int32 end positions, as `Towers.tokenize` gives them."""
        return F.normalize(self.text(token_ids, eot).float(), dim=-1)

    def encode_captions(self, captions: Sequence[str]) -> Tensor:
        """Strings, cut to the text tower's length."""
        token_ids, eot = self.towers.tokenize(captions, self.text.context_length)
        device = self.text.text.positional_embedding.device
        return self.encode_text(token_ids.to(device), eot.to(device))

    def prompts(self) -> Iterator[tuple[str, nn.Parameter]]:
        """The learned prompts by name, those that are on."""
        for name, parameter in (("image.prompt", self.image.prompt), ("text.context", self.text.context)):
            if parameter is not None:
                yield name, parameter

    def train(self, mode: bool = True) -> CG3D:
        """Training mode for the point encoder alone: frozen towers stay in evaluation."""
        super().train(False)
        self.points.train(mode)
        return self

    def learned_state(self) -> dict[str, Tensor]:
        """What training changes: the point encoder's state and the prompts."""
        state = {f"points.{name}": value for name, value in self.points.state_dict().items()}
        return state | {name: parameter.detach() for name, parameter in self.prompts()}
