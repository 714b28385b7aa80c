#!/usr/bin/env python3
"""Share of objects outside the list that a bundle rejects.

    recipes/cg3d-mini/evaluate_unknown.py BUNDLE DATA LABELS STRANGERS

Objects of DATA have a phrase of LABELS for their name; they are strangers, too, once their label is taken off the list. Its
name may be among the rivals: "off both" are the same without the rivals that say about the same. Objects of STRANGERS are
those whose names LABELS does not hold. Printed is the share of strangers rejected at the threshold that withholds one right
answer in ten of the same kind of scan, with the bundle's rivals and without, and the area under the curve.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import typer
from evaluate_mini import SEEDS, objects_of

from cg3d.data.shards import Dataset
from cg3d.data.split import Selection
from cg3d_calibration.label_lists import draw_lists
from cg3d_calibration.labelled_scans import LabelledScans, recognise_scans
from cg3d_calibration.unknown import Scores, auroc, threshold_that_keeps
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels import Label, read_labels
from cg3d_runtime.labels.rivals import Rivals

KEEP = 0.9  # of right answers


def main(bundle: Path, data: Path, labels: Path, strangers: Path) -> None:
    """Print a row for each kind of scan."""
    words, opened, known = read_labels(labels), Bundle.open(bundle), Dataset.open(data)
    objects, truth = objects_of(known, words, {info.id: info.label for info in known.infos})
    others = strangers_of(Dataset.open(strangers), words)
    print(
        f"{len(objects)} objects of {data.name} with one of {len(words)} labels, {len(others)} of {strangers.name} without"
    )
    for kind in ("whole", "clear", "partial"):
        seeds = range(1 if kind == "whole" else SEEDS)
        inside = joined([recognise(opened, objects, words, truth, kind, seed) for seed in seeds])
        outside = joined([recognise(opened, others, words, np.full(len(others), -1), kind, seed) for seed in seeds])
        for name, chosen in (
            ("rivals", (inside, unnamed(inside), outside)),
            ("list alone", (alone(inside), alone(inside), alone(outside))),
        ):
            print(f"{kind:8} {name:11} {row(*(scores_of(opened, scans) for scans in chosen))}")


def row(inside: Scores, nameless: Scores, outside: Scores) -> str:
    """Rejected strangers at the threshold, and the area under the curve of right answers above them."""
    threshold, right = threshold_that_keeps(inside, KEEP), inside.known[inside.right]
    parts = (("own label off", inside.unknown), ("off both", nameless.unknown), ("strangers", outside.unknown))
    shown = [f"{name} {(found < threshold).mean():6.1%} (AUROC {auroc(right, found):.2f})" for name, found in parts]
    return f"threshold {threshold:.3f}  {'  '.join(shown)}"


def strangers_of(dataset: Dataset, words: list[Label]) -> Selection:
    """Objects whose name, and its last word, no label has: a rubber duck is no stranger to a list with "duck"."""
    phrases = {phrase for word in words for phrase in word.phrases}
    ids = [i for i, info in enumerate(dataset.infos) if not {info.label, info.label.split()[-1]} & phrases]
    return Selection(dataset, ids)


def recognise(
    bundle: Bundle, objects: Selection, words: list[Label], truth: np.ndarray, kind: str, seed: int
) -> LabelledScans:
    rivals = Rivals.of(bundle)
    return recognise_scans(bundle, objects, words, truth, kind, seed, "cpu", "auto", lambda each, n, what: each, rivals)


def joined(runs: list[LabelledScans]) -> LabelledScans:
    """The scans of several seeds as one."""
    fields = ("logits", "rivals", "truth", "kinds", "ids", "lengths")
    return replace(runs[0], **{name: np.concatenate([getattr(run, name) for run in runs]) for name in fields})


def alone(scans: LabelledScans) -> LabelledScans:
    return replace(scans, rivals=scans.rivals[:, :0], near=scans.near[:0])


def unnamed(scans: LabelledScans) -> LabelledScans:
    """No rival says what a scan is."""
    return replace(scans, rivals=np.where(scans.near.T[scans.truth], -np.inf, scans.rivals))


def scores_of(bundle: Bundle, scans: LabelledScans) -> Scores:
    confidence = bundle.manifest.confidence
    lists = draw_lists(scans, len(scans.labels), np.random.default_rng(0))
    return lists.scores(confidence.temperature if confidence else 1.0)


if __name__ == "__main__":
    typer.run(main)
