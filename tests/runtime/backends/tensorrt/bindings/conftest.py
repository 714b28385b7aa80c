"""The real bindings of TensorRT and cuda-python, in all supported releases, from the package index.

The wheels of TensorRT's bindings hold no TensorRT; they import where libraries of the right names offer the few C functions
that they want. So empty ones are built with gcc.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TENSORRT = {
    "10.3": "tensorrt-cu12-bindings==10.3.0",
    "10.16": "tensorrt-cu13-bindings==10.16.*",
    "11": "tensorrt-cu13-bindings==11.*",
}
CUDA = {"12.3": ["cuda-python==12.3.*"], "12": ["cuda-bindings==12.*"], "13": ["cuda-bindings==13.*"]}
PATHFINDER = "cuda-pathfinder"  # what cuda-bindings imports
LIBRARIES = ("nvinfer", "nvinfer_plugin", "nvonnxparser")

DESCRIBE = """
import importlib, json, sys
module = None
for name in sys.argv[1:]:
    try: module = module or importlib.import_module(name)
    except ImportError: pass
def text(member):
    doc = getattr(getattr(member, "fget", None), "__doc__", None) or getattr(member, "__doc__", None)
    return "\\n".join(line.strip() for line in (doc or "").splitlines())
def describe(kind):
    return {name: {"property": isinstance(getattr(kind, name), property), "doc": text(getattr(kind, name)),
                   "class": describe(getattr(kind, name)) if isinstance(getattr(kind, name), type) else None}
            for name in dir(kind) if name in ("__init__", "__version__") or not name.startswith("__")}
print(json.dumps({"name": module.__name__, **{"members": describe(module)}}))
"""


def download(folder: Path, *specifications: str) -> Path:
    """Unpack wheels into a folder, or skip the test with the reason."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "-d",
        str(folder / "wheels"),
    ]
    try:
        ran = subprocess.run([*command, *specifications], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the package index does not answer; {specifications} cannot be had")
    if ran.returncode:
        pytest.skip(f"{specifications} cannot be had here: {ran.stderr.strip().splitlines()[-1]}")
    for wheel in (folder / "wheels").glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def empty_libraries(folder: Path, site: Path) -> Path:
    """Shared libraries with the functions that the bindings want; each returns null."""
    if not shutil.which("gcc") or not shutil.which("nm"):
        pytest.skip("gcc and nm are needed to build the libraries that the bindings link to")
    bindings = next(site.glob("tensorrt_bindings/tensorrt*.so"))
    wanted = subprocess.run(
        ["nm", "-D", "--undefined-only", bindings], capture_output=True, text=True, check=True
    ).stdout
    names = re.findall(
        r" U (create\w+_INTERNAL|get\w*Plugin\w*|getNvOnnxParserVersion|initLibNvInferPlugins)$", wanted, re.M
    )
    (folder / "empty.c").write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in names))
    major = re.search(rb"libnvinfer\.so\.(\d+)", bindings.read_bytes())
    assert names and major
    for library in LIBRARIES:
        file = f"lib{library}.so.{major[1].decode()}"
        command = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{file}", "-o", file, "empty.c"]
        subprocess.run(command, check=True, cwd=folder)
    return folder


def run_with(site: Path, libraries: Path | None, code: str, *arguments: str) -> str:
    variables = {**os.environ, "PYTHONPATH": str(site), "LD_LIBRARY_PATH": str(libraries or "")}
    variables["CUDA_VISIBLE_DEVICES"] = ""  # the same everywhere
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Bindings:
    """The bindings of one release, the empty libraries beneath them where they want any, and what they hold."""

    site: Path
    libraries: Path | None
    members: dict[str, Any]

    def run(self, code: str) -> str:
        """What code that imports them prints, in a process of its own."""
        return run_with(self.site, self.libraries, code)


@pytest.fixture(scope="module", params=TENSORRT)
def tensorrt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bindings:
    folder = tmp_path_factory.mktemp("tensorrt")
    site = download(folder, TENSORRT[request.param])
    libraries = empty_libraries(folder, site)
    members = json.loads(run_with(site, libraries, DESCRIBE, "tensorrt_bindings"))["members"]
    return Bindings(site, libraries, members)


@pytest.fixture(scope="module", params=CUDA)
def cuda(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bindings:
    site = download(tmp_path_factory.mktemp("cuda"), *CUDA[request.param], PATHFINDER)
    described = json.loads(run_with(site, None, DESCRIBE, "cuda.bindings.runtime", "cuda.cudart"))
    assert described["name"] == ("cuda.cudart" if request.param == "12.3" else "cuda.bindings.runtime")
    return Bindings(site, None, described["members"])
