"""`cg3d calibrate` on a bundle that names balls by their colour, and `cg3d-infer --unknown` afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import typer
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from typer.testing import CliRunner

from cg3d.data.samples import ObjectInfo, Sample, SampleSpec, sample_cloud
from cg3d.data.shards import Dataset, data_sha256, write_index, write_shard
from cg3d.evaluation.conditions import CONDITIONS
from cg3d.evaluation.task import EvaluationRequest, make_task
from cg3d.models.towers.tokenizer import clip_tokenizer
from cg3d_calibration.bundle_update import store_confidence
from cg3d_calibration.candidate_labels import candidates
from cg3d_calibration.cli import calibrate_command
from cg3d_calibration.confidence import FitConfig
from cg3d_calibration.labelled_scans import recognise_scans
from cg3d_calibration.reliability import softmax_scores
from cg3d_calibration.usual_lengths import fit_likeness, read_usual_sizes
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import FORMAT, Confidence, ImageSpec, Manifest, TextSpec, file_entry, write_manifest
from cg3d_runtime.errors import BundleError, DataError, LabelError, ScanError
from cg3d_runtime.infer.cli import app as infer
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.preparation.prepare import PrepareSpec
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.sizes.evidence import spoken
from cg3d_runtime.sizes.usual import UsualLengths

LABELS = "abcdefghijkl"  # each one token
POINTS = 256
HUES = np.array([*np.eye(3), *-np.eye(3), *(np.array(s) for s in np.ndindex(2, 2, 2))][: len(LABELS)], dtype=float)
HUES = np.where(np.arange(len(LABELS))[:, None] < 6, HUES, 2 * HUES - 1)
HUES /= np.linalg.norm(HUES, axis=1, keepdims=True)
# RFC 8032, section 7.1, test 1.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(calibrate_command)


def run(*arguments: object) -> Any:
    """Without rivals and lengths, unless a test names some: hardly any everyday thing has a colour of its own here."""
    alone = [part for name in ("--rivals", "--sizes") if name not in arguments for part in (name, "none")]
    return CliRunner().invoke(app, [*map(str, arguments), *alone])


def message(result: Any, kind: type[Exception]) -> str:
    """Of the error that `cg3d` prints as one line."""
    assert isinstance(result.exception, kind), result.output
    return str(result.exception)


def graph(nodes: list[Any], weights: dict[str, np.ndarray], inputs: dict[str, tuple[int, list[Any]]]) -> bytes:
    """Serialise a graph whose last value, `raw` (B, 3), is normalised as `features`."""
    made = helper.make_graph(
        [*nodes, helper.make_node("LpNormalization", ["raw"], ["features"], axis=-1, p=2)],
        "colours",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", 3])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def points_graph() -> bytes:
    """The mean colour, as a direction from grey."""
    nodes = [
        helper.make_node("Gather", ["points", "colours"], ["rgb"], axis=2),
        helper.make_node("ReduceMean", ["rgb", "one"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "grey"], ["raw"]),
    ]
    weights = {"colours": np.array([3, 4, 5]), "one": np.array([1]), "grey": np.array(0.5, dtype=np.float32)}
    return graph(nodes, weights, {"points": (TensorProto.FLOAT, ["B", "N", 6])})


def text_graph(tokens: dict[int, np.ndarray]) -> bytes:
    """The hue of the token before the end."""
    table = np.tile(np.float32([0.6, 0.0, 0.8]), (514, 1))
    for token, hue in tokens.items():
        table[token] = hue
    nodes = [
        helper.make_node("Sub", ["eot", "step"], ["last"]),
        helper.make_node("Unsqueeze", ["last", "one"], ["column"]),
        helper.make_node("GatherElements", ["token_ids", "column"], ["token"], axis=1),
        helper.make_node("Squeeze", ["token", "one"], ["ids"]),
        helper.make_node("Gather", ["table", "ids"], ["raw"]),
    ]
    weights = {"step": np.array(1, dtype=np.int32), "one": np.array([1]), "table": table}
    inputs = {"token_ids": (TensorProto.INT32, ["B", "L"]), "eot": (TensorProto.INT32, ["B"])}
    return graph(nodes, weights, inputs)


def write_bundle(folder: Path, provenance: dict[str, Any]) -> Path:
    folder.mkdir()
    tokenizer = clip_tokenizer(514)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokens = {tokenizer.encode(label).ids[1]: hue for label, hue in zip(LABELS, HUES, strict=True)}
    (folder / "points.fp32.onnx").write_bytes(points_graph())
    (folder / "text.fp32.onnx").write_bytes(text_graph(tokens))
    manifest = Manifest(
        format=FORMAT,
        name="colours",
        embedding_dim=3,
        logit_scale=50.0,  # far too sure of itself
        graphs={name: {"fp32": file_entry(folder / f"{name}.fp32.onnx")} for name in ("points", "text")},
        files={"tokenizer": file_entry(folder / "tokenizer.json")},
        prepare=PrepareSpec(points=64, channels=6),
        text=TextSpec(16, ("{}",)),
        image=ImageSpec(8, "shortest"),
        confidence=None,
        verification={},
        licences={"towers": "none needed"},
        provenance=provenance,
    )
    write_manifest(manifest, folder)
    return folder


def ball(id: str, label: str, hue: np.ndarray, rng: np.random.Generator) -> Sample:
    """Points on a sphere, in a colour near the hue."""
    xyz = rng.standard_normal((POINTS, 3))
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    colour = np.clip(0.5 + 0.3 * (hue + 0.35 * rng.standard_normal(3)), 0, 1)
    points = np.hstack([xyz, np.tile(colour, (POINTS, 1))]).astype(np.float32)
    return Sample(ObjectInfo(id, label, ("a ball",)), points, np.zeros((1, 8, 8, 3), dtype=np.uint8), True)


def pack(folder: Path, samples: list[Sample]) -> Path:
    folder.mkdir()
    write_shard(folder / "shard-000000.tar", samples)
    write_index(folder, [folder / "shard-000000.tar"], SampleSpec(POINTS, 1, 8, POINTS))
    return folder


def balls(each: int, labels: str = LABELS) -> list[Sample]:
    rng = np.random.default_rng(1)
    return [ball(f"{name}{i}", name, HUES[LABELS.index(name)], rng) for name in labels for i in range(each)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("packed") / "balls", balls(16))


@pytest.fixture
def bundle(data: Path, tmp_path: Path) -> Path:
    """One that was trained on half of `data`."""
    trained_on = {"source": "balls", "sha256": data_sha256(data), "held_out": 0.5, "seed": 0}
    return write_bundle(tmp_path / "bundle", {"data": trained_on})


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """One that was trained on something else."""
    return write_bundle(tmp_path / "foreign", {"data": {"source": "cubes", "sha256": "0" * 64}})


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache of labels."""
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_fit_goes_into_the_manifest_and_nowhere_else(bundle: Path, data: Path) -> None:
    before, old = digests(bundle), Bundle.open(bundle).manifest
    done = run(bundle, "--data", data, "--list-length", 6)
    assert done.exit_code == 0, done.output
    assert {name for name, digest in digests(bundle).items() if before.get(name) != digest} == {"manifest.json"}
    new = Bundle.open(bundle).manifest
    assert replace(new, confidence=None) == old
    assert new.confidence.temperature > 1.5
    assert 1 / 6 < new.confidence.unknown_threshold < 1
    assert new.confidence.fitted_on == (
        f"balls (dataset.json SHA-256 {data_sha256(data)[:12]}), split held-out: 192 scans, whole and partial, of 96 objects, "
        "half of them to fit and half to measure; lists of 6 of 12 labels"
    )
    assert f"temperature {new.confidence.temperature:.3f}, unknown below" in done.stdout
    few, poor, *written = done.stderr.splitlines()
    assert few == "cg3d: only 192 scans of 96 objects: the figures are rough; 500 scans or more are better"
    assert poor.startswith("cg3d: the best score hardly tells scans of unlisted objects from others (AUROC 0.")
    assert written == [
        *(f"wrote {bundle.parent / 'bundle-confidence' / name}" for name in ("confidence.json", "confidence.png")),
        f"wrote {bundle / 'manifest.json'}",
    ]


