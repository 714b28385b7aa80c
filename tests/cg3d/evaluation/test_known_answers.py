"""Every protocol on a hand-made case: nine objects of six labels whose embeddings, and so all figures, are known.

Embeddings by the axes of the six labels a to f (before normalisation), the rank of the true label among all, the answer:

    0  a  (1 0 0 0 0 0)  0  a
    1  a  (3 4 0 0 0 0)  1  b
    2  b  (0 1 0 0 0 0)  0  b
    3  b  (4 1 3 2 0 0)  3  a
    4  c  (1 0 1 0 0 0)  1  a   a tie: the earlier label wins
    5  f  (6 5 4 3 2 1)  5  a
    6  d  (0 0 0 1 0 0)  0  d
    7  e  (0 0 0 0 1 0)  0  e
    8  a  (1 0 0 0 0 0)  0  a
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.data.samples import ObjectInfo
from cg3d.evaluation.evaluate import evaluate
from cg3d.evaluation.metrics import LabelScore
from cg3d.evaluation.protocols import PROTOCOLS, SPELLINGS
from cg3d.evaluation.ranking import Ranking
from cg3d.evaluation.result import Evaluation
from cg3d.evaluation.templates import templates

SIX = {
    "own": ("#1 mug", "bowl: blue; big", "chair", "lamp {}", "naïve_table", "sofa"),
    "modelnet10": ("bathtub", "chair", "desk", "monitor", "night stand", "toilet"),
    "modelnet40": ("airplane", "flower pot", "glass box", "night stand", "tv stand", "xbox"),
    **dict.fromkeys(
        ("scanobjectnn-obj-bg", "scanobjectnn-obj-only", "scanobjectnn-pb-t50-rs"),
        ("bag", "box", "display", "table", "bed", "toilet"),  # in label order, which is not that of the alphabet
    ),
    "objaverse-lvis": ("Band Aid", "alarm clock", "arctic (type of shoe)", "cup", "frying pan", "mug"),
}
EMBEDDINGS = ("a", (1, 0, 0, 0, 0, 0)), ("a", (3, 4, 0, 0, 0, 0)), ("b", (0, 1, 0, 0, 0, 0)), ("b", (4, 1, 3, 2, 0, 0))
EMBEDDINGS += ("c", (1, 0, 1, 0, 0, 0)), ("f", (6, 5, 4, 3, 2, 1)), ("d", (0, 0, 0, 1, 0, 0)), ("e", (0, 0, 0, 0, 1, 0))
EMBEDDINGS += (("a", (1, 0, 0, 0, 0, 0)),)
PICTURES = "abbdcfeea"  # the axis of each object's picture
LONG = "so long that it does not fit " * 8
CAPTIONS = {0: "first", 1: "second", 3: "fourth", 8: "ninth", 2: LONG}  # besides one that all have
CAPTION_AXES = {"first": "a", "second": "b", "fourth": "d", "ninth": "a"}  # LONG is never asked for


@pytest.fixture
def case(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    """A function from the name of a protocol to a bundle and data of the case above, in the protocol's words."""

    def make(name: str) -> tuple[Path, Path]:
        protocol = PROTOCOLS[name]
        labels = protocol.labels or SIX[name]
        axes = np.eye(len(labels) + 1, dtype=np.float32)  # one a label, the last for everything unexpected
        six = dict(zip("abcdef", (axes[labels.index(label)] for label in SIX[name]), strict=True))
        spelt = [SPELLINGS[protocol.spelling](label) for label in labels]
        texts = templates(protocol.templates, ("a {}", "the {}!"))
        words = {text.replace("{}", spelt[i]): axes[i] for i, text in product(range(len(labels)), texts)}
        words |= {caption: six[axis] for caption, axis in CAPTION_AXES.items()}
        numbers = {
            i: sum(w * six[axis] for w, axis in zip(row, "abcdef", strict=True))
            for i, (_, row) in enumerate(EMBEDDINGS)
        }
        pictures = {i: six[axis] for i, axis in enumerate(PICTURES)}
        bundle = known(words, numbers, pictures, ("a {}", "the {}!")).write(tmp_path / "bundle")
        names = dict(zip("abcdef", SIX[name], strict=True))
        samples = [make_flat(_info(name, i, names[axis]), i, i) for i, (axis, _) in enumerate(EMBEDDINGS)]
        return bundle, pack(tmp_path / "data", [*_decoys(name, make_flat), *samples])

    return make


def _info(set_name: str, number: int, label: str) -> ObjectInfo:
    captions = ("a thing", *filter(None, [CAPTIONS.get(number)]))
    return ObjectInfo(f"object-{number}", label, captions, set=set_name, split="test")


def _decoys(name: str, make_flat: Any) -> list[Any]:
    """Objects that the protocol must leave alone: of another split, of another set."""
    if name == "own":
        return []
    other_set = ObjectInfo("other-set", "dragon", ("a dragon",), set="own", split="test")
    other_split = ObjectInfo("other-split", SIX[name][0], ("a thing",), set=name, split="train")
    chosen = [other_set] if name == "objaverse-lvis" else [other_set, other_split]
    return [make_flat(info, 99) for info in chosen]


