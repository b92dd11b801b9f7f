"""A request's head takes no more memory and no more time than its bounds; what fits is answered as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.service import request_head_limits as heads
from libs.service.request_head_limits import HEAD_BYTES, BoundedHeads
from tests.support.waiting import eventually

_PIECE = 8 * 1024
YES = PlainTextResponse("yes")


@asynccontextmanager
async def connected(
    app: ASGIApp = YES,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(app, port=0, http=BoundedHeads, log_config=None, lifespan="off")
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


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_TIMEOUT_S", 0.2)


HEAD = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"


@pytest.mark.usefixtures("short_timeout")
@pytest.mark.parametrize("before", [b"", HEAD])
@pytest.mark.parametrize(
    ("begun", "going_on", "last_words"),
    [(b"GET / HTTP/1.1\r\nx: ", b"a", b"HTTP/1.1 408"), (b"\r\n", b"\r\n", b"")],
)
async def test_a_head_that_trickles_is_given_up(
    before: bytes, begun: bytes, going_on: bytes, last_words: bytes
) -> None:
    async with connected() as (reader, writer), asyncio.timeout(10.0):
        if before:
            writer.write(before)
            await reader.readuntil(b"yes")
        writer.write(begun)
        answer = asyncio.create_task(reader.read())
        with suppress(ConnectionError):
            while not answer.done():
                writer.write(going_on)
                await asyncio.wait([answer], timeout=0.01)
            assert (await answer).startswith(last_words)


@pytest.mark.usefixtures("short_timeout")
async def test_a_slow_answer_is_not_cut_by_the_next_head() -> None:
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await go_on.wait()
        await YES(scope, receive, send)

    async with connected(slow) as (reader, writer), asyncio.timeout(10.0):
        writer.write(HEAD + b"GET / HTTP/1.1\r\nx: ")
        # Longer than the next head may take, which has nobody to answer to before the first request is answered.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.5)
        go_on.set()
        assert (await reader.readuntil(b"yes")).startswith(b"HTTP/1.1 200")
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
