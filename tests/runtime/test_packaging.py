"""The wheel that robots install: pure Python, one package, small, with its command."""

from __future__ import annotations

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

import cg3d_runtime

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
LARGEST = 32 * 2**20  # bytes; the bundle inside is 31.6 MB of it before compression


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(RUNTIME)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = out.iterdir()
    return path


def test_public_names_are_sorted_and_there() -> None:
    assert cg3d_runtime.__all__ == sorted(cg3d_runtime.__all__)
    assert all(getattr(cg3d_runtime, name).__name__ == name for name in cg3d_runtime.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cg3d_runtime.nothing  # noqa: B018


@pytest.mark.slow
def test_one_pure_package_of_modest_size(wheel: Path) -> None:
    assert wheel.name == f"cg3d_runtime-{cg3d_runtime.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size <= LARGEST
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"cg3d_runtime"}
    assert "cg3d_runtime/py.typed" in names
    assert {Path(name).suffix for name in names}.isdisjoint({".so", ".pyd", ".pyc", ".pkl"})


@pytest.mark.slow
def test_metadata_names_the_script_and_no_torch(wheel: Path) -> None:
    archive = ZipFile(wheel)
    folder = f"cg3d_runtime-{cg3d_runtime.__version__}.dist-info"
    scripts = ConfigParser()
    scripts.read_string(archive.read(f"{folder}/entry_points.txt").decode())
    assert scripts["console_scripts"]["cg3d-infer"] == "cg3d_runtime.entry:infer"
    required = [
        line for line in archive.read(f"{folder}/METADATA").decode().splitlines() if line.startswith("Requires-Dist")
    ]
    assert required
    assert not any("torch" in line or "open_clip" in line for line in required)


@pytest.mark.slow
def test_it_runs_from_the_wheel_alone(wheel: Path) -> None:
    code = "from cg3d_runtime.infer import cli; assert '.whl' in cli.__file__, cli.__file__; cli.main()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(wheel), *sys.path])}
    ran = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, env=environment)
    assert ran.stdout == f"cg3d-infer {cg3d_runtime.__version__}\n", ran.stderr
