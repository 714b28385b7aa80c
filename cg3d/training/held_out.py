"""Recognition of held-out objects by their labels' texts, while a model learns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cg3d.data.samples import label_numbers, sample_cloud
from cg3d.data.split import Selection
from cg3d.machine import autocast
from cg3d.models.cg3d import CG3D
from cg3d.models.towers.towers import MINI
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare

BATCH = 32  # clouds a forward pass


def label_templates(model: CG3D) -> tuple[str, ...]:
    """The texts around a label that the towers know from their own captions: sentences for CLIP, two words for cg3d-mini."""
    return ("a {}",) if model.config.towers.model == MINI else ("a photo of a {}.",)


@torch.no_grad()
def label_features(model: CG3D, labels: Sequence[str]) -> Tensor:
    """(L, D) unit rows: the mean over the templates, normalised again (Radford et al. 2021, section 3.1.4)."""
    features = [model.encode_captions([template.format(x) for x in labels]) for template in label_templates(model)]
    return F.normalize(torch.stack(features).mean(dim=0), dim=-1)


class HeldOut:
    """Objects held out of training, prepared once.

    Args:
        objects: whole objects, at least one.
        spec: how the model wants its points.
    """

    def __init__(self, objects: Selection, spec: PrepareSpec) -> None:
        self._labels = objects.labels
        self._points = torch.from_numpy(
            np.stack([prepare(sample_cloud(sample), spec) for sample in objects])
        )  # (M, N, C)
        self._truth = torch.from_numpy(label_numbers(objects))  # (M,)

    @torch.no_grad()
    def scores(self, model: CG3D, precision: str) -> dict[str, float]:
        """Shares of objects whose own label is the nearest, or among the nearest five, of all labels.

        Leaves the model in evaluation mode.
        """
        model.eval()
        labels = label_features(model, self._labels)
        with autocast(labels.device, precision):
            features = [model.encode_points(points.to(labels.device)) for points in self._points.split(BATCH)]
        nearest = (torch.cat(features) @ labels.T).topk(min(5, len(self._labels))).indices.cpu()  # (M, 5)
        hits = nearest == self._truth[:, None]
        return {f"held_out_top{k}": hits[:, :k].any(dim=1).float().mean().item() for k in (1, 5)}
