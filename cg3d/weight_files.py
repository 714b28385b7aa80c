"""Weight files of other programs: read without running anything in them, and held against what a model expects."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cg3d_runtime.errors import CheckpointError

MOST_NAMES = 5  # of a kind, in one message


def read_weight_file(path: Path) -> dict[str, Any]:
    """The dictionary that `torch.save` wrote to a file, on the CPU.

    Tensors and plain values alone are read, so that a file can run nothing. An argparse.Namespace, where many training programs
    keep their options, is one of them.

    Raises:
        CheckpointError: no such file, none of `torch.save`, damaged, or one that holds other objects.
    """
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(
            f"{path}: cannot be read ({error.strerror}). Name a file that torch.save wrote."
        ) from error
    except Exception as error:  # bytes that are no pickle fail in any way
        raise CheckpointError(f"{path}: {_reason(error)}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: holds a {type(content).__name__}; a dictionary of weights is expected.")
    return content


def weights_in(content: Mapping[str, Any], entry: str | None, path: Path) -> dict[str, Tensor]:
    """The weights in one entry of a file, or in the file itself; the `module.` of data-parallel training is taken off.

    Raises:
        CheckpointError: no such entry, or something else than named tensors in it.
    """
    if entry is not None and entry not in content:
        raise CheckpointError(f"{path}: has no {entry!r}; found {shortened(content)}. Is it a file of another kind?")
    weights = content if entry is None else content[entry]
    named = isinstance(weights, dict) and all(isinstance(n, str) and isinstance(v, Tensor) for n, v in weights.items())
    if not named:
        raise CheckpointError(f"{path}: {entry or 'its content'} is not a state dict; named tensors are expected.")
    return {name.removeprefix("module."): value for name, value in weights.items()}


def require_layout(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor], source: str) -> None:
    """Check that weights have exactly the expected names and shapes; `source` begins the message.

    Raises:
        CheckpointError: all the names that do not fit.
    """
    both = expected.keys() & found.keys()
    problems = {
        "Missing": expected.keys() - found.keys(),
        "Unexpected": found.keys() - expected.keys(),
        "Of another shape": {
            f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name])}"
            for name in both
            if found[name].shape != expected[name]
        },
    }
    if listed := " ".join(f"{kind}: {shortened(names)}." for kind, names in problems.items() if names):
        raise CheckpointError(f"{source} does not fit. {listed}")


def require_finite(weights: Mapping[str, Tensor], source: str) -> None:
    """Check that no weight is infinite or NaN; `source` begins the message.

    Raises:
        CheckpointError: the names of those that are.
    """
    if spoilt := {name for name, value in weights.items() if not value.isfinite().all()}:
        raise CheckpointError(f"{source}: weights that are infinite or NaN: {shortened(spoilt)}. It computes nothing.")


def shortened(names: Mapping[str, Any] | set[str]) -> str:
    """The names in order, the first few of many."""
    ordered = sorted(map(str, names))
    more = f" and {len(ordered) - MOST_NAMES} more" if len(ordered) > MOST_NAMES else ""
    return ", ".join(ordered[:MOST_NAMES]) + more


def _reason(error: Exception) -> str:
    if refused := re.search(r"GLOBAL (\S+)", str(error)):
        return (
            f"holds a Python object ({refused[1]}), and reading one can run any code, so it is not read. Ask its authors for "
            "a file of tensors alone, or save one with torch.save where you trust it."
        )
    return "is no file that torch.save wrote, or a damaged one. Download it again."