def known_figures(candidates: int) -> dict[str, Any]:
    """All figures of the case, worked out by hand; see the docstring above.

    By label, the gallery in order: a: 0 8 3 4 5 1 ...; b: 2 1 5 3 ...; of c, d, e, f the only scan comes first.
    By caption: `first` 0; `second` 2 1; `fourth` 6 3; `ninth` 0 8: found at 1, 2, 2, 2.
    By image: axes a b b d c f e e a; e gives 7 5 0 1 2 3 4 6: found at 1 2 1 2 1 1 8 1 2.
    By scan: 0: 8 3 4 5 1 ...; 1: 2 5 0 8 ...; 2: 1 5 3 ...; 3: 4 5 0 8 1 6 2 ...; 8: 0 3 4 5 1 ....
    """
    same_label = [5 / 6, (1 / 2 + 2 / 5 + 3 / 9) / 3, 3 / 4, (1 / 2 + 2 / 6) / 2, 1, 1, 1 / 8, 1, 5 / 6]
    return {
        ("label", "same label"): (candidates - 6, Ranking(6, 1, 1, 1, (5 / 6 + 3 / 4 + 4) / 6)),
        ("caption", "same object"): (2, Ranking(4, 1 / 4, 1, 1, 2.5 / 4)),
        ("image", "same object"): (0, Ranking(9, 5 / 9, 8 / 9, 1, (5 + 3 / 2 + 1 / 8) / 9)),
        ("image", "same label"): (0, Ranking(9, 6 / 9, 8 / 9, 1, sum(same_label) / 9)),
        ("scan", "same label"): (4, Ranking(5, 2 / 5, 4 / 5, 1, (0.7 + 5 / 12 + 1 / 3 + 1 / 7 + 0.7) / 5)),
    }


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_gives_the_known_answers(name: str, case: Callable[[str], tuple[Path, Path]]) -> None:
    bundle, data = case(name)
    result = evaluate(bundle, data, protocol=name, retrieval=True)
    candidates = len(PROTOCOLS[name].labels or SIX[name])
    assert (result.objects, result.chance) == (9, 1 / candidates)
    assert (result.top1, result.top3, result.top5) == (5 / 9, 7 / 9, 8 / 9)
    assert result.class_mean == pytest.approx((2 / 3 + 1 / 2 + 0 + 1 + 1 + 0) / 6, rel=1e-12)
    a, b, c, d, e, f = SIX[name]
    scores = {a: (3, 2), b: (2, 1), c: (1, 0), d: (1, 1), e: (1, 1), f: (1, 0)}
    assert result.labels == tuple(LabelScore(label, *score) for label, score in scores.items())
    assert result.confusion == {a: {a: 2, b: 1}, b: {a: 1, b: 1}, c: {a: 1}, d: {d: 1}, e: {e: 1}, f: {a: 1}}
    found = {(each.query, each.relevant): each for each in result.retrieval}
    for kind, (left_out, ranking) in known_figures(candidates).items():
        assert found[kind].left_out == left_out, kind
        assert vars(found[kind].ranking) == pytest.approx(vars(ranking), rel=1e-12), kind
    _check_command(bundle, data, name, result)


