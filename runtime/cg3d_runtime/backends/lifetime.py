"""Something that several threads use, and that one of them closes."""

from __future__ import annotations

import threading
from types import TracebackType

from cg3d_runtime.errors import BackendError


class Lifetime:
    """Uses of a recogniser, as `with` blocks: none begins once it has ended, and it ends when those under way are over."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._uses = 0
        self._ended = False

    def __enter__(self) -> None:
        with self._changed:
            if self._ended:
                raise BackendError("this recogniser is closed; open it again.")
            self._uses += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._uses -= 1
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether no use can begin any more."""
        return self._ended

    def end(self) -> bool:
        """Wait until nothing is used any more; whether this was the first call."""
        with self._changed:
            first, self._ended = not self._ended, True
            self._changed.wait_for(lambda: self._uses == 0)
        return first
