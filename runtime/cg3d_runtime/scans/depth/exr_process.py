"""The process that opens an OpenEXR file for `exr.read_exr`: a name in, an .npy out, or one line on stderr."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_PIXELS

_MOST_MEMORY = 1 << 31  # bytes of address space, beside what the interpreter has
REFUSED = 3  # how it exits where stderr says why
_ALIKE = (("R", "G", "B"), ("R", "G", "B", "A"))


def main(name: str) -> None:
    """Write the depth of a file; what OpenEXR prints goes to stderr."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory()
    try:
        content = io.BytesIO()
        np.save(content, _depth(name), allow_pickle=False)
        answer.write(content.getvalue())
        answer.close()
    except ScanError as error:
        print(error, file=sys.stderr)
        sys.exit(REFUSED)
    sys.stderr.flush()
    os._exit(0)  # without its destructors, which have nothing left to do


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # of systems without it
        import resource

        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: PTH123, SIM115
        resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_MEMORY, resource.RLIM_INFINITY))


def _depth(name: str) -> np.ndarray:
    import OpenEXR

    with OpenEXR.File(name, separate_channels=True, header_only=True, num_threads=0) as file:
        _check(file)
    with OpenEXR.File(name, separate_channels=True, num_threads=0) as file:
        pixels = _chosen({key: channel.pixels for part in file.parts for key, channel in part.channels.items()})
    return pixels.astype(np.float32) if pixels.dtype == np.float16 else pixels


def _check(file: Any) -> None:
    """Refuse what would take too much memory, and what shows a part of a picture, of which the camera is not known."""
    for part in file.parts:
        (left, top), (right, bottom) = (map(int, corner) for corner in part.header["dataWindow"])
        width, height = right - left + 1, bottom - top + 1
        if width < 1 or height < 1 or width * height * len(part.header["channels"]) > MOST_PIXELS:
            raise ScanError(f"claims {width} x {height} pixels; at most {MOST_PIXELS} numbers are read.")
        if [*map(int, part.header["displayWindow"][1])] != [right, bottom] or left or top:
            raise ScanError("holds a part of a picture: its data window is not its display window. Save it whole.")


def _chosen(channels: dict[str, np.ndarray]) -> np.ndarray:
    """The depth among the channels, which may be called ViewLayer.Depth.Z."""
    named = [key for key in channels if key.split(".")[-1].lower() in ("z", "depth") or ".depth." in f".{key.lower()}."]
    if len(named) == 1 or len(channels) == 1:
        return channels[named[0] if named else next(iter(channels))]
    alike = sorted(channels, key="RGBA".find)
    if tuple(alike) in _ALIKE and all(np.array_equal(channels["R"], channels[key]) for key in "GB"):
        return channels["R"]
    raise ScanError(
        f"has the channels {', '.join(channels) or 'none'}; one that is named Z or depth, or one alone, is needed."
    )
