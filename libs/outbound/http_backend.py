"""The network as an HTTP connection sees it: judged addresses under one name, and a bounded stream of bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from ssl import SSLContext
from typing import Any, Final

import httpcore
from httpcore import SOCKET_OPTION

from libs.outbound.addresses import IPAddress
from libs.outbound.connecting import first_connected
from libs.outbound.errors import ReplyInvalid

_FAILURES: Final = (httpcore.ConnectError, httpcore.ConnectTimeout)


class JudgedBackend(httpcore.AsyncNetworkBackend):
    """The network of one connection: whatever its host is called, it leads to the judged `addresses`.

    The connection brings at most `max_bytes`.
    """

    def __init__(self, addresses: Sequence[IPAddress], max_bytes: int) -> None:
        self._addresses = addresses
        self._max_bytes = max_bytes
        self._sockets = httpcore.AnyIOBackend()
        self._stream: BoundedStream | None = None

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002  # the name is for TLS and the `Host` header alone
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        def connect(address: IPAddress) -> Awaitable[httpcore.AsyncNetworkStream]:
            return self._sockets.connect_tcp(str(address), port, timeout, local_address, socket_options)

        self._stream = BoundedStream(await first_connected(self._addresses, connect, _FAILURES), self._max_bytes)
        return self._stream

    async def aclose(self) -> None:
        """Close the connection, also one that was cancelled in the middle of TLS, which httpcore leaves open."""
        if self._stream is not None:
            await self._stream.aclose()


class BoundedStream(httpcore.AsyncNetworkStream):
    """A stream that fails once it has brought more than `max_bytes`."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        data = await self._stream.read(max_bytes, timeout)
        self._left -= len(data)
        if self._left < 0:
            raise ReplyInvalid("the reply is too long")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        self._stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
