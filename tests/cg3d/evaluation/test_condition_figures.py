"""Figures by condition, against the runtime's own recogniser, and a robot's own list."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.data.samples import ObjectInfo, sample_cloud
from cg3d.data.shards import Dataset
from cg3d.evaluation.condition_figures import ConditionFigures
from cg3d.evaluation.conditions import CONDITIONS, as_scanned
from cg3d.evaluation.evaluate import evaluate
from cg3d.evaluation.metrics import FEWEST_RIGHT, Share, keeping
from cg3d.evaluation.plots import conditions_figure
from cg3d.evaluation.result import Evaluation, condition_lines
from cg3d_calibration.bundle_update import store_confidence
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Confidence
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.recognizer import Recognizer

NAMES = ("bowl", "cup", "mug")
OBJECTS = 14  # of each label
UPRIGHT = 128  # added to the number of what stands on its edge


@pytest.fixture(scope="module")
def case(known: Any, make_flat: Any, pack: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A bundle with a threshold and a rival, and 42 rings: clear ones and vague ones; what lies is mostly taken for a cup."""
    folder, axes, rng = tmp_path_factory.mktemp("rings"), np.eye(5, dtype=np.float32), np.random.default_rng(0)
    numbers = {number: axes[number % 3] + 0.5 * rng.standard_normal(5) for number in range(3 * OBJECTS)}
    numbers |= {number + UPRIGHT: axes[1] + 0.8 * rng.standard_normal(5) for number in range(3 * OBJECTS)}
    bundle = known({**dict(zip(NAMES, axes, strict=False)), "vase": axes[3]}, numbers).write(folder / "bundle")
    samples = [
        make_flat(ObjectInfo(f"ring-{number}", NAMES[number % 3], ("a ring",)), number) for number in range(3 * OBJECTS)
    ]
    confidence, rivals = Confidence(2.0, 0.75, "rings"), Rivals(("vase",), axes[3:4])
    store_confidence(Bundle.open(bundle), "fp32", confidence, rivals)
    return bundle, pack(folder / "data", samples)


@pytest.fixture(scope="module")
def measured(case: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CG3D_CACHE", str(tmp_path_factory.mktemp("cache")))
        return evaluate(*case, conditions=True)


def figures(result: Evaluation, name: str) -> ConditionFigures:
    return next(each for each in result.conditions.conditions if each.name == name)


def test_figures_are_those_of_the_robot(case: tuple[Path, Path], measured: Evaluation) -> None:
    bundle, data = case
    result, samples = measured, list(map(Dataset.open(data).__getitem__, range(3 * OBJECTS)))
    for name in ("clean", "tilted by 20", "lying"):
        scans = [as_scanned(sample_cloud(sample), "unit", name, sample.id, 0) for sample in samples]
        with Recognizer.open(list(NAMES), bundle, backend="cpu", unknown=True) as recognizer:
            answers = [recognizer(scan) for scan in scans]
        right = np.array([answer.top[0].label == each.label for answer, each in zip(answers, samples, strict=True)])
        unknown = np.array([answer.unknown for answer in answers])
        found, told = figures(result, name), figures(result, name).told[0]
        assert (found.scans, found.refused) == (3 * OBJECTS, 0)
        assert found.top1 == Share.of(right, 3 * OBJECTS)
        assert told.wrong == Share.of(~right & ~unknown, 3 * OBJECTS)
        assert told.withheld == unknown[right].mean()
        assert 0 < found.top1.share < 1 and 0 < told.wrong.share < 1 - found.top1.share
    clean, lying = figures(result, "clean"), figures(result, "lying")
    assert clean.top1.share == result.top1
    assert lying.ratio == lying.top1.share / clean.top1.share < 0.7


def test_the_second_threshold_keeps_nine_in_ten_on_clean_scans(measured: Evaluation) -> None:
    own, kept = measured.conditions.thresholds
    assert (own.value, kept.name) == (0.75, "keeps nine in ten right answers on clean scans")
    clean = figures(measured, "clean")
    right = round(3 * OBJECTS * clean.top1.share)
    assert round(clean.told[1].withheld * right) == right - int(np.ceil(0.9 * right))


def test_without_enough_right_answers_and_without_a_fit_nothing_is_unknown(
    case: tuple[Path, Path], tmp_path: Path
) -> None:
    bundle, data = Path(shutil.copytree(case[0], tmp_path / "bundle")), case[1]
    assert len(evaluate(bundle, data, conditions=True, objects=FEWEST_RIGHT - 1).conditions.thresholds) == 1
    manifest = bundle / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"confidence": None}))
    report = evaluate(bundle, data, conditions=True, objects=FEWEST_RIGHT - 1).conditions
    assert report.thresholds == () and all(each.told == () for each in report.conditions)
    assert len(conditions_figure(report, "title").axes) == 1
    assert len(condition_lines(report)) == 1 + len(CONDITIONS)


