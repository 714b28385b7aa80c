#!/usr/bin/env python3
"""One page on how well bundles see what they never learned: `recipes/cg3d-mini/evaluate_page.py WORK SHARED BUNDLE...`.

WORK is the folder of `train_mini`, with its packed data; SHARED holds objects.csv and text/. Give the bundle of the last
release second: it stands below, on the very same scans. A bundle that learned gso says nothing there. Answers are the
runtime's own, as a robot gets them, with the threshold and the weight of lengths that are in the bundle; "shape" leaves the
lengths out.

    top-1, top-5   shares and their standard errors; scans of one object count as one
    shape          top-1 without the length
    withheld       of the right answers, those told as unknown
    told           of the wrong answers, those told as unknown; in rows "own label off" there is no other kind
    ECE            of top-1 scores against shares of right answers, ten bins of equal width
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from evaluate_mini import SEEDS, lvis_names, objects_of, spoken

from cg3d.data.shards import Dataset
from cg3d.data.split import Selection
from cg3d.evaluation.conditions import CONDITIONS
from cg3d.evaluation.metrics import Share
from cg3d_calibration.labelled_scans import SimulatedScan, simulated_scans
from cg3d_calibration.reliability import equal_width_bins, expected_calibration_error
from cg3d_runtime import Answer, Cg3dError, PointCloud, Recognizer
from cg3d_runtime.labels import Label, read_labels

RECIPE = Path(__file__).parent
TOP = 5
VIEWS = ("whole", "clear", "partial")
GROUPS = {
    "round": ("alarm clock", "puzzle ball", "bell", "bowl"),
    "boxes": ("box", "candy bar", "hard drive", "lunch box", "pencil case", "tablet computer"),
    "long and thin": ("can opener", "flashlight", "mallet", "screwdriver", "spatula", "spoon"),
    "flat": ("frying pan", "magnifying glass", "plate", "roll of tape", "towel"),
}  # of the household labels: names that are taken for each other


@dataclass(frozen=True)
class Source:
    """Objects that are asked for, and the list that they are asked of.

    Attributes:
        truth: of each object its label's index.
    """

    name: str
    objects: Selection
    truth: np.ndarray
    labels: tuple[Label, ...]

    def scans(self, kinds: tuple[str, ...], seeds: Iterable[int]) -> Iterator[tuple[int, SimulatedScan]]:
        """The index of each object's label beside its scans."""
        truth = dict(zip((info.id for info in self.objects.infos), self.truth.tolist(), strict=True))
        for seed in seeds:
            for scan in simulated_scans(self.objects, kinds, seed):
                yield truth[scan.id], scan

    def of(self, name: str, wanted: Sequence[bool]) -> Source:
        """Some of the objects, asked of the same list."""
        places = np.flatnonzero(wanted)
        chosen = Selection(self.objects.dataset, [self.objects.indices[place] for place in places])
        return Source(name, chosen, self.truth[places], self.labels)


@dataclass(frozen=True)
class Told:
    """What is said of a scan: the place of the right label, TOP where it is further down; the best score; whether unknown."""

    place: int
    place_by_shape: int
    score: float
    unknown: bool


def main(
    work: Annotated[Path, typer.Argument(help="Folder of train_mini.")],
    shared: Annotated[Path, typer.Argument(help="Folder with objects.csv and text/.")],
    bundles: Annotated[list[Path], typer.Argument(help="Folders of bundles, the new one first.")],
    conditions: Annotated[bool, typer.Option("--conditions", help="Also every condition of a robot's scans.")] = False,
) -> None:
    """Print the page."""
    sources = sources_of(work, shared)
    print(f"{'':34}{'scans':>6}  {'top-1':>13}  {'top-5':>13}  {'shape':>6}  {'withheld':>8}  {'told':>6}  {'ECE':>6}")
    for source in sources:
        with_bundles = [
            Recognizer.open([str(label) for label in map(line_of, source.labels)], each) for each in bundles
        ]
        for kind in VIEWS:
            print_rows(f"{source.name}, {kind}", source, (kind,), with_bundles, bundles)
        if source is sources[0]:
            print_strangers(source, with_bundles, bundles)
            for kind in CONDITIONS if conditions else ():
                print_rows(f"{source.name}, {kind}", source, (kind,), with_bundles, bundles)


