#!/usr/bin/env python3
"""What colours are worth on real scans and models whose captions tell the colour.

    recipes/cg3d-mini/evaluate_colours.py SHARED

Each coloured object of SHARED/objects.csv from a source that is no game's, whose caption has a basic colour term, is asked for
its name behind each of the eleven terms: "red mug", "blue mug" and so on, with colours counted and without. Then all objects
whose names have usual colours: how many fit them, by source. No model has learned any of it, and only names take part.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import typer

from cg3d_runtime import Recognizer, read_scan
from cg3d_runtime.colours.basic import TERMS, colours_of
from cg3d_runtime.colours.evidence import FITS, evidence
from cg3d_runtime.colours.usual import usual_colours

REAL = {"gso", "aws", "gazebo", "polyhaven", "ikea"}


def main(shared: Path) -> None:
    """Print both figures."""
    table = (shared / "objects.csv").open(encoding="utf-8")
    rows = [(row, shared / row["path"]) for row in csv.DictReader(table)]
    told = [
        (row["name"], path, terms) for row, path in rows if row["set"] in REAL and (terms := terms_of(row["caption"]))
    ]
    for counts in (True, False):
        right = list(answers(told, counts))
        print(f"colours {'counted' if counts else 'left out'}: {np.mean(right):.1%} of {len(right)} right, chance 9.1%")
    fits = defaultdict(list)
    for row, path in rows:
        usual = usual_colours([[row["name"]]])[0]
        if usual.any() and (colours := colours_of(read_scan(path))) is not None:
            fits[row["set"]].append(bool(evidence(colours, usual) >= FITS))
    for source, found in sorted(fits.items()):
        print(f"{source}: {sum(found)} of {len(found)} have a usual colour of their name")


def terms_of(caption: str) -> set[str]:
    """The basic terms in a caption."""
    words = set(re.findall("[a-z]+", caption.lower().replace("gray", "grey")))
    return words & set(TERMS)


def answers(told: list[tuple[str, Path, set[str]]], counts: bool) -> Iterator[bool]:
    """Whether each coloured object gets a label with a colour of its caption."""
    with Recognizer.open([*TERMS], colour=counts, unknown=False) as recognizer:
        for name, path, terms in told:
            cloud = read_scan(path)
            if colours_of(cloud) is not None:
                yield recognizer(cloud, labels=[f"{term} {name}" for term in TERMS]).label.split()[0] in terms


if __name__ == "__main__":
    typer.run(main)
