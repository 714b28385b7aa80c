"""The robot's half never loads the workstation's: checked in fresh processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HEAVY = {"torch", "onnx", "open_clip", "onnxruntime"}
QUICK = [
    "import cg3d_runtime",
    "import cg3d_runtime.infer.cli",
    "import cg3d_runtime.search.cli",
    "from cg3d_runtime import *",
    "import cg3d_runtime.backends",
]
ANSWER = """
import sys
from cg3d_runtime.infer.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
"""


def modules_after(code: str, *arguments: object) -> set[str]:
    """Names of the top-level modules that a fresh interpreter holds after `code`."""
    report = "\nimport sys; print('\\n', *{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", code + report, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("code", QUICK)
def test_importing_loads_nothing_heavy(code: str) -> None:
    assert not modules_after(code) & HEAVY


@pytest.mark.parametrize("code", QUICK[:3])
def test_the_package_and_its_command_line_import_without_numpy(code: str) -> None:
    assert not modules_after(code) & {"numpy", "plyfile"}


def test_this_test_can_fail() -> None:
    assert modules_after("import cg3d_runtime, onnx") & HEAVY == {"onnx"}


def test_a_whole_answer_needs_onnxruntime_alone(
    tiny_bundle: Path, labels_file: Path, make_scan: Callable[..., Path]
) -> None:
    arguments = [make_scan(), "--labels", labels_file, "--bundle", tiny_bundle]
    first, second = (modules_after(ANSWER, *arguments) for _ in range(2))
    assert first & HEAVY == second & HEAVY == {"onnxruntime"}
