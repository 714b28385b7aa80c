"""Which engines leave a cache that has grown too large, on the stand-in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import Bundle
from cg3d_runtime.backends.tensorrt import engine_cache
from cg3d_runtime.backends.tensorrt.backend import open_tensorrt
from cg3d_runtime.backends.tensorrt.engine_pruning import prune

Engines = Callable[[str], list[Path]]


def use(bundle: Bundle, graph: str, when: int, engines: Engines) -> Path:
    """Open an engine and close it again; return its plan, last used at `when`."""
    known = {*engines("*.plan")}
    open_tensorrt(bundle, graph).close()
    (plan,) = {*engines("*.plan")} - known
    os.utime(plan, (when, when))
    return plan


@pytest.fixture
def plans(bundle: Bundle, standin: Any, engines: Engines) -> dict[str, Path]:
    """Three engines, used in this order."""
    return {graph: use(bundle, graph, 1000 + when, engines) for when, graph in enumerate(("text", "points", "image"))}


def total(engines: Engines) -> int:
    return sum(path.stat().st_size for path in engines("*.plan"))


def test_those_unused_for_longest_go_first_and_no_more_than_needed(plans: dict[str, Path], engines: Engines) -> None:
    directory, everything = plans["text"].parent, total(engines)
    prune(directory, everything)
    assert len(engines("*.plan")) == 3
    prune(directory, everything - 1)
    assert set(engines("*.plan")) == {plans["points"], plans["image"]}
    assert {path.stem for path in engines("*.json")} == {plans[graph].stem for graph in ("points", "image")}
    prune(directory, 0)
    assert engines("*.plan") == engines("*.json") == []
    assert len(engines("*.timings")) == 1


def test_opening_an_engine_counts_as_use(bundle: Bundle, plans: dict[str, Path], engines: Engines) -> None:
    open_tensorrt(bundle, "text").close()
    prune(plans["text"].parent, total(engines) - 1)
    assert set(engines("*.plan")) == {plans["text"], plans["image"]}


def test_a_new_engine_makes_room_for_itself_and_stays_whatever_its_size(
    bundle: Bundle, standin: Any, plans: dict[str, Path], engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_cache, "MOST_BYTES", 1)
    open_tensorrt(bundle, "points", "fp16").close()
    (left,) = engines("*.plan")
    assert left not in plans.values()
    open_tensorrt(bundle, "points", "fp16").close()
    assert standin.count("build") == 4


def test_an_engine_that_runs_is_never_removed(bundle: Bundle, plans: dict[str, Path], engines: Engines) -> None:
    running = open_tensorrt(bundle, "text")
    prune(plans["text"].parent, 0)
    assert engines("*.plan") == [plans["text"]]
    running.close()
    prune(plans["text"].parent, 0)
    assert engines("*.plan") == []


def test_an_engine_that_is_being_opened_is_never_removed(plans: dict[str, Path], engines: Engines) -> None:
    with plans["text"].with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prune(plans["text"].parent, 0)
        assert engines("*.plan") == [plans["text"]]


def test_what_a_killed_process_left_counts_and_goes(plans: dict[str, Path], engines: Engines) -> None:
    directory, everything = plans["text"].parent, total(engines)
    half = directory / f".{'0' * 64}.plan.a1b2c3d4"
    half.write_bytes(b"half a plan")
    os.utime(half, (1, 1))
    prune(directory, everything)
    assert not half.exists()
    assert len(engines("*.plan")) == 3


def test_files_that_are_no_engines_stay(plans: dict[str, Path]) -> None:
    directory = plans["text"].parent
    others = [directory / name for name in ("notes.plan", "x.json", f"{'0' * 63}.plan", f"{'0' * 64}.planet")]
    for other in others:
        other.write_bytes(bytes(99))
    prune(directory, 0)
    assert all(other.exists() for other in others)
