#!/usr/bin/env python3
"""The gain of prompts, the schedule and hard negatives, each alone: small runs over several seeds, a table of docs/training.md.

    recipes/cg3d-mini/ablation.py DATA WORK [--seeds 3] [--steps 150]

It takes the names of DATA that have six objects or more, so that a quarter of them can be held out. Every run is a `cg3d train`
of its own; what is finished is kept, so that a cut session goes on where it was.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import typer

from cg3d.data.samples import ObjectInfo, SampleSpec
from cg3d.data.shards import INDEX, Dataset, write_index, write_shard
from cg3d.runs.checkpoint import RECORD_FILE, load_record
from cg3d_runtime.errors import CheckpointError

# Small on purpose: a quarter of the points and the smallest batch that has hard negatives to speak of.
FEWEST = 6  # objects of a name
SMALL = (
    "model.encoder.points=256",
    "batch_size=32",
    "precision=fp32",
    "data.held_out=0.25",
    "evaluate_every=1000000",
    "save_every=1000000",
)


@dataclass(frozen=True)
class Variant:
    """One row of the table."""

    prompts: bool
    alternate: bool
    hard: bool

    @property
    def name(self) -> str:
        return "-".join(
            (
                "prompts" if self.prompts else "none",
                "alternate" if self.alternate else "joint",
                "hard" if self.hard else "random",
            )
        )

    def changes(self, steps: int) -> tuple[str, ...]:
        """Settings of the run. Without prompts the odd steps of `alternate` have nothing to learn: half the steps remain."""
        alternates = self.alternate and self.prompts
        return (
            f"steps={steps // 2 if self.alternate and not self.prompts else steps}",
            f"model.prompts.image_tokens={5 if self.prompts else 0}",
            f"schedule={'alternate' if alternates else 'joint'}",
            f"hard_negatives={0.5 if self.hard else 0.0}",
        )


VARIANTS = [Variant(*switches) for switches in itertools.product((False, True), repeat=3)]


def main(data: Path, work: Path, seeds: int = 3, steps: int = 150, at_once: int = 2) -> None:
    """Run what is missing, and print the table."""
    small = frequent(data, work / "data")
    jobs = [(variant, seed) for seed in range(seeds) for variant in VARIANTS]
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda job: learn(*job, small, work, steps), jobs))
    print(f"| prompts | schedule | hard negatives | top-1, {seeds} seeds | top-5 |")
    print("|---|---|---|---|---|")
    for variant in VARIANTS:
        print(row(variant, [load_record(work / f"{variant.name}-{seed}").metrics for seed in range(seeds)]))


def frequent(data: Path, out: Path) -> Path:
    """The objects of names that have FEWEST or more, as packed data of their own."""
    counts = Counter(info.label for info in Dataset.open(data).infos)
    return part_of(data, out, lambda info: counts[info.label] >= FEWEST)


def part_of(data: Path, out: Path, wanted: Callable[[ObjectInfo], bool]) -> Path:
    """Some objects of packed data as packed data of their own, unless they are there."""
    if not (out / INDEX).exists():
        whole = Dataset.open(data)
        out.mkdir(parents=True, exist_ok=True)
        kept = (whole[index] for index, info in enumerate(whole.infos) if wanted(info))
        write_shard(out / "shard-000000.tar", kept)
        spec = SampleSpec(**{field.name: whole.index[field.name] for field in fields(SampleSpec)})
        write_index(out, [out / "shard-000000.tar"], spec)
    return out


def learn(variant: Variant, seed: int, data: Path, work: Path, steps: int) -> None:
    """One run of a row."""
    train_once(
        work / f"{variant.name}-{seed}",
        data,
        ("--preset", "mini-cg3d"),
        (*SMALL, *variant.changes(steps), f"seed={seed}"),
    )


def train_once(run: Path, data: Path, begin: tuple[str, ...], changes: tuple[str, ...]) -> None:
    """One run, unless it is there; a process of one thread, so that several run side by side."""
    if finished(run):
        return
    fresh = ["--data", str(data), "--out", str(run), *begin, *options(changes)]
    arguments = ["--resume", str(run)] if (run / RECORD_FILE).exists() else fresh
    run.parent.mkdir(parents=True, exist_ok=True)
    with run.with_suffix(".log").open("a") as log:
        command = [sys.executable, "-m", "cg3d", "train", *arguments]
        subprocess.run(command, check=True, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})


def finished(run: Path) -> bool:
    try:
        record = load_record(run)
    except CheckpointError:
        return False
    return record.step == record.config.steps


def row(variant: Variant, metrics: list[dict[str, float]]) -> str:
    """One line of the table, in Markdown."""
    words = (
        "five, deep" if variant.prompts else "none",
        "alternate" if variant.alternate else "joint",
        "half a batch" if variant.hard else "none",
        *(spread([scores[f"held_out_top{k}"] for scores in metrics]) for k in (1, 5)),
    )
    return f"| {' | '.join(words)} |"


def options(changes: tuple[str, ...]) -> list[str]:
    return [word for change in changes for word in ("--set", change)]


def spread(scores: list[float]) -> str:
    """Mean and standard deviation, and the single figures."""
    each = ", ".join(f"{score:.1%}" for score in scores)
    return f"{statistics.mean(scores):.1%} ± {statistics.stdev(scores) if len(scores) > 1 else 0:.1%} ({each})"


if __name__ == "__main__":
    typer.run(main)
