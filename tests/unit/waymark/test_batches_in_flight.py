"""Several batches are under way at once, and what is done is still done in order, once, and with no gap behind it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.support.importing import driver_of
from tests.support.waiting import eventually
from waymark.imports import batches
from waymark.imports.batches import BATCHES_IN_FLIGHT, ServerRefused, send_all
from waymark.imports.items import ImportItem
from waymark.imports.places import BatchDone
from waymark.imports.report import ImportReport

UnitOf = Callable[[int], str | None]


class Server:
    """Takes batches; each waits until `let_go` of its first item's number. Remembers what it took and when."""

    def __init__(self, status: Callable[[int], int] = lambda _: 200) -> None:
        self.known: set[int] = set()
        self.begun: list[list[int]] = []
        self.under_way: list[set[int]] = []
        self.most = 0
        self.status = status
        self._held: dict[int, asyncio.Event] = {}

    def hold(self, first: int) -> asyncio.Event:
        """Answer the batch that begins with this item when the event is set."""
        return self._held.setdefault(first, asyncio.Event())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await Response("ok")(scope, receive, send)
            return
        numbers = [orjson.loads(line)["n"] for line in (await Request(scope, receive).body()).split(b"\n")]
        self.begun.append(numbers)
        self.under_way.append(set(numbers))
        self.most = max(self.most, len(self.under_way))
        try:
            await self._held[numbers[0]].wait() if numbers[0] in self._held else await asyncio.sleep(0)
        finally:
            self.under_way.remove(set(numbers))
        await self._answer(numbers)(scope, receive, send)

    def _answer(self, numbers: list[int]) -> Response:
        if (status := self.status(numbers[0])) != 200:
            return JSONResponse({"title": "no"}, status)
        repeated = len(self.known & set(numbers))
        self.known |= set(numbers)
        rows: list[dict[str, Any]] = [
            {"index": i, "status": 201, "interactionNumber": n} for i, n in enumerate(numbers)
        ]
        return JSONResponse({"accepted": len(rows), "repeated": repeated, "rejected": 0, "items": rows})


class Run:
    """An import under way: its places as they are done."""

    def __init__(self, server: Server, *, start: int = 0, end: int, unit_of: UnitOf = lambda _: None) -> None:
        self.places: list[int] = []
        self.task = asyncio.create_task(self._send(server, start, end, unit_of))

    async def _send(self, server: Server, start: int, end: int, unit_of: UnitOf) -> ImportReport:
        async def items() -> AsyncIterator[ImportItem]:
            for n in range(start, end):
                yield ImportItem(orjson.dumps({"n": n}), origin=f"line {n}", resume=n + 1, unit=unit_of(n))

        def done(_: ImportReport, batch: BatchDone) -> None:
            assert isinstance(batch.resume, int)
            self.places.append(batch.resume)

        async with driver_of(httpx.ASGITransport(app=server)) as driver:
            return await send_all(driver, items(), done=done)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_ITEMS", 10)


async def test_no_place_is_done_before_those_ahead_of_it() -> None:
    server = Server()
    first = server.hold(0)
    run = Run(server, end=100)
    await eventually(lambda: len(server.known) == 10 * (BATCHES_IN_FLIGHT - 1))
    assert run.places == []
    assert len(server.begun) == BATCHES_IN_FLIGHT
    first.set()
    report = await run.task
    assert run.places == list(range(10, 101, 10))
    assert (report.read, report.accepted, report.repeated) == (100, 100, 0)
    assert server.most == BATCHES_IN_FLIGHT


async def test_what_was_under_way_at_an_interruption_is_sent_again_and_counted_as_there() -> None:
    server = Server()
    server.hold(20)
    run = Run(server, end=100)
    await eventually(lambda: len(server.known) == 50)
    run.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run.task
    assert run.places == [10, 20]
    assert server.under_way == []
    server.hold(20).set()
    report = await Run(server, start=20, end=100).task
    assert server.known == set(range(100))
    assert (report.accepted, report.repeated, report.recorded) == (80, 30, 50)
    assert str(report) == "50 of 80 interactions recorded, 30 were there already, 0 rejected"


async def test_a_refused_batch_ends_those_beside_it() -> None:
    server = Server(lambda first: 401 if first == 0 else 200)
    server.hold(10)
    run = Run(server, end=100)
    with pytest.raises(ServerRefused, match="401"):
        await run.task
    assert run.places == []
    assert server.under_way == []


async def test_a_unit_of_work_is_not_cut_unless_it_is_larger_than_a_batch() -> None:
    server = Server()
    await Run(server, end=60, unit_of=lambda n: "large" if n >= 35 else f"{n // 7}").task
    edges = (0, 7, 14, 21, 28, 35, 45, 55, 60)
    assert sorted(server.begun) == [list(range(*bounds)) for bounds in pairwise(edges)]


async def test_batches_of_one_unit_follow_each_other() -> None:
    server = Server()
    first = server.hold(0)
    run = Run(server, end=40, unit_of=lambda n: "large" if n < 25 else f"{n // 5}")
    await eventually(lambda: server.under_way != [])
    assert [numbers[0] for numbers in server.begun] == [0]
    first.set()
    await run.task
    assert [numbers[0] for numbers in server.begun] == [0, 10, 20, 30]


@settings(deadline=None)
@given(st.lists(st.integers(1, 25), min_size=1, max_size=20), st.integers(0, 2**16), st.integers(1, 200))
async def test_interrupted_anywhere_and_run_again_everything_is_there(sizes: list[int], seed: int, turns: int) -> None:
    unit_of = [str(unit) for unit, size in enumerate(sizes) for _ in range(size)]
    chance = random.Random(seed)
    server = Server(lambda _: 401 if chance.random() < 0.1 else 200)
    run = Run(server, end=len(unit_of), unit_of=lambda n: unit_of[n])
    for _ in range(turns):
        await asyncio.sleep(0)
    run.task.cancel()
    await asyncio.gather(run.task, return_exceptions=True)
    place = run.places[-1] if run.places else 0
    assert set(range(place)) <= server.known
    server.status = lambda _: 200
    report = await Run(server, start=place, end=len(unit_of), unit_of=lambda n: unit_of[n]).task
    assert server.known == set(range(len(unit_of)))
    assert report.accepted == len(unit_of) - place
