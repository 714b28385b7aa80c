"""How a recogniser is opened and asked: labels first, labels for one call, and what to write instead of a mistake."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import (
    BackendError,
    Bundle,
    BundleError,
    Cg3dError,
    LabelError,
    PointCloud,
    Recognizer,
    ScanError,
    prepare,
    read_labels,
    read_scan,
    to_point_cloud,
)

LABELS = ["bowl", "mug: coffee mug; cup with a handle", "plate"]


@pytest.fixture
def recognizer(tiny_bundle: Path) -> Iterator[Recognizer]:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1) as opened:
        yield opened


def some_cloud(seed: int) -> PointCloud:
    return PointCloud(np.random.default_rng(seed).standard_normal((200, 3), dtype=np.float32))


def test_labels_may_be_words_a_file_or_those_of_another(
    recognizer: Recognizer, tiny_bundle: Path, labels_file: Path
) -> None:
    expected = recognizer(some_cloud(0)).top
    for labels in (LABELS, tuple(LABELS), iter(LABELS), np.array(LABELS), labels_file, str(labels_file)):
        with Recognizer.open(labels, bundle=tiny_bundle, backend="cpu", threads=1) as opened:
            assert opened(some_cloud(0)).top == expected
    with Recognizer.open(labels=recognizer.labels, bundle=tiny_bundle, backend="cpu", threads=1) as opened:
        assert opened.labels == recognizer.labels and opened(some_cloud(0)).top == expected


@pytest.mark.parametrize("kind", [str, Path])
def test_the_bundle_first_still_works_and_says_how_to_write_it(
    recognizer: Recognizer, tiny_bundle: Path, kind: Callable[[Path], Any]
) -> None:
    with pytest.warns(DeprecationWarning, match=r"labels come first: write Recognizer\.open\(labels, bundle\)") as told:
        opened = Recognizer.open(kind(tiny_bundle), LABELS, backend="cpu", threads=1)
    assert told[0].filename == __file__
    with opened:
        assert opened(some_cloud(0)).top == recognizer(some_cloud(0)).top
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Recognizer.open(LABELS, tiny_bundle, backend="cpu").close()


def test_labels_of_one_call(recognizer: Recognizer, tiny_bundle: Path) -> None:
    own, cloud = recognizer.labels, some_cloud(1)
    before = recognizer(cloud)
    for labels in (["fork", "bowl"], LABELS[:2], LABELS):
        with Recognizer.open(labels, tiny_bundle, backend="cpu", threads=1) as opened:
            assert recognizer(cloud, labels=labels).top == opened(cloud).top
    assert recognizer.labels is own and recognizer(cloud).top == before.top
    with pytest.raises(LabelError, match="label too long"):
        recognizer(cloud, labels=["x" * 50])
    assert recognizer(cloud).top == before.top


def test_labels_of_one_call_from_many_threads(recognizer: Recognizer) -> None:
    lists = [["fork", "bowl"], ["spoon", "knife", "cup"], ["plate", "mug"], None]
    clouds = [some_cloud(seed) for seed in range(4)]
    expected = [[recognizer(cloud, labels=labels).top for labels in lists] for cloud in clouds]

    def ask(number: int) -> Any:
        return recognizer(clouds[number % 4], labels=lists[number // 4 % 4]).top

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(160)))
    assert found == [expected[number % 4][number // 4 % 4] for number in range(160)]


def test_more_lists_than_are_kept_at_hand(recognizer: Recognizer) -> None:
    cloud = some_cloud(2)
    lists = [[f"thing {number}", "bowl"] for number in range(12)]
    first = [recognizer(cloud, labels=labels).top for labels in lists]
    assert [recognizer(cloud, labels=labels).top for labels in lists] == first
    assert len(recognizer._choice._recent) <= 8


def test_repr_is_one_short_line(recognizer: Recognizer) -> None:
    assert repr(recognizer) == "<Recognizer tiny on onnxruntime-cpu fp32, 3 labels>"
    (outcome,) = recognizer.answer_all([some_cloud(0)])
    (failed,) = recognizer.answer_all(["none.ply"])
    assert repr(outcome) == f"<Outcome {outcome.answer!r}>"
    assert repr(failed).startswith("<Outcome ScanError: none.ply: cannot be read")
    recognizer.close()
    assert repr(recognizer) == "<Recognizer tiny on onnxruntime-cpu fp32, 3 labels, closed>"


def test_a_closed_one_takes_no_labels_of_one_call(recognizer: Recognizer) -> None:
    recognizer.close()
    with pytest.raises(BackendError, match="this recogniser is closed; open it again"):
        recognizer(some_cloud(0), labels=["cup"])
    recognizer.close()


@pytest.mark.parametrize(
    ("given", "named"), [((["mug"],), {}), ((), {"labels": ["mug"]}), (("labels.txt",), {"backend": "cpu"}), ((), {})]
)
def test_it_is_opened_not_constructed(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(Cg3dError, match=r'write Recognizer\.open\(\["mug", "bowl"\]\)'):
        Recognizer(*given, **named)


AS_A_LIST = r'in Python, a list such as \["mug", "bowl"\]'


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("mug", rf"mug: no label list can be read there .*{AS_A_LIST}"),
        ("mug,bowl", rf"mug,bowl: no label list can be read there .*{AS_A_LIST}"),
        ("", AS_A_LIST),
        (Path("none.txt"), rf"none\.txt: no label list can be read there .*{AS_A_LIST}"),
        (os.sep, rf"Is a directory\); .*{AS_A_LIST}"),
        (5, rf"labels must be words in an order, got int; .*{AS_A_LIST}"),
        (True, "got bool"),
        ({"mug"}, "got set"),
        (b"mug", "got bytes"),
        ([1], "labels, item 1: is int, not a text"),
        ([["mug"]], "labels, item 1: is list, not a text"),
        (
            [],
            r"labels: no label in it, and tiny names things with any words: .*--labels FILE or, in Python, give a list",
        ),
        ([""], "labels: no label in it"),
        (
            None,
            r"labels: none given, and tiny holds no everyday names, .*--labels FILE or, in Python, give a list",
        ),
        (["mug: cup", "Mug: beaker"], "is already on item 1, with other synonyms"),
    ],
)
def test_what_is_no_label_list(recognizer: Recognizer, tiny_bundle: Path, labels: Any, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        Recognizer.open(labels, tiny_bundle)
    with pytest.raises(LabelError, match=message):
        recognizer.set_labels(labels)
    if labels is not None:
        with pytest.raises(LabelError, match=message):
            recognizer(some_cloud(0), labels=labels)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda bundle: Recognizer.open(LABELS, LABELS),
            BundleError,
            r"named by its directory, got a list; labels=\.\.\.",
        ),
        (
            lambda bundle: Recognizer.open(None, LABELS),
            BundleError,
            r"named by its directory, got a list; labels=\.\.\.",
        ),
        (lambda bundle: Recognizer.open(LABELS, 5), BundleError, "named by its directory, got a int"),
        (lambda bundle: Recognizer.open(LABELS, Bundle.open(bundle)), BundleError, "got a Bundle"),
        (lambda bundle: Recognizer.open(LABELS, bundle, public_key=5), BundleError, "by its PEM file, got a int"),
        (lambda bundle: Recognizer.open(LABELS, bundle, backend=None), BackendError, "choose one of auto, cpu"),
        (lambda bundle: Recognizer.open(LABELS, bundle, precision=16), BundleError, "no 16 points graph.*it has"),
        (lambda bundle: Recognizer.open(LABELS, bundle, threads="4"), BackendError, "from 1 to 1024, or None, got '4'"),
        (lambda bundle: read_labels(5), LabelError, "named by its path, got int"),
        (lambda bundle: read_labels(["mug"]), LabelError, "named by its path, got list; words need no reading"),
        (lambda bundle: read_scan(np.zeros((20, 3))), ScanError, "named by its path, got ndarray"),
        (lambda bundle: prepare(np.zeros((20, 3)), None), ScanError, "a PointCloud, .* got ndarray and NoneType"),
        (lambda bundle: to_point_cloud("mug.ply"), ScanError, "sensor_msgs/PointCloud2 is needed, got str"),
    ],
)
def test_other_arguments_that_are_none(
    tiny_bundle: Path, call: Callable[[Path], Any], error: type[Cg3dError], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(tiny_bundle)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda it: it(["a.ply", "b.ply"]), r"holds 2 scans; one is needed\. answer_all names many\."),
        (lambda it: it([Path("a.ply")]), r"holds 1 scans; one is needed\. answer_all names many\."),
        (lambda it: it(None), "the NoneType holds object"),
        (lambda it: it(5), r"numbers of shape \(N, 3\)"),
        (lambda it: it("mug"), "not a known scan format"),
        (
            lambda it: it(some_cloud(0), up="w"),
            "up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got 'w'",
        ),
        (lambda it: it(some_cloud(0), units="km"), "units must be one of mm, cm, m, got 'km'"),
        (lambda it: it(some_cloud(0), top="5"), "top must be a whole number from 1 on, got '5'"),
        (lambda it: it(some_cloud(0), top=2.5), "top must be a whole number from 1 on, got 2.5"),
        (lambda it: it(some_cloud(0), top=0), "top must be a whole number from 1 on, got 0"),
        (lambda it: next(it.answer_all([some_cloud(0)], workers="2")), "workers must be a whole number from 0 on"),
        (lambda it: next(it.answer_all([some_cloud(0)], workers=-1)), "workers must be a whole number from 0 on"),
        (lambda it: next(it.answer_all([some_cloud(0)], batch="2")), "batch must be a whole number from 0 on"),
        (lambda it: next(it.answer_all([some_cloud(0)], top=None)), "top must be a whole number from 1 on"),
        (lambda it: it.embed(None), "the NoneType holds object"),
    ],
)
def test_misuse_says_what_is_needed(recognizer: Recognizer, call: Callable[[Recognizer], Any], message: str) -> None:
    with pytest.raises(Cg3dError, match=message):
        call(recognizer)


def test_numbers_of_numpy_count(recognizer: Recognizer) -> None:
    assert len(recognizer(some_cloud(0), top=np.int64(2)).top) == 2
