"""Conditions that may have decided the figures: other programs, throttling, clocks that were not at their height."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cg3d_runtime.doctor.power import PowerState
from cg3d_runtime.doctor.system_files import ROOT, read_text

_MOST_LOAD = 0.25  # running programs a core, before the measurement
_MOST_BY_OTHERS = 0.1  # of the processor's time, during the measurement


@dataclass(frozen=True)
class CpuUse:
    """Seconds since the start of the system, over all cores; None where the system does not tell."""

    all: float | None
    busy: float | None
    ours: float  # of this process and its children

    @classmethod
    def now(cls, root: Path = ROOT) -> CpuUse:
        """Source: proc(5), /proc/stat: user nice system idle iowait irq softirq steal, and guests, which user holds."""
        own = sum(os.times()[:4])
        words = (read_text(root / "proc/stat") or "").partition("\n")[0].split()
        if len(words) < 9 or words[0] != "cpu":
            return cls(None, None, own)
        ticks = [int(word) / os.sysconf("SC_CLK_TCK") for word in words[1:9]]
        return cls(sum(ticks), sum(ticks) - ticks[3] - ticks[4], own)


@dataclass(frozen=True)
class Conditions:
    """Around a measurement.

    Attributes:
        load: programs that ran or waited before it, averaged over a minute; None where the system does not tell.
        used_by_others: share of the processor's time during it that went to other programs.
        before, after: power mode, clocks, temperatures.
    """

    cores: int
    load: float | None
    used_by_others: float | None
    before: PowerState
    after: PowerState

    def warnings(self) -> list[str]:
        """Why the figures may not be what the device can do."""
        return list(_warnings(self))


def share_of_others(before: CpuUse, after: CpuUse) -> float | None:
    """The share of the processor's time between two moments that neither this process nor idling took, 0 to 1."""
    if before.all is None or after.all is None or before.busy is None or after.busy is None or after.all <= before.all:
        return None
    others = (after.busy - before.busy) - (after.ours - before.ours)
    return min(max(others / (after.all - before.all), 0.0), 1.0)


def load_average() -> float | None:
    """Of the last minute."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows
        return None


def _warnings(found: Conditions) -> Iterator[str]:
    if found.load is not None and found.load > _MOST_LOAD * found.cores:
        yield f"the machine was busy before: load {found.load:.1f} on {found.cores} cores."
    if found.used_by_others is not None and found.used_by_others > _MOST_BY_OTHERS:
        yield f"other programs used {found.used_by_others:.0%} of the processor during the measurement."
    if throttled := dict.fromkeys((*found.before.throttled_by, *found.after.throttled_by)):
        yield f"the device was throttled: {', '.join(throttled)}."
    if events := found.after.throttle_events - found.before.throttle_events:
        yield f"the device was throttled {events} times during the measurement: look at its cooling and its supply."
    if found.before.mode != found.after.mode:
        yield f"the power mode changed from {found.before.mode} to {found.after.mode}."
    if found.before.mode and not all(clock.locked for clock in found.before.clocks.values()):
        yield "the clocks are free; `sudo jetson_clocks` locks them at the most of this power mode."
