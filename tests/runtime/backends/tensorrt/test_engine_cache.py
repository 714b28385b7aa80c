"""Engines on disk, on the stand-in: whose are loaded, who builds, and what a crash or a full disk leaves."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import Bundle
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.backends.tensorrt.builder import BuilderOptions
from cg3d_runtime.backends.tensorrt.device import Gpu
from cg3d_runtime.backends.tensorrt.engine_cache import EngineKey
from cg3d_runtime.backends.tensorrt.profile import graph_profile

STANDIN = Path(__file__).parent / "standin"
OPEN = (
    "from cg3d_runtime import Bundle; from cg3d_runtime.backends import open_backend as o; import logging, os, signal\n"
)
BUILD = "o(Bundle.open({bundle!r}), 'points', 'tensorrt')"


def spawn(tmp_path: Path, code: str, **environment: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "CG3D_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(STANDIN), **environment}
    return subprocess.Popen([sys.executable, "-c", OPEN + code], env=variables, stderr=subprocess.PIPE, text=True)


def test_files_are_private_and_the_plan_is_tensorrts_own(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]]
) -> None:
    open_backend(bundle, "points", "tensorrt", "fp16")
    (plan,), (record,) = engines("*.plan"), engines("*.json")
    assert plan.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in engines("*")} == {0o600}
    assert plan.read_bytes().startswith(b'{"version": "10.3.0"')
    tree = json.loads(record.read_text())
    assert tree["plan_sha256"] == hashlib.sha256(plan.read_bytes()).hexdigest()
    assert (tree["precision"], tree["fp16_share"], tree["name"]) == ("fp16", 0.5, "tiny/points.fp16")
    assert tree["key"]["gpu"]["compute_capability"] == "8.7"


def truncate(plan: Path, record: Path) -> None:
    plan.write_bytes(plan.read_bytes()[:-7])


def flip(plan: Path, record: Path) -> None:
    content = bytearray(plan.read_bytes())
    content[-9] ^= 1
    plan.write_bytes(content)


def swap(plan: Path, record: Path) -> None:
    """A plan of another release whose record was made to fit: TensorRT itself refuses it."""
    plan.write_bytes(plan.read_bytes().replace(b"10.3.0", b"10.9.0"))
    tree = json.loads(record.read_text())
    record.write_text(json.dumps(tree | {"plan_sha256": hashlib.sha256(plan.read_bytes()).hexdigest()}))


def lend(plan: Path, record: Path) -> None:
    plan.chmod(0o666)


def link(plan: Path, record: Path) -> None:
    plan.rename(plan.with_suffix(".moved"))
    plan.symlink_to(plan.with_suffix(".moved"))


def rekey(plan: Path, record: Path) -> None:
    tree = json.loads(record.read_text())
    tree["key"]["gpu"]["name"] = "Thor"
    record.write_text(json.dumps(tree))


def break_record(plan: Path, record: Path) -> None:
    record.write_text("{")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (truncate, "not the engine that was built here, or cut short"),
        (flip, "not the engine that was built here"),
        (swap, "wrong magic tag"),
        (lend, "does not belong to this user alone"),
        (link, "refused"),
        (rekey, "not the engine that was built here"),
        (break_record, "refused"),
        (lambda plan, record: record.unlink(), "building the TensorRT engine"),
        (lambda plan, record: plan.unlink(), "building the TensorRT engine"),
    ],
)
def test_an_engine_that_is_not_ours_is_refused_and_built_again(
    bundle: Bundle,
    standin: Any,
    engines: Callable[[str], list[Path]],
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path, Path], object],
    message: str,
) -> None:
    open_backend(bundle, "points", "tensorrt")
    (plan,), (record,) = engines("*.plan"), engines("*.json")
    good = plan.read_bytes()
    spoil(plan, record)
    caplog.clear()
    prove(open_backend(bundle, "points", "tensorrt"), "points", bundle.test_vectors())
    assert message in caplog.text
    assert standin.count("build") == 2
    assert plan.read_bytes() == good and not plan.is_symlink()
    open_backend(bundle, "points", "tensorrt")
    assert standin.count("build") == 2


def test_an_engine_of_another_release_stays_and_ours_is_built(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    open_backend(bundle, "points", "tensorrt")
    standin.__version__ = "10.16.1"
    open_backend(bundle, "points", "tensorrt")
    assert "an engine of this graph was built for another tensorrt" in caplog.text
    assert (standin.count("build"), len(engines("*.plan"))) == (2, 2)
    standin.__version__ = "10.3.0"
    open_backend(bundle, "points", "tensorrt")
    assert standin.count("build") == 2


def test_whatever_an_engine_depends_on_is_in_its_key(bundle: Bundle) -> None:
    gpu = Gpu("Orin", "8.7", "Linux aarch64", "12060 # R36")
    profile = graph_profile(bundle.manifest, "points")
    key = EngineKey("0" * 64, "10.3.0", gpu, profile, BuilderOptions())
    others = [
        replace(key, graph_sha256="1" * 64),
        replace(key, tensorrt="10.3.1"),
        *(replace(key, gpu=replace(gpu, **{name: "other"})) for name in vars(gpu)),
        replace(key, profile={"points": replace(profile["points"], max=(64, 64, 3))}),
        replace(key, options=BuilderOptions(optimization_level=5)),
        replace(key, format=99),
    ]
    assert len({key.digest(), *(other.digest() for other in others)}) == len(others) + 1
    assert key.digest() == replace(key).digest()
    assert {other.timings_digest() for other in (key, others[0], others[-2])} == {key.timings_digest()}


def test_timings_are_kept_per_release_and_foreign_ones_dropped(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]]
) -> None:
    open_backend(bundle, "points", "tensorrt")
    open_backend(bundle, "image", "tensorrt")
    (timings,) = engines("*.timings")
    assert timings.read_bytes() == b"timing timing "
    timings.write_bytes(b"of another release")
    open_backend(bundle, "text", "tensorrt")
    assert [call[1:] for call in standin.calls if call[0] == "set_timing_cache"] == [
        (b"", True),
        (b"timing ", True),
        (b"of another release", False),
        (b"", True),
    ]
    assert timings.read_bytes() == b"timing "


def test_an_unwritable_cache_costs_a_line(
    bundle: Bundle, standin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "file"))
    assert open_backend(bundle, "points", "tensorrt").name == "tensorrt"
    assert "engines are not kept" in caplog.text


def test_of_two_processes_at_once_one_builds(tiny_bundle: Path, tmp_path: Path) -> None:
    code = BUILD.format(bundle=str(tiny_bundle))
    log = {"STANDIN_LOG": str(tmp_path / "log"), "STANDIN_BUILD_S": "1"}
    processes = [spawn(tmp_path, code, **log) for _ in range(2)]
    assert [process.communicate()[1].count("building the TensorRT engine") for process in processes] in ([0, 1], [1, 0])
    assert [process.returncode for process in processes] == [0, 0]
    assert len((tmp_path / "log").read_text().splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_costs_the_cache_not_the_answer(
    tiny_bundle: Path, tmp_path: Path, engines: Callable[[str], list[Path]]
) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99))\n"
    process = spawn(tmp_path, limit + BUILD.format(bundle=str(tiny_bundle)))
    _, said = process.communicate()
    assert process.returncode == 0
    assert "cannot be written" in said and "File too large" in said
    assert [path.suffix for path in engines("*") if path.suffix != ".lock"] in ([], [".timings"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize(("file", "rebuilt"), [("plan", True), ("record", True), ("timings", False)])
def test_sigkill_in_the_middle_of_each_write(
    tiny_bundle: Path,
    tmp_path: Path,
    standin: Any,
    bundle: Bundle,
    engines: Callable[[str], list[Path]],
    file: str,
    rebuilt: bool,
) -> None:
    nth = ["plan", "record", "timings"].index(file)
    code = f"""
writes = []
def kill(descriptor):  # instead of flushing the file that was just written under its temporary name
    writes.append(descriptor)
    if len(writes) > {nth}:
        os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = kill
"""
    process = spawn(tmp_path, code + BUILD.format(bundle=str(tiny_bundle)))
    process.communicate()
    assert process.returncode == -9
    assert len(engines(".*")) == 1  # half a file, under a temporary name
    prove(open_backend(bundle, "points", "tensorrt"), "points", bundle.test_vectors())
    assert standin.count("build") == rebuilt
    assert engines(".*.plan.*") == engines(".*.json.*") == []
    open_backend(bundle, "points", "tensorrt")
    assert standin.count("build") == rebuilt
