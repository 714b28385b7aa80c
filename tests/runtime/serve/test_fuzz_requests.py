"""A short run of `scripts/fuzz requests`, and that its judge finds faults."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason='cg3d-serve needs the extra "serve"')
pytest.importorskip("trimesh")

from fuzzing.requests import fuzz, judge


@pytest.mark.slow
def test_three_hundred_requests(tiny_bundle: Path) -> None:
    sent = fuzz(20, range(300), print, ("--bundle", str(tiny_bundle)))
    assert sent.faults == []
    assert {200, 400, 404, 415, 422} <= set(sent.statuses)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\n{}", "status 500"),
        (b"oops", "this is no answer"),
        (b'HTTP/1.1 422 No\r\ncontent-length: 17\r\n\r\n{"error": "a\\nb"}', "not one printable line"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", None),
    ],
)
def test_the_judge_finds_faults(answer: bytes, fault: str | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        found = judge(listener.getsockname()[1], b"GET / HTTP/1.1\r\n\r\n")[1]
    assert (found is None) == (fault is None) and (fault or "") in (found or "")
