"""Parts that go wrong, for test_gpu_check."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from gpu_check.findings import Findings


def crash(device: str, told: Findings) -> None:
    told.passed("before")
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(device: str, told: Findings) -> None:
    told.measured("before", 3.0, "ms")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    told.measured("child", child.pid, "")
    time.sleep(600)


def raises(device: str, told: Findings) -> None:
    told.passed("before")
    raise RuntimeError("CUDA error: out of memory")
