"""In a process that answers: the model is opened once, then questions come one by one."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from cg3d_runtime.commands.printer import print_traceback, show_warnings
from cg3d_runtime.errors import BackendError, Cg3dError, LabelError, LibraryError, ScanError, printable
from cg3d_runtime.labels import Labels
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans import SCAN_SUFFIXES
from cg3d_runtime.scans.received import ReceivedScan
from cg3d_runtime.search.asking import PICTURE_SUFFIXES
from cg3d_runtime.serve.options import read_options
from cg3d_runtime.serve.points import read_points
from cg3d_runtime.serve.question import DETECT, SEARCH, Question, Reply, RequestError
from cg3d_runtime.serve.searching import ServedLibrary, search

_log = logging.getLogger(__name__)
_opened: list[Recognizer] = []  # the one of this process
_searched: list[ServedLibrary] = []  # likewise, or none


@dataclass(frozen=True)
class Model:
    """What a service answers with, as `Recognizer.open` takes it."""

    labels: Labels | None = None
    bundle: Path | None = None
    backend: str = "auto"
    precision: str = "auto"
    threads: int | None = 1
    unknown: bool | None = None
    size: bool = True
    colour: bool = True
    turns: int = 1
    public_key: Path | None = None
    library: Path | None = None


def open_model(model: Model) -> dict[str, Any]:
    """Open the model for this process, warm.

    Returns:
        What it is, for people: bundle, backend, precision, number of labels.
    Raises:
        Cg3dError: as `Recognizer.open`.
    """
    show_warnings("cg3d-serve")
    recognizer = Recognizer.open(
        model.labels,
        model.bundle,
        backend=model.backend,
        precision=model.precision,
        threads=model.threads,
        unknown=model.unknown,
        size=model.size,
        colour=model.colour,
        turns=model.turns,
        public_key=model.public_key,
        spin=False,  # the cores are for the other processes
        warm_up=True,
    )
    _opened.append(recognizer)
    rows = {}
    if model.library:
        _searched.append(ServedLibrary(model.library, recognizer, model.backend, model.threads))
        rows = {"rows": len(_searched[-1].library)}
    return {
        "bundle": recognizer.bundle.manifest.name,
        "backend": recognizer.backend.name,
        "precision": recognizer.backend.precision,
        "labels": len(recognizer.labels),
        **rows,
    }


def answer(question: Question) -> Reply:
    """Answer with the model of this process; whatever a client can have caused is a reply, too."""
    try:
        told, ms = _told(question, _opened[-1])
        return Reply(200, told, ms)
    except RequestError as refused:
        return refusal(refused.status, refused.message, question.name)
    except Cg3dError as error:
        return refusal(_status(error, question), str(error), question.name)
    except MemoryError:
        return refusal(503, "the service is short of memory for this; send a smaller scan.", question.name)
    except Exception as error:  # a fault of ours, told to whoever runs the service
        print_traceback(error)
        return refusal(500, "the service met a fault of its own; its log has it.", question.name)


def refusal(status: int, message: str, name: str | None = None) -> Reply:
    """Say in one line why there is no answer; `name` is that of the scan."""
    file = {} if name is None else {"file": name}
    return Reply(status, json.dumps({**file, "error": printable(message)}))


def _told(question: Question, recognizer: Recognizer) -> tuple[str, dict[str, float]]:
    """The JSON of an answer, and how long its steps took."""
    if question.kind == SEARCH:
        return search(question, _searched[-1])
    scan, fields = _scan(question)
    options = read_options(question.kind, fields)
    if question.kind == DETECT:
        scene = recognizer.detect(
            scan, labels=options.labels, find=options.find, up=options.up, units=options.units or "m", top=options.top
        )
        return scene.to_json(), dict(scene.ms)
    found = recognizer(scan, labels=options.labels, up=options.up, units=options.units, top=options.top)
    return found.to_json(), dict(found.ms)


def _scan(question: Question) -> tuple[object, dict[str, Any]]:
    if question.name is not None:
        return ReceivedScan(question.name, question.content), dict(question.fields)
    points, said = read_points(question.content.read_bytes())
    return points, {**question.fields, **said}


def _status(error: Cg3dError, question: Question) -> int:
    if isinstance(error, BackendError):
        return 503
    if isinstance(error, (LabelError, LibraryError)):
        return 422
    if not isinstance(error, ScanError):
        return 400
    if _needs_a_library(error):
        return 415
    formats = (*SCAN_SUFFIXES, *PICTURE_SUFFIXES) if question.kind == SEARCH else SCAN_SUFFIXES
    known = question.name is None or PurePath(question.name).suffix.lower() in formats
    return 422 if known else 415


def _needs_a_library(error: BaseException) -> bool:
    """Whether the cause of an error is that something is not installed; an error may be its own cause."""
    causes = [error]
    while (cause := causes[-1].__cause__) is not None and cause not in causes:
        causes.append(cause)
    return any(isinstance(cause, ImportError) for cause in causes)
