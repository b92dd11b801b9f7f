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

from tests.support.importing import driver_of
from waymark.client.outgoing import ITEM_BYTES
from waymark.imports.batches import ServerRefused, send_all
from waymark.imports.items import ImportItem
from waymark.imports.report import ImportReport

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
            return JSONResponse({"accepted": 0, "rejected": 0, "items": answers(statuses)}, 200)

        return answer


def answers(statuses: list[int]) -> list[dict[str, Any]]:
    """What a batch's answer says of its items."""
    made, error = {"interactionNumber": 1, "interactionId": "i"}, {"error": {"detail": "no"}}
    return [{"index": i, "status": s, **(made if s == 201 else error)} for i, s in enumerate(statuses)]


def refuse(status: int) -> Answer:
    """Refuse the whole batch."""
    return lambda _: JSONResponse({"title": "no"}, status)


async def numbered(count: int) -> AsyncIterator[ImportItem]:
    for n in range(count):
        yield ImportItem(orjson.dumps({"n": n}), origin=f"line {n}", resume=n)


async def test_waiting_is_told_with_its_reason() -> None:
    told: list[str] = []
    async with driver_of(httpx.ASGITransport(app=Server(refuse(503)))) as driver:
        await send_all(driver, numbered(3), done=lambda *_: None, waiting=told.append)
    assert [words[:3] for words in told] == ["503"]


async def send(server: Server, items: AsyncIterator[ImportItem]) -> tuple[ImportReport, list[object]]:
    places: list[object] = []
    async with driver_of(httpx.ASGITransport(app=server)) as driver:
        report = await send_all(driver, items, done=lambda _, batch: places.append(batch.resume))
    return report, places


async def test_everything_once_and_in_order() -> None:
    server = Server()
    report, places = await send(server, numbered(2500))
    assert server.accepted == list(range(2500))
    assert (report.read, report.accepted, report.rejected) == (2500, 2500, 0)
    assert places == [999, 1999, 2499]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_server_is_asked_again(status: int) -> None:
    server = Server(refuse(status), refuse(status))
    report, _ = await send(server, numbered(3))
    assert server.accepted == [0, 1, 2]
    assert report.accepted == 3


async def test_only_items_that_were_not_appended_are_sent_again() -> None:
    server = Server()
    server = Server(server.some(lambda n: 503 if n % 2 else 201))
    report, _ = await send(server, numbered(6))
    assert report.accepted == 6
    assert server.accepted == [1, 3, 5]


async def test_a_rejected_item_is_told_and_costs_no_other() -> None:
    server = Server()
    server = Server(server.some(lambda n: 422 if n == 1 else 201))
    report, _ = await send(server, numbered(3))
    assert (report.accepted, report.rejected) == (2, 1)
    assert report.rejections == [("line 1", "no")]


async def test_an_item_over_the_limit_is_not_sent() -> None:
    async def items() -> AsyncIterator[ImportItem]:
        yield ImportItem(orjson.dumps({"n": 0, "pad": "x" * ITEM_BYTES}), origin="line 0", resume=0)
        yield ImportItem(orjson.dumps({"n": 1}), origin="line 1", resume=1)

    server = Server()
    report, _ = await send(server, items())
    assert server.accepted == [1]
    assert report.rejections[0][0] == "line 0"


async def test_a_refusal_that_will_not_pass_ends_it() -> None:
    with pytest.raises(ServerRefused, match="401"):
        await send(Server(refuse(401)), numbered(3))


async def test_a_server_that_is_no_waymark_ends_it() -> None:
    with pytest.raises(ServerRefused, match="hello"):
        await send(Server(lambda _: Response("<html>hello</html>")), numbered(3))


async def test_what_a_lost_answer_may_have_recorded_is_not_said_to_have_been_there() -> None:
    class AnswerLost(httpx.ASGITransport):
        """A network that loses the first answer to a batch."""

        lost = False

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            """Deliver it, and lose the answer."""
            answer = await super().handle_async_request(request)
            if request.method == "POST" and not self.lost:
                self.lost = True
                raise httpx.ReadError("reset", request=request)
            return answer

    server = Server()
    server = Server(server.accept, lambda items: JSONResponse({"repeated": 3, "items": answers([201] * len(items))}))
    async with driver_of(AnswerLost(app=server)) as driver:
        report = await send_all(driver, numbered(3), done=lambda *_: None)
    assert (report.accepted, report.repeated, report.recorded) == (3, 0, 3)
