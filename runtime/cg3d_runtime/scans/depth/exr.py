"""Depth in OpenEXR files, as simulators and renderers write it, read with OpenEXR (the extra `exr`) in a process of its own.

On damaged files OpenEXR 3.5 prints to stdout, gives pixels that it never read, and crashes; there it can.
"""

from __future__ import annotations

import io
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.files.npz import read_array
from cg3d_runtime.scans.depth.exr_process import REFUSED

_LONGEST_S = 60.0
# The folder that the user stands in must not hand its modules to the process.
_PROGRAM = """
import sys
sys.path[:] = filter(None, sys.path)
from cg3d_runtime.scans.depth.exr_process import main
main(sys.argv[1])
"""


def read_exr(path: Path) -> np.ndarray:
    """Read the depth of a file: its channel Z or depth, its only one, or the grey of R, G and B.

    Returns:
        (H, W) float32 or uint32, as stored.
    Raises:
        ScanError: OpenEXR is missing, the file is damaged, or which channel is the depth cannot be told; in words that follow
            its name.
    """
    if find_spec("OpenEXR") is None:
        raise ScanError('reading .exr needs OpenEXR: pip install OpenEXR (the extra "exr")')
    command = [sys.executable, "-c", _PROGRAM, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired as error:
        raise ScanError(f"was not read by OpenEXR within {_LONGEST_S:g} s; it is damaged.") from error
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == REFUSED:
        raise ScanError(one_line(ScanError(said)))
    if done.returncode or said:  # it crashed, or warned of pixels that are not there
        raise ScanError("is not a picture that OpenEXR can read: it is damaged.")
    try:
        return read_array(io.BytesIO(done.stdout), len(done.stdout))
    except ValueError as error:
        raise ScanError("is not a picture that OpenEXR can read: it is damaged.") from error
