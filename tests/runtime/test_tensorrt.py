"""The whole way from a bundle's graph to an engine's answer, on a stand-in for TensorRT and CUDA.

The stand-in (test_tensorrt_standin) records what it is asked and computes with ONNX Runtime. That the calls exist in the real
libraries is the matter of test_tensorrt_api.py; that the real ones compute is the matter of test_tensorrt_gpu.py.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import BackendError, Bundle
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.tensorrt import library, progress
from cg3d_runtime.tensorrt.builder import BuilderOptions
from cg3d_runtime.tensorrt.device import Gpu
from cg3d_runtime.tensorrt.engine_cache import EngineKey
from cg3d_runtime.tensorrt.inspection import require_precision
from cg3d_runtime.tensorrt.profile import graph_profile

STANDIN = Path(__file__).parent / "test_tensorrt_standin"
MODULES = ("tensorrt", "cuda", "cuda.bindings", "cuda.bindings.runtime", "cuda.cudart")
OPEN = (
    "from cg3d_runtime import Bundle; from cg3d_runtime.backends import open_backend as o; import logging, os, signal\n"
)
BUILD = "o(Bundle.open({bundle!r}), 'points', 'tensorrt')"


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in as `tensorrt`, freshly imported."""
    monkeypatch.syspath_prepend(STANDIN)
    real = {name: sys.modules.pop(name) for name in MODULES if name in sys.modules}
    loaders = (library.load_tensorrt, library.load_cuda, library.tensorrt_logger)
    for loader in loaders:
        loader.cache_clear()
    yield library.load_tensorrt()
    monkeypatch.undo()  # first, since tests patch sys.modules too
    for loader in loaders:
        loader.cache_clear()
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.modules.update(real)


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def engines(tmp_path: Path) -> Callable[[str], list[Path]]:
    return lambda pattern: sorted((tmp_path / "cache" / "engines").glob(pattern))


def builds(standin: Any) -> int:
    return sum(call[0] == "build" for call in standin.calls)


