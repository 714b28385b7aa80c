#!/usr/bin/env python3
"""Share of objects of one source that a bundle names right: `recipes/cg3d-mini/evaluate_mini.py BUNDLE DATA LABELS`.

Every object of DATA whose name is a phrase of LABELS is shown whole, as one simulated view of a depth camera cut out cleanly
("clear"), and as such a view with occluders and remnants of floor and wall ("partial"), and compared with all labels; with
`--conditions` also as `cg3d eval --conditions` does it. The names that no line holds are counted: whoever leaves objects out
should see it.
"""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from cg3d.data.shards import Dataset
from cg3d.data.split import Selection
from cg3d.evaluation.condition_figures import ConditionReport, condition_report
from cg3d.evaluation.encoders import clouds_encoder, embed_labels, vocabulary_of
from cg3d.evaluation.metrics import ranks, share_within
from cg3d.evaluation.own_labels import FOREIGN, places_of
from cg3d.evaluation.result import condition_lines
from cg3d_calibration.labelled_scans import LabelledScans, recognise_scans
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels import Label, read_labels

SEEDS = 3  # of the views


def main(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    data: Annotated[Path, typer.Argument(help="Folder of packed data.")],
    labels: Annotated[Path, typer.Argument(help="Label file; the phrases of a line are the names that it answers.")],
    lvis: Annotated[
        Path | None, typer.Option(help="objects.csv, whose column lvis names the right answer; LABELS is LVIS's list.")
    ] = None,
    said_as: Annotated[
        Path | None, typer.Option(help="Label file: the same labels in the same order, said in other words.")
    ] = None,
    misses: Annotated[
        bool, typer.Option("--misses", help="Also list the whole objects that are named wrongly.")
    ] = False,
    conditions: Annotated[
        bool, typer.Option("--conditions", help="Also every condition of `cg3d eval --conditions`.")
    ] = False,
) -> None:
    """Print top-1 and top-5, whole clouds and single views apart, beside chance."""
    words, dataset = read_labels(labels), Dataset.open(data)
    objects, truth = objects_of(dataset, words, lvis_names(lvis) if lvis else {i.id: i.label for i in dataset.infos})
    words = [Label(spoken(word.name), tuple(map(spoken, word.phrases))) for word in _in_other_words(words, said_as)]
    print(f"{data.name}: {len(objects)} of {len(dataset)} objects have one of {len(words)} labels")
    for kind in ("whole", "clear", "partial"):
        seeds = range(1 if kind == "whole" else SEEDS)
        runs = [_recognise(bundle, objects, words, truth, kind, seed) for seed in seeds]
        found = [_shares(run) for run in runs]
        (top1, top5), spread = np.mean(found, axis=0), np.ptp([top1 for top1, _ in found])
        print(f"{kind:8} top-1 {top1:6.1%}  top-5 {top5:6.1%}  (top-1 over views: {spread:.1%} apart)")
        if misses and kind == "whole":
            _print_misses(runs[0])
    print(f"chance   top-1 {1 / len(words):6.1%}  top-5 {5 / len(words):6.1%}")
    if conditions:
        print("", *condition_lines(_in_conditions(Bundle.open(bundle), objects, words, truth)), sep="\n")


def spoken(name: str) -> str:
    """A name of LVIS without its underscores: "mouse (computer equipment)"."""
    return name.replace("_", " ")


def _in_other_words(words: list[Label], said_as: Path | None) -> list[Label]:
    """The labels as the file says them; which objects they are right for is settled before."""
    said = read_labels(said_as) if said_as else words
    if [label.name for label in said] != [label.name for label in words]:
        raise SystemExit(f"{said_as}: names other labels than LABELS, or in another order")
    return said


def lvis_names(table: Path) -> dict[str, str]:
    """The LVIS name of each object that has one."""
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row["lvis"] for row in csv.DictReader(lines) if row["lvis"]}


def objects_of(dataset: Dataset, words: list[Label], names: dict[str, str]) -> tuple[Selection, np.ndarray]:
    """The objects that a label is right for, and its place."""
    places = places_of([names.get(info.id, "") for info in dataset.infos], words, "all")
    chosen = np.flatnonzero(places != FOREIGN)
    return Selection(dataset, chosen.tolist()), places[chosen]


def _in_conditions(bundle: Bundle, objects: Selection, words: list[Label], truth: np.ndarray) -> ConditionReport:
    vocabulary = vocabulary_of(bundle, words, embed_labels(bundle, words, "cpu"))
    with closing(open_backend(bundle, "points", "cpu")) as session:
        encode = clouds_encoder(bundle, session)
        return condition_report(objects, encode, vocabulary, truth, bundle.manifest, range(SEEDS))


def _recognise(
    bundle: Path, objects: Selection, words: list[Label], truth: np.ndarray, kind: str, seed: int
) -> LabelledScans:
    opened = Bundle.open(bundle)
    return recognise_scans(opened, objects, words, truth, kind, seed, "cpu", "auto", lambda scans, count, what: scans)


def _shares(scans: LabelledScans) -> tuple[float, float]:
    """Top-1 and top-5."""
    places = ranks(scans.logits, scans.truth)
    return share_within(places, 1), share_within(places, 5)


def _print_misses(whole: LabelledScans) -> None:
    for name, logits, place in zip(whole.ids, whole.logits, whole.truth, strict=True):
        best = np.argsort(-logits)[:3]
        if best[0] != place:
            print(f"{name}: {whole.labels[place]} taken for {', '.join(whole.labels[i] for i in best)}")


if __name__ == "__main__":
    typer.run(main)
