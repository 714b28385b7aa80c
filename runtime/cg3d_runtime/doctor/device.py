"""The device: board, processor, memory, GPUs and, on a Jetson, its release."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from cg3d_runtime.doctor.gpu import Gpu, read_gpus
from cg3d_runtime.doctor.system_files import ROOT, debian_versions, read_text

# /proc/cpuinfo of a 64-bit ARM names its cores by number only. Source: the kernel's arch/arm64/include/asm/cputype.h.
_ARM_CORES = {
    0xD03: "Cortex-A53",
    0xD05: "Cortex-A55",
    0xD07: "Cortex-A57",
    0xD08: "Cortex-A72",
    0xD0B: "Cortex-A76",
    0xD0C: "Neoverse-N1",
    0xD40: "Neoverse-V1",
    0xD42: "Cortex-A78AE",  # Orin
    0xD49: "Neoverse-N2",
    0xD4F: "Neoverse-V2",
    0xD83: "Neoverse-V3AE",  # Thor
}
# By the first part of the L4T release, where dpkg does not know the package nvidia-jetpack.
_JETPACKS = {"35": "5", "36": "6", "38": "7", "39": "7.2"}


@dataclass(frozen=True)
class Jetson:
    """The software release of a Jetson."""

    l4t: str | None  # such as 36.4.3, of NVIDIA's Linux
    jetpack: str | None  # such as 6.2.1+b38, or the first number alone

    @property
    def generation(self) -> int | None:
        """5, 6 or 7, the first number of JetPack's release."""
        return int(self.jetpack.split(".")[0]) if self.jetpack else None


@dataclass(frozen=True)
class Device:
    """What answers run on; None where the system does not say."""

    board: str | None
    system: str  # operating system and architecture
    cpu: str | None
    cores: int  # online
    memory_mb: int | None  # MiB; on a Jetson the GPU shares it
    gpus: tuple[Gpu, ...]
    jetson: Jetson | None

    @property
    def has_gpu(self) -> bool:
        """Whether there is an NVIDIA GPU to compute on."""
        return bool(self.gpus) or self.jetson is not None


def read_device(root: Path = ROOT) -> Device:
    """Describe the device whose file system is at `root`; the GPUs are those of this machine."""
    cpuinfo = read_text(root / "proc/cpuinfo") or ""
    return Device(
        board=read_text(root / "proc/device-tree/model") or read_text(root / "sys/class/dmi/id/product_name"),
        system=f"{_system(root)}, {platform.machine()}",
        cpu=_cpu(cpuinfo),
        cores=len(re.findall(r"^processor\s*:", cpuinfo, re.MULTILINE)) or os.cpu_count() or 1,
        memory_mb=_memory(root),
        gpus=read_gpus(),
        jetson=read_jetson(root),
    )


def read_jetson(root: Path = ROOT) -> Jetson | None:
    """The release of a Jetson, or None on any other device.

    Source: /etc/nv_tegra_release begins `# R36 (release), REVISION: 4.3, ...`; in a container it may be missing, and
    the device tree alone tells.
    """
    release = re.match(r"#\s*R(\d+) \(release\), REVISION: ([\d.]+)", read_text(root / "etc/nv_tegra_release") or "")
    if release is None and "Jetson" not in (read_text(root / "proc/device-tree/model") or ""):
        return None
    package = debian_versions(("nvidia-jetpack",), root).get("nvidia-jetpack")
    return Jetson(
        l4t=f"{release[1]}.{release[2]}" if release else None,
        jetpack=package or (_JETPACKS.get(release[1]) if release else None),
    )


def _system(root: Path) -> str:
    name = re.search(r'^PRETTY_NAME="?([^"\n]+)', read_text(root / "etc/os-release") or "", re.MULTILINE)
    return name[1] if name else platform.system()


def _cpu(cpuinfo: str) -> str | None:
    if name := re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE):
        return name[1]
    parts = re.findall(r"^CPU part\s*:\s*(0x[0-9a-f]+)", cpuinfo, re.MULTILINE)
    return " + ".join(_ARM_CORES.get(int(part, 16), f"ARM part {part}") for part in dict.fromkeys(parts)) or None


def _memory(root: Path) -> int | None:
    total = re.search(r"^MemTotal:\s*(\d+) kB", read_text(root / "proc/meminfo") or "", re.MULTILINE)
    return int(total[1]) // 1024 if total else None
