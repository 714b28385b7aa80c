#!/usr/bin/env python3
"""Share of the objects held out that a run names right, source by source: `recipes/cg3d-mini/held_out_sources.py RUN DATA`.

DATA is what the run was trained on. Every object is shown whole, as one simulated view, and as such a view among remnants of
its surroundings, and compared with all labels of DATA. It shares no mesh with the objects learned from, but scanner, style and
makers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import typer
from ablation_transfer import SCANS, features

from cg3d.data.shards import Dataset
from cg3d.data.split import split_by_object
from cg3d.runs.checkpoint import load_run
from cg3d.training.held_out import label_features


@torch.no_grad()
def main(run: Path, data: Path) -> None:
    """Print a Markdown table: top-1 and top-5 by source."""
    model, config = load_run(run)
    objects = Dataset.open(data)
    _, held_out = split_by_object(objects, config.data.held_out, config.seed)
    labels = sorted({info.label for info in objects.infos})
    texts, samples = label_features(model.eval(), labels), list(held_out)
    sources = np.array([sample.info.set for sample in samples])
    truth = torch.tensor([labels.index(sample.label) for sample in samples])[:, None]
    found = {kind: (features(model, samples, kind) @ texts.T).topk(5).indices == truth for kind in SCANS}
    print(
        f"| source | objects | {' | '.join(f'{kind}: top-1 / top-5' for kind in SCANS)} |\n|{'---|' * (len(SCANS) + 2)}"
    )
    for source in (*sorted(set(sources)), "all"):
        rows = torch.from_numpy((sources == source) | (source == "all"))
        shares = [
            f"{hit[rows, 0].float().mean():.0%} / {hit[rows].any(dim=1).float().mean():.0%}" for hit in found.values()
        ]
        print(f"| {source} | {int(rows.sum())} | {' | '.join(shares)} |")
    print(f"{len(labels)} labels; chance {1 / len(labels):.1%} / {5 / len(labels):.1%}")


if __name__ == "__main__":
    typer.run(main)
