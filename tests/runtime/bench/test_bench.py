"""`cg3d-bench` as people and programs run it, and what it makes of its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.backends import open_backend
from cg3d_runtime.bench import scans as bench_scans
from cg3d_runtime.bench.cli import app
from cg3d_runtime.bench.cold_start import cold_start
from cg3d_runtime.bench.conditions import Conditions, CpuUse, share_of_others
from cg3d_runtime.bench.measure import STEPS, Spread, measure
from cg3d_runtime.bench.memory import peak_mb
from cg3d_runtime.bench.scans import ScanSet, scan_sets, write_torus
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.doctor.power import Clock, PowerState
from cg3d_runtime.errors import BackendError, ScanError
from cg3d_runtime.scans import read_scan
from tests.runtime.programs import Run, run_in_process

QUICK = ["--repeats", "3", "--warm-up", "1", "--cold-starts", "0", "--backend", "cpu", "--threads", "1"]
CALM = PowerState(None, {"cpu": Clock(2000, 2000, "performance", True)}, {"cpu-thermal": 50.0}, (), 7)


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Run:
    return partial(run_in_process, capsys, app, "cg3d-bench")


def test_programs_get_one_object(bench: Run, tiny_bundle: Path, make_scan: Callable[..., Path]) -> None:
    code, out, _ = bench(
        "--bundle", tiny_bundle, make_scan("a.npy"), make_scan("b.npy"), *QUICK, "--batch", 2, "--json"
    )
    tree = json.loads(out)
    (timing,) = tree["timings"]
    assert code == 0
    assert (tree["bundle"], tree["backend"], tree["precision"]) == ("tiny", "onnxruntime-cpu", "fp32")
    assert (timing["name"], timing["batch"], timing["repeats"]) == ("2 scans", 2, 3)
    assert tuple(timing["ms"]) == STEPS
    for spread in timing["ms"].values():
        assert 0 < spread["p50"] <= spread["p90"] <= spread["p99"]
    assert timing["scans_per_s"] > 0
    assert tree["cold_start"] is None
    assert tree["settings"]["threads"] == 1
    assert tree["versions"]["numpy"] == np.__version__


def test_people_get_a_table(bench: Run, tiny_bundle: Path, make_scan: Callable[..., Path]) -> None:
    code, out, err = bench("--bundle", tiny_bundle, make_scan(), *QUICK[:4], "--cold-starts", 1, "--backend", "cpu")
    assert (code, err) == (0, "")
    assert "tiny on onnxruntime-cpu, fp32, opened in " in out
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")][-4:] == list(STEPS)
    assert "cold start, scan.npy: " in out


def test_without_scans_it_makes_its_own(bench: Run, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_scans, "GENERATED_SIZES", (1000, 2000))
    code, out, _ = bench("--bundle", tiny_bundle, *QUICK, "--json")
    assert code == 0
    assert [timing["name"] for timing in json.loads(out)["timings"]] == [
        "generated, 1,000 points",
        "generated, 2,000 points",
    ]


def test_arguments_are_scans(
    bench: Run, tiny_bundle: Path, make_scan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CG3D_BUNDLE", str(tiny_bundle))
    code, out, _ = bench(make_scan(), *QUICK, "--json")
    assert (code, json.loads(out)["timings"][0]["name"]) == (0, "1 scan")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bundle", "none"], "no bundle can be read there"),
        (["--bundle", "BUNDLE", "none.ply"], "none.ply: cannot be read"),
        (["--bundle", "BUNDLE", "SCAN", "--backend", "npu"], "backend 'npu' is not known"),
        (["--bundle", "BUNDLE", "SCAN", "--precision", "int8"], "no int8 points graph in this bundle"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    bench: Run, tiny_bundle: Path, make_scan: Callable[..., Path], arguments: list[str], message: str
) -> None:
    names = {"BUNDLE": str(tiny_bundle), "SCAN": str(make_scan())}
    code, out, err = bench(*(names.get(argument, argument) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err and err.startswith("cg3d-bench: ") and len(err.splitlines()) == 1


def test_the_command_in_a_process_of_its_own(tiny_bundle: Path, make_scan: Callable[..., Path]) -> None:
    command = [
        sys.executable,
        "-c",
        "from cg3d_runtime.bench.cli import main; main()",
        "--bundle",
        tiny_bundle,
        make_scan(),
    ]
    ran = subprocess.run([*command, *QUICK, "--json"], capture_output=True, text=True, check=True)
    peak = json.loads(ran.stdout)["peak_mb"]
    assert 20 < peak < 500


def test_every_batch_is_full_and_takes_the_scans_in_turn(tiny_bundle: Path, make_scan: Callable[..., Path]) -> None:
    bundle = Bundle.open(tiny_bundle)
    backend = open_backend(bundle, "points", "cpu", threads=1)
    scans = ScanSet("three", tuple(str(make_scan(f"{name}.npy")) for name in "abc"))
    timing = measure(bundle, backend, scans, batch=2, repeats=4, warm_up=0)
    assert (timing.name, timing.batch, timing.repeats) == ("three", 2, 4)
    parts = sum(timing.ms[step].p50 for step in STEPS[:-1])
    assert timing.ms["total"].p99 >= parts * 0.5
    backend.close()


def test_percentiles() -> None:
    assert Spread.of(list(range(101))) == Spread(50.0, 90.0, 99.0)
    assert Spread.of([4.0]) == Spread(4.0, 4.0, 4.0)


def test_generated_scans_are_there_while_they_are_needed() -> None:
    with scan_sets([]) as sets:
        files = [Path(scans.files[0]) for scans in sets]
        assert [len(read_scan(file)) for file in files] == [10_000, 100_000, 1_000_000]
    assert not any(file.exists() for file in files)


def test_a_generated_scan_is_a_torus_of_20_cm(tmp_path: Path) -> None:
    write_torus(tmp_path / "torus.ply", 5000)
    write_torus(tmp_path / "again.ply", 5000)
    assert (tmp_path / "torus.ply").read_bytes() == (tmp_path / "again.ply").read_bytes()
    xyz = read_scan(tmp_path / "torus.ply").xyz
    ring = np.hypot(np.hypot(xyz[:, 0], xyz[:, 1]) - 0.07, xyz[:, 2])
    assert np.abs(ring - 0.03).max() < 3e-3
    assert np.ptp(xyz[:, 0]) == pytest.approx(0.2, abs=5e-3)


def test_names_without_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names").write_text("\n")
    with (tmp_path / "names").open() as names:
        monkeypatch.setattr(sys, "stdin", names)
        with pytest.raises(ScanError, match="no scan there"), scan_sets(["-"]) as _:
            pass


def test_a_cold_start_that_fails_says_why(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"status 1 and said: .*none\.ply"):
        cold_start(Bundle.open(tiny_bundle), str(tmp_path / "none.ply"), ["--backend", "cpu"], 1)


def test_a_cold_start_is_measured_alone(tiny_bundle: Path, make_scan: Callable[..., Path]) -> None:
    """Its memory is not that of this process, which holds far more."""
    ballast = np.ones(60_000_000)
    found = cold_start(Bundle.open(tiny_bundle), str(make_scan()), ["--backend", "cpu"], 1)
    assert found.scan == "scan.npy"
    assert found.peak_mb is not None and 20 < found.peak_mb < 300 < ballast.nbytes / 1e6
    assert found.s > 0.01


def test_peak_memory(tmp_path: Path) -> None:
    status = tmp_path / "status"
    assert peak_mb(status) is None
    status.write_text("Name:\tpython\nVmPeak:\t  999999 kB\nVmHWM:\t   91695 kB\nVmRSS:\t   80000 kB\n")
    assert peak_mb(status) == pytest.approx(93.89568)


def test_calm_conditions_need_no_warning() -> None:
    assert Conditions(8, 0.1, 0.01, CALM, replace(CALM)).warnings() == []
    assert Conditions(8, None, None, CALM, replace(CALM)).warnings() == []


@pytest.mark.parametrize(
    ("conditions", "warning"),
    [
        (Conditions(2, 1.5, 0.0, CALM, CALM), "busy before: load 1.5 on 2 cores"),
        (Conditions(2, 0.0, 0.4, CALM, CALM), "other programs used 40% of the processor"),
        (Conditions(2, 0.0, 0.0, CALM, replace(CALM, throttled_by=("gpu power cap",))), "throttled: gpu power cap"),
        (Conditions(2, 0.0, 0.0, CALM, replace(CALM, throttle_events=9)), "throttled 2 times"),
        (Conditions(2, 0.0, 0.0, replace(CALM, mode="15W (0)"), replace(CALM, mode="25W (1)")), "from 15W (0) to 25W"),
        (
            Conditions(2, 0.0, 0.0, *[replace(CALM, mode="25W (1)", clocks={"gpu": Clock(300, 900, "x", False)})] * 2),
            "`sudo jetson_clocks` locks them",
        ),
    ],
)
def test_conditions_that_spoil_a_measurement(conditions: Conditions, warning: str) -> None:
    (found,) = conditions.warnings()
    assert warning in found


def test_the_processor_time_of_others(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    stat = tmp_path / "proc" / "stat"
    stat.write_text("cpu  200 0 100 5000 100 0 0 0 0 0\ncpu0 1 1 1\n")
    before = CpuUse.now(tmp_path)
    stat.write_text("cpu  300 0 100 5100 100 0 0 0 0 0\ncpu0 1 1 1\n")  # half of the time busy
    after = CpuUse.now(tmp_path)
    own = after.ours - before.ours
    assert share_of_others(before, after) == pytest.approx(0.5, abs=0.2 + own)
    assert share_of_others(replace(before, ours=0.0), replace(after, ours=0.5)) == pytest.approx(0.25)
    assert share_of_others(replace(before, ours=0.0), replace(after, ours=1.0)) == 0.0
    assert share_of_others(before, before) is None
    assert CpuUse.now(tmp_path / "none").all is None
