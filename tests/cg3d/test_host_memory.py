"""Freed memory stays with the process: seen in the page faults of a fresh one."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import resource, torch
{keep}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(16):  # the heap settles after a few
    torch.ones(1 << 24)
before = faults()
for _ in range(8):
    torch.ones(1 << 24)
print(faults() - before)
"""
KEEP = "from cg3d.machine import keep_freed_memory; keep_freed_memory()"


def page_faults(keep: str) -> int:
    ran = subprocess.run([sys.executable, "-c", CODE.format(keep=keep)], capture_output=True, text=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the setting")
def test_a_block_freed_is_taken_again_without_page_faults() -> None:
    assert page_faults(KEEP) < 0.2 * page_faults("")