def spawn(tmp_path: Path, code: str, **environment: str) -> subprocess.Popen[str]:
    variables = {**os.environ, "CG3D_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(STANDIN), **environment}
    return subprocess.Popen([sys.executable, "-c", OPEN + code], env=variables, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("graph", ["points", "text", "image"])
def test_every_graph_proves_itself_and_is_built_once(bundle: Bundle, standin: Any, graph: str) -> None:
    for _ in range(2):
        backend = open_backend(bundle, graph, "tensorrt")
        assert (backend.name, backend.precision) == ("tensorrt", "fp32")
        prove(backend, graph, bundle.test_vectors())
        backend.close()
    assert builds(standin) == 1


def test_what_the_builder_is_told(bundle: Bundle, standin: Any) -> None:
    open_backend(bundle, "text", "tensorrt")
    calls = standin.calls[:5]
    assert ("create_network", 1 << standin.NetworkDefinitionCreationFlag.STRONGLY_TYPED) in calls
    assert ("clear_flag", "TF32") in calls
    assert ("set_memory_pool_limit", "WORKSPACE", 2 << 30) in calls  # half of what is free
    shapes = {"token_ids": ((1, 2), (32, 16), (64, 32)), "eot": ((1,), (32,), (64,))}  # the tiny context has 32 tokens
    assert ("build", shapes, "DETAILED", 3) in calls


def test_auto_tries_tensorrt_first_and_falls_back_with_a_line(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert open_backend(bundle, "points").name == "tensorrt"
    monkeypatch.setenv("STANDIN_NO_GPU", "1")
    assert open_backend(bundle, "points").name.startswith("onnxruntime")
    assert "not on tensorrt: cudaGetDeviceProperties: cudaErrorNoDevice" in caplog.text
    with pytest.raises(BackendError, match="cudaErrorNoDevice"):
        open_backend(bundle, "points", "tensorrt")


def test_batches_are_split_and_buffers_reused(bundle: Bundle, standin: Any) -> None:
    from cuda.bindings import runtime as cuda

    points = np.random.default_rng(0).standard_normal((70, 64, 3), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    first = backend.run({"points": points})["features"]
    allocated = len(cuda.allocations)
    assert backend.run({"points": points})["features"].tobytes() == first.tobytes()
    assert len(cuda.allocations) == allocated
    assert [call[1]["points"][0] for call in standin.calls if call[0] == "execute"][-3:] == [32, 32, 6]
    assert first == pytest.approx(open_backend(bundle, "points", "cpu").run({"points": points})["features"], abs=1e-6)
    assert not np.shares_memory(first, backend.run({"points": points[:1]})["features"])
    backend.close()
    backend.close()
    assert cuda.memory == {}
    with pytest.raises(BackendError, match="closed"):
        backend.run({"points": points})


def test_several_threads_share_a_backend(bundle: Bundle, standin: Any) -> None:
    clouds = np.random.default_rng(0).standard_normal((24, 1, 64, 3), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    expected = [backend.run({"points": cloud})["features"] for cloud in clouds]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda cloud: backend.run({"points": cloud})["features"], clouds))
    assert np.array_equal(found, expected)


def test_views_that_are_not_contiguous_are_copied_right(bundle: Bundle, standin: Any) -> None:
    points = np.random.default_rng(0).standard_normal((64, 3, 4), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    strided, plain = points.transpose(2, 0, 1), np.ascontiguousarray(points.transpose(2, 0, 1))
    assert (
        backend.run({"points": strided})["features"].tobytes() == backend.run({"points": plain})["features"].tobytes()
    )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"points": np.zeros((1, 65, 3), np.float32)}, r"\(1, 65, 3\) does not fit .*\(1, 64, 3\) to \(32, 64, 3\)"),
        ({"points": np.zeros((0, 64, 3), np.float32)}, "does not fit"),
        ({"points": np.zeros((1, 64, 3))}, "must be float32, got float64"),
        ({"cloud": np.zeros((1, 64, 3), np.float32)}, "the engine takes points; got cloud"),
        ({"points": np.full((1, 64, 3), np.nan, np.float32)}, "gave NaN or infinite features at fp32"),
    ],
)
def test_inputs_that_do_not_fit(bundle: Bundle, standin: Any, inputs: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(BackendError, match=message):
        open_backend(bundle, "points", "tensorrt").run(inputs)


def test_texts_and_their_ends_must_be_one_batch(bundle: Bundle, standin: Any) -> None:
    with pytest.raises(BackendError, match="of one batch"):
        open_backend(bundle, "text", "tensorrt").run(
            {"token_ids": np.zeros((2, 4), np.int32), "eot": np.zeros(3, np.int32)}
        )


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
    assert builds(standin) == 2
    assert plan.read_bytes() == good and not plan.is_symlink()
    open_backend(bundle, "points", "tensorrt")
    assert builds(standin) == 2


def test_an_engine_of_another_release_stays_and_ours_is_built(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    open_backend(bundle, "points", "tensorrt")
    standin.__version__ = "10.16.1"
    open_backend(bundle, "points", "tensorrt")
    assert "an engine of this graph was built for another tensorrt" in caplog.text
    assert (builds(standin), len(engines("*.plan"))) == (2, 2)
    standin.__version__ = "10.3.0"
    open_backend(bundle, "points", "tensorrt")
    assert builds(standin) == 2


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


def test_fp16_that_was_built_as_fp32_is_not_used(
    bundle: Bundle,
    standin: Any,
    engines: Callable[[str], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("STANDIN_FP32", "1")
    with pytest.raises(BackendError, match=r"FP16 was asked for, but .*tiny/points\.fp16 .*has 0% FP16 layers of 2"):
        open_backend(bundle, "points", "tensorrt", "fp16")
    assert engines("*.plan") == []
    assert open_backend(bundle, "points", "auto", "fp16").name == "onnxruntime-cpu"
    assert "not on tensorrt: FP16 was asked for" in caplog.text
    open_backend(bundle, "points", "tensorrt", "fp32")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            "parse",
            r"TensorRT 10\.3\.0 does not take the graph of tiny/points\.fp32: In node 3 \(TopK\): k is too large",
        ),
        ("build", r"cannot build tiny/points\.fp32: Error Code 10: no tactic$"),
    ],
)
def test_builds_that_fail(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, step: str, message: str
) -> None:
    monkeypatch.setenv("STANDIN_FAIL", step)
    with pytest.raises(BackendError, match=message):
        open_backend(bundle, "points", "tensorrt")
    monkeypatch.delenv("STANDIN_FAIL")
    open_backend(bundle, "points", "tensorrt")


def test_ctrl_c_ends_a_build_and_leaves_nothing(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class CtrlC(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            signal.raise_signal(signal.SIGINT)

    logger, handler = logging.getLogger("cg3d_runtime.tensorrt.progress"), CtrlC()
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.manager._clear_cache()
    with pytest.raises(KeyboardInterrupt):
        open_backend(bundle, "points", "tensorrt")
    assert builds(standin) == 1
    assert engines("*.plan") == engines("*.json") == []


def test_progress_is_logged(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    open_backend(bundle, "points", "tensorrt")
    told = [record.getMessage() for record in caplog.records if record.name.endswith("progress")]
    assert told == [f"building the engine of tiny/points.fp32: {share} %" for share in (25, 50, 75, 100)]


def test_an_fp16_engine_must_show_it(standin: Any) -> None:
    half, single = ({"Outputs": [{"Format/Datatype": kind}]} for kind in ("Half", "Float"))
    assert require_precision([half], "fp16", "points") == 1.0
    assert require_precision([single], "fp32", "points") == 0.0
    with pytest.raises(
        BackendError, match=r"points that TensorRT 10\.3\.0 built has 0% FP16 layers of 1; at least 10%"
    ):
        require_precision([single], "fp16", "points")
    with pytest.raises(BackendError, match="tells of no datatype of 2"):
        require_precision(["a", "b"], "fp16", "points")


def test_what_is_missing_is_named(bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standin.__version__ = "8.6.1"
    library.load_tensorrt.cache_clear()
    with pytest.raises(BackendError, match=r"TensorRT 8\.6\.1 is installed; 10\.3 or later is needed"):
        open_backend(bundle, "points", "tensorrt")
    standin.__version__ = "11.4.0.106"
    for name in ("cuda.bindings.runtime", "cuda.cudart"):
        monkeypatch.setitem(sys.modules, name, None)
    library.load_cuda.cache_clear()
    with pytest.raises(BackendError, match=r'needs cuda-python.*pip install "cg3d-runtime\[tensorrt\]"'):
        open_backend(bundle, "points", "tensorrt")
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    library.load_tensorrt.cache_clear()
    with pytest.raises(BackendError, match=r"TensorRT cannot be imported: .*--system-site-packages"):
        open_backend(bundle, "points", "tensorrt")


def test_cuda_python_before_12_6_serves_too(bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cuda.bindings import runtime

    monkeypatch.setitem(sys.modules, "cuda.cudart", runtime)
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", None)
    library.load_cuda.cache_clear()
    assert open_backend(bundle, "points", "tensorrt").name == "tensorrt"


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
    assert builds(standin) == rebuilt
    assert engines(".*.plan.*") == engines(".*.json.*") == []
    open_backend(bundle, "points", "tensorrt")
    assert builds(standin) == rebuilt


def test_the_command_line_shows_the_build_and_names_the_backend(
    tiny_bundle: Path, tmp_path: Path, make_scan: Callable[..., Path]
) -> None:
    own = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    (tmp_path / "labels.txt").write_text("mug\nbowl\n")
    run = "import sys; from cg3d_runtime.cli import main; main()"
    options = [str(make_scan()), "--labels", str(tmp_path / "labels.txt"), "--bundle", str(own), "--json"]
    variables = {**os.environ, "PYTHONPATH": str(STANDIN)}
    command = [sys.executable, "-c", run, *options, "--backend", "tensorrt"]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["backend"] == "tensorrt"
    lines = ran.stderr.splitlines()
    assert lines[-1] == "cg3d-infer: tiny on tensorrt, fp32, 2 labels"
    assert sum("once: this takes a while" in line for line in lines) == 2  # texts, then points
    assert all(line.startswith("cg3d-infer: ") for line in lines)
