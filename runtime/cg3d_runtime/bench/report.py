"""Everything that was measured: a tree for programs, a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from cg3d_runtime.backends import open_backend
from cg3d_runtime.bench.cold_start import ColdStart, cold_start
from cg3d_runtime.bench.conditions import Conditions, CpuUse, load_average, share_of_others
from cg3d_runtime.bench.measure import STEPS, Timing, measure
from cg3d_runtime.bench.memory import megabytes, peak_mb
from cg3d_runtime.bench.scans import ScanSet
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.doctor.device import Device, read_device
from cg3d_runtime.doctor.gpu import read_gpus
from cg3d_runtime.doctor.power import read_power
from cg3d_runtime.doctor.report import device_facts, power_facts, section
from cg3d_runtime.doctor.versions import read_versions
from cg3d_runtime.errors import printable


@dataclass(frozen=True)
class Settings:
    """What to measure; see the options of `cg3d-bench`."""

    backend: str
    precision: str
    threads: int | None
    batch: int
    repeats: int
    warm_up: int
    cold_starts: int  # 0: none
    public_key: str | None = None


@dataclass(frozen=True)
class Report:
    """One measurement of a bundle on a device.

    Attributes:
        backend, precision: what really ran.
        open_s: to open the point encoder in this process; TensorRT builds its engine where none is kept.
        peak_mb: memory of this process at its height, MB of a million bytes; None where the system does not tell.
        cold_start: None where none was asked for.
        warnings: why the figures may not be what the device can do.
    """

    bundle: str
    backend: str
    precision: str
    settings: Settings
    open_s: float
    timings: list[Timing]
    peak_mb: float | None
    cold_start: ColdStart | None
    conditions: Conditions
    warnings: list[str]
    device: Device
    versions: dict[str, str | None]

    def to_json(self) -> dict[str, Any]:
        """The tree of `cg3d-bench --json`."""
        return asdict(self)

    def to_table(self) -> str:
        """Lines for people."""
        return "\n".join(map(printable, _lines(self)))


def run(bundle: Bundle, sets: list[ScanSet], settings: Settings) -> Report:
    """Measure sets of scans in this process, then cold starts on a scan of the middle one.

    Raises:
        Cg3dError: a scan, the bundle or the backend does not work.
    """
    device, load, start = read_device(), load_average(), CpuUse.now()
    before, started = read_power(device.gpus), perf_counter()
    backend = open_backend(bundle, "points", settings.backend, settings.precision, settings.threads)
    open_s = perf_counter() - started
    try:
        counts = settings.batch, settings.repeats, settings.warm_up
        timings = [measure(bundle, backend, scans, *counts) for scans in sets]
        peak = peak_mb()
    finally:
        backend.close()
    cold = _cold_start(bundle, sets, settings)
    share = share_of_others(start, CpuUse.now())
    conditions = Conditions(device.cores, load, share, before, read_power(read_gpus()))
    return Report(
        bundle=bundle.manifest.name,
        backend=backend.name,
        precision=backend.precision,
        settings=settings,
        open_s=open_s,
        timings=timings,
        peak_mb=peak,
        cold_start=cold,
        conditions=conditions,
        warnings=conditions.warnings(),
        device=device,
        versions=read_versions(device.gpus),
    )


def _cold_start(bundle: Bundle, sets: list[ScanSet], settings: Settings) -> ColdStart | None:
    if settings.cold_starts == 0:
        return None
    options = ["--backend", settings.backend, "--precision", settings.precision]
    if settings.threads:
        options += ["--threads", str(settings.threads)]
    if settings.public_key:
        options += ["--require-signature", settings.public_key]
    middle = sets[len(sets) // 2]  # of the generated ones: 100,000 points
    return cold_start(bundle, middle.files[0], options, settings.cold_starts)


def _lines(report: Report) -> Iterator[str]:
    yield from section("device", device_facts(report.device))
    yield from section("power, after", power_facts(report.conditions.after))
    yield from section("versions", {name: version for name, version in report.versions.items() if version})
    yield f"{report.bundle} on {report.backend}, {report.precision}, opened in {report.open_s:.2f} s"
    for timing in report.timings:
        yield from _timing_lines(timing)
    yield f"memory at most {megabytes(report.peak_mb)}"
    if cold := report.cold_start:
        yield f"cold start, {cold.scan}: {cold.s:.2f} s, {megabytes(cold.peak_mb)}"
    yield from (f"warning: {warning}" for warning in report.warnings)


def _timing_lines(timing: Timing) -> Iterator[str]:
    yield f"{timing.name}, batches of {timing.batch}, {timing.repeats} repeats: {timing.scans_per_s:.1f} scans/s"
    yield f"  {'ms a batch':<12}{'p50':>10}{'p90':>10}{'p99':>10}"
    for step in STEPS:
        spread = timing.ms[step]
        yield f"  {step:<12}{spread.p50:>10.2f}{spread.p90:>10.2f}{spread.p99:>10.2f}"
