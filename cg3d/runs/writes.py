"""Writing into the folder of a run, whose disk may be full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cg3d_runtime.errors import Cg3dError


@contextmanager
def writing_run(run: Path) -> Iterator[None]:
    """Turn the OSError of a write into one line that says how to go on.

    Nothing else may be read or written inside, or its error would blame the run's folder.

    Raises:
        Cg3dError: `run` cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise Cg3dError(
            f"{run} cannot be written ({error.strerror or error}). What was saved before is whole. "
            f"Free space, or allow writing there, then start again; what `cg3d train` began goes on with --resume {run}."
        ) from error
