"""The event log in PostgreSQL: the port's implementation that needs nothing but the database.

It runs on one server and survives what the server's fsync survives. Everything it holds is in the schema `log`, which
the first start creates.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from weakref import WeakSet

from libs.background.loops import check_all
from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.port import Appended, AppendOutcome, AssignmentListener, Positions, Record, TopicPartition
from libs.eventlog.postgres.appender import Appender, AppendLimits
from libs.eventlog.postgres.fetcher import PostgresFetcher
from libs.eventlog.postgres.membership import GroupSettings, Membership
from libs.eventlog.postgres.reader import Head, PostgresReader, heads, offsets_at
from libs.eventlog.postgres.rows import EncodedRecord, encode
from libs.eventlog.postgres.schema import LOG_ROLE, ensure_schema
from libs.eventlog.postgres.statements import PLANNED_ONCE, SQL
from libs.eventlog.postgres.subscription import PostgresSubscription
from libs.eventlog.postgres.topics import Topics
from libs.eventlog.postgres.upkeep import Upkeep, UpkeepSettings
from libs.eventlog.postgres.writer import append_encoded
from libs.eventlog.shared_reading import SharedReading
from libs.pg.database import Connection, Database, connected_once
from libs.pg.errors import DatabaseUnavailable
from libs.pg.hints import Hints

POLL_S = 1.0
POLL_WHILE_DEAF_S = 0.1


@dataclass(frozen=True, slots=True)
class PostgresLogSettings:
    """The tunable settings; `maintain` False leaves retention and compaction to other processes.

    A server that takes longer than `answer_timeout_s` over one read or one round of a group counts as gone.
    """

    append: AppendLimits = field(default_factory=AppendLimits)
    group: GroupSettings = field(default_factory=GroupSettings)
    upkeep: UpkeepSettings = field(default_factory=UpkeepSettings)
    maintain: bool = True
    pool_size: int = 6
    answer_timeout_s: float = 10.0


class PostgresEventLog:
    """A client of the log in the database at `url`; also a `TransactionalLog`."""

    def __init__(self, url: str, settings: PostgresLogSettings | None = None) -> None:
        self._url = url
        self._settings = settings or PostgresLogSettings()
        self._parts: _Parts | None = None
        self._subscriptions: WeakSet[PostgresSubscription] = WeakSet()
        self._readers: WeakSet[PostgresReader] = WeakSet()

    async def start(self) -> None:
        """Create the schema `log` when it is missing.

        Raises MissingRight when the URL's login may not, LogMismatch for a log of a newer program.
        """
        with _translated():
            async with connected_once(self._url, application_name="waymark-log-setup") as conn:
                await ensure_schema(conn)
            self._parts = await self._open()
        await self._parts.start(maintain=self._settings.maintain)

    async def stop(self) -> None:
        """Members that are still in a group leave it."""
        if self._parts is None:
            return
        parts, self._parts = self._parts, None
        await parts.appender.stop()
        for subscription in list(self._subscriptions):
            await subscription.stop()
        for reader in list(self._readers):
            await reader.stop()
        await parts.stop()

    async def check(self) -> str | None:
        """Return None: what ends a member's loop is raised by its next poll."""
        return None if self._parts is None else await self._parts.check()

    async def identity(self) -> str:
        async with self._reading() as conn:
            return str(await conn.fetchval(SQL.identity))

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        with _translated():
            await self._running.topics.ensure(topics)

    async def check_topics(self, topics: Sequence[Topic]) -> None:
        with _translated():
            await self._running.topics.check(topics)

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        parts = self._running
        try:
            topics = await parts.topics.known({record.topic for record in records})
        except DatabaseUnavailable as error:
            return [AppendFailed(str(error), unknown=False) for _ in records]
        return await parts.appender.append(records, topics)

    async def append_in(self, conn: Connection, records: Sequence[Record]) -> list[Appended]:
        with _translated():
            topics = await self._running.topics.known({record.topic for record in records})
        encoded: list[EncodedRecord] = []
        for one in encode(records, topics):
            if isinstance(one, AppendFailed):
                raise one
            encoded.append(one)
        return await append_encoded(conn, encoded) if encoded else []

    async def beginning_offsets(self, topics: Sequence[Topic]) -> Positions:
        return {place: head.beginning for place, head in (await self._heads(topics)).items()}

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        return {place: head.end for place, head in (await self._heads(topics)).items()}

    async def offsets_at(self, topics: Sequence[Topic], timestamp_ms: int) -> Positions:
        with _translated():
            rows = await self._running.topics.rows(topics)
        async with self._reading() as conn:
            return await offsets_at(conn, rows, timestamp_ms)

    async def reader(self, positions: Positions) -> PostgresReader:
        parts = self._running
        reader = PostgresReader(parts.db, parts.hints, parts.topics, positions)
        self._readers.add(reader)
        return reader

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> PostgresSubscription:
        """Return a member that stops frees its partitions at once."""
        parts = self._running
        with _translated():
            rows = await parts.topics.rows(topics)
            counts = {row.name: row.partitions for row in rows}
            membership = Membership(parts.db, group, member, counts, self._settings.group)
            await membership.join()
        subscription = PostgresSubscription(
            parts.db, parts.hints, parts.shared.reader(), membership, rows, group=group, on_assigned=on_assigned
        )
        self._subscriptions.add(subscription)
        return subscription

    @property
    def _running(self) -> _Parts:
        if self._parts is None:
            raise LogUnavailable("this client of the log is not running")
        return self._parts

    async def _open(self) -> _Parts:
        settings = self._settings
        db = await Database.connect(
            self._url,
            role=LOG_ROLE,
            application_name="waymark-log",
            max_size=settings.pool_size,
            transaction_timeout_s=settings.answer_timeout_s,
            server_settings=PLANNED_ONCE,
        )
        topics = Topics(db)
        shared = SharedReading(lambda: PostgresFetcher(db, topics))
        upkeep = Upkeep(db, settings.upkeep)
        hints = Hints("log hints", db, "waymark_log", poll_s=POLL_S, poll_deaf_s=POLL_WHILE_DEAF_S)
        return _Parts(db, hints, topics, shared, Appender(self._url, settings.append), upkeep)

    async def _heads(self, topics: Sequence[Topic]) -> dict[TopicPartition, Head]:
        with _translated():
            rows = await self._running.topics.rows(topics)
        async with self._reading() as conn:
            return await heads(conn, rows)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        with _translated():
            async with self._running.db.transaction(readonly=True) as conn:
                yield conn


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a started client."""

    db: Database
    hints: Hints
    topics: Topics
    shared: SharedReading
    appender: Appender
    upkeep: Upkeep

    async def start(self, *, maintain: bool) -> None:
        await self.hints.start()
        await self.appender.start()
        if maintain:
            await self.upkeep.start()

    async def stop(self) -> None:
        await self.upkeep.stop()
        await self.hints.stop()
        await self.db.close()

    async def check(self) -> str | None:
        return await check_all(self.hints, self.appender, self.upkeep)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        raise LogUnavailable(str(error)) from error
