"""Hosts for calls that leave the system: servers on loopback that say what they were asked, and names for them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from libs.outbound.addresses import IPAddress

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FarHost:
    """A server on loopback: its port, the connections it took, the requests it read, the names asked for by TLS."""

    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


def answering(text: str) -> Behaviour:
    """Send `text`, with CR LF for each line's end, and hang up."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text.replace("\n", "\r\n").encode("latin-1"))

    return behave


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Say nothing until the caller hangs up."""
    await reader.read()


NO_CONTENT = answering("HTTP/1.1 204 No Content\n\n")


@asynccontextmanager
async def far_host(
    behave: Behaviour = NO_CONTENT, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[FarHost]:
    """Serve on a port of `address`: read a request with its body, then behave."""
    host = FarHost()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: host.names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next((int(line[16:]) for line in head.lower().split("\r\n") if line[:15] == "content-length:"), 0)
            host.requests.append(head + (await reader.readexactly(length)).decode())
            await behave(reader, writer)
        writer.close()

    async with await asyncio.start_server(serve, address, 0, ssl=tls) as server:
        host.port = server.sockets[0].getsockname()[1]
        yield host


class Names:
    """A resolver with answers of its own: of each name, lists of addresses, one after the other."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.questions: list[str] = []

    async def __call__(self, name: str) -> Sequence[IPAddress]:
        """Return the next answer, the last one for ever. Raises OSError for a name that has none."""
        self.questions.append(name)
        answers = self._answers.get(name)
        if not answers:
            raise OSError(f"no address of {name}")
        return [ip_address(address) for address in (answers.pop(0) if len(answers) > 1 else answers[0])]
