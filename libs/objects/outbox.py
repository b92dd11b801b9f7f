"""The outbox: records written in the transaction that changes an object, and carried to the log afterwards.

A row is appended at least once, and a repeat is identical. Rows of one object are appended in the order of their ids,
but those together that follow each other for one topic and instant under different keys: no order is to be kept among
them. A row that fails holds back what follows of its object and nobody else's. Whoever adds rows must hold the lock of
the object's own row by then, so that ids and commits of one object have the same order.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from libs.background.loops import Loop
from libs.background.waiting import wait_unless
from libs.contracts.topics import MANIFEST
from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.header_codec import pack_headers, unpack_headers
from libs.eventlog.port import Appended, EventLog, Positions, Record, TopicPartition
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Database, Row
from libs.pg.errors import DatabaseUnavailable
from libs.pg.locks import try_session_lock
from libs.pg.roles import projector_role, request_role
from libs.pg.sql_files import SqlFile, interpolate

_sql = SqlFile.load(Path(__file__).with_name("outbox.sql"))
_TABLE = Path(__file__).with_name("outbox_table.sql")

_BATCH_ROWS = 500
_UNORDERED = frozenset(topic.name for topic in MANIFEST if topic.unordered)
# A batch in hand is appended within this, or again by the next relay.
_GRACE_S = 10.0
_WAIT_POLL_S = 0.1


def outbox_ddl(service: str) -> str:
    """Return SQL that creates the outbox in the service's schema."""
    names = {"schema": service, "projector": projector_role(service), "request": request_role(service)}
    return interpolate(_TABLE.read_text(encoding="utf-8"), **names)


async def add(conn: Connection, service: str, records: Sequence[Record], *, object_key: str | None = None) -> list[int]:
    """Add records to the service's outbox inside the caller's transaction; return their ids for `Relay.wait`, in order.

    They belong to the object `object_key`; without it, each record's own key names its object. A record of an unordered
    topic is an object of its own, which waits for no other; its row is gone once it is appended, so nobody can wait
    for it.
    """
    rows = await conn.fetch(
        interpolate(_sql.add, schema=service),
        [str(uuid4()) if record.topic in _UNORDERED else object_key or record.key for record in records],
        [record.topic for record in records],
        [record.key for record in records],
        [pack_headers(record.headers) for record in records],
        [record.value for record in records],
        [record.timestamp_ms for record in records],
    )
    return sorted(row["id"] for row in rows)


async def pending_keys(conn: Connection, service: str, topic: str) -> frozenset[str]:
    """Return the keys of the topic's records that wait to be appended (projector role)."""
    rows = await conn.fetch(interpolate(_sql.pending_keys, schema=service), topic)
    return frozenset(row["record_key"] for row in rows)


async def forget_pending(conn: Connection, service: str, topic: str, record_keys: Sequence[str]) -> None:
    """Let the records of the topic under these keys not be appended after all (projector role)."""
    await conn.execute(interpolate(_sql.forget_pending, schema=service), topic, list(record_keys))


class NothingToCarry(Exception):
    """Nothing may be appended for now; the message gives the reason and what an operator can do."""


async def outbox_figures(conn: Connection, service: str) -> tuple[int, float]:
    """Return how many of the service's rows wait, and the age of the oldest in seconds."""
    row = await conn.fetchrow(interpolate(_sql.figures, schema=service))
    assert row is not None
    return row["pending"], row["oldest_s"]


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """The intervals and sizes of a relay's work."""

    poll_interval_s: float = 1.0
    retry_pause_s: float = 0.5
    longest_pause_s: float = 15.0
    keep_appended: timedelta = timedelta(hours=1)
    purge_interval_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Held:
    until: float
    pause_s: float


