"""A request's head takes no more memory than its bound; what fits is answered as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.responses import PlainTextResponse

from libs.service.heads import HEAD_BYTES, BoundedHeads
from tests.support.waiting import eventually

_PIECE = 8 * 1024


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(PlainTextResponse("yes"), port=0, http=BoundedHeads, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


async def send_head(writer: asyncio.StreamWriter, total_bytes: int) -> None:
    writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n")
    for number in range(total_bytes // _PIECE):
        writer.write(b"x-%d: " % number + b"a" * (_PIECE - 16) + b"\r\n")
        await writer.drain()
        # Pieces reach the server one by one, as they do from a slow sender.
        await asyncio.sleep(0)


async def test_an_endless_head_is_refused() -> None:
    async with connected() as (reader, writer), asyncio.timeout(10.0):
        answer = b""
        # What the server had not read when it hung up may cost the client its last words.
        with suppress(ConnectionError):
            await send_head(writer, 100 * HEAD_BYTES)
            answer = await reader.readline()
        assert not answer or answer.startswith(b"HTTP/1.1 431")


async def test_heads_within_the_bound_are_answered_on_one_connection() -> None:
    async with connected() as (reader, writer):
        for _ in range(3):
            await send_head(writer, HEAD_BYTES // 2)
            writer.write(b"\r\n")
            answer = await reader.readuntil(b"yes")
            assert answer.startswith(b"HTTP/1.1 200")
