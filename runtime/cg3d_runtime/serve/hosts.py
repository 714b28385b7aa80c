"""The names that a service may be asked by, so that no page in a browser reaches it by a name of the page's owner.

A browser lets a page ask the server that it came from. Whoever owns that server's name can have it lead to 127.0.0.1 the next
moment (DNS rebinding): the browser then takes this service for the page's own, and gives its answers to the page. The header
Host still holds the page's name. An address in it is taken, whichever it is, for no name leads anywhere else then.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cg3d_runtime.errors import Cg3dError, shortened

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]+)(?::\d{1,5})?")


class HostCheck:
    """Refuses what is asked by another name, before anything else is looked at."""

    def __init__(self, app: ASGIApp, names: Iterable[str], refuse: Callable[[str], ASGIApp]) -> None:
        """Stand before an application.

        Args:
            names: beside localhost and all addresses, as `name_of` gives them.
            refuse: what answers where a host is not among them.
        """
        self._app, self._names, self._refuse = app, frozenset(("localhost", *names)), refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        host = Headers(scope=scope).get("host") if scope["type"] == "http" else None
        known = host is None or self._is_ours(host)  # no browser leaves it out
        await (self._app if known else self._refuse(host or ""))(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = name_of(host)
        return name is not None and (name in self._names or _is_address(name))


def name_of(host: str) -> str | None:
    """The name or address in a header Host, in small letters, without port and brackets; None where it is none."""
    found = _HOST.fullmatch(host.strip())
    return found.group(1).strip("[]").rstrip(".").lower() if found else None


def allowed_names(given: Iterable[str]) -> list[str]:
    """Names as they are given on a command line.

    Raises:
        Cg3dError: one that is none.
    """
    names = {each: name_of(each) for each in given}
    for each, name in names.items():
        if not name or "*" in name:
            raise Cg3dError(f"--allow-host takes the name of a host, such as robot.local, got {shortened(each, 60)!r}.")
    return [name for name in names.values() if name]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
