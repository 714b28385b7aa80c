"""The sides of `scripts/bench serve`: how many scans a second a service answers, and what their processor time is spent on."""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 4  # connections, each of which asks as soon as it was answered
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """One window of a load.

    Attributes:
        rate: scans answered a second.
        median_ms, p95_ms: from sending to answer, as a client sees it.
        http_ms, answering_ms: processor time for each scan, of the process that speaks HTTP and of those that answer.
        client_ms: the same of the clients, which share the cores.
    """

    rate: float
    median_ms: float
    p95_ms: float
    http_ms: float
    answering_ms: float
    client_ms: float


@contextmanager
def service(command: Sequence[str], labels: Path) -> Iterator[tuple[int, int]]:
    """A running `cg3d-serve`; its process and its port."""
    with subprocess.Popen(
        [*command, "--port", "0", "--labels", str(labels)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        line = process.stderr.readline()
        if "listening on" not in line:
            raise SystemExit(f"cg3d-serve does not start: {line}")
        yield process.pid, int(line.rpartition(":")[2])
        process.terminate()
        if process.wait(60) != 0:
            raise SystemExit(f"cg3d-serve ended with status {process.returncode}.")


def load(process: int, port: int, path: str, body: bytes, headers: dict[str, str], scans: int) -> Load:
    """Have that many scans answered by clients side by side."""
    before = _seconds(process), sum(map(_seconds, _children(process))), time.process_time()
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        share = -(-scans // CLIENTS)
        asked = [threads.submit(_ask, port, path, body, headers, share) for _ in range(CLIENTS)]
        times = sorted(each for client in asked for each in client.result())
    duration = time.perf_counter() - started
    after = _seconds(process), sum(map(_seconds, _children(process))), time.process_time()
    http_ms, answering_ms, client_ms = ((b - a) / len(times) * 1e3 for a, b in zip(before, after, strict=True))
    p95 = times[int(0.95 * len(times))]
    return Load(len(times) / duration, statistics.median(times), p95, http_ms, answering_ms, client_ms)


def steps(port: int) -> dict[str, float]:
    """Milliseconds of each step of an answer so far, means, as the service itself counts them."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    found = {
        kind: dict(re.findall(rf'cg3d_step_seconds_{kind}{{path="/recognise",step="(\w+)"}} (\S+)', text))
        for kind in ("sum", "count")
    }
    return {step: float(total) / float(found["count"][step]) * 1e3 for step, total in found["sum"].items()}


def form(scan: bytes, name: str) -> tuple[bytes, dict[str, str]]:
    """A scan as a form, with its headers."""
    head = f'--b0und4ry\r\nContent-Disposition: form-data; name="scan"; filename="{name}"\r\n\r\n'
    body = head.encode() + scan + b"\r\n--b0und4ry--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=b0und4ry"}


def _ask(port: int, path: str, body: bytes, headers: dict[str, str], count: int) -> list[float]:
    """Milliseconds of each of so many answers over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for _ in range(count):
        started = time.perf_counter()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        said = response.read()
        if response.status != 200:
            raise SystemExit(f"status {response.status}: {said.decode()}")
        times.append((time.perf_counter() - started) * 1e3)
    return times


def _children(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").iterdir()
    return sorted({int(child) for thread in threads for child in (thread / "children").read_text().split()})


def _seconds(process: int) -> float:
    """Processor time that a process has taken, without that of its children."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICK
