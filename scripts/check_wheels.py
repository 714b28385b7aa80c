"""Resolve the runtime's wheel to wheels only, for robots of both architectures; started by `scripts/check_wheels`.

Nothing is ever compiled on a robot: a dependency without a wheel for one of them is an error here. The extras of NVIDIA's
devices are left out: onnxruntime-gpu has no aarch64 wheels, and TensorRT comes with JetPack.

Exit 0: everything resolves. Exit 1: names what does not.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from email.parser import BytesParser
from pathlib import Path

from packaging.utils import parse_wheel_filename

MACHINES = ("x86_64", "aarch64")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")  # 3.10: JetPack 6; 3.12: JetPack 7
GLIBC = 35  # 2.35, of JetPack 6's Ubuntu 22.04; wheels that need a newer one do not count
DEVICE_EXTRAS = {"cuda", "tensorrt"}


def main() -> None:
    """Print a table of megabytes, a row for each machine and Python, and exit."""
    wheel = Path(sys.argv[1])
    extras = [extra for extra in offered_extras(wheel) if extra not in DEVICE_EXTRAS]
    complaints = []
    print("MB to download, and how many wheels; of an extra, what it adds to the base")
    print(f"{'machine':<9}{'Python':<8}{'base':>13}" + "".join(f"{f'[{extra}]':>13}" for extra in extras))
    for machine in MACHINES:
        for python in PYTHONS:
            cells, missing = resolve_all(wheel, extras, machine, python)
            complaints += missing
            print(f"{machine:<9}{python:<8}" + "".join(f"{cell:>13}" for cell in cells), flush=True)
    print("\n".join(complaints) or "every dependency has a wheel for each of them")
    sys.exit(bool(complaints))


def offered_extras(wheel: Path) -> list[str]:
    """The extras that the wheel's metadata lists."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(metadata)).get_all("Provides-Extra", [])


def resolve_all(wheel: Path, extras: list[str], machine: str, python: str) -> tuple[list[str], list[str]]:
    """One row: what the base and each extra weigh on one machine, and the complaints about what has no wheel."""
    cells, complaints = [], []
    base: dict[str, int] = {}
    for extra in ("", *extras):
        try:
            sizes = download(f"{wheel}[{extra}]" if extra else str(wheel), machine, python)
        except LookupError as error:
            complaints.append(f"{machine}, Python {python}, {f'[{extra}]' if extra else 'base'}: {error}")
            cells.append("none")
            continue
        base = base or sizes
        added = {name: size for name, size in sizes.items() if not extra or name not in base}
        cells.append(f"{sum(added.values()) / 1e6:.1f} ({len(added)})")
    return cells, complaints


def download(requirement: str, machine: str, python: str) -> dict[str, int]:
    """Let pip choose and fetch the wheels of a requirement.

    Returns:
        bytes by project.
    Raises:
        LookupError: what pip says that it cannot find.
    """
    platforms = [f"manylinux2014_{machine}", *(f"manylinux_2_{minor}_{machine}" for minor in range(17, GLIBC + 1))]
    options = ["--only-binary=:all:", f"--python-version={python}", *(f"--platform={name}" for name in platforms)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", folder]
        done = subprocess.run([*command, *options, requirement], capture_output=True, text=True)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ") and "Ignored" not in line]
            raise LookupError(" ".join(line.removeprefix("ERROR: ") for line in errors) or done.stderr)
        return {parse_wheel_filename(path.name)[0]: path.stat().st_size for path in Path(folder).iterdir()}


if __name__ == "__main__":
    main()
