"""The checks of a request before any handler sees it: body within limits, of a type we take, JSON we can keep,
and no NUL in its query.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Any, Final

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.types import Receive, Scope

from libs.httpkit.bodies import BodyLease, impatient, read_body
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.json_values import check_json, without_bom
from libs.httpkit.media_types import require_json
from libs.httpkit.near_names import KnownNames

_CALLER_PREFIX_BITS: Final = 64


class LimitedRequest(Request):
    """A request whose body is read within a limit, decompressed, and counted in the process's budget."""

    def __init__(self, scope: Scope, receive: Receive, *, limit_bytes: int, lease: BodyLease) -> None:
        super().__init__(scope, receive)
        self._limit_bytes = limit_bytes
        self._lease = lease
        self._read: bytes | None = None
        self._parsed: Any = None

    async def body(self) -> bytes:
        """Return the whole body; see `read_body` for what it raises."""
        if self._read is None:
            self._read = await read_body(impatient(self.receive), self.scope["headers"], self._limit_bytes, self._lease)
        return self._read

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the whole body as one piece, under the same limits."""
        yield await self.body()

    async def json(self) -> Any:
        """Return the parsed body; JSONDecodeError when it is none."""
        if self._parsed is None:
            self._parsed = orjson.loads(await self.body())
        return self._parsed

    async def check_json_body(self) -> None:
        """Raise 415 when a body is there that is not JSON, 422 when it holds what cannot be kept."""
        body = self._read = without_bom(await self.body())
        if body:
            require_json(self.headers.get("content-type"))
            check_json(body)


def address_of(request: Request) -> str:
    """Return the address a request came from, as far as a trusted proxy says; `unknown` without one.

    Of an IPv6 address its /64 network, in which one caller has every address there is.
    """
    if request.client is None:
        return "unknown"
    host = request.client.host
    return _network_of(host) if ":" in host else host


def _network_of(host: str) -> str:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _CALLER_PREFIX_BITS), strict=False))


def check_query(query: QueryParams, names: KnownNames) -> None:
    """Raise 422 when a parameter is nearly called as one of `names`, or holds NUL, which no database could look for."""
    pairs = query.multi_items()
    if not pairs:
        return
    violations = names.violations((name for name, _ in pairs), ("query",))
    violations += [
        Violation(("query", name.replace("\x00", "\ufffd")), "the text holds NUL", "string_nul")
        for name, value in pairs
        if "\x00" in value
    ]
    if violations:
        raise Unprocessable(*violations)
