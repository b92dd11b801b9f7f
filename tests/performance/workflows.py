"""Durable workflows: three tasks in a row for one caller and for many, forty in a row, and what a kill costs.

Beside it DBOS, with the same steps behind the same kind of HTTP server, on the same PostgreSQL: in two processes (the
floor) and in one (the plain way).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

import asyncpg
import httpx

from libs.contracts.topics import WORKFLOW_SESSIONS
from tests.performance.backlog import slowest
from tests.performance.contestants import LONG, PAUSING, SHORT, Contestant, Load, dbos, dbos_process, ours
from tests.performance.following import Following, following
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio
from tests.performance.servers import Measured, answering
from tests.support.machine import Machine
from tests.support.waiting import eventually
from tests.support.workflows.over_http import SESSIONS_URL

_MANY = 32
_PER_S, _ALONE_MS, _TIMES_DBOS = 600.0, 20.0, 6.0
_RESUMED, _PAUSE_S = 50, 3
_WORKER = "projections-workflows"
_TIMEOUT_S = 120.0


async def measure_workflows(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of one log."""
    async with ours(ground, log_name) as (site, machine, our), dbos(ground, 1) as one, dbos(ground, 2) as two:
        sides = (our, two, one)
        await _warm_up(sides)
        await _alone(sides, log_name, options, report)
        async with _followed(site) as followed:
            await _many(sides, log_name, options, report, followed)
        await _long(sides, log_name, options, report)
        await _resume(ground, machine, log_name, report)


def _p99_ms(loads: Sequence[Load]) -> float:
    return median(load.p99_ms for load in loads)


async def _warm_up(sides: Sequence[Contestant]) -> None:
    for side in sides:
        await side.run(SHORT, 8, 1.0)


async def _rounds(
    sides: Sequence[Contestant], tasks: int, callers: int, options: Options, after: Callable[[], Awaitable[None]]
) -> list[list[Load]]:
    """Return the loads of each contestant, all of them in turn for each round; `after` waits after each of ours."""
    loads: list[list[Load]] = [[] for _ in sides]
    for _ in range(options.rounds):
        for side, found in zip(sides, loads, strict=True):
            found.append(await side.run(tasks, callers, options.seconds))
            if side is sides[0]:
                await after()
    return loads


async def _nothing() -> None:
    """Wait for nothing."""


async def _alone(sides: Sequence[Contestant], log_name: LogName, options: Options, report: Report) -> None:
    mine, floor, plain = await _rounds(sides, SHORT, 1, options, _nothing)
    p50s = [load.p50_ms for load in mine]
    report.add(
        Line(
            what=f"p50 of a session of {SHORT} durable tasks, one caller",
            log=log_name,
            unit="ms",
            ours=p50s,
            floor=[load.p50_ms for load in floor],
            plain=[load.p50_ms for load in plain],
            beside=f"p99 {_p99_ms(mine):.1f} ms; DBOS {_p99_ms(plain):.1f} ms",
            promise=f"≤ {_ALONE_MS:g} ms",
            holds=median(p50s) <= _ALONE_MS,
        )
    )


async def _many(
    sides: Sequence[Contestant], log_name: LogName, options: Options, report: Report, followed: Following
) -> None:
    late_s: list[float] = []

    async def drained() -> None:
        late_s.append(await followed.drained())

    mine, floor, plain = await _rounds(sides, SHORT, _MANY, options, drained)
    per_s = [load.per_s for load in mine]
    times = min(ratio(per_s, [load.per_s for load in other]) for other in (floor, plain))
    report.add(
        Line(
            what=f"sessions of {SHORT} durable tasks, {_MANY} callers",
            log=log_name,
            unit="/s",
            ours=per_s,
            floor=[load.per_s for load in floor],
            plain=[load.per_s for load in plain],
            beside=f"read models level {median(late_s):.1f} s after the last answer; p50 {mine[-1].p50_ms:.0f} ms, p99"
            f" {mine[-1].p99_ms:.0f}; CPU ms a session: {mine[-1].words}. DBOS: {plain[-1].words}",
            promise=f"≥ {_PER_S:g}/s, ≥ {_TIMES_DBOS:g} × DBOS",
            holds=median(per_s) >= _PER_S and times >= _TIMES_DBOS,
        )
    )


async def _long(sides: Sequence[Contestant], log_name: LogName, options: Options, report: Report) -> None:
    mine, floor, plain = await _rounds(sides, LONG, 1, options, _nothing)
    report.add(
        Line(
            what=f"p50 of a session of {LONG} durable tasks in a row, one caller",
            log=log_name,
            unit="ms",
            ours=[load.p50_ms for load in mine],
            floor=[load.p50_ms for load in floor],
            plain=[load.p50_ms for load in plain],
            beside=f"{median(load.p50_ms for load in mine) / LONG:.1f} ms a task",
            promise="",
            holds=True,
        )
    )


@asynccontextmanager
async def _followed(site: Site) -> AsyncIterator[Following]:
    """Follow how far the read models are behind the records of sessions."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(site.log())
        login = await asyncpg.connect(site.database_url)
        stack.push_async_callback(login.close)

        async def end() -> int:
            return sum((await log.end_offsets([WORKFLOW_SESSIONS])).values())

        yield await stack.enter_async_context(following(end, await slowest(login, WORKFLOW_SESSIONS)))


async def _resume(ground: Ground, machine: Machine, log_name: LogName, report: Report) -> None:
    mine_s, floor_s = await _resumed_by_us(machine), await _resumed_by_dbos(ground)
    report.add(
        Line(
            what=f"kill -9 of what runs {_RESUMED} sessions, to the last one's end; each pauses {_PAUSE_S} s",
            log=log_name,
            unit="s",
            ours=[mine_s],
            floor=[floor_s],
            beside="all of them ended; DBOS is started again at once",
            promise="",
            holds=True,
        )
    )


async def _resumed_by_us(machine: Machine) -> float:
    async with machine.client() as client:
        await _start(client, f"/run/{PAUSING}", {"prefer": "respond-async"})
        begun_s = time.perf_counter()
        machine.kill(_WORKER)
        query: dict[str, str | int] = {"workflow": PAUSING, "status": "completed", "limit": 1}
        await _until_ended(lambda: _total(client, query))
        return time.perf_counter() - begun_s


async def _resumed_by_dbos(ground: Ground) -> float:
    async with new_site(ground, "postgres") as site:
        with dbos_process(site, 0) as process:
            async with _client(await answering(process)) as client:
                await _start(client, f"/pausing/{_PAUSE_S}", {})
            begun_s = time.perf_counter()
            process.process.kill()
        with dbos_process(site, 0) as process:
            async with _client(await answering(process)) as client:
                await _until_ended(lambda: _count(client))
        return time.perf_counter() - begun_s


def _client(server: Measured) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30.0)


async def _start(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    answers = await asyncio.gather(*(client.post(path, json={}, headers=headers) for _ in range(_RESUMED)))
    for answer in answers:
        answer.raise_for_status()


async def _until_ended(ended: Callable[[], Awaitable[int]]) -> None:
    async def all_have() -> bool:
        return await ended() >= _RESUMED

    await eventually(all_have, timeout_s=_TIMEOUT_S, interval_s=0.05)


async def _total(client: httpx.AsyncClient, query: dict[str, str | int]) -> int:
    return int((await client.get(SESSIONS_URL, params=query)).json()["pagination"]["total"])


async def _count(client: httpx.AsyncClient) -> int:
    return int((await client.get("/ended")).json()["count"])
