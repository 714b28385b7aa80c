"""The commands as the system starts them: signals first, then the imports, which take most of a start."""

from __future__ import annotations

from cg3d_runtime.commands.process import begin


def infer() -> None:
    """Run `cg3d-infer`."""
    begin()
    from cg3d_runtime.infer.cli import main

    main()


def detect() -> None:
    """Run `cg3d-detect`."""
    begin()
    from cg3d_runtime.detect.cli import main

    main()


def serve() -> None:
    """Run `cg3d-serve`."""
    begin()
    from cg3d_runtime.serve.cli import main

    main()


def search() -> None:
    """Run `cg3d-search`."""
    begin()
    from cg3d_runtime.search.cli import main

    main()


def doctor() -> None:
    """Run `cg3d-doctor`."""
    begin()
    from cg3d_runtime.doctor.cli import main

    main()


def bench() -> None:
    """Run `cg3d-bench`."""
    begin()
    from cg3d_runtime.bench.cli import main

    main()
