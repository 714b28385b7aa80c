"""An encoder with a linear classifier on its embedding, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from cg3d.config import TrainConfig
from cg3d.config_tree import from_tree
from cg3d.finetune.linear_probe import LogisticRegression
from cg3d.models.cg3d import ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.models.weight_files import require_finite
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.files.atomic import write_atomically

CLASSIFIER_FILE = "classifier.safetensors"
_METADATA_KEY = "cg3d"


class Classifier(nn.Module):
    """Scores of labels for prepared points.

    Args:
        encoder: (B, N, C) -> (B, D).
        embed_dim: D.
        labels: L, how many.
    """

    def __init__(self, encoder: nn.Module, embed_dim: int, labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(embed_dim, labels)
        self._radius = embed_dim**0.5  # a coordinate is then about 1, and the head learns at the encoder's rate

    def forward(self, points: Tensor) -> Tensor:
        """(B, N, C) float32 prepared points -> (B, L) float32 logits."""
        features = self.encoder(points)
        with torch.autocast(features.device.type, enabled=False):  # logits lose too much in half precision
            logits: Tensor = self.head(self._radius * F.normalize(features.float(), dim=-1))
            return logits

    def linear_map(self) -> tuple[Tensor, Tensor]:
        """(L, D) and (L,): weight and bias that take unit embeddings to the logits."""
        return self._radius * self.head.weight.detach(), self.head.bias.detach()

    def set_head(self, probe: LogisticRegression) -> None:
        """Take over a classifier of unit embeddings."""
        self.head.weight.data.copy_(probe.weight / self._radius)
        self.head.bias.data.copy_(probe.bias)


def save_classifier(folder: Path, classifier: Classifier, record: Mapping[str, Any]) -> None:
    """Write FOLDER/classifier.safetensors in one step; `record` holds at least `encoder`, `embed_dim` and `labels`."""
    state = {name: value.detach().cpu().contiguous() for name, value in classifier.state_dict().items()}
    metadata = {_METADATA_KEY: json.dumps(record, ensure_ascii=False)}
    write_atomically(folder / CLASSIFIER_FILE, save(state, metadata))


def load_classifier(path: Path) -> tuple[Classifier, list[str]]:
    """A saved classifier, in evaluation mode on the CPU, and its labels in the order of its logits.

    Args:
        path: the file classifier.safetensors.
    Raises:
        CheckpointError: no such file, or not one that `cg3d finetune` wrote.
    """
    classifier, record = load_classifier_record(path)
    return classifier, record["labels"]


def load_classifier_record(path: Path) -> tuple[Classifier, dict[str, Any]]:
    """The same with the whole record of its fine-tuning."""
    try:
        with safe_open(path, framework="pt") as file:
            record = json.loads((file.metadata() or {})[_METADATA_KEY])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        embed_dim, labels = record["embed_dim"], record["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise TypeError("its labels are no list of texts")
        require_finite(state, "its classifier")
        config = from_tree(EncoderConfig, record["encoder"])
        TrainConfig(ModelConfig(config))  # its ranges: the file may be a stranger's
        encoder = build_point_encoder(config, embed_dim)
        classifier = Classifier(encoder, embed_dim, len(labels))
        classifier.load_state_dict(state)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path}: not a classifier ({type(error).__name__}: {reason:.200}). Name a {CLASSIFIER_FILE} that "
            "`cg3d finetune --mode full` or `--mode linear` wrote."
        ) from error
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return classifier.eval(), record
