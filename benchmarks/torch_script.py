"""A researcher's script for the same answer, with PyTorch, open_clip and trimesh: the other side of `scripts/bench infer`.

    python -m benchmarks.torch_script SCAN LABELS [TOWERS]

TOWERS is an open_clip model, ViT-B-32 unless named, since without this SDK there are no small towers; `cg3d-mini` is the
like-for-like side, the very towers of the bundle. Other weights are random, none are downloaded: they cost the same, and only
the time and memory are of interest.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import trimesh

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.towers.towers import MINI, TowerConfig

POINTS = 1024
CONTEXT = 77


def farthest_points(xyz: torch.Tensor, count: int) -> torch.Tensor:
    """Farthest point sampling as the PointMLP repository has it, a Python loop over the picks."""
    nearest = torch.full((len(xyz),), 1e10)
    picks = torch.zeros(count, dtype=torch.long)
    for i in range(1, count):
        nearest = torch.minimum(nearest, ((xyz - xyz[picks[i - 1]]) ** 2).sum(-1))
        picks[i] = nearest.argmax()
    return picks


def main(scan: str, labels: str, towers: str = "ViT-B-32") -> None:
    xyz = torch.tensor(trimesh.load(scan).vertices, dtype=torch.float32)
    xyz = xyz[farthest_points(xyz, POINTS)]
    xyz = xyz - xyz.mean(dim=0)
    xyz = xyz / xyz.norm(dim=-1).max()
    names = [line.split(":")[0].strip() for line in Path(labels).read_text("utf-8").splitlines()]
    names = [name for name in names if name and not name.startswith("#")]
    weights = TowerConfig().pretrained if towers == MINI else "random"
    model = CG3D(ModelConfig(towers=TowerConfig(towers, weights))).eval()
    token_ids, eot = model.towers.tokenize([f"a {name}" for name in names], CONTEXT)
    padded = torch.nn.functional.pad(token_ids, (0, CONTEXT - token_ids.shape[1]))  # as open_clip does
    with torch.inference_mode():
        cosines = model.encode_points(xyz[None]) @ model.encode_text(padded, eot).T
    scores = (model.logit_scale * cosines[0]).softmax(dim=0)
    best = int(scores.argmax())
    print(names[best], float(scores[best]))


if __name__ == "__main__":
    main(*sys.argv[1:])
