"""The newest of what comes: a place for one, in which what is out of date makes room."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Hands the newest item from threads that put to a thread that takes; never holds more than one."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> bool:
        """Put an item in the place of the one that nobody took; returns whether there was one."""
        with self._changed:
            replaced, self._item = self._item is not None, item
            self._changed.notify()
        return replaced

    def take(self) -> T | None:
        """Wait for an item and take it; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._item is not None)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> None:
        """Let whoever waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
