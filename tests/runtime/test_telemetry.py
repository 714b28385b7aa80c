"""No program of ours lets ONNX Runtime call home: what imports it has imported `cg3d_runtime` before, which tells it not to."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROOTS = ("runtime", "export", "calibration", ".")  # where packages lie
PROGRAMS = [
    path
    for folder in (
        "runtime",
        "export",
        "calibration",
        "cg3d",
        "examples",
        "benchmarks",
        "fuzzing",
        "recipes",
        "scripts",
    )
    for path in (REPOSITORY / folder).rglob("*.py")
]


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """Names of the modules that statements import, in order."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module


def file_of(module: str) -> Path | None:
    """Of a module of ours."""
    stem = module.replace(".", "/")
    candidates = (REPOSITORY / root / name for root in ROOTS for name in (f"{stem}.py", f"{stem}/__init__.py"))
    return next((path for path in candidates if path.is_file()), None)


def tells(path: Path, seen: set[Path]) -> bool:
    """Whether importing a file imports `cg3d_runtime`, itself or through others of ours."""
    if path in seen:
        return False
    seen.add(path)
    modules = list(imported(ast.parse(path.read_text()).body))
    if any(module.split(".")[0] == "cg3d_runtime" for module in modules):
        return True
    return any(tells(file, seen) for module in modules if (file := file_of(module)))


def imports_onnxruntime(path: Path) -> bool:
    if "onnxruntime" not in (text := path.read_text()):
        return False
    tree = ast.parse(text)
    return any(name.split(".")[0] == "onnxruntime" for name in imported(list(ast.walk(tree))))  # type: ignore[arg-type]


def test_whatever_imports_onnx_runtime_has_told_it_before() -> None:
    users = [path for path in PROGRAMS if imports_onnxruntime(path)]
    assert REPOSITORY / "export" / "cg3d_export" / "int8" / "quantise.py" in users
    assert [path for path in users if not tells(path, set())] == []


@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("0", "0")])
def test_the_runtime_tells_it_unless_the_user_has(before: str | None, after: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"ORT_DISABLE_TELEMETRY": before} if before else {}
    program = "import os, cg3d_runtime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{after}\n"


def test_the_c_plus_plus_example_tells_it_before_its_environment_opens() -> None:
    source = (REPOSITORY / "examples" / "cpp" / "recognizer.cpp").read_text()
    assert source.index('setenv("ORT_DISABLE_TELEMETRY", "1", 0)') < source.index('ORT_LOGGING_LEVEL_WARNING, "cg3d"')
    assert source.count("ORT_LOGGING_LEVEL_WARNING") == 1
