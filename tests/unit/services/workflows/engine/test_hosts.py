"""Calls to a host are bounded, hosts that ask for it are left alone, and who waits for a host holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import pytest

from services.workflows.engine.hosts import Hosts, host_of
from services.workflows.task_types.model import Connected
from tests.support.waiting import eventually


@dataclass
class Desk:
    """Turns, and how many are taken."""

    taken: int = 0

    async def outside(self, wait: Awaitable[None]) -> None:
        self.taken -= 1
        await wait
        self.taken += 1


@dataclass
class Calls:
    """Calls that go on until they are let go."""

    hosts: Hosts
    desk: Desk = field(default_factory=Desk)
    going: set[str] = field(default_factory=set)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, name: str, host: str | None = "h", tenant_id: str = "acme") -> None:
        self.desk.taken += 1
        async with self.hosts.turn(tenant_id, host, self.desk):
            self.going.add(name)
            await self.let_go.wait()
            self.going.discard(name)
        self.desk.taken -= 1


async def test_no_more_calls_go_to_a_host_than_may_and_who_waits_keeps_no_turn() -> None:
    calls = Calls(Hosts(2))
    tasks = [asyncio.create_task(calls.call(str(number))) for number in range(5)]
    other = asyncio.create_task(calls.call("other", "other"))
    await eventually(lambda: len(calls.going) == 3)
    assert (len(calls.going - {"other"}), calls.desk.taken) == (2, 3)
    tasks[3].cancel()
    calls.let_go.set()
    await asyncio.gather(*tasks, other, return_exceptions=True)
    again = Calls(calls.hosts)
    one = asyncio.create_task(again.call("one"))
    two = asyncio.create_task(again.call("two"))
    await eventually(lambda: again.going == {"one", "two"})
    again.let_go.set()
    await asyncio.gather(one, two)


async def test_a_call_that_is_cut_off_after_its_wait_leaves_its_place_to_the_next() -> None:
    class Stuck(Desk):
        async def outside(self, wait: Awaitable[None]) -> None:
            await wait
            await asyncio.Event().wait()

    hosts = Hosts(1)
    first = Calls(hosts)
    holder = asyncio.create_task(first.call("first"))
    await eventually(lambda: bool(first.going))
    stuck = asyncio.create_task(Calls(hosts, Stuck()).call("stuck"))
    await asyncio.sleep(0)
    first.let_go.set()
    await holder
    await asyncio.sleep(0)
    stuck.cancel()
    last = Calls(hosts)
    last.let_go.set()
    async with asyncio.timeout(10):
        await last.call("last")


async def test_a_host_that_asked_for_it_is_left_alone_by_that_tenant_for_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts = Hosts(2)
    hosts.close("acme", "h", 7)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    for tenant_id, host in (("acme", "h"), ("acme", "other"), ("other", "h"), ("acme", None)):
        calls = Calls(hosts)
        calls.let_go.set()
        await calls.call("any", host, tenant_id)
    assert [round(seconds) for seconds in slept] == [7]


@pytest.mark.parametrize(
    ("url", "base", "host"),
    [
        ("https://Shop.example/a", None, "shop.example"),
        ("/a", "http://api.example:8080/v1", "api.example"),
        (None, "http://api.example", "api.example"),
        ("/a", None, None),
        ("http://[", None, None),
        (7, None, None),
    ],
)
def test_the_host_is_that_of_the_url_or_of_the_integration(url: object, base: str | None, host: str | None) -> None:
    connected = None if base is None else Connected(name="x", type="http", settings={"baseUrl": base}, secrets={})
    assert host_of({"url": url}, connected) == host
