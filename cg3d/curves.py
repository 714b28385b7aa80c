"""The curves of a run as TensorBoard reads them, where TensorBoard is installed: `tensorboard --logdir runs`."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any

log = logging.getLogger(__name__)


class Curves:
    """Scalars in an event file.

    Not torch's SummaryWriter: its thread meets a full disk with a traceback of its own, and it imports TensorFlow where that
    is installed. A file opened for each report has neither trouble, and nothing that must be closed.

    Args:
        folder: made here.
        first: earlier sessions' values of later steps are shown no more.
    Raises:
        ImportError: TensorBoard is not installed.
        OSError: the folder cannot be written; so does `add`.
    """

    def __init__(self, folder: Path, first: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        folder.mkdir(exist_ok=True)
        # TensorBoard reads the files of a folder in the order of their names.
        self._path = folder / f"events.out.tfevents.{time():.6f}.{socket.gethostname()}.{os.getpid()}"
        restart = SessionLog(status=SessionLog.START)
        self._append(
            Event(wall_time=time(), file_version="brain.Event:2"),
            Event(wall_time=time(), step=first + 1, session_log=restart),
        )

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """Keep one value of each curve, by name; TensorBoard shows together what has one word before the slash."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        self._append(Event(wall_time=time(), step=step, summary=Summary(value=values)))

    def _append(self, *events: Any) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        with self._path.open("ab") as file:
            records = RecordWriter(file)
            for event in events:
                records.write(event.SerializeToString())


def open_curves(folder: Path, first: int) -> Curves | None:
    """Curves that go on after `first`, or None where TensorBoard is not at hand.

    Raises:
        OSError: the folder cannot be written.
    """
    try:
        return Curves(folder, first)
    except OSError:
        raise
    except Exception as error:  # not installed, or with a protobuf that does not fit: no reason not to learn
        log.debug("No curves for TensorBoard (%s); pip install 'cg3d[tensorboard]' for them.", error)
        return None