class Relay(Loop):
    """Carries a service's outbox to the log; of all relays of a service one works, the others stand by.

    `db` connects as the service's projector role and should allow three connections. `on_active` runs each time this
    relay becomes the working one, before it carries anything: the place to add again what the topic has lost
    (`republish`). While it raises NothingToCarry, nothing is carried and the check gives the reason.
    """

    def __init__(
        self,
        log: EventLog,
        db: Database,
        service: str,
        *,
        settings: RelaySettings | None = None,
        on_active: Callable[[], Awaitable[object]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._added = asyncio.Event()
        super().__init__(f"relay of {service}", self._relay, wake=self._added.set, grace_s=_GRACE_S)
        self._log = log
        self._db = db
        self._service = service
        self._settings = settings or RelaySettings()
        self._on_active = on_active
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._appended = asyncio.Event()
        self._purge_at = 0.0
        self._obstacle: str | None = None
        self.active = False

    async def check(self) -> str | None:
        """Return None while what is added is carried, else the reason."""
        return await super().check() or self._obstacle

    async def wait(self, ids: Sequence[int], timeout_s: float = 2.0) -> Positions | None:
        """Return the positions right after the rows in the log; None when they are not known within `timeout_s`.

        Works in any process of the service, whichever of them relays.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            news = self._appended
            rows = await self._marked(ids, deadline)
            if len(rows) == len(set(ids)):
                return _positions(rows)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            await wait_unless(news, min(left, _WAIT_POLL_S))

    async def figures(self) -> tuple[int, float]:
        """Return the number of rows waiting, and the age of the oldest in seconds. Raises DatabaseUnavailable."""
        async with self._db.transaction(readonly=True) as conn:
            return await outbox_figures(conn, self._service)

    async def _marked(self, ids: Sequence[int], deadline: float) -> list[Row]:
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                async with self._db.transaction(readonly=True) as conn:
                    return await conn.fetch(self._in_schema(_sql.appended), list(ids))
        except (DatabaseUnavailable, TimeoutError):
            return []

    async def _relay(self, stopping: asyncio.Event) -> None:
        """Go on over outages of the database and of the log."""
        while not stopping.is_set():
            try:
                async with self._db.acquire() as conn:
                    await self._stand_by(conn, stopping)
            except (DatabaseUnavailable, LogUnavailable):
                await wait_unless(stopping, self._settings.retry_pause_s)
            except NothingToCarry as obstacle:
                self._obstacle = str(obstacle)
                await wait_unless(stopping, self._settings.longest_pause_s)
            finally:
                self.active = False

    async def _stand_by(self, conn: Connection, stopping: asyncio.Event) -> None:
        """Listen, and work while the lease (a session's advisory lock, gone with its connection) is ours."""
        await conn.add_listener(f"waymark_outbox_{self._service}", self._hear)
        while not stopping.is_set():
            if await try_session_lock(conn, f"waymark.outbox.{self._service}"):
                await self._work(conn, stopping)
                return
            # Another relay works: what this one met when it was the working one no longer says how things stand.
            self._obstacle = None
            await wait_unless(stopping, self._settings.poll_interval_s)

    async def _work(self, conn: Connection, stopping: asyncio.Event) -> None:
        self.active = True
        self._held.clear()
        if self._on_active is not None:
            await self._on_active()
        self._obstacle = None
        while not stopping.is_set():
            self._added.clear()
            carried = await self._carry(conn)
            await self._purge(conn)
            if carried < _BATCH_ROWS:
                await self._rest()

    async def _carry(self, conn: Connection) -> int:
        """Append the oldest rows and mark them; how many were looked at."""
        now = self._clock()
        held = [key for key, hold in self._held.items() if hold.until > now]
        rows = await conn.fetch(self._in_schema(_sql.pending), held, _BATCH_ROWS)
        if not rows:
            return 0
        appended, failed = await self._append(rows)
        # Dying here repeats these rows with the same ids and bodies, which readers know as repeats.
        if appended:
            await self._settle(conn, appended)
        if failed:
            reasons = [(row["id"], str(error)) for row, error in failed]
            await conn.execute(self._in_schema(_sql.note_failure), *as_columns(reasons))
        return len(rows)

    async def _settle(self, conn: Connection, appended: Sequence[tuple[Row, Appended]]) -> None:
        """Note where rows lie in the log, and remove those that nobody waits for: they can be millions in an hour."""
        places = [(row["id"], at.partition, at.offset) for row, at in appended if row["topic"] not in _UNORDERED]
        if places:
            await conn.execute(self._in_schema(_sql.mark), *as_columns(places))
        if len(places) < len(appended):
            gone = [row["id"] for row, _ in appended if row["topic"] in _UNORDERED]
            await conn.execute(self._in_schema(_sql.remove), gone)

    async def _append(self, rows: Sequence[Row]) -> tuple[list[tuple[Row, Appended]], list[tuple[Row, AppendFailed]]]:
        """Append in waves with one run of each object, so that a failure keeps back what follows it."""
        waiting = _runs(rows)
        appended: list[tuple[Row, Appended]] = []
        failed: list[tuple[Row, AppendFailed]] = []
        while waiting:
            wave = [row for runs in waiting.values() for row in runs.popleft()]
            kept_back: set[str] = set()
            for row, outcome in zip(wave, await self._log.append([_record(row) for row in wave]), strict=True):
                if isinstance(outcome, AppendFailed):
                    failed.append((row, outcome))
                    kept_back.add(row["object_key"])
                else:
                    appended.append((row, outcome))
            for key in waiting:
                if key in kept_back:
                    self._hold(key)
                else:
                    self._held.pop(key, None)
            waiting = {key: runs for key, runs in waiting.items() if runs and key not in kept_back}
        return appended, failed

    def _hold(self, object_key: str) -> None:
        before = self._held.get(object_key)
        pause_s = min(before.pause_s * 2, self._settings.longest_pause_s) if before else self._settings.retry_pause_s
        self._held[object_key] = _Held(self._clock() + pause_s, pause_s)

    async def _purge(self, conn: Connection) -> None:
        now = self._clock()
        if now >= self._purge_at:
            self._purge_at = now + self._settings.purge_interval_s
            await conn.execute(self._in_schema(_sql.purge), self._settings.keep_appended)

    def _in_schema(self, statement: str) -> str:
        return interpolate(statement, schema=self._service)

    def _hear(self, _conn: Any, _pid: int, _channel: str, payload: object) -> None:
        if payload == "added":
            self._added.set()
        else:
            news, self._appended = self._appended, asyncio.Event()
            news.set()

    async def _rest(self) -> None:
        """Wait until a row is added, a held object is due, or the poll interval is over."""
        due = min((hold.until for hold in self._held.values()), default=float("inf")) - self._clock()
        timeout_s = max(0.01, min(self._settings.poll_interval_s, due))
        await wait_unless(self._added, timeout_s)


def _runs(rows: Sequence[Row]) -> dict[str, deque[list[Row]]]:
    """Return each object's rows in runs: those that follow each other for one topic and instant, each under its key."""
    runs: defaultdict[str, deque[list[Row]]] = defaultdict(deque)
    for row in rows:
        of_object = runs[row["object_key"]]
        if not of_object or not _goes_on(of_object[-1], row):
            of_object.append([])
        of_object[-1].append(row)
    return dict(runs)


def _goes_on(run: Sequence[Row], row: Row) -> bool:
    first = run[0]
    is_alike = (row["topic"], row["timestamp_ms"]) == (first["topic"], first["timestamp_ms"])
    return is_alike and all(row["record_key"] != one["record_key"] for one in run)


def _record(row: Row) -> Record:
    headers = unpack_headers(row["headers"])
    return Record(row["topic"], row["record_key"], row["value"], headers, row["timestamp_ms"])


def _positions(rows: Sequence[Row]) -> Positions:
    positions: dict[TopicPartition, int] = {}
    for row in rows:
        place = TopicPartition(row["topic"], row["appended_partition"])
        positions[place] = max(positions.get(place, 0), row["appended_offset"] + 1)
    return positions
