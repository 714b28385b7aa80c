"""Loader processes without enough memory to share: one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cg3d.data.batches.shared_memory import is_of_shared_memory, shared_memory_told
from cg3d_runtime.errors import DataError

MESSAGES = (
    "Caught RuntimeError in DataLoader worker process 3.\nRuntimeError: unable to allocate shared memory(shm) for file "
    "</torch_18174_1833630463_1>: No space left on device (28)",
    "DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared "
    "memory. Please try to raise your shared memory limit.",
    "unable to open shared memory object </torch_12_3> in read-write mode: Too many open files (24)",
    "unable to write to file </torch_12_3>",
)


def failing(error: Exception) -> Iterator[int]:
    yield 1
    raise error


@pytest.mark.parametrize("message", MESSAGES)
def test_what_torch_says_becomes_one_line(message: str) -> None:
    batches = shared_memory_told(failing(RuntimeError(message)), 6)
    assert next(batches) == 1
    with pytest.raises(DataError, match=r"docker run --shm-size=2g, fewer data\.workers, or 0\.$") as told:
        next(batches)
    assert "\n" not in str(told.value) and "6 loader processes" in str(told.value)


def test_other_errors_stay_what_they_are() -> None:
    assert not is_of_shared_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        list(shared_memory_told(failing(RuntimeError("mat1 and mat2")), 1))


SCRIPT = """
import sys, torch
from cg3d.data.batches.batches import load
from cg3d_runtime.errors import DataError
class Items(torch.utils.data.Dataset):
    def __getitem__(self, key): return torch.zeros(1 << 20)
if __name__ == "__main__":
    try:
        for batch in load(Items(), [[1, 2]] * 3, 1): pass
    except DataError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"), reason="mounts")
@pytest.mark.parametrize("options", ["size=1m", "ro"])
def test_a_small_or_read_only_shm(tmp_path: Path, options: str) -> None:
    script = tmp_path / "load.py"
    script.write_text(SCRIPT)
    mount = f"mount -t tmpfs -o {options} tmpfs /dev/shm"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{mount} && exec {sys.executable} {script}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Loader processes need /dev/shm: docker run --shm-size=2g, fewer data.workers, or 0." in done.stdout, (
        done.stderr
    )
    assert "Traceback" not in done.stderr
