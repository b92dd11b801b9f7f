"""A server on loopback that counts the calls of tasks by their idempotency keys: what the world outside has seen.

Paths say how it answers: `/ok/…` with 200, `/slow/<ms>/…` the same later, `/status/<code>/…` with that status,
`/flaky/<times>/…` with 503 to as many calls under one key, then with 200.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.waiting import eventually


@dataclass
class KeyCounter:
    """`calls` counts the requests by path and key, as they are answered."""

    url: str = ""
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def keys(self, path: str) -> list[str]:
        """Return the distinct keys under which a path was called."""
        return [key for at, key in self.calls if at == path]

    def count(self, path: str) -> int:
        """Return how often a path was called."""
        return sum(count for (at, _), count in self.calls.items() if at == path)

    async def called(self, path: str, times: int = 1) -> None:
        """Wait until a path was called so many times."""
        await eventually(lambda: self.count(path) >= times, timeout_s=30.0, interval_s=0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path, headers = _parsed(head)
                await reader.readexactly(int(headers.get("content-length", "0")))
                await self._answer(path, headers.get("idempotency-key", ""), writer)
        writer.close()

    async def _answer(self, path: str, key: str, writer: asyncio.StreamWriter) -> None:
        self.calls[path, key] += 1
        kind, _, rest = path.removeprefix("/").partition("/")
        given = rest.partition("/")[0]
        if kind == "slow":
            await asyncio.sleep(int(given) / 1_000)
        status = 200
        if kind == "status":
            status = int(given)
        elif kind == "flaky" and self.calls[path, key] <= int(given):
            status = 503
        body = json.dumps({"path": path, "calls": self.calls[path, key]}).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)


def _parsed(head: str) -> tuple[str, dict[str, str]]:
    first, *lines = head.split("\r\n")
    fields = (line.split(":", 1) for line in lines if line)
    return first.split(" ")[1], {name.lower(): value.strip() for name, value in fields}


@asynccontextmanager
async def key_counter() -> AsyncIterator[KeyCounter]:
    """A counter that serves for the length of the block."""
    counter = KeyCounter()
    async with await asyncio.start_server(counter.serve, "127.0.0.1", 0) as server:
        counter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield counter
