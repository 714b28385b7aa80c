"""Command lines of version 0.1 as they are written now; each goes on working, with one line that names the new one.

cg3d export --verify-only BUNDLE        cg3d verify BUNDLE
cg3d export --compare BUNDLE            cg3d compare BUNDLE
cg3d export --triton DIR --bundle B     cg3d triton B --out DIR
cg3d export RUN --triton DIR            cg3d export RUN, then cg3d triton
cg3d calibrate B --confidence           cg3d calibrate B
cg3d calibrate B --method entropy       cg3d int8-ranges B --method entropy
cg3d data pack 3 --format parametric    cg3d data synth 3
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from cg3d.runs import RUNS
from cg3d_export.cli import BUNDLES
from cg3d_runtime.commands.program import note_new_spelling

_RANGES = ("--method", "--samples", "--graphs")  # of INT8, formerly a part of `cg3d calibrate`
_TRITON = {"--triton-precision": "--precision", "--triton-max-batch": "--max-batch", "--triton-tensorrt": "--tensorrt"}
_SWITCHES = ("--fp16", "--int8", "--triton-tensorrt", "--debug")  # options of `cg3d export` that take no value


def current(words: Sequence[str]) -> list[list[str]]:
    """The command lines that the words of one stand for now, most often the very same.

    Raises:
        BadParameter: options of Triton without the folder that they are about.
    """
    begin = next((index for index, word in enumerate(words) if not word.startswith("-")), len(words))
    head, command, rest = list(words[:begin]), list(words[begin : begin + 1]), list(words[begin + 1 :])
    if command == ["export"]:
        lines = _export(rest)
    elif command == ["calibrate"]:
        lines = [_calibrate(rest)]
    elif [*command, *rest[:1]] == ["data", "pack"]:
        lines = [_pack(rest[1:])]
    else:
        return [list(words)]
    if lines == [[*command, *rest]]:
        return [list(words)]
    for line in lines:
        note_new_spelling("cg3d", *line)
    return [[*head, *line] for line in lines]


def _export(words: list[str]) -> list[list[str]]:
    for old, new in (("--verify-only", "verify"), ("--compare", "compare")):
        bundle, others = _taken(words, old)
        if bundle is not None:
            return [[new, bundle, *others]]
    folder, others = _taken(words, "--triton")
    bundle, others = _taken(others, "--bundle")
    served, others = _triton_options(others)
    if folder is not None:
        exported = [] if bundle else [["export", *_with_out(others)]]
        wanted = [["triton", bundle or exported[0][-1], "--out", folder, *served, *(others if bundle else [])]]
        return exported + wanted
    if bundle is not None or served:
        raise typer.BadParameter(
            "the model repository is a command of its own: cg3d triton BUNDLE --out DIR "
            "[--precision P] [--tensorrt] [--max-batch N]."
        )
    return [["export", *words]]


def _triton_options(words: list[str]) -> tuple[list[str], list[str]]:
    """The options of the model repository by their new names, and all other words."""
    served: list[str] = []
    for old, new in _TRITON.items():
        if old == "--triton-tensorrt":
            served += [new] * (old in words)
            words = [word for word in words if word != old]
        else:
            value, words = _taken(words, old)
            served += [new, value] if value is not None else []
    return served, words


def _with_out(words: list[str]) -> list[str]:
    """The words of an export, which end with the folder that it writes."""
    out, others = _taken(words, "--out")
    return [*others, "--out", out or str(BUNDLES / _run(others).resolve().name)]


def _run(words: list[str]) -> Path:
    """The run that an export is of: the one word that is no option and no option's value, else the newest."""
    is_value = False
    for word in words:
        if not is_value and not word.startswith("-"):
            return Path(word)
        is_value = word.startswith("-") and "=" not in word and word not in _SWITCHES
    from cg3d.runs.checkpoint import newest_run

    return newest_run(RUNS)


def _calibrate(words: list[str]) -> list[str]:
    if "--confidence" in words:
        return ["calibrate", *(word for word in words if word != "--confidence")]
    out, _ = _taken(words, "--out")
    are_ranges = any(_taken(words, option)[0] is not None for option in _RANGES) or (out or "").endswith(".json")
    return ["int8-ranges" if are_ranges else "calibrate", *words]


def _pack(words: list[str]) -> list[str]:
    format, others = _taken(words, "--format")
    return ["data", "synth", *others] if format == "parametric" else ["data", "pack", *words]


def _taken(words: list[str], option: str) -> tuple[str | None, list[str]]:
    """The value of an option, `--option value` or `--option=value`, and the words without both; None where it is not there."""
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            return words[index + 1], words[:index] + words[index + 2 :]
        if word.startswith(f"{option}="):
            return word.partition("=")[2], words[:index] + words[index + 1 :]
    return None, words
