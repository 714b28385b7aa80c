"""Many scans: in order, promptly, in bounded memory, and no error stops another scan."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime import Answer, BackendError, Bundle, PointCloud, Recognizer, ScanError
from cg3d_runtime.backends import open_backend
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.images.encoder import embed_images
from cg3d_runtime.labels.choice import LabelChoice
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.naming.namer import Namer
from cg3d_runtime.preparation.prepare import PrepareSpec
from cg3d_runtime.preparation.scan import PreparedScan, Scan, read_and_prepare
from cg3d_runtime.recognizer import Opened
from cg3d_runtime.streams.stream import cores, prepared_batches

LABELS = ["bowl", "mug", "plate"]
POINTS = np.zeros((16, 3), np.float32)


@pytest.fixture(scope="module")
def recognizer(tiny_bundle: Path) -> Iterator[Recognizer]:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1) as opened:
        yield opened


def cloud(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((40 + seed, 3), dtype=np.float32)


def at_once(scan: Scan) -> PreparedScan:
    return PreparedScan(str(scan), POINTS, 16, 0.0, 0.0, None)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come true within five seconds")


def same(found: Answer | None, expected: Answer) -> bool:
    return found is not None and dict(found.top) == pytest.approx(dict(expected.top), abs=1e-6)


@pytest.mark.parametrize(("batch", "workers"), [(None, 0), (1, 0), (3, 0), (64, 0), (4, 2)])
def test_outcomes_are_the_answers_in_order(recognizer: Recognizer, batch: int | None, workers: int) -> None:
    scans: list[Scan] = [cloud(seed) for seed in range(20)]
    outcomes = list(recognizer.answer_all(scans, batch=batch, workers=workers, top=3))
    assert all(outcome.scan is scan for outcome, scan in zip(outcomes, scans, strict=True))
    assert all(same(outcome.answer, recognizer(scan)) for outcome, scan in zip(outcomes, scans, strict=True))


@given(st.lists(st.sampled_from(["good", "empty", "missing"]), max_size=12), st.integers(1, 5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_error_is_the_outcome_of_its_own_scan(recognizer: Recognizer, kinds: list[str], batch: int) -> None:
    made: dict[str, Scan] = {"good": cloud(1), "empty": np.zeros((0, 3)), "missing": "none.ply"}
    outcomes = list(recognizer.answer_all([made[kind] for kind in kinds], batch=batch))
    assert [outcome.error is None for outcome in outcomes] == [kind == "good" for kind in kinds]
    assert all((outcome.answer is None) == isinstance(outcome.error, ScanError) for outcome in outcomes)
    assert all(
        outcome.file == ("none.ply" if kind == "missing" else None)
        for outcome, kind in zip(outcomes, kinds, strict=True)
    )


def test_up_top_and_files_reach_the_answers(recognizer: Recognizer, make_scan: Callable[..., Path]) -> None:
    path = make_scan()
    for workers in (0, 1):
        (outcome,) = recognizer.answer_all([path], up="x", top=2, workers=workers, keep_clouds=True)
        assert outcome.answer and outcome.cloud
        assert outcome.file == outcome.answer.file == str(path)
        assert outcome.answer.top == recognizer(path, up="x", top=2).top
        assert set(outcome.answer.ms) == {"read", "prepare", "encode"}
        assert outcome.cloud.up == "x"
        assert outcome.cloud.xyz.tobytes() == np.load(path).tobytes()


def test_clouds_are_let_go_of_unless_asked_for(recognizer: Recognizer) -> None:
    assert [outcome.cloud for outcome in recognizer.answer_all([cloud(1), PointCloud(cloud(2))])] == [None, None]


def test_each_scan_is_answered_before_the_next_one_comes(recognizer: Recognizer) -> None:
    answered = threading.Semaphore(0)

    def scans() -> Iterator[Scan]:
        for seed in range(5):
            yield cloud(seed)
            assert answered.acquire(timeout=20), "no answer while the next scan is waited for"

    count = 0
    for outcome in recognizer.answer_all(scans(), batch=8):
        assert outcome.answer
        count += 1
        answered.release()
    assert count == 5


def test_what_waits_becomes_a_batch() -> None:
    ready: list[int] = []

    def prepare(scan: Scan) -> PreparedScan:
        ready.append(1)
        return at_once(scan)

    batches = prepared_batches(map(str, range(10)), prepare, workers=0, most=4)
    first = next(batches)
    wait_for(lambda: len(ready) >= 8)
    time.sleep(0.05)
    sizes = [len(batch) for batch in batches]
    assert sizes[0] == 4
    assert len(first) + sum(sizes) == 10
    assert max(sizes) <= 4


def test_scans_are_taken_only_as_far_ahead_as_agreed() -> None:
    taken: list[int] = []

    def scans() -> Iterator[Scan]:
        for number in range(1000):
            taken.append(number)
            yield str(number)

    batches = prepared_batches(scans(), at_once, workers=0, most=4)
    next(batches)
    time.sleep(0.2)
    assert len(taken) <= 4 + 4 + 2 + 1  # handed on, ahead, and in the hand of the feeder
    assert sum(len(batch) for batch in batches) + 4 >= 1000
    batches.close()


def test_closing_ends_the_threads(recognizer: Recognizer) -> None:
    outcomes = recognizer.answer_all(cloud(seed % 9) for seed in range(10**9))
    assert next(outcomes).answer
    outcomes.close()
    wait_for(lambda: not any(thread.name.startswith("cg3d-") for thread in threading.enumerate()))


def test_what_ends_the_scans_ends_the_stream_after_their_answers(recognizer: Recognizer) -> None:
    def scans() -> Iterator[Scan]:
        yield cloud(1)
        raise PermissionError("the folder is locked")

    outcomes = recognizer.answer_all(scans())
    assert next(outcomes).answer
    with pytest.raises(PermissionError, match="the folder is locked"):
        next(outcomes)


def test_a_fault_of_the_program_is_no_outcome() -> None:
    with pytest.raises(TypeError):
        list(prepared_batches(["a.ply"], lambda scan: scan + 1, workers=0, most=1))  # type: ignore[operator]


def ends_its_process(scan: Scan) -> PreparedScan:
    if str(scan) == "3":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)  # so that others are at hand when it happens
    return at_once(scan)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_scan_that_has_its_worker_killed_is_named_and_the_others_are_answered() -> None:
    batches = prepared_batches(map(str, range(12)), ends_its_process, workers=2, most=2)
    made = [item for batch in batches for item in batch]
    assert [scan for scan, _ in made] == [str(number) for number in range(12)]
    guilty = [(scan, str(item)) for scan, item in made if isinstance(item, Cg3dError)]
    assert guilty == [("3", "3: made the process that reads it end: killed, most often for memory.")]


def slowly(scan: Scan) -> PreparedScan:
    time.sleep(0.05)
    return PreparedScan(f"{scan} {os.getpid()}", POINTS, 16, 0.0, 0.0, None)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_worker_that_is_killed_while_it_waits_holds_nothing_up() -> None:
    def scans() -> Iterator[Scan]:
        yield from ("a", "b", "c")
        assert killed.wait(20)
        yield from ("d", "e", "f")

    killed = threading.Event()
    batches = prepared_batches(scans(), slowly, workers=2, most=1)
    first = [str(next(batches)[0][1].file) for _ in range(3)]  # type: ignore[union-attr]
    time.sleep(0.2)  # both wait for work, one of them with the lock on its queue
    for process in {int(file.split()[1]) for file in first}:
        os.kill(process, signal.SIGKILL)
        time.sleep(0.2)
        break
    killed.set()
    assert [str(item.file)[0] for batch in batches for _, item in batch] == ["d", "e", "f"]  # type: ignore[union-attr]


def test_a_scan_that_the_device_cannot_encode_spoils_no_other(tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    cpu = open_backend(bundle, "points", "cpu", threads=1)
    bad = read_and_prepare(cloud(3), PrepareSpec(points=64)).points

    class Fails:
        """A device that does not take one certain scan."""

        name, precision = cpu.name, cpu.precision

        def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            if any((row == bad).all() for row in inputs["points"]):
                raise BackendError("out of range")
            return cpu.run(inputs)

        def close(self) -> None: ...

    choice = LabelChoice(bundle, LabelEncoder(bundle, "cpu"), competing=False)
    namer = Namer(Fails(), bundle.manifest, None)
    with Recognizer(
        Opened(bundle, choice, choice.vocabulary(LABELS), namer, partial(embed_images, bundle))
    ) as recognizer:
        outcomes = list(recognizer.answer_all([cloud(seed) for seed in range(6)], batch=6))
    assert [str(outcome.error or "") for outcome in outcomes] == ["", "", "", "out of range", "", ""]


def test_there_is_a_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
