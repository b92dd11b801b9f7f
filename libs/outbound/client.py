"""The HTTP client that leaves the system: each call under one timeout, over a connection of its own.

A connection is not kept: the next call resolves and judges anew, so none goes to an address that was judged for another
name or long ago. No proxy, no `.netrc`, no cookies, no decompression. Certificates are verified by the system's
authorities (`SSL_CERT_FILE`, `SSL_CERT_DIR`) and certifi's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

import httpcore

from libs.outbound import headers as header_rules
from libs.outbound.addresses import IPAddress
from libs.outbound.calls import OutboundCall, Reply, joined
from libs.outbound.errors import AddressRefused, CallTimedOut, HostUnreachable, ReplyInvalid, UrlRefused
from libs.outbound.guard import Guard
from libs.outbound.http_backend import JudgedBackend
from libs.outbound.resolving import Addresses, Resolve, resolve_by_system
from libs.outbound.urls import OutboundUrl, read_host

MAX_BODY_BYTES: Final = 65_536
MAX_REDIRECTS: Final = 5
# Head, interim responses, chunks and what is read beyond the body that is kept; httpcore bounds a head by 100 KiB.
_RECEIVED_PER_KEPT: Final = 8
_RESOLVE_S: Final = 5.0


def user_agent(use: str) -> str:
    """Return what calls for `use` say of themselves: `Waymark-Webhooks/0.1.0`."""
    return f"Waymark-{use}/{version('waymark')}"


class Outbound:
    """Calls URLs that tenants gave. `agent` is the calls' `User-Agent`; `tls` verifies servers."""

    def __init__(
        self, guard: Guard, agent: str, *, resolve: Resolve = resolve_by_system, tls: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard
        self._addresses = Addresses(guard, resolve)
        self._agent = agent
        self._tls = tls or httpcore.default_ssl_context()

    async def admit(self, text: str) -> None:
        """Refuse a URL that would be refused when called; a name is resolved only if it would be called unencrypted.

        Raises UrlRefused.
        """
        url = self._guard.check_url(text)
        if not url.is_plain:
            return
        try:
            async with asyncio.timeout(_RESOLVE_S):
                await self._addresses.of(url.address or url.host, url.port, plain=True)
        except (AddressRefused, HostUnreachable) as error:
            raise UrlRefused(str(error)) from None
        except TimeoutError:
            raise UrlRefused("the host's name has no address") from None

    @property
    def tls(self) -> ssl.SSLContext:
        """The context that verifies servers, for other protocols."""
        return self._tls

    async def addresses(self, host: str, port: int, *, plain: bool) -> Sequence[IPAddress]:
        """Return the addresses of a host, judged, for other protocols at `port`: `plain` when they go unencrypted.

        Raises UrlRefused, HostUnreachable, AddressRefused.
        """
        return await self._addresses.of(read_host(host), port, plain=plain)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Reply:
        """POST `body` and return the reply, whatever its status, a redirect included. Raises as `request`."""
        return await self.request("POST", url, body=body, headers=headers, timeout_s=timeout_s)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_s: float,
        body: bytes = b"",
        max_body_bytes: int = MAX_BODY_BYTES,
        max_redirects: int = 0,
    ) -> Reply:
        """Send a request and return the reply, its body cut off after `max_body_bytes`; all of it within `timeout_s`.

        With `max_redirects` as many are followed, each judged like a URL that was given; without, one is a reply.
        Raises CallFailed; ValueError for headers that are none.
        """
        given = {"user-agent": self._agent} | header_rules.checked(headers)
        try:
            async with asyncio.timeout(timeout_s):
                call = OutboundCall(method, self._guard.check_url(url), given, body)
                return await self._followed(call, max_body_bytes, max_redirects)
        except TimeoutError:
            raise CallTimedOut(f"no whole reply within {timeout_s:g} s") from None

    async def _followed(self, call: OutboundCall, max_body_bytes: int, max_redirects: int) -> Reply:
        reply = await self._exchanged(call, max_body_bytes)
        for _ in range(max_redirects):
            if reply.redirects_to is None:
                return reply
            call = call.following(reply, self._guard.check_url(joined(call.url, reply.redirects_to)))
            reply = await self._exchanged(call, max_body_bytes)
        if max_redirects and reply.redirects_to is not None:
            raise ReplyInvalid(f"more than {max_redirects} redirects")
        return reply

    async def _exchanged(self, call: OutboundCall, max_body_bytes: int) -> Reply:
        url = call.url
        addresses = await self._addresses.of(url.address or url.host, url.port, plain=url.is_plain)
        backend = JudgedBackend(addresses, _RECEIVED_PER_KEPT * max(max_body_bytes, MAX_BODY_BYTES))
        target = _target(url)
        try:
            async with httpcore.AsyncHTTPConnection(target.origin, self._tls, network_backend=backend) as connection:
                return await _reply(await connection.handle_async_request(_request(call, target)), max_body_bytes)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise HostUnreachable(_why_unconnected(error)) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError):
            raise ReplyInvalid("the connection broke off, or the reply is not HTTP") from None
        finally:
            await backend.aclose()


def _target(url: OutboundUrl) -> httpcore.URL:
    return httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target)


def _request(call: OutboundCall, target: httpcore.URL) -> httpcore.Request:
    framing = {"content-length": str(len(call.body))} if call.has_body else {}
    own = {"host": call.url.authority, "accept-encoding": "identity", "connection": "close"}
    return httpcore.Request(
        call.method, target, headers=[*(own | dict(call.headers) | framing).items()], content=call.body
    )


async def _reply(response: httpcore.Response, max_body_bytes: int) -> Reply:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > max_body_bytes:
            break
    return Reply(
        response.status,
        header_rules.received(response.headers),
        bytes(body[:max_body_bytes]),
        is_cut=len(body) > max_body_bytes,
    )


def _why_unconnected(error: Exception) -> str:
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return f"the certificate does not verify: {error.__cause__.verify_message}"
    return "no connection"
