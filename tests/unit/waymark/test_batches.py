"""Items reach the server once each, in order, whatever it answers on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from waymark.imports.batches import ITEM_BYTES, Item, Outcome, ServerRefused, send_all

Answer = Callable[[list[dict[str, Any]]], Response]


class Server:
    """Answers each batch with the next of its scripted answers, then accepts everything."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.accepted: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await Response("ok")(scope, receive, send)
            return
        lines = (await Request(scope, receive).body()).split(b"\n")
        items = [orjson.loads(line) for line in lines]
        answer = self._answers.pop(0) if self._answers else self.accept
        await answer(items)(scope, receive, send)

    def accept(self, items: list[dict[str, Any]]) -> Response:
        """Take all of them."""
        return self.some(lambda _: 201)(items)

    def some(self, status: Callable[[int], int]) -> Answer:
        """A status for each item, by its number."""

        def answer(items: list[dict[str, Any]]) -> Response:
            statuses = [status(item["n"]) for item in items]
            self.accepted += [item["n"] for item, code in zip(items, statuses, strict=True) if code == 201]
            rows = [
                {"index": i, "status": s, "error": None if s == 201 else {"detail": "no"}}
                for i, s in enumerate(statuses)
            ]
            return JSONResponse({"accepted": 0, "rejected": 0, "items": rows}, 200)

        return answer


def refuse(status: int) -> Answer:
    """Refuse the whole batch."""
    return lambda _: JSONResponse({"title": "no"}, status)


async def numbered(count: int) -> AsyncIterator[Item]:
    for n in range(count):
        yield Item(orjson.dumps({"n": n}), origin=f"line {n}", resume=n)


class Away(httpx.AsyncBaseTransport):
    """Nobody listens."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """No connection."""
        raise httpx.ConnectError("refused", request=request)


async def test_a_server_that_is_not_there_to_begin_with_is_not_waited_for() -> None:
    async with httpx.AsyncClient(transport=Away(), base_url="http://server") as client:
        with pytest.raises(httpx.ConnectError):
            await send_all(client, numbered(3), done=lambda *_: None)


async def test_waiting_is_told_with_its_reason() -> None:
    told: list[str] = []
    transport = httpx.ASGITransport(app=Server(refuse(503)))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        await send_all(client, numbered(3), done=lambda *_: None, waiting=told.append)
    assert [words[:3] for words in told] == ["503"]


async def send(server: Server, items: AsyncIterator[Item]) -> tuple[Outcome, list[object]]:
    places: list[object] = []
    transport = httpx.ASGITransport(app=server)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        outcome = await send_all(client, items, done=lambda _, resume: places.append(resume))
    return outcome, places


async def test_everything_once_and_in_order() -> None:
    server = Server()
    outcome, places = await send(server, numbered(2500))
    assert server.accepted == list(range(2500))
    assert (outcome.read, outcome.accepted, outcome.rejected) == (2500, 2500, 0)
    assert places == [999, 1999, 2499]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_server_is_asked_again(status: int) -> None:
    server = Server(refuse(status), refuse(status))
    outcome, _ = await send(server, numbered(3))
    assert server.accepted == [0, 1, 2]
    assert outcome.accepted == 3


async def test_only_items_that_were_not_appended_are_sent_again() -> None:
    server = Server()
    server = Server(server.some(lambda n: 503 if n % 2 else 201))
    outcome, _ = await send(server, numbered(6))
    assert outcome.accepted == 6
    assert server.accepted == [1, 3, 5]


async def test_a_rejected_item_is_told_and_costs_no_other() -> None:
    server = Server()
    server = Server(server.some(lambda n: 422 if n == 1 else 201))
    outcome, _ = await send(server, numbered(3))
    assert (outcome.accepted, outcome.rejected) == (2, 1)
    assert outcome.rejections == [("line 1", "no")]


async def test_an_item_over_the_limit_is_not_sent() -> None:
    async def items() -> AsyncIterator[Item]:
        yield Item(orjson.dumps({"n": 0, "pad": "x" * ITEM_BYTES}), origin="line 0", resume=0)
        yield Item(orjson.dumps({"n": 1}), origin="line 1", resume=1)

    server = Server()
    outcome, _ = await send(server, items())
    assert server.accepted == [1]
    assert outcome.rejections[0][0] == "line 0"


async def test_a_refusal_that_will_not_pass_ends_it() -> None:
    with pytest.raises(ServerRefused, match="401"):
        await send(Server(refuse(401)), numbered(3))