def test_several_seeds_are_several_scans(case: tuple[Path, Path]) -> None:
    result = evaluate(*case, conditions=True, objects=6, seeds=2)
    assert (figures(result, "clean").scans, figures(result, "lying").scans) == (6, 12)
    lying = figures(result, "lying").top1
    assert lying.error == pytest.approx(np.sqrt(lying.share * (1 - lying.share) / 6))  # of objects, not of scans
    assert result.conditions.seeds == (0, 1)
    with pytest.raises(DataError, match="2 seeds, but only conditions scan an object several times"):
        evaluate(*case, seeds=2)


def test_a_scan_that_the_runtime_refuses_is_neither_right_nor_wrong(
    case: tuple[Path, Path], pack: Any, tmp_path: Path
) -> None:
    bundle, data = case
    samples = list(map(Dataset.open(data).__getitem__, range(3)))
    points = samples[0].points.copy()
    points[:, 0] *= 1e-4
    points[:, 2] *= 1e-4
    points[:, 1] = np.linspace(0, 1, len(points)) ** 9  # a needle: most points are one pixel
    result = evaluate(bundle, pack(tmp_path / "needle", [replace(samples[0], points=points)]), conditions=True)
    view = figures(result, "single view")
    assert view.scans == 1
    assert view.refused == 1 and view.top1.share == view.told[0].wrong.share == 0 and view.told[0].withheld is None


def test_table_and_picture_hold_every_condition(measured: Evaluation) -> None:
    report = measured.conditions
    head, *lines = condition_lines(report)
    assert head.split()[:4] == ["condition", "scans", "top-1", "ratio"]
    assert [line[:24].strip() for line in lines[: len(CONDITIONS)]] == list(CONDITIONS)
    assert {len(line) for line in lines[: len(CONDITIONS)]} == {len(head)}
    assert lines[-2] == "(1) unknown below 0.750: the bundle's"
    recognised, *panels = conditions_figure(report, "title").axes
    assert [label.get_text() for label in recognised.get_yticklabels()] == list(CONDITIONS)
    assert len(panels) == 2
    widths = [bar.get_width() for bar in panels[0].patches]
    assert widths == pytest.approx([100 * each.told[0].wrong.share for each in report.conditions])


def test_a_robots_own_list(case: tuple[Path, Path], tmp_path: Path) -> None:
    """Its phrases are the objects' names; those that it does not name are left out, with a warning."""
    bundle, data = case
    words = tmp_path / "labels.txt"
    words.write_text("round thing: Bowl\nvase\nmug\n")
    done = CliRunner().invoke(app, ["eval", str(bundle), "--data", str(data), "--labels", str(words), "--json"])
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["objects"], report["chance"]) == (2 * OBJECTS, 1 / 3)
    assert {each["label"] for each in report["labels"]} == {"round thing", "mug"}
    assert report["protocol"]["labels"]["round thing"] == "round thing; Bowl"
    assert "cg3d: 14 of 42 objects left out, which no label names: cup" in done.stderr


@pytest.mark.parametrize(
    ("words", "options", "told"),
    [
        (
            "plate\n",
            {},
            "none of the 1 labels in the list names an object of split all; their labels begin with bowl, cup",
        ),
        (
            "mug\n",
            {"protocol": "modelnet10"},
            "a label list of your own and protocol modelnet10: both say which labels",
        ),
        ("mug\n", {"spelling": "spaces"}, "a label list of your own and spelling spaces: both say which labels"),
    ],
)
def test_a_list_that_cannot_be_asked_for(case: tuple[Path, Path], words: str, options: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        evaluate(*case, labels=words.split(), **options)


def test_the_highest_threshold_that_keeps_a_share() -> None:
    values = np.arange(1, 101) / 100
    assert (keeping(values, 0.95), keeping(values, 1.0), keeping(values, 0.001)) == (0.06, 0.01, 1.0)
