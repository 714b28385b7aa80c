"""What a service lets its clients take: bytes, time, and places beside each other."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.runtime.serve.conftest import Service, Start, cloud, form, npy

SCAN = npy(cloud())


@pytest.fixture(scope="module")
def narrow(start: Start) -> Service:
    """A service that takes little."""
    return start("--processes", 1, "--max-body", 1, "--timeout", 1, "--max-in-flight", 3)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(narrow: Service) -> None:
    head = b"POST /recognise?name=a.npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n"
    with narrow.connect() as connection:
        connection.sendall(head)
        got = b""
        while not got.endswith(b"}"):
            got += connection.recv(1 << 16)
    assert got.startswith(b"HTTP/1.1 413 ") and b"1000000 bytes, the most that is taken" in got


def test_a_body_that_becomes_too_large_is_refused_when_it_is(narrow: Service) -> None:
    body = b"x" * 1_100_000
    for path, whole, headers in (("/recognise?name=a.npy", body, {}), ("/recognise", *form(body))):
        got = narrow.ask("POST", path, iter([whole]), headers)  # of no length that is told before
        assert got.status == 413 and "the most that is taken" in got.told["error"]
    assert narrow.ask("POST", "/recognise?name=a.npy", b"x" * 1_000_000).status == 422


def trickle(service: Service, first: bytes, rest: bytes = b"") -> tuple[float, bytes]:
    """Send, then a byte every tenth of a second; how long the connection lives, and what comes over it."""
    began, got = time.monotonic(), b""
    with service.connect() as connection:
        connection.sendall(first)
        connection.settimeout(0.1)
        while time.monotonic() - began < 20:
            try:
                piece = connection.recv(1 << 16)
            except TimeoutError:
                with suppress(OSError):
                    connection.sendall(rest)
                continue
            except ConnectionError:
                break
            if not piece:
                break
            got += piece
    return time.monotonic() - began, got


HEAD = b"POST /recognise?name=a.npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
LARGE = HEAD.replace(b"1000", b"9000000") + b"\r\n"


SLOW_CLIENTS = {
    "nothing": (b"", b"", None),
    "half a line": (b"GET /hea", b"", None),
    "endless head": (HEAD, b"x: y\r\n", None),
    "half a body": (HEAD + b"\r\nabc", b"", b"408"),
    "trickling body": (HEAD + b"\r\nabc", b"d", b"408"),
    "refused body": (LARGE, b"x", b"413"),
    "idle": (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"200"),
}


@pytest.mark.slow
def test_slow_clients_are_ended(narrow: Service) -> None:
    with ThreadPoolExecutor(len(SLOW_CLIENTS)) as threads:
        asked = {name: threads.submit(trickle, narrow, *said[:2]) for name, said in SLOW_CLIENTS.items()}
        time.sleep(0.5)
        assert narrow.get("/health").status == 200
        for name, (_, _, status) in SLOW_CLIENTS.items():
            lived, got = asked[name].result()
            assert lived < 10, name
            assert got[9:12] == (status or b""), name


def test_a_slow_client_keeps_its_place_only_for_its_time(narrow: Service) -> None:
    with ThreadPoolExecutor(3) as threads:
        slow = [threads.submit(trickle, narrow, HEAD + b"\r\nabc", b"d") for _ in range(3)]
        in_flight = b"cg3d_requests_in_flight 3.0"
        narrow.wait_for(lambda: in_flight in narrow.get("/metrics").body)
        refused = narrow.send("/recognise", SCAN)
        assert refused.told == {"error": "3 requests are in flight, the most that this service takes."}
        assert all(b" 408 " in each.result()[1] for each in slow)
    assert narrow.send("/recognise", SCAN).status == 200


def test_more_at_the_same_time_than_there_is_room_for(narrow: Service) -> None:
    with ThreadPoolExecutor(3) as threads:
        (number,) = narrow.answerers()
        os.kill(number, signal.SIGSTOP)
        asked = [threads.submit(narrow.send, "/recognise", SCAN) for _ in range(3)]
        narrow.wait_for(lambda: b"cg3d_requests_in_flight 3.0" in narrow.get("/metrics").body)
        refused = narrow.send("/recognise", SCAN)
        os.kill(number, signal.SIGCONT)
        assert refused.status == 503 and refused.headers["retry-after"] == "1"
        assert [each.result().status for each in asked] == [200] * 3


def test_an_answer_that_takes_too_long_is_given_up_and_the_next_is_not(narrow: Service) -> None:
    (number,) = narrow.answerers()
    os.kill(number, signal.SIGSTOP)  # it would never answer
    got = narrow.send("/recognise", SCAN)
    assert got.status == 503 and got.told["error"].startswith("not answered within 1 seconds")
    narrow.wait_for(lambda: narrow.answerers() not in ([], [number]))
    narrow.wait_for(lambda: narrow.send("/recognise", SCAN).status == 200)
    assert b'cg3d_processes_replaced_total{why="late"} 1.0' in narrow.get("/metrics").body


def test_a_scan_that_ends_two_processes_is_refused_and_the_service_goes_on(start: Start) -> None:
    service = start("--processes", 2)
    first, second = service.answerers()
    with ThreadPoolExecutor(1) as threads:
        for number in (first, second):
            os.kill(number, signal.SIGSTOP)
        asked = threads.submit(service.send, "/recognise", SCAN)
        service.wait_for(lambda: b"cg3d_requests_in_flight 1.0" in service.get("/metrics").body)
        for number in (first, second):
            os.kill(number, signal.SIGKILL)
        got = asked.result()
    assert got.status == 422 and "it ends the processes that read it" in got.told["error"]
    assert service.send("/recognise", SCAN).status == 200  # waits for a new process
    assert b'cg3d_processes_replaced_total{why="ended"} 2.0' in service.get("/metrics").body


def test_a_process_that_is_killed_costs_no_answer(start: Start) -> None:
    service = start("--processes", 1)
    os.kill(service.answerers()[0], signal.SIGKILL)
    assert service.send("/recognise", SCAN).status == 200
