"""Connections on which the head of a request does not come, or what nobody reads any more does not end, are closed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_NOT_HTTP = json.dumps({"error": "this is no HTTP request that can be read, or its head is above 16 KB."}).encode()


class Protocol(H11Protocol):
    """HTTP/1.1 of uvicorn, which by itself waits for ever for a head, and for the rest of a body that was refused.

    Args:
        silence: seconds in which that must have come; the others are uvicorn's.
    """

    def __init__(self, silence: float, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._silence = silence
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with it."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a timer that runs already goes on, however often a little more comes."""
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as every other mistake: in JSON."""
        if self.cycle is None or self.cycle.response_complete:
            head = (
                "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
                f"content-length: {len(_NOT_HTTP)}\r\n\r\n"
            )
            self.transport.write(head.encode() + _NOT_HTTP)
        self.transport.close()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self._silence, self.transport.abort)

    def _stop(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
