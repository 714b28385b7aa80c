"""Packed data at a location that a command line names."""

from __future__ import annotations

from pathlib import Path

from cg3d.terminal import progress


def fetch(location: str) -> Path:
    """The folder of packed data at a location, a folder or a URL, with progress where it must be fetched."""
    from cg3d.data.remote import local_copy

    with progress("fetching shards") as report:
        return local_copy(location, report)
