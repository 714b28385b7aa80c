"""The speed of a device right now: power mode, clocks, temperatures, and whether it throttles.

Everything is read from files that any user may read, except the power mode of a Jetson, for which its own tool comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cg3d_runtime.doctor.gpu import Gpu
from cg3d_runtime.doctor.system_files import ROOT, output_of, read_number, read_text

_COLDEST = -40.0  # degrees; sensors without power say -256
# Cooling devices that slow something down; others are fans, or offsets that are never 0.
_SLOWING = re.compile(r"(thermal-)?(cpufreq|devfreq)-|Processor|.*-throttle-alert")


@dataclass(frozen=True)
class Clock:
    """A clock in MHz; `locked` where least and most are the same, as after `jetson_clocks`."""

    mhz: int
    most_mhz: int
    governor: str | None
    locked: bool


@dataclass(frozen=True)
class PowerState:
    """The state at one moment.

    Attributes:
        mode: of a Jetson, such as `25W (1)`.
        clocks: by cpu and gpu.
        temperatures_c: by the name of the sensor.
        throttled_by: what slows the device down now.
        throttle_events: how often it was slowed down since it started.
    """

    mode: str | None
    clocks: dict[str, Clock]
    temperatures_c: dict[str, float]
    throttled_by: tuple[str, ...]
    throttle_events: int


def read_power(gpus: tuple[Gpu, ...] = (), root: Path = ROOT) -> PowerState:
    """The state of the device whose file system is at `root`, and of its GPUs as read just before."""
    clocks = {"cpu": _cpu_clock(root), "gpu": _gpu_clock(root) or _clock_of(gpus)}
    hot = {f"gpu{i}": float(gpu.temperature_c) for i, gpu in enumerate(gpus) if gpu.temperature_c is not None}
    return PowerState(
        mode=read_power_mode(root),
        clocks={name: clock for name, clock in clocks.items() if clock},
        temperatures_c=_temperatures(root) | hot,
        throttled_by=(*_active_cooling(root), *(f"gpu {cause}" for gpu in gpus for cause in gpu.throttled_by)),
        throttle_events=sum(_event_counts(root)),
    )


def read_power_mode(root: Path = ROOT) -> str | None:
    """The power mode of a Jetson by name and number, None on any other device.

    Asks nvpmodel, and where that is not allowed, reads what it left: the number in its status file, the name in its table.
    """
    said = re.search(r"NV Power Mode: (.+)\n(\d+)", output_of("nvpmodel", "-q") or "")
    if said:
        return f"{said[1].strip()} ({said[2]})"
    status = re.search(r"pmode:(\d+)", read_text(root / "var/lib/nvpmodel/status") or "")
    if not status:
        return None
    number = int(status[1])
    table = read_text(root / "etc/nvpmodel.conf") or ""
    name = re.search(rf"^< POWER_MODEL ID={number} NAME=(\S+) >", table, re.MULTILINE)
    return f"{name[1] if name else 'mode'} ({number})"


def _cpu_clock(root: Path) -> Clock | None:
    """The fastest of the processor's clusters."""
    folders = (root / "sys/devices/system/cpu/cpufreq").glob("policy*")
    clocks = [_clock(folder, "scaling_cur_freq", "scaling_{}_freq", "scaling_governor", 1000) for folder in folders]
    return max(filter(None, clocks), key=lambda clock: clock.mhz, default=None)


def _gpu_clock(root: Path) -> Clock | None:
    """Of a Jetson: 17000000.gpu on Orin, gpu-gpc-0 on Thor."""
    folders = sorted((root / "sys/class/devfreq").glob("*gpu*"))
    clocks = [_clock(folder, "cur_freq", "{}_freq", "governor", 1_000_000) for folder in folders]
    return next(filter(None, clocks), None)


def _clock(folder: Path, now: str, limit: str, governor: str, per_mhz: int) -> Clock | None:
    current, least, most = (read_number(folder / name) for name in (now, limit.format("min"), limit.format("max")))
    if current is None or most is None:
        return None
    return Clock(current // per_mhz, most // per_mhz, read_text(folder / governor), least == most)


def _clock_of(gpus: tuple[Gpu, ...]) -> Clock | None:
    """Of the first GPU, which is the one that engines run on."""
    if not gpus or gpus[0].mhz is None or gpus[0].most_mhz is None:
        return None
    return Clock(gpus[0].mhz, gpus[0].most_mhz, None, False)


def _temperatures(root: Path) -> dict[str, float]:
    found = {}
    for folder in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        name, millidegrees = read_text(folder / "type"), read_number(folder / "temp")
        if name and millidegrees is not None and millidegrees / 1000 > _COLDEST:
            found[name] = millidegrees / 1000
    return found


def _active_cooling(root: Path) -> Iterator[str]:
    for folder in sorted((root / "sys/class/thermal").glob("cooling_device*")):
        name = read_text(folder / "type") or ""
        if _SLOWING.match(name) and (read_number(folder / "cur_state") or 0) > 0:
            yield name


def _event_counts(root: Path) -> Iterator[int]:
    """Over-current events of a Jetson (soctherm), and thermal events of an x86 processor."""
    counters = (
        "sys/class/hwmon/hwmon*/oc*_event_cnt",
        "sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count",
    )
    for counter in counters:
        yield from filter(None, map(read_number, root.glob(counter)))
