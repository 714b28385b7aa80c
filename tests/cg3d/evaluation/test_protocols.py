"""Names, templates and the choice of objects; what is said when they do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d.data.samples import ObjectInfo
from cg3d.evaluation.evaluate import evaluate
from cg3d.evaluation.protocols import MODELNET10, MODELNET40, PROTOCOLS, SCANOBJECTNN, SPELLINGS
from cg3d.evaluation.templates import ULIP_64, templates
from cg3d_runtime.errors import DataError, LabelError, ScanError

AXES = np.eye(3, dtype=np.float32)


@pytest.fixture
def bundle(known: Any, tmp_path: Path) -> Path:
    return known({"mug": AXES[0], "cup": AXES[1]}, {0: AXES[0]}).write(tmp_path / "bundle")


@pytest.fixture
def data(make_flat: Any, pack: Any, tmp_path: Path) -> Callable[..., Path]:
    """A function from infos, or (label, set, split), to packed data."""

    def make(*objects: tuple[str, str, str]) -> Path:
        infos = [ObjectInfo(f"{i}", label, ("a thing",), set=s, split=p) for i, (label, s, p) in enumerate(objects)]
        return pack(tmp_path / "data", [make_flat(info, 0) for info in infos])

    return make


def test_names_and_counts_of_the_published_sets(shared_data: Path) -> None:
    def lines(name: str) -> tuple[str, ...]:
        return tuple((shared_data / "text" / name).read_text().splitlines())

    assert lines("labels_modelnet40.txt") == MODELNET40
    assert lines("labels_scanobjectnn.txt") == SCANOBJECTNN
    assert set(MODELNET10) < set(MODELNET40)
    assert len(lines("labels_objaverse_lvis.txt")) == PROTOCOLS["objaverse-lvis"].label_count
    assert {protocol.objects for protocol in PROTOCOLS.values()} == {None, 2468, 908, 581, 2882, 46205}


def test_ulip_templates_are_those_of_ulip(shared_data: Path) -> None:
    published = json.loads((shared_data / "text" / "templates_ulip_64.json").read_text())
    assert list(templates("ulip-64", ())) == published


def test_openai_templates_are_those_of_openai(shared_data: Path) -> None:
    published = json.loads((shared_data / "text" / "templates_openai_80.json").read_text())
    assert sorted(templates("openai-80", ())) == sorted(published)


@pytest.mark.parametrize(("name", "count"), [("bundle", 2), ("cg3d-paper", 1), ("ulip-64", 64), ("openai-80", 80)])
def test_every_template_has_one_place_for_the_label(name: str, count: int) -> None:
    texts = templates(name, ("a {}", "the {}"))
    assert len(set(texts)) == count
    assert all(text.count("{}") == 1 for text in texts)


def test_shipped_templates_name_source_and_licence() -> None:
    import cg3d.evaluation.templates as module

    shipped = json.loads(Path(module.__file__).with_name(ULIP_64).read_text())
    assert (shipped["source"].split("@")[0], shipped["licence"]) == ("salesforce/ULIP", "BSD-3-Clause")
    assert shipped["licence_text"][0].startswith("Copyright (c)")


@pytest.mark.parametrize(
    ("spelling", "words"), [("packed", "night_stand x"), ("spaces", "night stand x"), ("underscores", "night_stand_x")]
)
def test_spellings(spelling: str, words: str) -> None:
    assert SPELLINGS[spelling]("night_stand x") == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"protocol": "modelnet4"},
            r"protocol 'modelnet4' is not known, did you mean 'modelnet40'\?; choose one of own, mo",
        ),
        (
            {"templates": "clip"},
            "templates 'clip' is not known.*; choose one of bundle, cg3d-paper, ulip-64, openai-80",
        ),
        ({"spelling": "raw"}, "spelling 'raw' is not known; choose one of packed, spaces, underscores"),
        (
            {"split": "tests"},
            r"split 'tests' is not known, did you mean 'test'\?; choose one of all, learned, held-out, tr",
        ),
    ],
)
def test_unknown_names_are_told_the_known_ones(
    options: dict[str, str], message: str, bundle: Path, data: Callable[..., Path]
) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(bundle, data(("mug", "", "")), **options)


def test_foreign_labels_are_told_the_nearest(bundle: Path, data: Callable[..., Path]) -> None:
    folder = data(("nightstand", "modelnet40", "test"), ("Sofa", "modelnet40", "test"), ("bed", "modelnet40", "test"))
    message = (
        r"the data have labels that are not among the 40 of modelnet40: 'Sofa' \(nearest: 'sofa'\); 'nightstand' "
        r"\(nearest: 'night stand'\)\. Rename them where you pack the data, or use --protocol own\."
    )
    with pytest.raises(DataError, match=message):
        evaluate(bundle, folder, protocol="modelnet40")


def test_many_foreign_labels_are_counted(bundle: Path, data: Callable[..., Path]) -> None:
    folder = data(*((f"thing {number:02}", "", "test") for number in range(12)))
    with pytest.raises(DataError, match=r"the data have labels .*'thing 09' \(nearest: [^)]*\); and 2 more\. Rename"):
        evaluate(bundle, folder, protocol="scanobjectnn-obj-bg")


def test_a_split_without_objects_lists_those_there_are(bundle: Path, data: Callable[..., Path]) -> None:
    folder = data(("sofa", "modelnet40", "train"), ("sofa", "modelnet40", "train"), ("bed", "modelnet40", ""))
    message = r"data has no object of split test; splits found: train 2, unmarked 1\. Use --split all\."
    with pytest.raises(DataError, match=message):
        evaluate(bundle, folder, protocol="modelnet40")
    assert evaluate(bundle, folder, split="train").objects == 2


def test_objects_of_no_set_are_taken_with_a_warning(bundle: Path, data: Callable[..., Path]) -> None:
    folder = data(("sofa", "modelnet40", "test"), ("sofa", "", "test"))
    result = evaluate(bundle, folder, protocol="modelnet10")
    assert result.warnings[0] == (
        "no object is marked as of the set modelnet10, so all are taken; sets found: modelnet40 1, unmarked 1"
    )
    assert (result.objects, len(result.warnings)) == (2, 2)


def test_the_name_of_a_set_may_have_capitals(bundle: Path, data: Callable[..., Path]) -> None:
    folder = data(("mug", "Objaverse-LVIS", "test"), ("cup", "objaverse", "test"))
    result = evaluate(bundle, folder, protocol="objaverse-lvis")
    assert [score.label for score in result.labels] == ["mug"]


def test_a_label_too_long_for_a_template_is_named(bundle: Path, data: Callable[..., Path]) -> None:
    with pytest.raises(LabelError, match="label too long: 'a thing with a thing"):
        evaluate(bundle, data((" with ".join(["a thing"] * 20), "", "")))


def test_an_object_of_too_few_points_is_named(bundle: Path, make_flat: Any, pack: Any, tmp_path: Path) -> None:
    good, bad = (make_flat(ObjectInfo(id, "mug", ("a thing",)), 0) for id in ("good-1", "bad-2"))
    bad.points[:] = bad.points[0]
    folder = pack(tmp_path / "data", [good, bad])
    with pytest.raises(ScanError, match="object bad-2: 1 distinct finite points left"):
        evaluate(bundle, folder)
