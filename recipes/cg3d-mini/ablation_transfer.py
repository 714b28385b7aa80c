#!/usr/bin/env python3
"""The gain of the choices behind the shipped model on a scanner that training never saw: the second table of docs/training.md.

    recipes/cg3d-mini/ablation_transfer.py TRAIN TEST LABELS WORK [--seeds 3] [--steps 500]

TRAIN and TEST are packed data of different sources, LABELS a label file whose phrases name the objects of TEST. Each row
changes one thing of the preset `mini`. What is finished is kept, so that a cut session goes on where it was.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import typer
from ablation import finished, part_of, spread, train_once

from cg3d.data.augment.points import augment
from cg3d.data.samples import Sample, number_of, sample_cloud
from cg3d.data.shards import Dataset
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import load_run
from cg3d.training.held_out import label_features
from cg3d_calibration.labelled_scans import CLEAR_VIEW, ONE_VIEW
from cg3d_runtime.labels import read_labels
from cg3d_runtime.preparation.prepare import prepare
from cg3d_runtime.scans.cloud import PointCloud

PARAMETRIC = "parametric"  # the set of built-in objects
SMALL = ("data.held_out=0", "data.variants=0", "evaluate_every=1000000", "save_every=1000000")
SCANS = {"whole": None, "clear view": CLEAR_VIEW, "view with surroundings": ONE_VIEW}
ROWS: dict[str, tuple[str, ...]] = {
    "preset `mini`": (),
    "no simulated depth camera": ("data.augmentation.partial=0",),
    "no augmentation but turns": tuple(
        f"data.augmentation.{name}=0"
        for name in ("partial", "tilt", "jitter", "hole", "dropout", "shift", "support", "wall", "outliers")
    ),
    "colour": ("model.encoder.channels=6",),
    "without built-in objects": (),
    "PointNet": ("model.encoder.name=pointnet",),
    "1,024 points": ("model.encoder.points=1024",),
    "contrastive terms and prompts, as CG3D": (
        *("weights.points_label=0", "weights.points_text=1", "weights.points_image=1", "weights.image_text=1"),
        "model.prompts.image_tokens=5",
    ),
    "2,048 points": ("model.encoder.points=2048",),
    "PointMLP-Elite": ("model.encoder.name=pointmlp-elite",),
}


def main(train: Path, test: Path, labels: Path, work: Path, seeds: int = 3, steps: int = 500, at_once: int = 2) -> None:
    """Run what is missing, and print the table of the rows that are complete."""
    real = part_of(train, work / "real", lambda info: info.set != PARAMETRIC)
    data = {name: real if name == "without built-in objects" else train for name in ROWS}
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda job: learn(*job, data[job[1]], work, steps), [(s, n) for n in ROWS for s in range(seeds)]))
    print(f"| changed | {' | '.join(f'{scan}: top-1' for scan in SCANS)} | whole: top-5 |")
    print(f"|{'---|' * (len(SCANS) + 2)}")
    objects = Dataset.open(test)
    for name in ROWS:
        runs = [run_of(work, name, seed) for seed in range(seeds)]
        if all(map(finished, runs)):
            print(f"| {name} | {' | '.join(measured(runs, objects, labels))} |")


def run_of(work: Path, name: str, seed: int) -> Path:
    return work / f"{''.join(c if c.isalnum() else '-' for c in name)}-{seed}"


def learn(seed: int, name: str, data: Path, work: Path, steps: int) -> None:
    """One run of a row."""
    train_once(run_of(work, name, seed), data, (), (*SMALL, *ROWS[name], f"steps={steps}", f"seed={seed}"))


def measured(runs: list[Path], objects: Dataset, labels: Path) -> list[str]:
    """Top-1 of each kind of scan, and top-5 of whole ones, with their spread over the runs."""
    shares = {kind: [hits(run, objects, labels, kind) for run in runs] for kind in SCANS}
    return [
        *(spread([top1 for top1, _ in found]) for found in shares.values()),
        spread([k for _, k in shares["whole"]]),
    ]


@torch.no_grad()
def hits(run: Path, objects: Dataset, labels: Path, kind: str) -> tuple[float, float]:
    """Shares of the objects whose label is the nearest, and among the nearest five."""
    words, model = read_labels(labels), load_run(run)[0].eval()
    places = {phrase: place for place, label in enumerate(words) for phrase in label.phrases}
    named = [sample for sample in objects if sample.label in places]
    rows = torch.stack([label_features(model, label.phrases).mean(dim=0) for label in words])
    nearest = (features(model, named, kind) @ torch.nn.functional.normalize(rows, dim=-1).T).topk(5).indices
    found = nearest == torch.tensor([places[sample.label] for sample in named])[:, None]
    return found[:, 0].float().mean().item(), found.any(dim=1).float().mean().item()


def features(model: CG3D, objects: list[Sample], kind: str) -> torch.Tensor:
    """(M, D) unit rows."""
    spec = model.config.encoder.spec
    clouds = np.stack([prepare(scan_of(sample, kind), spec) for sample in objects])
    return torch.cat([model.encode_points(batch) for batch in torch.from_numpy(clouds).split(32)])


def scan_of(sample: Sample, kind: str) -> PointCloud:
    """The object as a scanner sees it; every object has its own side."""
    view = SCANS[kind]
    return (
        augment(sample_cloud(sample), view, np.random.default_rng(number_of(sample.id)))
        if view
        else sample_cloud(sample)
    )


if __name__ == "__main__":
    typer.run(main)
