"""The recogniser on a real small bundle: what an answer is, and what it must not depend on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from cg3d_runtime import (
    BackendError,
    Bundle,
    BundleError,
    Label,
    LabelError,
    PointCloud,
    Quality,
    Recognizer,
    ScanError,
)
from cg3d_runtime.backends import encode, open_backend
from cg3d_runtime.images.encoder import embed_images
from cg3d_runtime.labels.choice import LabelChoice
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.labels.lists import to_labels
from cg3d_runtime.naming.namer import Namer
from cg3d_runtime.preparation.prepare import prepare
from cg3d_runtime.preparation.scan import read_and_prepare
from cg3d_runtime.preparation.turning import spun
from cg3d_runtime.recognizer import Opened
from cg3d_runtime.scans import read_scan

LABELS = ["bowl", "mug: coffee mug; cup with a handle", "plate"]
Edit = Callable[[Callable[[dict[str, Any]], object]], Path]


@pytest.fixture
def recognizer(tiny_bundle: Path) -> Iterator[Recognizer]:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1) as opened:
        yield opened


@pytest.fixture
def clouds() -> list[PointCloud]:
    rng = np.random.default_rng(3)
    return [PointCloud(rng.standard_normal((count, 3), dtype=np.float32)) for count in range(40, 440, 50)]


def test_a_warm_recognizer_answers_the_same(
    recognizer: Recognizer, tiny_bundle: Path, clouds: list[PointCloud]
) -> None:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu", warm_up=True) as warm:
        assert warm(clouds[0]).top == recognizer(clouds[0]).top


def test_an_answer(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    scan = make_scan(count=321)
    answer = recognizer(scan)
    assert (answer.file, answer.points, answer.unknown) == (str(scan), 321, False)
    assert (answer.backend, answer.precision) == ("onnxruntime-cpu", "fp32")
    assert (answer.label, answer.score) == answer.top[0]
    assert {label for label, _ in answer.top} == {"bowl", "mug", "plate"}
    assert [score for _, score in answer.top] == sorted((score for _, score in answer.top), reverse=True)
    assert sum(score for _, score in answer.top) == pytest.approx(1)
    assert list(answer.ms) == ["read", "prepare", "encode"]
    assert all(duration > 0 for duration in answer.ms.values())


def test_scores_are_the_softmax_of_scaled_cosines(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    embedding = recognizer.embed([clouds[0]])[0].astype(np.float64)
    exponentials = np.exp(10.0 * recognizer._vocabulary.matrix.astype(np.float64) @ embedding)
    scores = dict(recognizer(clouds[0]).top)
    assert [scores[name] for name in ("bowl", "mug", "plate")] == pytest.approx(
        exponentials / exponentials.sum(), rel=1e-5
    )


def test_path_cloud_and_array_are_the_same_scan(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    path = make_scan()
    xyz = np.load(path)
    coloured = np.hstack([xyz, np.full_like(xyz, 0.5)])
    scans = [path, str(path), read_scan(path), PointCloud(xyz), xyz, xyz.astype(np.float64), coloured]
    assert len({recognizer(scan).top for scan in scans}) == 1


def test_the_embedding_does_not_depend_on_the_order_of_the_points(
    recognizer: Recognizer, clouds: list[PointCloud]
) -> None:
    shuffled = np.random.default_rng(0).permutation(clouds[-1].xyz)
    assert recognizer.embed([shuffled]).tobytes() == recognizer.embed([clouds[-1]]).tobytes()


def test_a_batch_of_eight_is_eight_of_one(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    batch = recognizer.embed(clouds)
    assert batch.shape == (8, 16)
    assert np.linalg.norm(batch, axis=1) == pytest.approx(1)
    assert batch == pytest.approx(np.concatenate([recognizer.embed([cloud]) for cloud in clouds]), abs=1e-6)


def test_texts_are_embedded_as_labels_are(recognizer: Recognizer, tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    expected = LabelEncoder(bundle).embed(to_labels(["mug", "blue bowl"]))
    assert recognizer.embed_text(["mug", "blue bowl"]) == pytest.approx(expected)
    assert recognizer.embed_text("mug") == pytest.approx(expected[:1])
    assert recognizer.embed_text([]).shape == (0, 16)


@pytest.mark.parametrize("texts", ["", [" "], [3], ["x" * 50]])
def test_no_text_to_embed(recognizer: Recognizer, texts: Any) -> None:
    with pytest.raises(LabelError, match=r"a text to embed is a word or a sentence|label too long"):
        recognizer.embed_text(texts)


def test_scans_texts_and_images_meet_in_one_space(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    picture = np.full((20, 30, 3), 128, np.uint8)
    rows = (recognizer.embed(clouds[:1]), recognizer.embed_text("mug"), recognizer.embed_image(picture))
    assert {row.shape for row in rows} == {(1, 16)}


@pytest.mark.parametrize(
    "method", ["__call__", "answer_all", "embed", "embed_text", "embed_image", "open", "set_labels"]
)
def test_notebooks_can_read_the_types(method: str) -> None:
    assert "return" in get_type_hints(getattr(Recognizer, method))


def test_the_order_of_labels_does_not_change_scores(
    recognizer: Recognizer, tiny_bundle: Path, clouds: list[PointCloud]
) -> None:
    with Recognizer.open(LABELS[::-1], tiny_bundle, backend="cpu") as turned:
        assert dict(turned(clouds[0]).top) == pytest.approx(dict(recognizer(clouds[0]).top), abs=1e-6)


def test_many_threads_get_the_same_answers(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    expected = [recognizer(cloud).top for cloud in clouds]
    with ThreadPoolExecutor(8) as pool:
        assert [answer.top for answer in pool.map(recognizer, clouds * 8)] == expected * 8


def test_other_labels_answer_as_if_opened_with_them(
    recognizer: Recognizer, tiny_bundle: Path, clouds: list[PointCloud], labels_file: Path
) -> None:
    for labels in (["cup", *LABELS[:2]], labels_file, ["plate", "bowl"]):
        recognizer.set_labels(labels)
        with Recognizer.open(labels, tiny_bundle, backend="cpu") as opened:
            assert recognizer.labels == opened.labels
            assert dict(recognizer(clouds[0]).top) == pytest.approx(dict(opened(clouds[0]).top), abs=1e-6)


class Watched(LabelEncoder):
    """A label encoder that tells which labels reach its text graph."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle, "cpu")
        self.embedded: list[list[str]] = []

    def embed(self, labels: Sequence[Label]) -> np.ndarray:
        self.embedded.append([label.name for label in labels])
        return super().embed(labels)


