"""Reading a bundle's archives of arrays: labels of its own, rivals, unfamiliar words, usual sizes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError, one_line


@contextmanager
def naming_file(bundle: Bundle, role: str, fault: str, advice: str) -> Iterator[None]:
    """Tell what is wrong in the file of a role by its path.

    Args:
        role: one of the manifest's files.
        fault, advice: what cannot be done with it, and what to do.
    Raises:
        BundleError: a ValueError or KeyError inside.
    """
    try:
        yield
    except (ValueError, KeyError) as error:
        path = bundle.directory / bundle.manifest.files[role].file
        raise BundleError(f"{path}: {fault} ({one_line(error, 200)}). {advice}") from error
