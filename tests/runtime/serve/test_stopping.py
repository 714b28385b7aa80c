"""Start and end of a service: what was asked is answered, nobody else is heard, nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cg3d_runtime.serve.server import is_loopback
from tests.runtime.serve.conftest import COMMAND, Service, Start, cloud, npy

SCAN = npy(cloud())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_under_load_every_request_is_answered_and_it_ends_with_0(start: Start, number: int) -> None:
    service = start("--processes", 2)
    answerers = service.answerers()
    with ThreadPoolExecutor(6) as threads:
        for each in answerers:
            os.kill(each, signal.SIGSTOP)
        asked = [threads.submit(service.send, "/recognise", SCAN) for _ in range(6)]
        service.wait_for(lambda: b"cg3d_requests_in_flight 6.0" in service.get("/metrics").body)
        service.process.send_signal(number)
        service.wait_for(lambda: is_refused(service))
        for each in answerers:
            os.kill(each, signal.SIGCONT)
        assert [each.result().status for each in asked] == [200] * 6
    assert service.process.wait(30) == 0
    assert not any(Path(f"/proc/{each}").exists() for each in answerers)
    assert list(service.temporary.iterdir()) == []
    assert len(service.said) == 1  # that it listens


def is_refused(service: Service) -> bool:
    try:
        service.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_idle_and_half_open_connections_do_not_hold_it_up(start: Start) -> None:
    service = start("--processes", 1)
    with service.connect() as idle, service.connect() as half:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(1 << 16).startswith(b"HTTP/1.1 200")
        half.sendall(b"POST /recognise?na")
        assert service.stop() == 0


def run(*options: object) -> tuple[int, str]:
    ran = subprocess.run([*COMMAND, *map(str, options)], capture_output=True, text=True, timeout=60)
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_what_cannot_start_says_why_in_one_line(tiny_bundle: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        code, said = run("--port", taken, "--bundle", tiny_bundle)
        assert (code, said) == (
            2,
            f"cg3d-serve: 127.0.0.1, port {taken}: cannot be listened on (Address already in use); choose another.\n",
        )
    code, said = run("--host", "no.such.host.invalid")
    assert code == 2 and said.startswith("cg3d-serve: no.such.host.invalid, port 8080: cannot be listened on")
    code, said = run("--port", 0, "--bundle", tmp_path)
    assert code == 2 and said.count("\n") == 1 and "manifest.json" in said
    code, said = run("--port", 0, "--labels", tmp_path / "none.txt")
    assert code == 2 and said.count("\n") == 1 and "none.txt" in said


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_only_this_machine_reaches_a_loopback_address(host: str, is_own: bool) -> None:
    assert is_loopback(host) == is_own


def test_an_open_address_is_warned_of(start: Start) -> None:
    service = start("--processes", 1, "--host", "0.0.0.0")
    assert service.said[0].startswith("cg3d-serve: 0.0.0.0 can be reached by others, without a password")
