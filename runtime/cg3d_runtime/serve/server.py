"""A service as a process: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import uvicorn

from cg3d_runtime.commands.printer import print_line
from cg3d_runtime.commands.process import interruptible
from cg3d_runtime.errors import Cg3dError, shortened
from cg3d_runtime.serve.answering import Model
from cg3d_runtime.serve.app import Service
from cg3d_runtime.serve.limits import Limits
from cg3d_runtime.serve.slow_clients import Protocol

_BACKLOG = 128  # connections that wait to be taken
_SPARE = 5  # seconds beyond the longest request, for the last answers to leave


def bind(host: str, port: int) -> socket.socket:
    """A socket at an address, on which nobody is heard yet.

    Args:
        port: 0: one that is free.
    Raises:
        Cg3dError: no such address here, or somebody else has it.
    """
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Cg3dError(f"{shortened(host)}, port {port}: cannot be listened on ({reason}); choose another.") from error
    return listener


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(
    listener: socket.socket,
    model: Model,
    processes: int,
    limits: Limits,
    hosts: Sequence[str],
    tell: Callable[[str], None],
) -> None:
    """Answer until SIGINT or SIGTERM: then whoever has asked is answered, and nobody else is heard.

    Args:
        hosts: names that it may be asked by, beside localhost and addresses.
        tell: is told when it is ready, and with what it answers.
    Raises:
        Cg3dError: the model cannot be opened.
    """
    _show_faults()
    with suppress(KeyboardInterrupt):  # the way in which a service ends
        asyncio.run(_serve(listener, model, processes, limits, hosts, tell))


async def _serve(
    listener: socket.socket,
    model: Model,
    processes: int,
    limits: Limits,
    hosts: Sequence[str],
    tell: Callable[[str], None],
) -> None:
    async with Service.open(model, processes, limits) as service:
        config = uvicorn.Config(
            service.app(hosts),
            http=partial(Protocol, limits.silence),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=int(limits.seconds) + _SPARE,
        )
        host, port = listener.getsockname()[:2]
        address = f"[{host}]" if ":" in host else host
        server = _Server(config, lambda: tell(f"{service.introduction()}; listening on http://{address}:{port}"))
        with interruptible():
            await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn's, which tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._ready()


def _show_faults() -> None:
    """Faults of the service, with their tracebacks, on stderr; what clients do wrong is told to them alone."""
    logger = logging.getLogger("uvicorn")
    logger.setLevel(logging.ERROR)
    if not logger.handlers:
        logger.addHandler(_Faults())


class _Faults(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_line(f"cg3d-serve: {record.getMessage().strip()}")
        if record.exc_info and record.exc_info[0] is not None:
            for part in traceback.format_exception(*record.exc_info):
                for line in part.splitlines():
                    print_line(line)
