"""The NVIDIA GPUs that nvidia-smi knows; on a Jetson it knows little or is missing, and the board's own files tell the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cg3d_runtime.doctor.system_files import output_of

_QUERIES = (
    "name",
    "driver_version",
    "compute_cap",
    "memory.total",
    "temperature.gpu",
    "clocks.sm",
    "clocks.max.sm",
    "clocks_throttle_reasons.active",
)
# Source: nvmlClocksEventReasons in NVML's reference. The others (idle, clocks set by the user, ...) are no fault.
_THROTTLES = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
}


@dataclass(frozen=True)
class Gpu:
    """One GPU, now; None where the driver does not say."""

    name: str
    driver: str | None
    compute_capability: str | None
    memory_mb: int | None  # MiB
    temperature_c: int | None
    mhz: int | None
    most_mhz: int | None
    throttled_by: tuple[str, ...]


def read_gpus() -> tuple[Gpu, ...]:
    """The GPUs of this machine, none where nvidia-smi is missing or has no driver to ask."""
    query = f"--query-gpu={','.join(_QUERIES)}"
    return parse_nvidia_smi(output_of("nvidia-smi", query, "--format=csv,noheader,nounits") or "")


def parse_nvidia_smi(text: str) -> tuple[Gpu, ...]:
    """Read nvidia-smi's comma-separated lines, with one value for each of the fields asked for."""
    rows = ([value.strip() for value in line.split(",")] for line in text.splitlines())
    return tuple(_gpu(row) for row in rows if len(row) == len(_QUERIES))


def _gpu(row: list[str]) -> Gpu:
    name, driver, capability, memory, temperature, mhz, most, reasons = row
    active = int(reasons, 16) if re.fullmatch(r"0x[0-9a-fA-F]+", reasons) else 0
    return Gpu(
        name=name,
        driver=_known(driver),
        compute_capability=_known(capability),
        memory_mb=_number(memory),
        temperature_c=_number(temperature),
        mhz=_number(mhz),
        most_mhz=_number(most),
        throttled_by=tuple(cause for bit, cause in _THROTTLES.items() if active & bit),
    )


def _known(value: str) -> str | None:
    """A field, or None for `[N/A]`, `[Not Supported]` and the like."""
    return None if value.startswith("[") or value in ("", "N/A") else value


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() else None