def test_report_holds_the_figures(bundle: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    done = run(bundle, "--data", data, "--list-length", 6, "--out", out, "--json")
    report = json.loads((out / "confidence.json").read_text())
    assert json.loads(done.stdout) == report
    fit = report["fit"]
    assert report["confidence"]["temperature"] == fit["temperature"]
    assert (report["split"], report["scans"], report["labels"], report["backend"]) == (
        "held-out",
        192,
        12,
        "onnxruntime-cpu",
    )
    figures = fit["figures"]
    assert figures["after"]["ece"] < figures["before"]["ece"] / 2
    assert figures["after"]["nll"] < figures["before"]["nll"]
    assert figures["after"]["accuracy"] == figures["before"]["accuracy"] > 0.6
    assert 0.55 < figures["auroc"] < figures["auroc_right"]
    assert figures["at_threshold"]["false_rejects"] < 0.15
    assert set(fit["kinds"]) == {"whole", "partial"}
    assert [each["figures"]["list_length"] for each in fit["lengths"]] == [6, 10, 12]
    assert len(fit["curve"]) > 50
    assert report["provenance"]["graphs"]["points"] == Bundle.open(bundle).graph_entry("points").sha256
    with Image.open(out / "confidence.png") as picture:
        assert min(picture.size) > 300
        assert np.asarray(picture.convert("L")).std() > 5
    again = json.loads(run(bundle, "--data", data, "--list-length", 6, "--out", out, "--json").stdout)
    assert again == report


def test_infer_tells_unknown_afterwards(bundle: Path, data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    scans, labels = tmp_path / "scans", tmp_path / "labels.txt"
    scans.mkdir()
    labels.write_text("\n".join("abcdef"))
    for name, hue in (("clear", HUES[0]), ("between", HUES[:3].sum(axis=0))):
        points = ball(name, "a", hue, np.random.default_rng(0)).points
        points[:, 3:] = np.clip(0.5 + 0.3 * hue / np.linalg.norm(hue), 0, 1)
        np.save(scans / f"{name}.npy", points[rng.permutation(POINTS)])
    arguments = [
        str(scans),
        "--labels",
        str(labels),
        "--bundle",
        str(bundle),
        "--backend",
        "cpu",
        "--up",
        "y",
        "--json",
    ]
    refused = CliRunner().invoke(infer, [*arguments, "--unknown"])
    assert refused.exit_code == 2 and "no threshold for `unknown` was fitted" in refused.stderr
    assert run(bundle, "--data", data, "--list-length", 6).exit_code == 0
    done = CliRunner().invoke(infer, [*arguments, "--unknown"])
    assert done.exit_code == 0, done.stderr
    answers = {Path(line["file"]).stem: line for line in map(json.loads, done.stdout.splitlines())}
    assert (answers["clear"]["label"], answers["clear"]["unknown"]) == ("a", False)
    assert answers["between"]["unknown"]


@pytest.fixture
def six(tmp_path: Path) -> tuple[Path, Path]:
    """A robot's list of half of the colours, and a file with all of them, and a word too long to read, to compete."""
    labels, rivals = tmp_path / "six.txt", tmp_path / "rivals.txt"
    labels.write_text("\n".join("abcdef"))
    rivals.write_text("\n".join([*LABELS, "antidisestablishmentarianism of long standing"]))
    return labels, rivals


def test_rivals_travel_with_the_bundle_and_tell_what_is_unlisted(
    foreign: Path, data: Path, six: tuple[Path, Path], tmp_path: Path
) -> None:
    labels, rivals = six
    fit = ("--data", data, "--split", "all", "--labels", labels, "--scans", "whole", "--json")
    alone = json.loads(run(foreign, *fit).stdout)
    assert "rivals" not in Bundle.open(foreign).manifest.files and alone["rivals"] == []
    done = run(foreign, *fit, "--rivals", rivals)
    report, opened = json.loads(done.stdout), Bundle.open(foreign)
    assert report["rivals"] == list(LABELS)
    assert "cg3d: 1 of 13 rivals are too long for the text encoder and left out" in done.stderr
    assert report["fit"]["figures"]["auroc"] > alone["fit"]["figures"]["auroc"] + 0.03
    assert opened.manifest.confidence.fitted_on.endswith("; 12 rivals")
    assert Rivals.of(opened).names == tuple(LABELS)
    assert report["fit"]["temperature"] == alone["fit"]["temperature"]  # scores stay those of the list

    other = Rivals.of(opened).apart_from(np.float32(HUES[:6])).names[0]
    strange = ball("strange", other, HUES[LABELS.index(other)], np.random.default_rng(0))
    strange.points[:, 3:] = 0.5 + 0.3 * HUES[LABELS.index(other)]
    np.save(tmp_path / "strange.npy", strange.points)
    arguments = [tmp_path / "strange.npy", "--labels", labels, "--bundle", foreign, "--backend", "cpu", "--up", "y"]
    answered = CliRunner().invoke(infer, [*map(str, arguments), "--json"])
    answer = json.loads(answered.stdout)
    assert (answer["unknown"], answer["nearer"]) == (True, other)
    table = CliRunner().invoke(infer, [*map(str, arguments)])
    assert f"unknown, none of the labels fits well; nearer to: {other}" in table.stdout
    off = json.loads(CliRunner().invoke(infer, [*map(str, arguments), "--no-unknown", "--json"]).stdout)
    assert off["unknown"] is False and "nearer" not in off and off["top"] == answer["top"]


def test_rivals_of_an_earlier_fit_go(foreign: Path, data: Path, six: tuple[Path, Path]) -> None:
    fit = ("--data", data, "--split", "all", "--rivals")
    before = set(foreign.iterdir())
    assert run(foreign, *fit, six[1]).exit_code == 0
    (first,) = set(foreign.iterdir()) - before
    assert run(foreign, *fit, six[0]).exit_code == 0
    (second,) = set(foreign.iterdir()) - before
    assert first != second
    assert run(foreign, *fit, "none").exit_code == 0
    assert set(foreign.iterdir()) == before


def test_rivals_that_cannot_be_read_are_refused(foreign: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("antidisestablishmentarianism of long standing")
    fit = ("--data", data, "--split", "all", "--rivals")
    assert "all 1 rivals are too long for the text encoder, which reads 16 tokens" in message(
        run(foreign, *fit, tmp_path / "long.txt"), LabelError
    )
    assert "no label list can be read there" in message(run(foreign, *fit, tmp_path / "none.txt"), LabelError)


def test_what_a_crash_left_of_rivals_goes_with_the_next_fit(foreign: Path) -> None:
    before = set(foreign.iterdir())
    for name in ("rivals.0123456789ab.npz", ".rivals.0123456789ab.npz.x1y2z3"):
        (foreign / name).write_bytes(b"half")
    store_confidence(Bundle.open(foreign), "fp32", Confidence(2.0, 0.5, "balls"))
    assert set(foreign.iterdir()) == before


def test_only_rivals_need_a_newer_runtime(foreign: Path) -> None:
    confidence, rivals = Confidence(2.0, 0.5, "balls"), Rivals(("i",), np.float32(HUES[8:9]))
    assert store_confidence(Bundle.open(foreign), "fp32", confidence, rivals).format == 2
    assert store_confidence(Bundle.open(foreign), "fp32", confidence).format == 1


def test_everyday_things_are_the_default(foreign: Path, data: Path) -> None:
    done = CliRunner().invoke(app, [str(foreign), "--data", str(data), "--split", "all"])
    assert done.exit_code == 0, done.output
    names = Rivals.of(Bundle.open(foreign)).names
    assert {"mug", "chair", "dinosaur"} < set(names) and len(names) > 500


def test_scores_are_those_of_the_robot(bundle: Path, data: Path) -> None:
    """Parity of what is fitted here with what the runtime's recogniser computes from a manifest."""
    opened = Bundle.open(bundle)
    store_confidence(opened, "fp32", Confidence(3.0, 0.5, "balls"))
    task = make_task(EvaluationRequest("own", objects=5), Dataset.open(data), data, opened.manifest)
    labels, places = candidates(task, ())
    scans = recognise_scans(
        opened, task.objects, labels, places, "both", 0, "cpu", "fp32", lambda all, count, what: all
    )
    assert scans.kinds.tolist() == ["whole", "partial"] * 5
    scores = softmax_scores(scans.logits[scans.kinds == "whole"], 3.0)
    with Recognizer.open(list(LABELS), bundle, backend="cpu", unknown=True) as recognizer:
        for sample, row in zip(task.objects, scores, strict=True):
            answer = recognizer(sample_cloud(sample), top=len(LABELS))
            assert dict(answer.top) == pytest.approx(
                dict(zip(LABELS, row, strict=True)), abs=1e-4
            )  # float32, other batches
            assert answer.unknown == (row.max() < 0.5)


def test_objects_that_were_learned_from_are_refused(bundle: Path, data: Path) -> None:
    before = digests(bundle)
    for split in ("all", "learned", "train"):
        told = message(run(bundle, "--data", data, "--split", split), DataError)
        assert f"split {split} of {data} holds objects that colours learned from" in told
        assert told.endswith("Use --split held-out, or other data.")
    assert digests(bundle) == before


def test_the_bundle_inside_the_package_is_not_written_to_by_its_name(data: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = message(run(Path("cg3d-mini"), "--data", data), BundleError)
    assert told.endswith("and calibrate the copy.")
    assert list(tmp_path.iterdir()) == []


def test_other_data_need_a_word(foreign: Path, data: Path) -> None:
    told = message(run(foreign, "--data", data), DataError)
    assert "is not what colours was trained on (cubes), so it has no held-out objects" in told
    assert "--split all" in told
    assert Bundle.open(foreign).manifest.confidence is None
    done = run(foreign, "--data", data, "--split", "all")
    assert done.exit_code == 0
    assert "nothing proves that the model has not learned from these objects" in done.stderr
    assert "split all: 384 scans" in Bundle.open(foreign).manifest.confidence.fitted_on


def test_too_little_to_fit_on(foreign: Path, tmp_path: Path) -> None:
    few = pack(tmp_path / "few", balls(2))
    told = message(run(foreign, "--data", few, "--split", "all", "--scans", "whole"), DataError)
    assert (
        "24 scans of 24 objects with a label in the list; at least 50 scans are needed" in told
        and "data.held_out" in told
    )
    one = pack(tmp_path / "one", balls(60, "a"))
    told = message(run(foreign, "--data", one, "--split", "all"), DataError)
    assert "1 distinct label(s) to choose from: a; at least 3" in told
    wrong = [
        replace(each, info=replace(each.info, label=LABELS[(i // 8 + 3) % 6]))
        for i, each in enumerate(balls(8, "abcdef"))
    ]
    told = message(run(foreign, "--data", pack(tmp_path / "wrong", wrong), "--split", "all"), DataError)
    assert "no better than guesses" in told
    assert Bundle.open(foreign).manifest.confidence is None


@pytest.mark.parametrize("kind", ["both", "robot"])
def test_a_broken_object_is_named(kind: str, foreign: Path, tmp_path: Path) -> None:
    samples = balls(8)
    samples[5] = replace(samples[5], points=np.tile(samples[5].points[:1], (POINTS, 1)))
    packed = pack(tmp_path / "x", samples)
    told = message(run(foreign, "--data", packed, "--split", "all", "--scans", kind), ScanError)
    assert told.startswith("object a5: 1 distinct finite points left")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--list-length", "2"], "list-length"),
    ],
)
def test_usage(bundle: Path, data: Path, options: list[str], told: str) -> None:
    done = run(bundle, "--data", data, *options)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_values_are_checked_before_any_work(bundle: Path, data: Path) -> None:
    for keep in (1.5, 0):
        told = message(run(bundle, "--data", data, "--keep", keep), DataError)
        assert told.startswith(f"keep must be above 0 and at most 1, got {float(keep)}")
    with pytest.raises(DataError, match="list_length must be 3 or more, got 2"):
        FitConfig(list_length=2)
    told = message(run(bundle, "--data", data, "--scans", "half"), DataError)
    assert "kind of scans 'half' is not known; choose one of both, whole, partial, clear, robot." in told


def test_a_robots_own_list(bundle: Path, data: Path, tmp_path: Path) -> None:
    """Its synonyms count, and objects that it does not name are unknown ones."""
    words = tmp_path / "labels.txt"
    words.write_text("A\nb\nred one: c\nd\n")
    done = run(bundle, "--data", data, "--labels", words, "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["objects"], report["listed"], report["labels"]) == (96, 32, 4)
    assert [each["figures"]["list_length"] for each in report["fit"]["lengths"]] == [4]
    fitted_on = Bundle.open(bundle).manifest.confidence.fitted_on
    assert fitted_on.endswith("lists of 4 of 4 labels, the robot's own, which name 32 of the objects")
    assert report["provenance"]["config"]["labels"][2] == {
        "name": "red one",
        "phrases": ["red one", "c"],
        "length": None,
    }


def test_a_list_that_fits_nothing(bundle: Path, data: Path, tmp_path: Path) -> None:
    words = tmp_path / "labels.txt"
    words.write_text("x\ny\nz\n")
    told = message(run(bundle, "--data", data, "--labels", words), DataError)
    assert "none of the 3 labels in the list names an object of split held-out; their labels begin with a, b, c" in told
    words.write_text("a\nb\n")
    told = message(run(bundle, "--data", data, "--labels", words), DataError)
    assert "2 distinct label(s) to choose from: a, b; at least 3" in told


def test_kinds_of_scans(bundle: Path, data: Path, tmp_path: Path) -> None:
    for kind in ("whole", "partial"):
        done = run(bundle, "--data", data, "--scans", kind, "--json", "--out", tmp_path / kind)
        report = json.loads(done.stdout)
        assert (report["scans"], list(report["fit"]["kinds"])) == (96, [kind])


def test_scans_as_robots_take_them(bundle: Path, data: Path, tmp_path: Path) -> None:
    """Every condition is measured; of the clean scans alone, as many right answers are kept as were asked for."""
    done = run(bundle, "--data", data, "--scans", "robot", "--keep", 0.9, "--list-length", 6, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "out" / "confidence.json").read_text())
    kinds = report["fit"]["kinds"]
    assert (report["objects"], report["scans"], list(kinds)) == (96, 96 * len(CONDITIONS), list(CONDITIONS))
    assert kinds["clean"]["at_threshold"]["false_rejects"] == pytest.approx(0.1, abs=0.08)
    assert "only 96 scans of 96 objects" in done.stderr  # those that a threshold is found on
    assert "as robots take them in 20 conditions, of 96 objects" in Bundle.open(bundle).manifest.confidence.fitted_on
    lines = [line for line in done.stdout.splitlines() if line.startswith("single view, noise of 2%")]
    point = kinds["single view, noise of 2%"]["at_threshold"]
    assert f"{point['wrong_answers']:.1%}" in lines[0].split() and f"{point['false_accepts']:.1%}" in lines[0].split()


def test_newer_format_is_refused_and_left_alone(bundle: Path, data: Path) -> None:
    tree = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**tree, "format": FORMAT + 1}))
    before = digests(bundle)
    assert f"has format {FORMAT + 1}" in message(run(bundle, "--data", data), BundleError)
    assert digests(bundle) == before


def test_what_others_stored_meanwhile_is_kept(bundle: Path) -> None:
    opened = Bundle.open(bundle)
    write_manifest(replace(opened.manifest, licences={"towers": "MIT"}), bundle)
    stored = store_confidence(opened, "fp32", Confidence(2.0, 0.5, "balls"))
    assert stored == Bundle.open(bundle).manifest
    assert (stored.licences, stored.confidence) == ({"towers": "MIT"}, Confidence(2.0, 0.5, "balls"))


def test_a_bundle_that_was_replaced_meanwhile_is_refused(bundle: Path) -> None:
    opened = Bundle.open(bundle)
    write_manifest(replace(opened.manifest, logit_scale=10.0), bundle)
    before = digests(bundle)
    with pytest.raises(BundleError, match=r"replaced while its confidence was fitted.*Run it again"):
        store_confidence(opened, "fp32", Confidence(2.0, 0.5, "balls"))
    assert digests(bundle) == before


def test_a_manifest_that_cannot_be_written_is_left_alone(bundle: Path) -> None:
    """A file size limit is a full disk that a test can have."""
    resource = pytest.importorskip("resource")
    program = (
        "import resource, signal, sys; import numpy as np; from cg3d_calibration.bundle_update import *\n"
        "from cg3d_runtime.bundle.manifest import Confidence; from cg3d_runtime.labels.rivals import Rivals\n"
        "opened = Bundle.open(sys.argv[1]); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "rivals = Rivals(('i',), np.ones((1, 3), dtype=np.float32))\n"
        "limit = len(rivals.to_bytes())\n"  # room for the rivals, not for the manifest
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "try: store_confidence(opened, 'fp32', Confidence(2.0, 0.5, 'x' * 4000), rivals)\n"
        "except BundleError as error: print(error)\n"
    )
    assert resource.RLIMIT_FSIZE is not None
    before = digests(bundle)
    done = subprocess.run([sys.executable, "-c", program, str(bundle)], capture_output=True, text=True, check=True)
    assert "the manifest cannot be written (File too large), so the bundle is as it was" in done.stdout
    assert digests(bundle) == before


def test_a_signature_that_is_asked_for_is_missing(bundle: Path, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    (tmp_path / "fleet.pub.pem").write_text(PUBLIC_KEY)
    before = digests(bundle)
    asked = run(bundle, "--data", data, "--require-signature", tmp_path / "fleet.pub.pem")
    assert "the bundle is not signed" in message(asked, BundleError)
    assert digests(bundle) == before


def test_a_confidence_is_stored_where_the_variable_requires_a_signature(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new manifest is not signed yet; whoever runs the bundle next asks for that."""
    opened = Bundle.open(bundle)
    monkeypatch.setenv("CG3D_REQUIRE_SIGNATURE", str(tmp_path / "fleet.pub.pem"))
    assert store_confidence(opened, "fp32", Confidence(2.0, 0.5, "balls")).confidence.temperature == 2.0
    with pytest.raises(BundleError, match=r"fleet.pub.pem"):
        Bundle.open(bundle)


def test_the_lock_does_not_follow_a_planted_link(bundle: Path) -> None:
    victim = bundle.parent / "victim"
    victim.write_text("important")
    (bundle.parent / f".{bundle.name}.lock").symlink_to(victim)
    with pytest.raises(BundleError, match="the manifest cannot be written"):
        store_confidence(Bundle.open(bundle), "fp32", Confidence(2.0, 0.5, "balls"))
    assert victim.read_text() == "important"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_kill_at_any_moment_leaves_a_valid_manifest(bundle: Path) -> None:
    program = (
        "import sys; import numpy as np; from cg3d_calibration.bundle_update import *\n"
        "from cg3d_runtime.bundle.manifest import Confidence; from cg3d_runtime.labels.rivals import Rivals\n"
        "for n in range(10**9):\n"
        "    rivals = Rivals((str(n),), np.ones((1, 3), dtype=np.float32))\n"
        "    store_confidence(Bundle.open(sys.argv[1]), 'fp32', Confidence(1.0 + n % 2, 0.5, 'x' * 4000), rivals)\n"
        "    print(n, flush=True)\n"
    )
    for pause in (0.0, 0.013, 0.031):
        writer = subprocess.Popen([sys.executable, "-c", program, str(bundle)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert Bundle.open(bundle).manifest.confidence.temperature in (1.0, 2.0)
        assert len(Rivals.of(Bundle.open(bundle)).names) == 1
    assert store_confidence(Bundle.open(bundle), "fp32", Confidence(3.0, None, "y")).confidence.temperature == 3.0


LENGTHS = {label: 0.02 * 1.6**place for place, label in enumerate(LABELS)}  # metres


@pytest.fixture(scope="module")
def metric(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Balls in metres, of each colour another size; the colours are hard to tell."""
    made = []
    for sample in balls(16):
        points = sample.points.copy()
        points[:, :3] *= LENGTHS[sample.label] / 2
        points[:, 3:] = 0.5 + 0.25 * (points[:, 3:] - 0.5) + 0.05 * np.random.default_rng(len(made)).normal(size=3)
        made.append(replace(sample, points=points, info=replace(sample.info, units="m")))
    return pack(tmp_path_factory.mktemp("metric") / "balls", made)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = [f"{label} @ {950 * length:.2f}-{1050 * length:.2f} mm" for label, length in LENGTHS.items()]
    (tmp_path / "sizes.txt").write_text("\n".join(lines))
    return tmp_path / "sizes.txt"


def test_lengths_are_weighed_and_travel_with_the_bundle(foreign: Path, metric: Path, table: Path) -> None:
    fit = ("--data", metric, "--split", "all", "--scans", "whole", "--json")
    alone = json.loads(run(foreign, *fit).stdout)
    assert alone["lengths"] is None and alone["gain"] is None
    report, known = json.loads(run(foreign, *fit, "--sizes", table).stdout), UsualLengths.of(Bundle.open(foreign))
    assert report["fit"] == alone["fit"]  # scans of unknown unit are answered as before
    assert report["lengths"] == {"names": len(LABELS), "weight": known.weight}
    assert known.weight > 0.3 and report["gain"]["both"] > report["gain"]["shape"] + 0.1
    scan = Dataset.open(metric)[0]
    with Recognizer.open(list(LABELS), foreign, backend="cpu") as recognizer:
        answer = recognizer(sample_cloud(scan), units="m")
    assert answer.size_note == f"{spoken(LENGTHS[scan.label])} fits {answer.label}" and answer.label == scan.label


def test_lengths_of_things_in_no_known_unit_weigh_one(foreign: Path, data: Path, table: Path) -> None:
    report = json.loads(run(foreign, "--data", data, "--split", "all", "--sizes", table, "--json").stdout)
    assert (report["lengths"]["weight"], report["gain"]) == (1.0, None)


def test_a_table_without_lengths_is_refused(foreign: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text("a @ 8 cm\nb")
    assert "'b' has no length; write the longest side behind an @: `b @ 8-14 cm`" in message(
        run(foreign, "--data", data, "--split", "all", "--sizes", tmp_path / "bare.txt"), LabelError
    )


def test_lengths_of_an_earlier_fit_go(foreign: Path, data: Path, table: Path) -> None:
    before = set(foreign.iterdir())
    assert run(foreign, "--data", data, "--split", "all", "--sizes", table).exit_code == 0
    assert len(set(foreign.iterdir()) - before) == 1
    assert run(foreign, "--data", data, "--split", "all").exit_code == 0
    assert set(foreign.iterdir()) == before


def test_names_like_those_of_the_table_are_of_like_length() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(600, 8)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    logs = matrix[:, 0] * 2 - 2
    known = fit_likeness(tuple(map(str, range(500))), np.column_stack([logs[:500], np.full(500, 0.3)]), matrix[:500])
    usual = known.of_names([("another",)] * 100, matrix[500:])
    assert np.abs(usual[:, 0] - logs[500:]).mean() < 0.3
    assert 0.3 <= known.deviation < 0.6


def test_the_table_that_comes_with_it() -> None:
    names = {name.name: name.length for name in read_usual_sizes("everyday")}
    assert len(names) > 4000
    low, high = names["golf ball"]
    assert 0.04 < low < 0.0427 < high < 0.05
