"""Real services: processes of their own, asked over real sockets."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason='cg3d-serve needs the extra "serve"')

COMMAND = [sys.executable, "-c", "from cg3d_runtime.entry import serve; serve()"]
BOUNDARY = "b0und4ry"


class Got(NamedTuple):
    """An answer as a client sees it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


class Service:
    """A running `cg3d-serve`."""

    def __init__(self, folder: Path, *options: object) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        environment = {**os.environ, "CG3D_CACHE": str(folder / "cache"), "TMPDIR": str(self.temporary)}
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [*COMMAND, "--port", "0", *map(str, options)], stderr=subprocess.PIPE, text=True, env=environment
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        line = self.wait_for(lambda: next((line for line in self.said if "listening on http://" in line), None))
        self.port = int(line.rpartition(":")[2])

    def _read(self) -> None:
        assert self.process.stderr
        self.said.extend(iter(self.process.stderr.readline, ""))

    def wait_for(self, found: Callable[[], Any], seconds: float = 30.0) -> Any:
        until = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < until and self.process.poll() is None, "".join(self.said)
            time.sleep(0.02)
        return value

    def get(self, path: str) -> Got:
        return self.ask("GET", path)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Got(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def send(self, path: str, scan: bytes, name: str = "scan.npy", **fields: str | bytes) -> Got:
        """POST a form; bytes are sent as files."""
        return self.ask("POST", path, *form(scan, name, **fields))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def answerers(self) -> list[int]:
        """The numbers of the processes that answer."""
        return [number for number in children(self.process.pid) if "spawn_main" in command_of(number)]

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join(10)
        return status


def form(scan: bytes, name: str = "scan.npy", **fields: str | bytes) -> tuple[bytes, dict[str, str]]:
    """A form and its headers, as browsers and curl write them."""
    parts = [("scan", name, scan), *((key, None, value) for key, value in fields.items())]
    body = io.BytesIO()
    for key, file, value in parts:
        is_file = file is not None or isinstance(value, bytes)
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"'
        head += f'; filename="{file or key}"' if is_file else ""
        content = value if isinstance(value, bytes) else value.encode()
        body.write(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    body.write(f"--{BOUNDARY}--\r\n".encode())
    return body.getvalue(), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def npy(points: np.ndarray) -> bytes:
    """An array as the bytes of a .npy file."""
    content = io.BytesIO()
    np.save(content, points)
    return content.getvalue()


def cloud(seed: int = 0, count: int = 500) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 3), dtype=np.float32)


def children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent:
            found.append(int(status.parent.name))
    return sorted(found)


def command_of(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


Start = Callable[..., Service]


@pytest.fixture(scope="module")
def start(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a service with further options; all end with the module."""
    running: list[Service] = []

    def start(*options: object) -> Service:
        folder = tmp_path_factory.mktemp("service")
        running.append(Service(folder, "--bundle", tiny_bundle, "--labels", "bowl,mug,plate", *options))
        return running[-1]

    yield start
    for service in running:
        service.stop()


@pytest.fixture(scope="module")
def service(start: Start) -> Service:
    """One service for all tests of a module that leave it as it was."""
    return start("--processes", 1)
