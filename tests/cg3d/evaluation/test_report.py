"""The files of a report, and the command line that writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.data.samples import ObjectInfo
from cg3d.evaluation.conditions import CONDITIONS
from cg3d.evaluation.metrics import answers, class_mean, confused, confusion_matrix, label_scores
from cg3d.evaluation.plots import MOST_LABELS, confusion_figure, robustness_figure
from cg3d.evaluation.protocols import MODELNET40
from cg3d.evaluation.ranking import Ranking
from cg3d.evaluation.result import Evaluation
from cg3d.evaluation.retrieval import Retrieval
from cg3d.evaluation.robustness import Curve

AXES = np.eye(3, dtype=np.float32)


@pytest.fixture
def arguments(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> list[str]:
    """`eval BUNDLE --data DATA` of two mugs, the second taken for a cup."""
    texts, objects = {"mug": AXES[0], "cup": AXES[1]}, {0: AXES[0], 1: AXES[1]}
    bundle = known(texts, objects, objects).write(tmp_path / "bundle")
    infos = [ObjectInfo("0", "mug", ("one",)), ObjectInfo("1", "mug", ("another",)), ObjectInfo("2", "cup", ("a cup",))]
    samples = [make_flat(info, number, number) for info, number in zip(infos, (0, 1, 1), strict=True)]
    return ["eval", str(bundle), "--data", str(pack(tmp_path / "data", samples))]


def evaluation(labels: list[str], objects: int, noise: float) -> Evaluation:
    """A result of random scores."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(labels), objects)
    found = answers(np.eye(len(labels))[truth] + noise * rng.random((objects, len(labels))))
    matrix = confusion_matrix(truth, found, len(labels))
    scores, top1 = label_scores(matrix, labels), float((found == truth).mean())
    return Evaluation(
        *("mini", "data", "test", "onnxruntime-cpu", "fp32", objects, top1, 1.0, 1.0, class_mean(scores)),
        *(1 / len(labels), scores, confused(matrix, labels)),
        protocol={"labels": {label: label for label in labels}},
    )


def drawn_labels(result: Evaluation) -> tuple[list[str], list[str]]:
    """Names beside the rows and below the columns of the picture."""
    (axes,) = confusion_figure(result).axes
    return [text.get_text() for text in axes.get_yticklabels()], [text.get_text() for text in axes.get_xticklabels()]


def test_report_is_complete(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "reports" / "one"
    everything = ("--retrieval", "--robustness", "--conditions")
    done = CliRunner().invoke(app, [*arguments, *everything, "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    pictures = ("confusion.png", "robustness.png", "conditions.png")
    assert done.stderr.splitlines() == [f"wrote {out / name}" for name in ("evaluation.json", *pictures)]
    report = json.loads((out / "evaluation.json").read_text())
    assert report["top1"] == 2 / 3
    assert report["confusion"] == {"mug": {"cup": 1, "mug": 1}, "cup": {"cup": 1}}
    assert [len(curve["top1"]) for curve in report["robustness"]] == [7, 5, 5, 6]
    assert len(report["retrieval"]) == 5
    assert [each["name"] for each in report["conditions"]["conditions"]] == list(CONDITIONS)
    for name in pictures:
        with Image.open(out / name) as picture:
            assert min(picture.size) > 300
            assert np.asarray(picture.convert("L")).std() > 5
    again = CliRunner().invoke(app, [*arguments, *everything, "--json"])
    assert json.loads(again.stdout) == report


def test_a_signature_that_is_asked_for_is_missing(arguments: list[str], tmp_path: Path) -> None:
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ed25519.Ed25519PrivateKey.generate().public_key()
    (tmp_path / "key.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    done = CliRunner().invoke(app, [*arguments, "--require-signature", str(tmp_path / "key.pem")])
    assert "the bundle is not signed" in str(done.exception) + done.output


def test_table_has_every_part(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, [*arguments, "--retrieval", "--robustness"])
    lines = done.stdout.splitlines()
    assert lines[:3] == ["mug      1 of     2   50.0%", "cup      1 of     1  100.0%", ""]
    assert lines[3] == "scans found by   relevant     queries  left out     R@1     R@5    R@10     mAP"
    assert lines[4] == "label            same label         2         0   50.0%  100.0%  100.0%   75.0%"
    assert "top-1 by occlusion (share hidden)  clean: 66.7%  0.1: 66.7%  0.25: 66.7%  0.4: 66.7%" in done.stdout
    assert lines[-2:] == [
        "top-1 66.7%  top-3 100.0%  top-5 100.0%  class mean 75.0%  chance 50.0%",
        "3 objects (all) on onnxruntime-cpu in fp32",
    ]


def test_a_long_table_shows_the_worst() -> None:
    lines = evaluation([f"label {number:03}" for number in range(100)], 3000, 1.5).table().splitlines()
    assert lines[40] == "... and 60 labels that do better"
    assert len(lines) == 44


def test_retrieval_lines_align() -> None:
    ranking = Ranking(1000, 0.5, 0.75, 1.0, 0.625)
    found = (Retrieval("label", "same label", 3, ranking), Retrieval("scan", "same label", 7, None))
    result = Evaluation(
        "b", "d", "all", "cpu", "fp32", 1, 1, 1, 1, 1, 1, evaluation(["x"], 1, 0).labels, retrieval=found
    )
    head, first, second = result.table().splitlines()[2:5]
    assert len(head) == len(first)
    assert first.endswith("   1000         3   50.0%   75.0%  100.0%   62.5%")
    assert second.split() == ["scan", "same", "label", "0", "7"]


def test_confusion_picture_names_all_of_forty_labels() -> None:
    rows, columns = drawn_labels(evaluation(list(MODELNET40), 800, 1.2))
    assert columns == list(MODELNET40)
    assert [row.rsplit(" (", 1)[0] for row in rows] == list(MODELNET40)


def test_confusion_picture_of_many_labels_shows_the_most_confused() -> None:
    labels = [f"label {number:03}" for number in range(600)]
    result = evaluation(labels, 1800, 0.0)  # nothing is confused
    assert len(drawn_labels(result)[1]) == MOST_LABELS
    result.confusion["label 123"] = {"label 456": 3}
    result.confusion["label 501"] = {"label 502": 2}
    columns = drawn_labels(result)[1]
    assert len(columns) == MOST_LABELS
    assert {"label 123", "label 456", "label 501", "label 502"} <= set(columns)
    assert columns == sorted(columns)


def test_a_label_that_is_only_answered_is_a_column_only() -> None:
    result = evaluation(["mug"], 4, 0.0)
    result.protocol["labels"]["cup"] = "cup"
    result.confusion["mug"] = {"mug": 3, "cup": 1}
    assert drawn_labels(result) == (["mug (4)"], ["mug", "cup"])


def test_robustness_picture_shows_the_figures() -> None:
    curve = Curve("noise", "radii", (0.01, 0.02), (0.5, 0.25), 0.75)
    (axes,) = robustness_figure([curve], "title").axes
    perturbed, clean = axes.get_lines()
    assert list(perturbed.get_ydata()) == [50, 25]
    assert set(clean.get_ydata()) == {75}
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.01", "0.02"]
    assert axes.get_xlabel() == "noise, radii"
    robustness_figure([Curve("noise", "radii", (0.01,), (0.0,), 0.0)], "nothing is recognised")


def test_missing_matplotlib_is_told_before_the_work(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # what Python does with a module that is not there
    out = tmp_path / "out"
    nowhere = ["eval", "nowhere", "--data", "nowhere", "--out", str(out)]  # would fail at once if it were looked at
    done = CliRunner().invoke(app, nowhere)
    assert done.exit_code == 2
    assert done.stderr.startswith("cg3d: pictures need matplotlib (")
    assert done.stderr.endswith('Run: pip install matplotlib (the extra "plots")\n')
    assert not out.exists()
    assert CliRunner().invoke(app, arguments).exit_code == 0  # needs none


def test_a_file_is_no_folder(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{tmp_path / 'out'}: cannot be made a folder for the report (File exists)" in done.stderr
    assert (tmp_path / "out").read_text() == "mine"