def _check_command(bundle: Path, data: Path, name: str, expected: Evaluation) -> None:
    arguments = ["eval", str(bundle), "--data", str(data), "--protocol", name, "--retrieval", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == expected.to_json() + "\n"
    assert done.stderr == "".join(f"cg3d: {warning}\n" for warning in expected.warnings)


def test_the_protocol_is_in_the_result(case: Callable[[str], tuple[Path, Path]]) -> None:
    bundle, data = case("modelnet40")
    result = json.loads(evaluate(bundle, data, protocol="modelnet40").to_json())
    assert result["warnings"] == [
        "9 objects; modelnet40 has 2,468, so the figures are not comparable with published ones"
    ]
    protocol = result["protocol"]
    assert (protocol["name"], protocol["split"], protocol["spelling"]) == ("modelnet40", "test", "spaces")
    assert (protocol["templates"]["name"], len(protocol["templates"]["texts"])) == ("ulip-64", 64)
    assert (len(protocol["labels"]), protocol["labels"]["night stand"]) == (40, "night stand")
    assert protocol["expected"] == {"objects": 2468, "labels": 40}
    provenance = result["provenance"]
    manifest = json.loads((bundle / "manifest.json").read_text())
    for graph, entry in provenance["graphs"].items():
        assert entry == {"precision": "fp32", "sha256": manifest["graphs"][graph]["fp32"]["sha256"]}
    assert provenance["prepare"] == manifest["prepare"]
    assert set(provenance["versions"]) == {"python", "cg3d", "cg3d_runtime", "onnxruntime", "numpy"}
    assert (provenance["seed"], provenance["subset"]) == (0, None)


def test_objaverse_lvis_tells_missing_labels_too(case: Callable[[str], tuple[Path, Path]]) -> None:
    bundle, data = case("objaverse-lvis")
    first, second = evaluate(bundle, data, protocol="objaverse-lvis").warnings
    assert first.startswith("9 objects; objaverse-lvis has 46,205")
    assert second.startswith("6 labels; objaverse-lvis has 1,156")


def test_a_subset_is_random_and_repeats(case: Callable[[str], tuple[Path, Path]]) -> None:
    bundle, data = case("own")
    results = [evaluate(bundle, data, objects=4, seed=seed) for seed in (0, 0, *range(1, 6))]
    assert {result.objects for result in results} == {4}
    assert results[0].labels == results[1].labels
    assert len({result.labels for result in results}) > 1
    assert evaluate(bundle, data, objects=100).labels == evaluate(bundle, data).labels


def test_words_decide(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> None:
    """Spelling and templates reach the text graph: a night stand is one only where it is written as expected."""
    right, wrong = np.eye(41, dtype=np.float32)[[23, 40]]
    texts = {"This is a night_stand": right, "This is a night stand": wrong, "a night stand": right}
    bundle = known(texts, {7: right}, templates=("a {}",)).write(tmp_path / "bundle")
    info = ObjectInfo("one", "night stand", ("a thing",), set="modelnet40", split="test")
    data = pack(tmp_path / "data", [make_flat(info, 7)])

    def top1(**options: str) -> float:
        return evaluate(bundle, data, protocol="modelnet40", **options).top1

    assert top1(templates="cg3d-paper", spelling="underscores") == 1
    assert top1(templates="cg3d-paper") == 0
    assert top1(templates="bundle") == 1
    assert top1(templates="openai-80") == 0


def test_templates_are_averaged_as_unit_vectors(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> None:
    """The mean of (1, 0, 0) and (0, 1, 0) is nearer to (1, 1, 0) than (1, 0, 0) is, whatever their lengths."""
    texts = {"a mug": np.array([9.0, 0, 0]), "the mug": np.array([0, 0.1, 0])}
    texts |= {"a cup": np.array([1.0, 0, 0]), "the cup": np.array([1.0, 0, 0])}
    numbers = {0: np.array([1.0, 1, 0]), 1: np.array([1.0, 0.1, 0])}
    bundle = known(texts, numbers, templates=("a {}", "the {}")).write(tmp_path / "bundle")
    infos = [ObjectInfo("0", "mug", ("a thing",)), ObjectInfo("1", "cup", ("a thing",))]
    data = pack(tmp_path / "data", [make_flat(info, number) for number, info in enumerate(infos)])
    assert evaluate(bundle, data).top1 == 1


def test_robustness_of_a_bundle_that_looks_at_height(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> None:
    """Of two flat rings one is taken for something else once it stands: sin 20 < 1/2 < sin 45 of its radius."""
    mug, cup = np.eye(3, dtype=np.float32)[:2]
    bundle = known({"mug": mug, "cup": cup}, {1: mug, 1 + 128: cup, 2: mug}).write(tmp_path / "bundle")
    objects = (("1", "mug", 1), ("2", "mug", 2), ("3", "cup", 2))
    samples = [make_flat(ObjectInfo(id, label, ("a thing",)), number) for id, label, number in objects]
    data = pack(tmp_path / "data", samples)
    curves = {curve.name: curve for curve in evaluate(bundle, data, robustness=True).robustness}
    assert {curve.clean for curve in curves.values()} == {2 / 3}
    tilt = curves.pop("rotation off the vertical")
    assert tilt.severities == (5, 10, 20, 45, 90, 180)
    assert tilt.top1 == (2 / 3, 2 / 3, 2 / 3, 1 / 3, 1 / 3, 2 / 3)
    assert set(curves) == {"thinning", "noise", "occlusion"}
    for curve in curves.values():
        assert curve.top1 == (2 / 3,) * len(curve.severities)


def test_retrieval_without_what_it_needs(known: Any, make_flat: Any, pack: Any, tmp_path: Path) -> None:
    """No image graph, no caption of one object alone, no label with two objects: left out and counted."""
    mug, cup = np.eye(3, dtype=np.float32)[:2]
    bundle = known({"mug": mug, "cup": cup}, {0: mug, 1: cup}).write(tmp_path / "bundle")
    infos = [ObjectInfo("0", "mug", ("a thing",)), ObjectInfo("1", "cup", ("a thing",))]
    data = pack(tmp_path / "data", [make_flat(info, number) for number, info in enumerate(infos)])
    result = evaluate(bundle, data, retrieval=True)
    assert [(each.query, each.left_out, each.ranking is None) for each in result.retrieval] == [
        ("label", 0, False),
        ("caption", 1, True),
        ("scan", 2, True),
    ]
    assert "caption          same object        0         1" in result.table()
