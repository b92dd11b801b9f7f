"""The figures of what every service has: requests and bodies, pools, outboxes, replicas, streams; and the build."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.topics import EVENTS, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.eventlog.replica import Replica
from libs.httpkit.app import create_app
from libs.httpkit.bodies import OPEN_BUDGET, PROCESS_BUDGET, read_body
from libs.httpkit.limits import OPEN_BODY_BYTES
from libs.httpkit.router import FamilyRouter
from libs.objects.outbox import Relay, add
from libs.pg.database import Database, connect_once
from libs.pg.errors import DatabaseUnavailable
from libs.pg.roles import projector_role
from libs.service.loop_lag import LoopLag
from libs.service.observer import at_outbox, at_pool, at_replica
from libs.service.parts import metrics
from libs.telemetry.build import declare_build
from libs.telemetry.logger import get_logger
from libs.telemetry.logs import configure_logs
from libs.telemetry.metrics import REGISTRY
from services.queries.stream.events import STREAMED_EVENTS, WantedEvents
from services.queries.stream.open_streams import OpenStreams
from services.queries.stream.streams import Streams
from tests.support.notes import SERVICE, create_schema
from tests.support.serving import client_of
from tests.support.waiting import eventually
from tests.support.withholding import WithholdingLog
from waymark.disk_space import DiskSpace

OLDEST_S = 7_200.0
STREAMS_AT_MOST = 5
HELD_UP_S = 0.3


@asynccontextmanager
async def a_process_that_runs(_url: str) -> AsyncIterator[None]:
    """Its build is declared."""
    declare_build()
    yield


@asynccontextmanager
async def a_loop_held_up_for_long(_url: str) -> AsyncIterator[None]:
    """It was due to look at the time meanwhile."""
    before, lag = _looks_at_the_time(), LoopLag(interval_s=0.01)
    lag.start()
    time.sleep(HELD_UP_S + 0.01)  # noqa: ASYNC251  # as what ought to yield, and does not
    await eventually(lambda: _looks_at_the_time() > before)
    lag.stop()
    yield


def _looks_at_the_time() -> float:
    return REGISTRY.get_sample_value("waymark_event_loop_lag_seconds_count") or 0.0


@asynccontextmanager
async def two_warnings_and_an_error_logged(_url: str) -> AsyncIterator[None]:
    """By a library and by us; what is no warning does not count."""
    configure_logs("figures", json_lines=True, stream=io.StringIO())
    try:
        logging.getLogger("a.library").warning("first")
        get_logger(__name__).warning("second")
        get_logger(__name__).error("third")
        get_logger(__name__).info("fourth")
        yield
    finally:
        configure_logs("tests", level="WARNING", json_lines=True, stream=sys.__stderr__)


@asynccontextmanager
async def a_disk_with_three_mib_left(_url: str) -> AsyncIterator[None]:
    """Looked at once."""
    space = DiskSpace(Path(), reserve_mib=5, free=lambda _: 3)
    await space.start()
    try:
        await eventually(lambda: space.shortage)
        yield
    finally:
        await space.stop()


@asynccontextmanager
async def a_database_that_was_full_and_one_connection_lost(url: str) -> AsyncIterator[None]:
    """The one connection of the pool is in use when it is asked for again, and later ended by the server."""
    connecting = Database.connect(url, role=None, application_name="tests", max_size=1, acquire_timeout_s=0.05)
    async with await connecting as database:
        async with database.acquire():
            with pytest.raises(DatabaseUnavailable):
                await database.fetch("SELECT 1")
        with pytest.raises(DatabaseUnavailable):
            await database.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        yield


@asynccontextmanager
async def a_scrape_of_two_checks_of_which_one_fails(_url: str) -> AsyncIterator[None]:
    """Nothing asks `/readyz`."""

    async def holds() -> str | None:
        return None

    async def fails() -> str | None:
        return "3 records wait to be published"

    checks = {"figured log": holds, "figured relay": fails}
    async with client_of(create_app("figured", routers=(), checks=checks, metrics=metrics)) as client:
        await client.get("/metrics")
        yield


@asynccontextmanager
async def two_requests_answered_and_one_under_way(_url: str) -> AsyncIterator[None]:
    """One of the answered finds no route."""
    router, under_way, ended = FamilyRouter(prefix="/things"), asyncio.Event(), asyncio.Event()

    @router.get("/{thing}")
    async def get(thing: str) -> str:
        if thing == "slow":
            under_way.set()
            await ended.wait()
        return thing

    async with client_of(create_app("figured", routers=[router])) as client:
        await client.get("/things/quick")
        await client.get("/nowhere")
        slow = asyncio.create_task(client.get("/things/slow"))
        await under_way.wait()
        yield
        ended.set()
        await slow


@asynccontextmanager
async def two_bodies_held(_url: str) -> AsyncIterator[None]:
    """Of 700 bytes from a caller with a credential, and of 50 from one without."""
    with PROCESS_BUDGET.lease("acme") as known, OPEN_BUDGET.lease("192.0.2.1") as unknown:
        for lease, size in ((known, 700), (unknown, 50)):

            async def receive(body: bytes = b"x" * size) -> MutableMapping[str, Any]:
                return {"type": "http.request", "body": body}

            await read_body(receive, (), OPEN_BODY_BYTES, lease)
        yield


@asynccontextmanager
async def a_pool_of_three_with_one_in_use(url: str) -> AsyncIterator[None]:
    """Looked at as `figured`."""
    connecting = Database.connect(url, role=None, application_name="tests", min_size=3, max_size=3)
    async with await connecting as database, database.acquire():
        await at_pool("figured", database)()
        yield


@asynccontextmanager
async def three_rows_in_an_outbox(url: str) -> AsyncIterator[None]:
    """The oldest was added two hours ago; no relay works."""
    await create_schema(url)
    async with await Database.connect(url, role=projector_role(SERVICE), application_name="tests") as database:
        conn = await connect_once(url, application_name="tests")
        ids = await add(conn, SERVICE, [_reference(f"key-{number}") for number in range(3)])
        await conn.execute(
            f"UPDATE {SERVICE}.outbox SET created_at = now() - make_interval(secs => $2) WHERE id = $1",
            ids[0],
            OLDEST_S,
        )
        await conn.close()
        await at_outbox("figured", Relay(MemoryEventLog(), database, SERVICE))()
        yield


@asynccontextmanager
async def a_replica_two_records_behind(_url: str) -> AsyncIterator[None]:
    """Of five records it was given three."""
    log = WithholdingLog()
    await log.ensure_topics([REFERENCE])
    await log.append([_reference(f"key-{number}") for number in range(5)])
    log.left = 3
    replica = Replica(log, REFERENCE, lambda _: None)
    starting = asyncio.create_task(replica.start())
    try:
        await eventually(lambda: replica.lag == 2)
        await at_replica("figured", replica)()
        yield
    finally:
        await replica.stop()
        await asyncio.gather(starting, return_exceptions=True)


@asynccontextmanager
async def two_streams_open(_url: str) -> AsyncIterator[None]:
    """Of three, one of which was closed."""
    log = MemoryEventLog()
    await log.ensure_topics([EVENTS])
    streams = Streams(STREAMED_EVENTS, log, "log", OpenStreams(most=STREAMS_AT_MOST, most_of_tenant=3))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(streams.stop)
        await streams.start()
        for tenant_id in ("acme", "acme", "other"):
            wanted = WantedEvents(tenant_id=tenant_id)
            opened = await streams.open(
                tenant_id, wanted, last_event_id=None, from_beginning=True, still_allowed=_allowed
            )
            stack.push_async_callback(opened.close)
        await opened.close()
        yield


async def _allowed() -> bool:
    return True


def _reference(key: str) -> Record:
    return Record(REFERENCE.name, key, b"{}", (), 1)