def test_only_new_labels_are_embedded(tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    encoder = Watched(bundle)
    choice = LabelChoice(bundle, encoder, competing=False)
    namer = Namer(open_backend(bundle, "points", "cpu"), bundle.manifest, None)
    with Recognizer(
        Opened(bundle, choice, choice.vocabulary(LABELS), namer, partial(embed_images, bundle))
    ) as recognizer:
        recognizer.set_labels(["fork", LABELS[1], "spoon", LABELS[0]])
        recognizer.set_labels([LABELS[0], "spoon"])
        recognizer.set_labels(["mug: other words", "spoon"])
        recognizer.set_labels(LABELS)
    assert encoder.embedded == [["bowl", "mug", "plate"], ["fork", "spoon"], ["mug"]]


@pytest.mark.parametrize("labels", [[], ["mug: cup", "Mug: beaker"], ["x" * 50], "nowhere.txt"])
def test_labels_that_cannot_be_set_leave_the_old_ones(
    recognizer: Recognizer, clouds: list[PointCloud], labels: str | list[str]
) -> None:
    before = recognizer(clouds[0]).top
    with pytest.raises(LabelError):
        recognizer.set_labels(labels)
    assert recognizer(clouds[0]).top == before


def test_threads_get_whole_answers_while_labels_change(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    lists = [LABELS, ["fork", "bowl"], ["spoon", "knife", "fork", "cup"]]
    allowed: list[set[object]] = [set() for _ in clouds]
    for labels in lists:
        recognizer.set_labels(labels)
        for answers, cloud in zip(allowed, clouds, strict=True):
            answers.add(rounded(recognizer(cloud)))
    done, changes = threading.Event(), [0]

    def change() -> None:
        while not done.is_set():
            recognizer.set_labels(lists[changes[0] % len(lists)])
            changes[0] += 1

    changer = threading.Thread(target=change)
    changer.start()
    with ThreadPoolExecutor(8) as pool:
        single = list(pool.map(recognizer, clouds * 12))
        streams = list(pool.map(lambda _: list(recognizer.answer_all(clouds, batch=4)), range(4)))
    done.set()
    changer.join()
    found = [single, *([outcome.answer for outcome in outcomes] for outcomes in streams)]
    assert all(rounded(answer) in allowed[i % len(clouds)] for answers in found for i, answer in enumerate(answers))
    assert changes[0] > len(lists)
    assert len({frozenset(label for label, _ in answer.top) for answers in found for answer in answers}) > 1


def rounded(answer: Any) -> frozenset[tuple[str, float]]:
    """What an answer says, without the last digits, which depend on the size of the batch."""
    return frozenset((label, round(score, 3)) for label, score in answer.top)


def test_up_turns_the_scan(recognizer: Recognizer, clouds: list[PointCloud]) -> None:
    cloud = clouds[0]
    lying = replace(cloud, up="x")
    assert recognizer(cloud, up="x").top == recognizer(lying).top == recognizer(cloud.xyz, up="x").top
    assert recognizer(cloud, up="x").top != recognizer(cloud).top
    points = prepare(lying, recognizer.bundle.manifest.prepare)
    assert recognizer.embed([cloud], up="x").tobytes() == recognizer._namer.embed(points[None]).tobytes()


@pytest.mark.parametrize(("top", "count"), [(1, 1), (2, 2), (3, 3), (50, 3)])
def test_top_is_cut_to_the_list(recognizer: Recognizer, clouds: list[PointCloud], top: int, count: int) -> None:
    assert len(recognizer(clouds[0], top=top).top) == count


def test_temperature_flattens_and_threshold_tells_the_unknown(edit_manifest: Edit, clouds: list[PointCloud]) -> None:
    def score(temperature: float, threshold: float | None, unknown: bool | None = None) -> tuple[float, bool]:
        fitted = {"temperature": temperature, "unknown_threshold": threshold, "fitted_on": "held-out scans"}
        bundle = edit_manifest(lambda tree: tree.update(confidence=fitted))
        with Recognizer.open(LABELS, bundle, unknown=unknown) as recognizer:
            answer = recognizer(clouds[0])
            return answer.score, answer.unknown

    sharp, _ = score(1.0, None)
    flat, _ = score(1000.0, None)
    assert sharp > flat == pytest.approx(1 / 3, abs=1e-2)
    assert score(1.0, sharp + 1e-6) == (sharp, True)
    assert score(1.0, sharp) == (sharp, False)
    assert score(1.0, 0.99, unknown=True) == (sharp, True)
    assert score(1.0, 0.99, unknown=False) == (sharp, False)


def test_unknown_needs_a_fitted_threshold(tiny_bundle: Path) -> None:
    with pytest.raises(BundleError, match=r"no threshold for `unknown` was fitted.*Leave --unknown out"):
        Recognizer.open(LABELS, tiny_bundle, unknown=True)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            np.zeros((5, 2), np.float32),
            r"ndarray holds float32 of shape \(5, 2\); numbers of shape \(N, 3\) or \(N, 6\) are",
        ),
        (np.zeros(3), r"holds float64 of shape \(3,\)"),
        (np.full((5, 3), "x"), r"holds <U1 of shape \(5, 3\)"),
        (np.zeros((0, 3)), "at least 16"),
        (np.zeros((100, 3)), "0 distinct finite points left of 100; at least 16"),
        (np.eye(2, 3), "2 distinct finite points left of 2; at least 16"),
        (np.full((100, 3), np.nan), "0 distinct finite points left of 100; at least 16"),
        (np.full((100, 3), 1e300), "at least 16"),
    ],
)
def test_an_array_that_is_no_scan(recognizer: Recognizer, array: np.ndarray, message: str) -> None:
    with pytest.raises(ScanError, match=message):
        recognizer(array)


