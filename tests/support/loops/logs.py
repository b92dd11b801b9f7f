"""The loops of the logs, and of those who follow a log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from libs.auth.credentials import CredentialIndex
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import MANIFEST, REFERENCE
from libs.eventlog.kafka import session as sessions
from libs.eventlog.port import Record, StoredRecord
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.upkeep import Upkeep, UpkeepSettings
from libs.eventlog.postgres.writer import Writer
from libs.eventlog.replica import Replica
from libs.pg.hints import Hints
from services.queries.stream.events import STREAMED_EVENTS
from services.queries.stream.open_streams import OpenStreams
from services.queries.stream.streams import Streams
from services.queries.stream.tail import Tail
from tests.support.loops.ground import QUICK_S, Check, Ground, Start, broken, memory_log, running


@asynccontextmanager
async def producer_sessions(ground: Ground) -> AsyncIterator[Check]:
    log = ground.kafka()
    async with running(log) as check:
        session = log._producer._session
        assert session is not None
        abandon = session.abandon

        async def failing(_: sessions.ProducerSession) -> None:
            await abandon()
            raise ValueError("broken on purpose")

        ground.patch.setattr(sessions.ProducerSession, "abandon", failing)
        session.give_up("by the test")
        yield check


@asynccontextmanager
async def appending(ground: Ground) -> AsyncIterator[Check]:
    log = PostgresEventLog(ground.url)
    async with running(log) as check:
        await log.ensure_topics(MANIFEST)
        await log.append([Record(REFERENCE.name, "key", b"{}", (), 1)])
        yield check


@asynccontextmanager
async def key_uses(_: Ground) -> AsyncIterator[Check]:
    async with running(ReplicatedCredentials(await memory_log(), report_interval_s=QUICK_S)) as check:
        yield check


@asynccontextmanager
async def replica(_: Ground) -> AsyncIterator[Check]:
    def apply(_: StoredRecord) -> None:
        raise ValueError("broken on purpose")

    log = await memory_log()
    async with running(Replica(log, REFERENCE, apply)) as check:
        await log.append([Record(REFERENCE.name, "key", b"{}", (), 1)])
        yield check


@asynccontextmanager
async def tail(_: Ground) -> AsyncIterator[Check]:
    log = await memory_log()
    part = Tail(STREAMED_EVENTS, log)
    open_streams = OpenStreams(most=1, most_of_tenant=1)
    async with running(Streams(STREAMED_EVENTS, log, "log", open_streams, part)) as check:
        part.follow()
        yield check


UPKEEP_SOON = PostgresLogSettings(upkeep=UpkeepSettings(interval_s=QUICK_S))
LOOPS: Mapping[str, Start] = {
    "producer sessions": producer_sessions,
    "watch over acknowledgements": broken(
        sessions.ProducerSession, "answer_in_time", lambda ground: running(ground.kafka())
    ),
    "log appender": broken(Writer, "write", appending),
    "log hints": broken(Hints, "_listen", lambda ground: running(PostgresEventLog(ground.url))),
    "log upkeep": broken(Upkeep, "run_once", lambda ground: running(PostgresEventLog(ground.url, UPKEEP_SOON))),
    "report of key uses": broken(CredentialIndex, "forget_expired", key_uses),
    "replica of {topic.name}": replica,
    "tail of the {kind.name}": broken(Tail, "_read", tail),
}
ON_KAFKA = {"producer sessions", "watch over acknowledgements"}
