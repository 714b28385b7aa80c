"""The paths of the service, and what every answer and error looks like."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib import resources
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from cg3d_runtime._version import __version__
from cg3d_runtime.errors import shortened
from cg3d_runtime.serve.answering import Model, refusal
from cg3d_runtime.serve.bodies import Inbox
from cg3d_runtime.serve.hosts import HostCheck, name_of
from cg3d_runtime.serve.limits import RETRY_AFTER, Limits
from cg3d_runtime.serve.metrics import MEDIA_TYPE, Metrics
from cg3d_runtime.serve.processes import Answerers, NobodyWaitsError
from cg3d_runtime.serve.question import DETECT, RECOGNISE, SEARCH, Reply, RequestError

_MISDIRECTED = 421
_GONE = 499  # what other servers note of a client that did not wait
_SPENT = "not answered within {:g} seconds; send a smaller scan, or ask again later."


class Service:
    """What all requests share: the processes that answer, the limits, the counts."""

    def __init__(self, answerers: Answerers, inbox: Inbox, limits: Limits, metrics: Metrics, has_library: bool) -> None:
        self._answerers, self._inbox, self._limits, self._metrics = answerers, inbox, limits, metrics
        self._has_library = has_library
        self._in_flight = 0
        self._has_scenes = find_spec("scipy") is not None

    @classmethod
    @asynccontextmanager
    async def open(cls, model: Model, processes: int, limits: Limits) -> AsyncIterator[Service]:
        """Start the processes, and end them.

        Raises:
            Cg3dError: the model cannot be opened.
            OSError: there is no temporary folder.
        """
        replaced: list[Callable[[str], None]] = []
        answerers = Answerers(model, processes, lambda why: replaced[0](why))
        inbox = Inbox(limits)
        try:
            await answerers.start()
            about = {"version": __version__, **answerers.about}
            metrics = Metrics(about, lambda: answerers.ready)
            replaced.append(metrics.count_replaced)
            yield cls(answerers, inbox, limits, metrics, model.library is not None)
        finally:
            await answerers.close()
            inbox.close()

    def app(self, hosts: Sequence[str] = ()) -> Starlette:
        """The application, for a server of the ASGI kind.

        Args:
            hosts: names that it may be asked by, beside localhost and addresses; see `hosts`.
        """
        app = Starlette(
            routes=[
                Route("/recognise", self._counted(partial(self._answer, RECOGNISE)), methods=["POST"]),
                Route("/detect", self._counted(partial(self._answer, DETECT)), methods=["POST"]),
                Route("/search", self._counted(partial(self._answer, SEARCH)), methods=["POST"]),
                Route("/health", self._counted(self._health), methods=["GET"]),
                Route("/metrics", self._show_metrics, methods=["GET"]),
                Route("/openapi.json", self._counted(_openapi), methods=["GET"]),
            ],
            middleware=[Middleware(HostCheck, names=hosts, refuse=self._misdirected)],
            exception_handlers={HTTPException: self._no_such_path, Exception: _fault},  # type: ignore[dict-item]
        )
        app.router.redirect_slashes = False
        return app

    def introduction(self) -> str:
        """What answers, in one line."""
        about = self._answerers.about
        return "{bundle} on {backend}, {precision}, {labels} labels".format(**about)

    def _counted(self, respond: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def counted(request: Request) -> Response:
            started = perf_counter()
            try:
                response: Response = await respond(request)
            except BaseException:
                self._metrics.count(request.url.path, 500, perf_counter() - started)
                raise
            self._metrics.count(request.url.path, response.status_code, perf_counter() - started)
            return response

        return counted

    async def _answer(self, kind: str, request: Request) -> Response:
        try:
            with self._admitted(kind):
                reply = await self._reply(kind, request)
        except RequestError as refused:
            reply = refusal(refused.status, refused.message)
        except (ClientDisconnect, NobodyWaitsError):
            reply = refusal(_GONE, "the client has gone.")
        self._metrics.count_steps(request.url.path, reply.ms)
        return _respond(reply)

    async def _reply(self, kind: str, request: Request) -> Reply:
        """Receive a question and answer it, in the time that there is for both.

        Raises:
            RequestError: it came too slowly, or was not answered in time.
        """
        spent = RequestError(408, f"the body did not come within {self._limits.seconds:g} seconds.")
        try:
            with anyio.fail_after(self._limits.seconds):
                async with self._inbox.question(kind, request) as question:
                    spent = RequestError(503, _SPENT.format(self._limits.seconds))
                    return await self._answerers.ask(question, request.is_disconnected)
        except TimeoutError as error:
            raise spent from error

    @contextmanager
    def _admitted(self, kind: str) -> Iterator[None]:
        """Refuse what is too much, or cannot be answered here, before it is received."""
        if kind == DETECT and not self._has_scenes:
            raise RequestError(501, 'scenes need SciPy on the server: pip install "cg3d-runtime[scene]".')
        if kind == SEARCH and not self._has_library:
            raise RequestError(501, "there is no library here: start cg3d-serve with --library LIBRARY.")
        if self._in_flight >= self._limits.in_flight:
            raise RequestError(503, f"{self._in_flight} requests are in flight, the most that this service takes.")
        self._in_flight += 1
        self._metrics.in_flight.set(self._in_flight)
        try:
            yield
        finally:
            self._in_flight -= 1
            self._metrics.in_flight.set(self._in_flight)

    async def _health(self, _: Request) -> Response:
        ready = self._answerers.ready
        told = {"status": "ok" if ready else "starting", "version": __version__, **self._answerers.about}
        return _respond(Reply(200 if ready else 503, json.dumps({**told, "processes": ready})))

    async def _show_metrics(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type=MEDIA_TYPE)

    def _misdirected(self, host: str) -> Response:
        self._metrics.count("other", _MISDIRECTED, 0.0)
        name = name_of(host)
        way = f"; start it with --allow-host {shortened(name, 60)} if it is." if name else ", nor a host's."
        return _respond(refusal(_MISDIRECTED, f"{shortened(host, 60)!r} is no name of this service{way}"))

    async def _no_such_path(self, request: Request, error: HTTPException) -> Response:
        self._metrics.count("other", error.status_code, 0.0)
        paths = "POST /recognise, POST /detect, POST /search, GET /health, GET /metrics, GET /openapi.json"
        response = _respond(
            refusal(error.status_code, f"{request.method} is not taken at this path. There are: {paths}.")
        )
        response.headers.update(error.headers or {})
        return response


def _respond(reply: Reply) -> Response:
    response = Response(reply.body, reply.status, media_type="application/json")
    if reply.status == 503:
        response.headers["retry-after"] = str(RETRY_AFTER)
    return response


async def _fault(_: Request, __: Exception) -> Response:
    return _respond(refusal(500, "the service met a fault of its own; its log has it."))


async def _openapi(_: Request) -> Response:
    description = resources.files("cg3d_runtime.serve").joinpath("openapi.json")
    return Response(description.read_bytes(), media_type="application/json")
