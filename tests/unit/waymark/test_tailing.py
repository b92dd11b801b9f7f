"""Following what is recorded: nothing missed, nothing twice, shown as text, and names that are none are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.support.scripted_api import ScriptedApi, impatient
from tests.support.waiting import eventually
from waymark.client import AsyncClient
from waymark.client.address import Address
from waymark.connection import Connection
from waymark.errors import CommandFailed
from waymark.tailing import tail_events, tail_interactions

NAMES = ("ORDER", "PAYMENT", "NODE", *(f"T{n}" for n in range(20)))


class ToApi(Connection):
    """A connection to a scripted API."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__(Address("http://waymark.test", "key"))
        self.api = ScriptedApi(*[answer] * 20)

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[AsyncClient]:
        """Make a client of the API."""
        async with self.api.async_client(retries=impatient()) as client:
            yield client


def catalog(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/api/interactions":
        pagination = {"page": 1, "limit": 10, "total": 0, "totalPages": 0, "hasNext": False, "hasPrev": False}
        return httpx.Response(200, json={"data": [], "pagination": pagination})
    items = [{"title": name, "mnemonic": name} for name in NAMES]
    return httpx.Response(200, json=items)


@pytest.mark.parametrize(
    ("name", "words"),
    [("NOPE", "did you mean NODE?"), ("order5", "did you mean ORDER"), ("zzzz", "there are NODE, ORDER, PAYMENT, T0")],
)
async def test_a_type_that_is_none_is_told_with_those_like_it(name: str, words: str) -> None:
    with pytest.raises(CommandFailed, match=f"there is no resource type {name!r}: ") as failed:
        await tail_interactions(ToApi(catalog), {"resource_type": name}, 10, follow=True, as_json=False)
    assert words in str(failed.value)


async def test_a_known_name_without_records_is_waited_for() -> None:
    await tail_interactions(ToApi(catalog), {"action": "order"}, 10, follow=False, as_json=False)


def event(number: int) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "eventType": "order.shipped",
        "resourceType": "ORDER",
        "resourceId": ":a: [/x] \x1b[2J",
        "occurredAt": "2026-01-15T10:30:00.000Z",
        "payload": {},
    }


class Stream(httpx.AsyncByteStream):
    """Begins, repeats the last event of the list, goes on with the next, and says nothing more."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"retry: 1\nid: begun\n\n"
        for number in (2, 3):
            yield b"id: p%d\ndata: %s\n\n" % (number, httpx.Response(200, json=event(number)).content)
        await asyncio.Event().wait()


async def test_events_come_once_and_none_falls_between_the_list_and_the_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/stream"):
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Stream())
        assert request.headers["waymark-min-position"] == "begun"
        return httpx.Response(200, json={"events": [event(2), event(1)], "total": 2})

    shown = ""

    def is_shown() -> bool:
        nonlocal shown
        shown += capsys.readouterr().out
        return shown.count("\n") >= 3

    tailing = asyncio.create_task(tail_events(ToApi(answer), {}, 10, follow=True, as_json=False))
    try:
        await eventually(is_shown)
    finally:
        tailing.cancel()
    assert shown.splitlines() == [r"2026-01-15T10:30:00.000Z order.shipped ORDER:" + r":a: [/x] \x1b[2J by -"] * 3
