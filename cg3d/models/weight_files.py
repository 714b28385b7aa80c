"""Weight files of other programs: read without running anything in them, and held against what a model expects."""

from __future__ import annotations

import argparse
import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cg3d.data.pickles.restricted import require_plain_keys
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.files.regular import open_regular

MOST_NAMES = 5  # of a kind, in one message
_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # a pickle of torch.save's magic number
LONGEST_NAME = 200  # letters of one, in a message
WRAPPERS = ("module.", "_orig_mod.")  # before the names of weights
_INSIDE = re.compile(r"(_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)\.")  # anywhere in them
COUNTER = "num_batches_tracked"  # of a batch normalisation, a whole number; files of older PyTorch have none
PLAIN_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class _PassedOver:
    """Stands for a number, an array or a type that lies beside weights: whatever it is made of, nothing comes of it."""

    def __init__(self, *parts: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def _dictionary(*parts: object) -> dict[Any, Any]:
    """Stands for defaultdict, whose default is of no use here; its items follow."""
    return {}


_BESIDE = [
    *(f"numpy.{package}.multiarray.{name}" for package in ("core", "_core") for name in ("scalar", "_reconstruct")),
    *(f"numpy.{package}.numeric._frombuffer" for package in ("core", "_core")),
    *("numpy.ndarray", "numpy.dtype"),
    *(f"numpy.{kind.__name__}" for kind in np.sctypeDict.values() if isinstance(kind, type)),
    *(f"builtins.{kind}" for kind in ("list", "dict", "int", "float", "bool", "str", "tuple", "frozenset", "range")),
    *(
        f"pathlib{inside}.{kind}"
        for inside in ("", "._local")
        for kind in ("PosixPath", "WindowsPath", "PurePosixPath")
    ),
    *(f"datetime.{kind}" for kind in ("datetime", "date", "timedelta")),
    "builtins.complex",
]
_READ: list[Any] = [
    argparse.Namespace,
    (_dictionary, "collections.defaultdict"),
    *((_PassedOver, name) for name in dict.fromkeys(_BESIDE)),
]


def read_weight_file(path: Path) -> dict[str, Any]:
    """The dictionary that `torch.save` wrote to a file, on the CPU.

    Tensors and plain values alone are read, so that a file can run nothing. An argparse.Namespace, where many training programs
    keep their options, is one of them; numbers and arrays of NumPy, such as a best score, are passed over.

    Raises:
        CheckpointError: no such file, none of `torch.save`, damaged, compressed, or one that holds other objects.
    """
    try:
        _require_harmless(path)
        with torch.serialization.safe_globals(_READ), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of other protocols, and of what is refused anyway
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(
            f"{path}: cannot be read ({error.strerror}). Name a file that torch.save wrote."
        ) from error
    except CheckpointError:
        raise
    except Exception as error:  # bytes that are no pickle fail in any way
        raise CheckpointError(f"{path}: {_reason(error)}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: holds a {type(content).__name__}; a dictionary of weights is expected.")
    return content


def _require_harmless(path: Path) -> None:
    """Refuse what torch.load would take without a limit of memory or time, and what is plainly another kind of file."""
    with open_regular(path) as file:
        head = file.read(512)
    _require_weights(path, head)
    if not head.startswith(b"PK\3\4"):  # torch.save's older form: four pickles, the fourth that of the content
        with path.open("rb") as file:
            for _ in range(4 if head.startswith(_LEGACY) else 0):
                require_plain_keys(file)
        return
    with zipfile.ZipFile(path) as archive:
        records = archive.infolist()
    if any("/code/" in record.filename for record in records):
        raise CheckpointError(
            f"{path}: is a TorchScript program, not a file of weights. Save model.state_dict() with torch.save."
        )
    claimed = sum(record.file_size for record in records)
    if claimed > path.stat().st_size or any(record.compress_type != zipfile.ZIP_STORED for record in records):
        raise CheckpointError(
            f"{path}: is compressed, to become {claimed:,} bytes; torch.save compresses nothing. Save it with torch.save again."
        )
    with zipfile.ZipFile(path) as archive:
        for record in records:
            if record.filename.endswith(".pkl"):
                require_plain_keys(io.BytesIO(archive.read(record)))
        if damaged := archive.testzip():  # torch does not compare checksums
            raise CheckpointError(f"{path}: is damaged, {damaged!r} in it is not what was saved. Download it again.")


def _require_weights(path: Path, head: bytes) -> None:
    """Refuse what often comes in place of weights, by its first bytes."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise CheckpointError(
            f"{path}: is a web page, most likely a warning that came in place of the weights. Open its address in a browser "
            "and download it there."
        )
    if head.startswith(b"version https://git-lfs"):
        raise CheckpointError(f"{path}: only points to weights that Git LFS keeps. Fetch them: git lfs pull")


def weights_in(content: Mapping[str, Any], entry: str | None, path: Path) -> dict[str, Tensor]:
    """The weights in one entry of a file, or in the file itself, without what training programs put before their names.

    Raises:
        CheckpointError: no such entry, or something else than named tensors in it.
    """
    if entry is not None and entry not in content:
        raise CheckpointError(f"{path}: has no {entry!r}; found {shortened(content)}. Is it a file of another kind?")
    weights = content if entry is None else content[entry]
    if not is_state_dict(weights):
        raise CheckpointError(f"{path}: {entry or 'its content'} is not a state dict; named tensors are expected.")
    prefix = _common_prefix([_plain_name(name) for name in weights] or [""])
    plain = {_plain_name(name).removeprefix(prefix): value for name, value in weights.items()}
    if len(plain) < len(weights):
        raise CheckpointError(f"{path}: {entry or 'its content'} has weights twice, with and without a prefix.")
    most = path.stat().st_size  # a tensor may repeat one number, so that a small file claims any size
    if large := {name for name, value in plain.items() if value.numel() * value.element_size() > most}:
        raise CheckpointError(f"{path}: is too small for the tensors that it claims: {shortened(large)}.")
    return plain


def is_state_dict(weights: object) -> bool:
    """Whether something is a dictionary of named tensors."""
    return isinstance(weights, dict) and all(isinstance(n, str) and isinstance(v, Tensor) for n, v in weights.items())


def _plain_name(name: str) -> str:
    """The name without what DataParallel, FSDP, activation checkpointing and torch.compile put into it, once or more often."""
    name = _INSIDE.sub("", name)
    while name.startswith(WRAPPERS):
        name = name.partition(".")[2]
    return name


def _common_prefix(names: Sequence[str]) -> str:
    """The prefix of all names, such as `model.` of Lightning: parts that end in a dot."""
    first, last = (name.split(".")[:-1] for name in (min(names), max(names)))
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(f"{part}." for part, _ in shared)


def require_layout(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor], source: str) -> None:
    """Check that weights have exactly the expected names and shapes; `source` begins the message.

    Raises:
        CheckpointError: all the names that do not fit.
    """
    if listed := misfits(expected, found):
        raise CheckpointError(f"{source} does not fit. {listed}")


def misfits(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor]) -> str:
    """The names that are missing, unexpected or of another shape, in sentences; empty where everything fits."""
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
    return " ".join(f"{kind}: {shortened(names)}." for kind, names in problems.items() if names)


def require_finite(weights: Mapping[str, Tensor], source: str) -> None:
    """Check that all weights are floating-point numbers, none infinite or NaN; `source` begins the message.

    Raises:
        CheckpointError: the names of those that are not.
    """
    named = {name: value for name, value in weights.items() if not name.endswith(COUNTER)}
    if others := {f"{name} {value.dtype}" for name, value in named.items() if value.dtype not in PLAIN_FLOATS}:
        raise CheckpointError(
            f"{source}: weights that are no plain floating-point numbers: {shortened(others)}. Save them as float32."
        )
    if spoilt := {name for name, value in weights.items() if not value.isfinite().all()}:
        raise CheckpointError(f"{source}: weights that are infinite or NaN: {shortened(spoilt)}. It computes nothing.")


def shortened(names: Mapping[str, Any] | set[str]) -> str:
    """The names in order, the first few of many, without control characters: they are a stranger's."""
    ordered = sorted(_printable(str(name)) for name in names)
    more = f" and {len(ordered) - MOST_NAMES} more" if len(ordered) > MOST_NAMES else ""
    return ", ".join(ordered[:MOST_NAMES]) + more


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:LONGEST_NAME])


def _reason(error: Exception) -> str:
    if refused := re.search(r"GLOBAL (\S+)", str(error)):
        return (
            f"holds a Python object ({_printable(refused[1])}), and reading one can run any code, so it is not read. Ask its "
            "authors for a file of tensors alone, or save one with torch.save where you trust it."
        )
    return "is no file that torch.save wrote, or a damaged one. Download it again."
