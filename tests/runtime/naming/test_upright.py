"""Up as the model sees it: taken where it is open, hinted at where another way would be much surer, left alone where sure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import BackendError, Label, PointCloud, PrepareSpec, Recognizer, read_scan
from cg3d_runtime.backends import open_backend
from cg3d_runtime.backends.protocol import Backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels.vocabulary import Verdict, Vocabulary
from cg3d_runtime.naming.namer import Namer
from cg3d_runtime.naming.upright import settled
from cg3d_runtime.preparation.scan import PreparedScan, read_and_prepare
from cg3d_runtime.preparation.turning import rotation, turned

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SPEC = PrepareSpec(points=64, mode="cg3d-2")
WORDS = Vocabulary((Label("mug", ("mug",)), Label("bowl", ("bowl",))), np.eye(2, 16, dtype=np.float32))


@pytest.fixture(scope="module")
def shipped() -> Iterator[Recognizer]:
    with Recognizer.open(EXAMPLES / "labels.txt", backend="cpu", threads=1) as recognizer:
        yield recognizer


def lying(name: str, up: str = "y", size: float = 1.0) -> PointCloud:
    """An example scan, turned so that another axis than z is up, which nobody tells."""
    cloud = read_scan(EXAMPLES / "scans" / f"{name}.ply")
    return PointCloud(turned(cloud.xyz, rotation(cloud.up, up)) * np.float32(size), cloud.rgb)


# --- with the bundle that ships ---


def test_a_lying_scan_gets_a_hint_and_keeps_its_answer(shipped: Recognizer) -> None:
    answer, expected = shipped(lying("lamp")), shipped(lying("lamp"), up="y")
    assert answer.label != "lamp" and expected.label == "lamp" and expected.note is None
    assert (answer.up, answer.up_from) == ((0, 0, 1), "convention")
    assert answer.note is not None and answer.note.startswith("would be 'lamp', ")
    assert answer.note.endswith(" sure, if y were up; if it is, say --up=y, or --up auto.")
    assert f"note: {answer.note}" in answer.to_table()


def test_a_wrong_up_that_was_given_gets_a_hint_too(shipped: Recognizer) -> None:
    answer = shipped(EXAMPLES / "scans" / "chair.ply", up="y")
    assert answer.up_from == "given" and "if z were up" in str(answer.note)


def test_a_hint_follows_what_else_is_odd(shipped: Recognizer) -> None:
    note = shipped(lying("chair", size=1000.0)).note
    assert note is not None and "; would be 'chair'" in note and ".;" not in note


@pytest.mark.parametrize("up", [None, "z", "auto"])
def test_a_sure_answer_gets_no_hint_and_keeps_its_up(shipped: Recognizer, up: str | None) -> None:
    answer = shipped(EXAMPLES / "scans" / "bowl.ply", up=up)
    assert (answer.label, answer.note, answer.up) == ("bowl", None, (0, 0, 1))
    assert answer.up_from == ("given" if up == "z" else "convention")


@pytest.mark.parametrize("name", ["sofa", "chair", "table"])  # a mug on its head is a mug, too
def test_auto_finds_up_by_the_surest_answer(shipped: Recognizer, name: str) -> None:
    answer = shipped(lying(name), up="auto")
    assert (answer.label, answer.unknown, answer.up_from, answer.note) == (name, False, "model", None)
    assert answer.up is not None and answer.up[1] > 0.99
    assert "  up: 0,1,0, which gives the surest answer" in answer.to_table().splitlines()


def test_batches_give_the_same_answers_and_clouds_as_they_were_stood_up(shipped: Recognizer) -> None:
    scans = [lying("sofa"), PointCloud(np.zeros((3, 3))), lying("bowl", "z"), lying("chair", "x")]
    outcomes = list(shipped.answer_all(scans, up="auto", batch=4, keep_clouds=True))
    assert outcomes[1].answer is None and outcomes[1].cloud is None
    for scan, outcome, up in zip(scans, outcomes, ["y", None, "z", "x"], strict=True):
        if up is not None and outcome.answer is not None and outcome.cloud is not None:
            alone = shipped(scan, up="auto")
            assert (outcome.answer.label, outcome.answer.up_from) == (alone.label, alone.up_from)
            assert outcome.answer.score == pytest.approx(alone.score, abs=1e-4)
            assert outcome.cloud.up == up and outcome.answer.up == alone.up
    assert sum(outcome.answer is not None for outcome in outcomes) == 3


# --- the rules ---


class Judge:
    """Says of every way up what it was told, and keeps the points that it was asked about."""

    def __init__(self, *surenesses: float, unknown: bool = False) -> None:
        self.surenesses, self.unknown, self.asked = surenesses, unknown, np.empty((0, 0, 3))

    def __call__(self, points: np.ndarray) -> list[Verdict]:
        self.asked = points
        return [verdict(sureness, self.unknown, best=1) for sureness in self.surenesses[: len(points)]]


def verdict(sureness: float, unknown: bool = False, best: int = 0) -> Verdict:
    scores = np.full(2, 1 - sureness)
    scores[best] = sureness
    return Verdict(scores, unknown, None, sureness)


@pytest.fixture
def scan() -> Callable[[str | None], PreparedScan]:
    """A function that prepares an ellipsoid with this way up; nothing supports it."""
    xyz = np.random.default_rng(0).normal(size=(500, 3))
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    return lambda up: read_and_prepare(PointCloud(xyz * [1, 1.2, 1.5]), SPEC, up)


def test_the_other_ways_up_are_prepared_points_with_them_up(scan: Callable[[str | None], PreparedScan]) -> None:
    first, judge = scan("z"), Judge(*[0.1] * 5)
    settled(first, verdict(0.2), WORDS, SPEC.up, judge)
    assert first.other_ups == ("x", "y", "-x", "-y", "-z")
    for points, up in zip(judge.asked, first.other_ups, strict=True):
        assert points.tobytes() == scan(str(up)).points.tobytes()


@pytest.mark.parametrize(
    ("first", "others", "is_hinted"),
    [
        (verdict(0.29), Judge(0.1, 0.7, 0.2, 0, 0), True),
        (verdict(0.29), Judge(0.1, 0.68, 0.2, 0, 0), False),  # not by so much
        (verdict(0.1), Judge(0.1, 0.59, 0.2, 0, 0), False),  # not sure itself
        (verdict(0.51), Judge(0.1, 0.99, 0.2, 0, 0), False),  # sure enough: nobody looked
        (verdict(0.51, unknown=True), Judge(0.1, 0.99, 0.2, 0, 0), True),
        (verdict(0.29), Judge(0.1, 0.99, 0.2, 0, 0, unknown=True), False),
    ],
)
def test_a_hint_is_for_what_is_weak_and_would_be_much_surer(
    scan: Callable[[str | None], PreparedScan], first: Verdict, others: Judge, is_hinted: bool
) -> None:
    kept, judged = settled(scan(None), first, WORDS, SPEC.up, others)
    assert judged is first and (kept.up, kept.up_from) == ("z", "convention")
    assert (kept.note is not None) is is_hinted
    if is_hinted:
        assert str(kept.note).startswith("would be 'bowl'") and "if y were up" in str(kept.note)


@pytest.mark.parametrize(("surest", "is_taken"), [(0.62, True), (0.58, False)])
def test_where_up_is_open_the_surest_way_is_taken(
    scan: Callable[[str | None], PreparedScan], surest: float, is_taken: bool
) -> None:
    stood = scan("auto")
    kept, judged = settled(stood, verdict(0.5), WORDS, SPEC.up, Judge(*[0.2] * (len(stood.other_ups) - 1), surest))
    assert (kept.up_from, judged.sureness) == (("model", surest) if is_taken else ("convention", 0.5))
    assert kept.up == (stood.other_ups[-1] if is_taken else "z") and kept.note is None


@pytest.mark.parametrize(
    ("first", "surest", "unknown"),
    [
        (verdict(0.1, unknown=True), Judge(0.59), True),  # sure enough for one look, not for the best of many
        (verdict(0.1, unknown=True), Judge(0.61), False),
        (verdict(0.29), Judge(0.45), False),  # known before
        (verdict(0.29), Judge(0.55, unknown=True), True),
    ],
)
def test_what_the_first_look_did_not_know_another_has_to_be_sure_of(
    scan: Callable[[str | None], PreparedScan], first: Verdict, surest: Judge, unknown: bool
) -> None:
    stood = scan("auto")
    surest.surenesses += (0.2,) * (len(stood.other_ups) - 1)
    kept, judged = settled(stood, first, WORDS, SPEC.up, surest)
    assert kept.up_from == "model" and judged.sureness == max(surest.surenesses)
    assert judged.unknown is unknown


@pytest.mark.parametrize(("sureness", "looks"), [(0.89, True), (0.91, False)])
def test_nobody_looks_where_nothing_could_be_so_much_surer(
    scan: Callable[[str | None], PreparedScan], sureness: float, looks: bool
) -> None:
    judge = Judge(*[0.2] * 9)
    settled(scan("auto"), verdict(sureness), WORDS, SPEC.up, judge)
    assert (judge.asked.size > 0) is looks


# --- closing ---


class ClosedMeanwhile:
    """A backend that works, in whose first run another thread closes the namer."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self.namer, self.runs = backend, None, 0
        self.name, self.precision = backend.name, backend.precision

    namer: Namer | None

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.runs += 1
        if self.namer is not None and self.runs == 1:
            threading.Thread(target=self.namer.close).start()
            while not self.namer.lifetime.ended:
                pass
        return self._backend.run(inputs)

    def close(self) -> None:
        self._backend.close()


def test_closing_waits_for_the_looks_from_other_sides(
    tiny_bundle: Path, scan: Callable[[str | None], PreparedScan]
) -> None:
    manifest = Bundle.open(tiny_bundle).manifest
    backend = ClosedMeanwhile(open_backend(Bundle.open(tiny_bundle), "points", "cpu", threads=1))
    backend.namer = namer = Namer(backend, manifest, None)
    (answer,) = namer.answers([scan("auto")], WORDS, 1)
    assert backend.runs == 2 and answer.up is not None
    with pytest.raises(BackendError, match="this recogniser is closed"):
        namer.answers([scan("auto")], WORDS, 1)
