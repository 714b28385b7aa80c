"""Our code on a stand-in for TensorRT and CUDA.

The stand-in (the folder of this name) records what it is asked and computes with ONNX Runtime. That the calls exist in the real
libraries is the matter of bindings/test_calls.py; that the real ones compute is the matter of test_gpu.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import Bundle
from cg3d_runtime.backends.tensorrt import library

STANDIN = Path(__file__).parent / "standin"
MODULES = ("tensorrt", "cuda", "cuda.bindings", "cuda.bindings.runtime", "cuda.cudart")


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in as `tensorrt`, freshly imported."""
    monkeypatch.syspath_prepend(STANDIN)
    real = {name: sys.modules.pop(name) for name in MODULES if name in sys.modules}
    loaders = (library.load_tensorrt, library.load_cuda, library.tensorrt_logger)
    for loader in loaders:
        loader.cache_clear()
    yield library.load_tensorrt()
    monkeypatch.undo()  # first, since tests patch sys.modules too
    for loader in loaders:
        loader.cache_clear()
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.modules.update(real)


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def engines(tmp_path: Path) -> Callable[[str], list[Path]]:
    return lambda pattern: sorted((tmp_path / "cache" / "engines").glob(pattern))