def sources_of(work: Path, shared: Path) -> list[Source]:
    """What is asked of whom."""
    gso, furniture = Dataset.open(work / "gso"), Dataset.open(work / "katorlegaz")
    household = source_of("gso", gso, read_labels(RECIPE / "household_labels.txt"))
    said = read_labels(RECIPE / "words" / "household_synonyms.txt")
    lvis = source_of(
        "gso, LVIS", gso, read_labels(shared / "text" / "labels_objaverse_lvis.txt"), lvis_names(shared / "objects.csv")
    )
    own = tuple(Label(name, (name,)) for name in sorted({info.label for info in furniture.infos}))
    kator, learned = (
        source_of("katorlegaz", furniture, own),
        {info.label for info in Dataset.open(work / "unseen").infos},
    )
    known = [info.label in learned for info in kator.objects.infos]
    names = np.array([label.name for label in household.labels])[household.truth]
    return [
        household,
        Source("gso, other words", household.objects, household.truth, tuple(said)),
        lvis,
        *(household.of(f"gso, {group}", np.isin(names, list(members)).tolist()) for group, members in GROUPS.items()),
        kator,
        kator.of("katorlegaz, learned names", known),
        kator.of("katorlegaz, new names", [not each for each in known]),
    ]


def source_of(name: str, data: Dataset, labels: Sequence[Label], names: dict[str, str] | None = None) -> Source:
    objects, truth = objects_of(data, list(labels), names or {info.id: info.label for info in data.infos})
    spoken_labels = tuple(Label(spoken(label.name), tuple(map(spoken, label.phrases))) for label in labels)
    return Source(name, objects, truth, spoken_labels)


def line_of(label: Label) -> str:
    """A label as a line of a label file."""
    return f"{label.name}: {'; '.join(label.phrases)}"


def print_rows(
    name: str, source: Source, kinds: tuple[str, ...], recognizers: list[Recognizer], bundles: list[Path]
) -> None:
    scans = list(source.scans(kinds, range(1 if kinds == ("whole",) else SEEDS)))
    for recognizer, bundle in zip(recognizers, bundles, strict=True):
        told = [each for truth, scan in scans if (each := asked(recognizer, scan, source.labels[truth].name))]
        print(
            f"{name if bundle is bundles[0] else '  ' + bundle.name:34}{len(told):6}  {row(told, len(source.objects))}"
        )


def print_strangers(source: Source, recognizers: list[Recognizer], bundles: list[Path]) -> None:
    """Every object asked of the list without its own label: all there is to say is "unknown"."""
    for kind in VIEWS:
        scans = list(source.scans((kind,), (0,)))
        for recognizer, bundle in zip(recognizers, bundles, strict=True):
            lists = {
                place: [line_of(each) for each in source.labels if each is not source.labels[place]]
                for place, _ in scans
            }
            unknown = [
                answer.unknown for place, scan in scans if (answer := answered(recognizer, scan, labels=lists[place]))
            ]
            share = Share.of(np.array(unknown), len(unknown))
            name = f"{source.name}, {kind}, own label off" if bundle is bundles[0] else "  " + bundle.name
            print(f"{name:34}{len(unknown):6}  {'':46}{share.share:6.1%} +- {share.error:.1%}")


def asked(recognizer: Recognizer, scan: SimulatedScan, right: str) -> Told | None:
    """What a bundle says of a scan, with its length and without; None of one that the runtime refuses."""
    answer = answered(recognizer, scan)
    if answer is None:
        return None
    by_shape = answered(recognizer, scan, with_length=False) if not np.isnan(scan.unit) else answer
    assert by_shape is not None  # the same points
    return Told(place_of(answer, right), place_of(by_shape, right), answer.top[0].score, answer.unknown)


def answered(
    recognizer: Recognizer, scan: SimulatedScan, with_length: bool = True, labels: list[str] | None = None
) -> Answer | None:
    known = with_length and not np.isnan(scan.unit)
    cloud = PointCloud(scan.cloud.xyz * np.float32(scan.unit), scan.cloud.rgb, scan.cloud.up) if known else scan.cloud
    try:
        return recognizer(cloud, units="m" if known else None, labels=labels, top=TOP)
    except Cg3dError:
        return None


def place_of(answer: Answer, right: str) -> int:
    return next((place for place, each in enumerate(answer.top) if each.label == right), TOP)


def row(told: list[Told], objects: int) -> str:
    """The figures of some scans."""
    places, shape = np.array([each.place for each in told]), np.array([each.place_by_shape for each in told])
    unknown, scores = np.array([each.unknown for each in told]), np.array([each.score for each in told])
    right = places < 1
    first, among = Share.of(right, objects), Share.of(places < TOP, objects)
    error = expected_calibration_error(equal_width_bins(scores, right))
    return (
        f"{first.share:6.1%} +-{first.error:5.1%}  {among.share:6.1%} +-{among.error:5.1%}  {(shape < 1).mean():6.1%}  "
        f"{mean(unknown[right]):>8}  {mean(unknown[~right]):>6}  {error:6.1%}"
    )


def mean(flags: np.ndarray) -> str:
    return f"{flags.mean():.1%}" if len(flags) else "-"


if __name__ == "__main__":
    typer.run(main)
