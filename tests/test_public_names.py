"""The public face of every package: what `__all__` says is what dir(), help(), type checkers and the lazy table know."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import cg3d
import cg3d_calibration
import cg3d_export
import cg3d_runtime
from cg3d_runtime import Cg3dError, Recognizer

PACKAGES = [cg3d_runtime, cg3d, cg3d_export, cg3d_calibration]


def imported_for_types(package: ModuleType) -> dict[str, str]:
    """Name -> module that the block under TYPE_CHECKING imports it from, below the package."""
    tree = ast.parse(inspect.getsource(package))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    start = f"{package.__name__}."
    return {
        alias.asname or alias.name: str(line.module).removeprefix(start)
        for line in block.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_all_dir_table_and_types_agree(package: ModuleType) -> None:
    assert package.__all__ == sorted(package.__all__)
    eager = {name for name in package.__all__ if name in vars(package)}
    assert all(issubclass(getattr(package, name), Cg3dError) for name in eager)
    assert set(package._MODULES) == set(package.__all__) - eager
    assert imported_for_types(package) == package._MODULES
    assert set(dir(package)) - {"__version__"} == set(package.__all__)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_name_is_there_and_described(package: ModuleType) -> None:
    for name in package.__all__:
        found = getattr(package, name)
        assert callable(found) and inspect.getdoc(found), name
        assert name in (found.__name__, "fine_tune")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018


@pytest.mark.parametrize(
    "path",
    [
        "cg3d_runtime.bundle.Bundle",
        "cg3d_runtime.labels.read_labels",
        "cg3d_runtime.pointcloud2.to_point_cloud",
        "cg3d_runtime.prepare",
        "cg3d_runtime.CheckpointError",
        "cg3d_runtime.DataError",
        "cg3d.evaluation.evaluate.evaluate",
        "cg3d.finetune.classifier.load_classifier",
        "cg3d_calibration.bundle_update.store_confidence",
        "cg3d_calibration.confidence.fit_confidence",
        "cg3d_calibration.rival_names.read_rival_names",
    ],
)
def test_paths_that_were_published_still_lead_there(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_help_shows_the_recogniser() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import cg3d_runtime; help(cg3d_runtime)"], capture_output=True, text=True, check=True
    )
    for name in cg3d_runtime.__all__:
        assert name in ran.stdout
    assert Recognizer.__name__ in dir(cg3d_runtime)


@pytest.mark.parametrize("name", ["cg3d", "cg3d_export", "cg3d_calibration"])
def test_importing_a_face_needs_no_torch(name: str) -> None:
    code = f"import {name}, sys; dir({name}); assert not {{'torch', 'numpy', 'onnx'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_are_told_by_their_short_name_and_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(cg3d_runtime.ScanError("no points")))
    assert (type(error), str(error)) == (cg3d_runtime.ScanError, "no points")
    code = "from cg3d_runtime import read_scan; read_scan('none.ply')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stderr.splitlines()[-1].startswith("cg3d_runtime.ScanError: none.ply: cannot be read")


def test_what_a_class_is_made_of_can_be_read() -> None:
    for name in ("Answer", "Bundle", "Outcome", "Recognizer"):
        public = getattr(cg3d_runtime, name)
        assert Path(str(inspect.getsourcefile(public))).parent.is_relative_to(Path(cg3d_runtime.__file__).parent)
        assert f"class {name}" in inspect.getsource(public)
