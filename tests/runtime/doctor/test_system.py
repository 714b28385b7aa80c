"""The doctor's reading of system files, on the files of real devices laid out below another root."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cg3d_runtime.doctor.advice import advise, conflicts
from cg3d_runtime.doctor.device import Device, Jetson, read_device, read_jetson
from cg3d_runtime.doctor.gpu import parse_nvidia_smi
from cg3d_runtime.doctor.power import Clock, read_power, read_power_mode
from cg3d_runtime.doctor.system_files import debian_versions, output_of
from cg3d_runtime.doctor.versions import read_cuda, read_driver, read_versions

Lay = Callable[[Mapping[str, str]], Path]

ORIN = {
    "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, "
    "DATE: Wed Jan  8 01:49:37 UTC 2025\n# KERNEL_VARIANT: oot\nTARGET_USERSPACE_LIB_DIR=nvidia\n",
    "etc/os-release": 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nNAME="Ubuntu"\n',
    "proc/device-tree/model": "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super\0",
    "proc/cpuinfo": "".join(
        f"processor\t: {core}\nBogoMIPS\t: 62.50\nCPU implementer\t: 0x41\nCPU part\t: 0xd42\nCPU revision\t: 1\n\n"
        for core in range(6)
    ),
    "proc/meminfo": "MemTotal:        7802816 kB\nMemFree:         1024 kB\n",
    "var/lib/dpkg/status": "Package: libnvinfer10\nStatus: install ok installed\nVersion: 10.3.0.30-1+cuda12.5\n\n"
    "Package: nvidia-jetpack-runtime\nStatus: install ok installed\nVersion: 0\n\n"
    "Package: nvidia-jetpack\nStatus: install ok installed\nSource: nvidia-jetpack (6.2.1)\nVersion: 6.2.1+b38\n"
    "Description: NVIDIA Jetpack Meta Package\n\n"
    "Package: libnvinfer8\nStatus: deinstall ok config-files\nVersion: 8.5.2\n",
    "var/lib/nvpmodel/status": "pmode:0001",
    "etc/nvpmodel.conf": "< PARAM TYPE=FILE NAME=CPU_ONLINE >\nCORE_0 /sys/devices/system/cpu/cpu0/online\n"
    "< POWER_MODEL ID=0 NAME=15W >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=1 NAME=25W >\nCPU_ONLINE CORE_0 1\n"
    "< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n< PM_CONFIG DEFAULT=1 >\n",
    "usr/local/cuda/version.json": '{"cuda": {"name": "CUDA SDK", "version": "12.6.20240903"}}',
    "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "729600\n",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq": "729600\n",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq": "1344000\n",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_governor": "schedutil\n",
    "sys/devices/system/cpu/cpufreq/policy4/scaling_cur_freq": "1344000\n",
    "sys/devices/system/cpu/cpufreq/policy4/scaling_min_freq": "729600\n",
    "sys/devices/system/cpu/cpufreq/policy4/scaling_max_freq": "1344000\n",
    "sys/devices/system/cpu/cpufreq/policy4/scaling_governor": "schedutil\n",
    "sys/class/devfreq/17000000.gpu/cur_freq": "918000000\n",
    "sys/class/devfreq/17000000.gpu/min_freq": "918000000\n",
    "sys/class/devfreq/17000000.gpu/max_freq": "918000000\n",
    "sys/class/devfreq/17000000.gpu/governor": "nvhost_podgov\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "51437\n",
    "sys/class/thermal/thermal_zone2/type": "cv0-thermal\n",
    "sys/class/thermal/thermal_zone2/temp": "-256000\n",
    "sys/class/thermal/cooling_device0/type": "pwm-fan\n",
    "sys/class/thermal/cooling_device0/cur_state": "3\n",
    "sys/class/thermal/cooling_device1/type": "cpu-throttle-alert\n",
    "sys/class/thermal/cooling_device1/cur_state": "1\n",
    "sys/class/thermal/cooling_device2/type": "cpufreq-cpu0\n",
    "sys/class/thermal/cooling_device2/cur_state": "0\n",
    "sys/class/hwmon/hwmon3/oc2_event_cnt": "15\n",
    "sys/class/hwmon/hwmon3/oc3_event_cnt": "37\n",
    "sys/class/hwmon/hwmon3/oc3_throt_en": "1\n",
}
THOR = {
    "etc/nv_tegra_release": "# R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64, "
    "DATE: Fri Aug 22 00:55:42 UTC 2025\n# KERNEL_VARIANT: oot\nTARGET_USERSPACE_LIB_DIR=nvidia\n",
    "proc/device-tree/model": "NVIDIA Jetson AGX Thor Developer Kit\0",
    "proc/cpuinfo": "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd83\n",
    "sys/class/devfreq/gpu-gpc-0/cur_freq": "1575000000\n",
    "sys/class/devfreq/gpu-gpc-0/min_freq": "315000000\n",
    "sys/class/devfreq/gpu-gpc-0/max_freq": "1575000000\n",
    "sys/class/devfreq/gpu-gpc-0/governor": "nvhost_podgov\n",
    "sys/class/thermal/cooling_device12/type": "devfreq-gpu-gpc-0\n",
    "sys/class/thermal/cooling_device12/cur_state": "18\n",
}
WORKSTATION = {
    "sys/class/dmi/id/product_name": "Precision 3660\n",
    "proc/cpuinfo": "processor\t: 0\nmodel name\t: 13th Gen Intel(R) Core(TM) i9-13900K\n\nprocessor\t: 1\n",
    "proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  "
    "(dvs-builder@U22-I3-B17-02-5)  Tue Sep 23 09:55:41 UTC 2025\nGCC version:  gcc version 11.4.0\n",
    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "3\n",
    "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count": "4\n",
    "sys/class/thermal/cooling_device0/type": "TCC Offset\n",
    "sys/class/thermal/cooling_device0/cur_state": "5\n",
    "sys/class/thermal/cooling_device1/type": "intel_powerclamp\n",
    "sys/class/thermal/cooling_device1/cur_state": "-1\n",
}
# As nvidia-smi prints them: a workstation's GPU at its power cap, and the part of an Orin's that it knows.
SMI = "NVIDIA GeForce RTX 4090, 580.95.05, 8.9, 24564, 63, 2520, 3105, 0x0000000000000004\n"
SMI_ORIN = "Orin (nvgpu), 540.4.0, 8.7, [N/A], [N/A], [N/A], [N/A], [N/A]\n"


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """A function that writes files below a new root and returns it."""

    def lay(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "root" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "root").mkdir(exist_ok=True)
        return tmp_path / "root"

    return lay


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """A function that puts a command which prints a text on the path."""

    def install(name: str, text: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "text").write_text(text)
        (folder / name).write_text(f"#!/bin/sh\ncat {folder / 'text'}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return install


def test_an_orin_with_jetpack_6(lay: Lay) -> None:
    device = read_device(lay(ORIN))
    assert device.board == "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super"
    assert device.system.startswith("Ubuntu 22.04.5 LTS, ")
    assert (device.cpu, device.cores, device.memory_mb) == ("Cortex-A78AE", 6, 7619)
    assert device.jetson == Jetson("36.4.3", "6.2.1+b38")
    assert device.jetson.generation == 6
    assert device.has_gpu


def test_a_thor_with_jetpack_7(lay: Lay) -> None:
    device = read_device(lay(THOR))
    assert (device.cpu, device.jetson) == ("Neoverse-V3AE", Jetson("38.2.0", "7"))
    power = read_power((), lay(THOR))
    assert power.clocks == {"gpu": Clock(1575, 1575, "nvhost_podgov", False)}
    assert power.throttled_by == ("devfreq-gpu-gpc-0",)


def test_a_workstation(lay: Lay) -> None:
    root = lay(WORKSTATION)
    device = read_device(root)
    assert (device.board, device.cpu, device.cores) == ("Precision 3660", "13th Gen Intel(R) Core(TM) i9-13900K", 2)
    assert device.jetson is None
    assert read_driver(root) == "580.95.05"
    power = read_power((), root)
    assert (power.throttled_by, power.throttle_events, power.mode) == ((), 7, None)


def test_a_root_without_any_file_says_nothing(lay: Lay) -> None:
    root = lay({})
    device = read_device(root)
    assert (device.board, device.cpu, device.cores, device.memory_mb, device.jetson) == (
        None,
        None,
        os.cpu_count(),
        None,
        None,
    )
    power = read_power((), root)
    assert (power.mode, power.clocks, power.temperatures_c, power.throttle_events) == (None, {}, {}, 0)
    assert read_versions((), root)["cuda"] is None


@pytest.mark.parametrize(
    ("release", "jetpack"), [("R35 (release), REVISION: 4.1", "5"), ("R39 (release), REVISION: 2.1", "7.2")]
)
def test_without_the_package_the_release_of_l4t_tells_jetpack(lay: Lay, release: str, jetpack: str) -> None:
    found = read_jetson(lay({"etc/nv_tegra_release": f"# {release}, GCID: 1, BOARD: generic\n"}))
    assert found is not None and found.jetpack == jetpack


def test_in_a_container_the_device_tree_alone_tells_a_jetson(lay: Lay) -> None:
    found = read_jetson(lay({"proc/device-tree/model": ORIN["proc/device-tree/model"]}))
    assert found == Jetson(None, None)
    assert found.generation is None


def test_the_power_of_an_orin(lay: Lay) -> None:
    power = read_power((), lay(ORIN))
    assert power.mode == "25W (1)"
    assert power.clocks == {
        "cpu": Clock(1344, 1344, "schedutil", False),
        "gpu": Clock(918, 918, "nvhost_podgov", True),
    }
    assert power.temperatures_c == {"cpu-thermal": pytest.approx(51.437)}
    assert power.throttled_by == ("cpu-throttle-alert",)
    assert power.throttle_events == 52


def test_nvpmodel_itself_comes_first(lay: Lay, install: Callable[[str, str], None]) -> None:
    install("nvpmodel", "NVPM WARN: fan mode is not set!\nNV Power Mode: MAXN_SUPER\n2\n")
    assert read_power_mode(lay(ORIN)) == "MAXN_SUPER (2)"


def test_a_mode_without_a_table_is_its_number(lay: Lay) -> None:
    assert read_power_mode(lay({"var/lib/nvpmodel/status": "pmode:0003 fmode:fanNull"})) == "mode (3)"


def test_nvidia_smi(install: Callable[[str, str], None], lay: Lay) -> None:
    install("nvidia-smi", SMI)
    device = read_device(lay(WORKSTATION))
    (gpu,) = device.gpus
    assert (gpu.name, gpu.driver, gpu.compute_capability) == ("NVIDIA GeForce RTX 4090", "580.95.05", "8.9")
    assert (gpu.memory_mb, gpu.temperature_c, gpu.throttled_by) == (24564, 63, ("power cap",))
    power = read_power(device.gpus, lay(WORKSTATION))
    assert power.clocks == {"gpu": Clock(2520, 3105, None, False)}
    assert power.temperatures_c == {"gpu0": 63.0}
    assert power.throttled_by == ("gpu power cap",)


def test_what_nvidia_smi_does_not_know() -> None:
    (gpu,) = parse_nvidia_smi(SMI_ORIN)
    assert (gpu.name, gpu.memory_mb, gpu.temperature_c, gpu.mhz, gpu.throttled_by) == (
        "Orin (nvgpu)",
        None,
        None,
        None,
        (),
    )
    assert parse_nvidia_smi("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n") == ()


def test_versions_of_the_system(lay: Lay) -> None:
    root = lay(ORIN)
    versions = read_versions((), root)
    assert (versions["tensorrt (system)"], versions["cuda"]) == ("10.3.0.30-1+cuda12.5", "12.6.20240903")
    assert debian_versions(("libnvinfer8", "nvidia-jetpack"), root) == {"nvidia-jetpack": "6.2.1+b38"}
    assert read_cuda(lay({"usr/local/cuda/version.json": "[]"})) is None


def test_a_command_that_is_missing_or_fails_says_nothing() -> None:
    assert output_of("cg3d-no-such-command") is None
    assert output_of("false") is None


def device_like(jetson: Jetson | None = None, smi: str = "") -> Device:
    return Device("board", "system", "cpu", 8, 8192, parse_nvidia_smi(smi), jetson)


@pytest.mark.parametrize(
    ("backend", "device", "versions", "advice"),
    [
        ("cpu", device_like(), {}, "pip install onnxruntime"),
        ("cuda", device_like(), {}, "no NVIDIA GPU or no driver here: nothing to install"),
        ("cuda", device_like(smi=SMI), {}, "pip uninstall --yes onnxruntime && pip install onnxruntime-gpu"),
        (
            "tensorrt",
            device_like(smi=SMI),
            {"driver": "580.95.05"},
            'pip install "tensorrt-cu13" "cuda-python==13.*"',
        ),
        (
            "tensorrt",
            device_like(smi=SMI),
            {"driver": "535.1"},
            'pip install "tensorrt-cu12" "cuda-python==12.*"',
        ),
        (
            "tensorrt",
            device_like(Jetson("36.4.3", "6.2.1+b38")),
            {},
            "sudo apt install python3-libnvinfer && python3 -m venv --system-site-packages VENV, and in it: "
            'pip install "cuda-python==12.*"',
        ),
        (
            "tensorrt",
            device_like(Jetson("38.2.0", "7")),
            {"tensorrt": "10.13.3"},
            'pip install "cuda-python==13.*"',
        ),
        (
            "tensorrt",
            device_like(Jetson("35.4.1", "5")),
            {},
            "JetPack 5 has TensorRT 8, which is too old: update to JetPack 6 or later",
        ),
        (
            "cuda",
            device_like(Jetson("36.4.3", "6")),
            {},
            "PyPI has no onnxruntime-gpu for 64-bit ARM: use TensorRT, which JetPack brings",
        ),
    ],
)
def test_advice(backend: str, device: Device, versions: dict[str, str | None], advice: str) -> None:
    assert advise(backend, device, versions) == advice


def test_two_onnxruntimes_are_a_conflict() -> None:
    both = {"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.31.1"}
    device = device_like()
    assert conflicts(device, {**both, "onnxruntime-gpu": None}) == []
    (note,) = conflicts(device, both)
    assert note.endswith("pip install onnxruntime")
    (note,) = conflicts(replace(device, gpus=parse_nvidia_smi(SMI)), both)
    assert note.endswith("pip install onnxruntime-gpu")
