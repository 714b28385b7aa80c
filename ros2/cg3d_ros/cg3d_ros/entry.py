"""The nodes as ROS starts them: a package that is missing is one line that says where it comes from."""

from __future__ import annotations

import importlib
import signal
import sys


def detector() -> None:
    """Run the detector."""
    _start("detector")


def recogniser() -> None:
    """Run the recogniser."""
    _start("recogniser")


def _start(name: str) -> None:
    # Ctrl-C ends it at once: libraries that load take an interrupt for something that is missing.
    python = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        module = importlib.import_module(f"cg3d_ros.{name}")
    except ImportError as error:
        print(f"{name}: {error}. {_remedy(error.name or '')}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGINT, python)
    module.main()


def _remedy(missing: str) -> str:
    if missing.partition(".")[0] in ("cg3d_runtime", "numpy", "scipy"):
        return 'Install it for the Python of ROS: pip install "./runtime[cpu,scene]" in a checkout of CG3D.'
    return "Source your ROS and this workspace (install/setup.bash), and bring what is missing: rosdep install --from-paths src"