def test_what_cannot_be_opened(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle can be read there"):
        Recognizer.open(LABELS, tmp_path)
    with pytest.raises(LabelError, match="no label list can be read there"):
        Recognizer.open(tmp_path / "none.txt", tiny_bundle)
    with pytest.raises(LabelError, match="no label in it"):
        Recognizer.open([], tiny_bundle)
    with pytest.raises(BackendError, match="'gpu' is not known"):
        Recognizer.open(LABELS, tiny_bundle, backend="gpu")
    with pytest.raises(BundleError, match="no int8 points graph"):
        Recognizer.open(LABELS, tiny_bundle, precision="int8")


def test_a_manifest_that_promises_another_width(edit_manifest: Edit) -> None:
    with pytest.raises(BackendError, match=r"must give 'features' of shape \(6, 12\), got {'features': \(6, 16\)}"):
        Recognizer.open(["a", "b", "c"], edit_manifest(lambda tree: tree.update(embedding_dim=12)))


def test_json_as_the_contract_has_it(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    scan = make_scan("sc\u00e4n.npy")
    answer = recognizer(scan, top=2)
    tree = json.loads(answer.to_json())
    assert list(tree) == [
        *("file", "label", "score", "unknown", "top", "points", "backend", "precision", "ms"),
        *("up", "up_from", "quality"),
    ]
    assert tree["file"] == str(scan)
    assert tree["top"] == [{"label": label, "score": round(score, 6)} for label, score in answer.top]
    assert (tree["label"], tree["score"]) == (tree["top"][0]["label"], tree["top"][0]["score"])
    assert "\n" not in answer.to_json()
    assert answer.to_json().isascii()
    assert (tree["up"], tree["up_from"]) == ([0, 0, 1], "convention")
    assert Quality(**{**tree["quality"], "flags": tuple(tree["quality"]["flags"])}) == answer.quality


def test_table_for_people(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    answer = recognizer(make_scan())
    title, *rows = answer.to_table().splitlines()
    assert title == f"{answer.file}: {answer.label}"
    assert [row.split()[0] for row in rows] == [label for label, _ in answer.top]
    assert len({row.index("%") for row in rows}) == 1
    assert replace(answer, unknown=True).to_table().splitlines()[0].startswith(f"{answer.file}: unknown")


def test_a_closed_recognizer_says_so(tiny_bundle: Path, clouds: list[PointCloud]) -> None:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1) as recognizer:
        outcomes = recognizer.answer_all([clouds[0]] * 3)
        assert next(outcomes).answer
        recognizer.close()
        closed = "this recogniser is closed; open it again"
        assert all(closed in str(outcome.error) for outcome in outcomes)
        for use in (
            lambda: recognizer(clouds[0]),
            lambda: recognizer.embed(clouds[:1]),
            lambda: recognizer.set_labels(["cup"]),
        ):
            with pytest.raises(BackendError, match=closed):
                use()
        recognizer.close()  # and the end of the block once more


def error_that_ends(recognizer: Recognizer, cloud: PointCloud) -> Exception:
    try:
        while True:
            recognizer(cloud)
    except Exception as error:
        return error


def test_closing_waits_for_the_calls_under_way(tiny_bundle: Path, clouds: list[PointCloud]) -> None:
    for _ in range(5):
        recognizer = Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1)
        with ThreadPoolExecutor(3) as pool:
            met = [pool.submit(error_that_ends, recognizer, clouds[0]) for _ in range(3)]
            time.sleep(0.02)
            recognizer.close()
        assert [repr(error.result()) for error in met] == [
            "BackendError('this recogniser is closed; open it again.')"
        ] * 3


def test_one_scan_instead_of_many(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    """A string is no list of letters, and an array no list of rows."""
    path = make_scan("box.npy")
    expected = recognizer.embed([path])
    for one in (path, str(path), np.load(path), read_scan(path)):
        np.testing.assert_array_equal(recognizer.embed(one), expected)  # type: ignore[arg-type]
        (outcome,) = recognizer.answer_all(one)  # type: ignore[arg-type]
        assert outcome.answer is not None and outcome.answer.points == 500


def test_no_scan_and_many_instead_of_one(recognizer: Recognizer) -> None:
    assert recognizer.embed([]).shape == (0, recognizer.bundle.manifest.embedding_dim)
    with pytest.raises(ScanError, match=r"the list holds 2 scans; one is needed. answer_all names many\."):
        recognizer(["a.ply", "b.ply"])


@pytest.mark.parametrize("offset", [(386_341.8, 5_819_822.6, 34.5)])
def test_an_array_far_from_the_origin_is_the_same_as_its_file(
    recognizer: Recognizer, make_scan: Callable[..., Path], tmp_path: Path, offset: tuple[float, ...]
) -> None:
    far = np.load(make_scan("box.npy")).astype(np.float64) + offset
    np.save(tmp_path / "far.npy", far)
    rows = recognizer.embed([tmp_path / "far.npy", far, PointCloud(far), far.tolist()])
    assert (rows == rows[0]).all()
    assert recognizer(far).note is None and "too far from the origin" in (recognizer(far.astype(np.float32)).note or "")


def test_turns_are_averaged(own_bundle: Path, make_scan: Callable[..., Path]) -> None:
    scan = make_scan("a.npy")
    cloud = read_scan(scan)
    with (
        Recognizer.open(["mug", "bowl"], own_bundle, turns=4) as four,
        Recognizer.open(["mug", "bowl"], own_bundle) as one,
    ):
        found = four.embed([scan])[0]
        points = read_and_prepare(cloud, four.bundle.manifest.prepare).points
        seen = [encode(one.backend, {"points": spun(points, "y", k / 4)[None]}, len(found))[0] for k in range(4)]
    mean = np.mean(seen, axis=0)
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-6)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
