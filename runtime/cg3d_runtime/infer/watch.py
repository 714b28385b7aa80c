"""Folders that fill up over time: each scan in them once it is complete."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from cg3d_runtime.commands.beside_scans import holds_no_points
from cg3d_runtime.commands.scan_files import may_hold_points, named_like_scans
from cg3d_runtime.streams.journal import State, state_of

_log = logging.getLogger(__name__)


def watch(
    folders: Sequence[Path], interval_s: float = 0.5, leave: Mapping[Path, State] = MappingProxyType({})
) -> Iterator[str]:
    """Yield each scan in the folders once it is complete, now and whenever one is written or replaced; never ends.

    Complete means that size and modification time are the same in two looks, `interval_s` seconds apart. A file that is
    moved over another is a new one, even of the same size and time. A folder that cannot be read for a time is waited for.

    Args:
        leave: scans, by absolute path, that are to be left alone while they are in this state.
    """
    watched, has_told = [_Folder(folder, leave) for folder in folders], False
    while True:
        for folder in watched:
            for path, state in folder.complete():
                if not folder.take(path, state):
                    continue
                if folder.holds_beside(path):
                    if not has_told:
                        _log.warning("%s lies beside scans and holds no points; it and its like are left out", path)
                    has_told = True
                elif may_hold_points(path):
                    yield str(path)
        time.sleep(interval_s)


class _Folder:
    """A watched folder: what was in it at the last look, and in which state its scans were taken."""

    def __init__(self, path: Path, leave: Mapping[Path, State]) -> None:
        self._path = path
        self._earlier: dict[Path, State] = {}
        self._taken = {path / scan.name: state for scan, state in leave.items() if scan.parent == path.absolute()}
        self._is_away = False
        for scan in self._taken:
            _log.warning(
                "%s was being read when the last run ended; skipped until it changes (touch it to try again)", scan
            )

    def complete(self) -> list[tuple[Path, State]]:
        """The scans that are as they were at the last look, and were not taken so; none while the folder cannot be read."""
        try:
            found = _states(self._path)
        except OSError as error:
            self._tell(error)
            return []
        self._tell(None)
        earlier, self._earlier = self._earlier, found
        self._taken = {path: state for path, state in self._taken.items() if path in found}
        return [(path, state) for path, state in found.items() if earlier.get(path) == state != self._taken.get(path)]

    def take(self, path: Path, state: State) -> bool:
        """Whether a scan is still there as it was; it is not complete again until it changes."""
        with suppress(OSError):
            if state_of(path) == state:
                self._taken[path] = state
                return True
        return False

    def holds_beside(self, path: Path) -> bool:
        """Whether it lies beside the scans of the last look and holds no points, such as their labels."""
        return holds_no_points(path, self._earlier.keys())

    def _tell(self, fault: OSError | None) -> None:
        """Say once that the folder cannot be read, and once that it can be again."""
        if fault and not self._is_away:
            _log.warning(
                "%s: cannot be read now (%s); what arrives is answered when it can be", self._path, fault.strerror
            )
        elif self._is_away and not fault:
            _log.warning("%s: can be read again", self._path)
        self._is_away = fault is not None


def _states(folder: Path) -> dict[Path, State]:
    """The state of every scan; what vanishes while one looks is simply not there.

    Raises:
        OSError: the folder cannot be read.
    """
    states = {}
    for path in named_like_scans(folder):
        with suppress(OSError):
            states[path] = state_of(path)
    return states
