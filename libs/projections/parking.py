"""Records that cannot be applied: which one of a batch is at fault, how it is kept, and when there are too many.

A parked record is written in the transaction that moves its position, so read = applied + parked at every commit.
"""

from __future__ import annotations

import base64
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import asyncpg
import msgspec
import orjson

from libs.contracts import dead_letter_headers
from libs.contracts.envelope import Headers, tenant_of
from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import MANIFEST, Topic, dead_letters
from libs.eventlog.port import Record, StoredRecord
from libs.pg import database
from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.errors import is_lasting
from libs.projections.consumer import RegisteredConsumer
from libs.projections.positions import Entered
from libs.projections.registry import PARKING, POSITIONS
from libs.telemetry.logger import get_logger

_log = get_logger(__name__)
E = TypeVar("E")
Fold = Callable[[Connection, Sequence[E]], Awaitable[Sequence[Record] | None]]
"""Fold events into tables and return the records that come of them."""

DECODE = "decode"
APPLY = "apply"
_REASON_LIMIT = 1_000
_TOLD = 20
_NAMES = frozenset(topic.name for topic in MANIFEST)
PUBLISHED_TOPICS = tuple(topic.name for topic in MANIFEST if dead_letters(topic).name in _NAMES)
"""The topics whose parked records have a dead-letter topic."""


class Decoded(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """A record and the event in it."""

    record: StoredRecord
    event: E


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be applied, the step at which that showed, and the reason."""

    record: StoredRecord
    stage: str
    reason: str


def decode_all(
    decode: Callable[[StoredRecord], E | None], records: Sequence[StoredRecord]
) -> tuple[list[Decoded[E]], list[Fault]]:
    """Return the events of the records that have one, and the records that are invalid."""
    decoded: list[Decoded[E]] = []
    faults: list[Fault] = []
    for record in records:
        try:
            event = decode(record)
        except InvalidRecord as error:
            faults.append(Fault(record, DECODE, readable(error)))
        else:
            if event is not None:
                decoded.append(Decoded(record, event))
    return decoded, faults


class ParkedAt(NamedTuple):
    """A parked record's place in the order of reading, and its tenant, None when it names none."""

    ordinal: int
    tenant_id: str | None


@dataclass(frozen=True, slots=True)
class Folded:
    """The records that came of events, in the events' order, and the records at fault."""

    records: Sequence[Record] = ()
    faults: Sequence[Fault] = ()


async def fold_or_fault(conn: Connection, fold: Fold[E], decoded: Sequence[Decoded[E]]) -> Folded:
    """Fold the events in order; the records at fault are found by halving and leave no trace.

    Whatever PostgreSQL refuses a single record with is that record's fault, unless it passes by itself. Raises what is
    nobody's fault: a lost connection, a deadlock, a bug. Constraints must not be deferred to commit.
    """
    if not decoded:
        return Folded()
    try:
        async with conn.transaction():
            return Folded(await fold(conn, [item.event for item in decoded]) or ())
    except (InvalidRecord, asyncpg.PostgresError, asyncpg.exceptions.DataError) as error:
        if not is_at_fault(error):
            raise
        if len(decoded) == 1:
            return Folded(faults=[Fault(decoded[0].record, APPLY, readable(error))])
    middle = len(decoded) // 2
    first = await fold_or_fault(conn, fold, decoded[:middle])
    second = await fold_or_fault(conn, fold, decoded[middle:])
    return Folded([*first.records, *second.records], [*first.faults, *second.faults])


def is_at_fault(error: BaseException) -> bool:
    """Return whether the same records would fail again."""
    return isinstance(error, InvalidRecord) or is_lasting(error)


def readable(error: BaseException) -> str:
    """Return the error's message as text any PostgreSQL column takes: no NUL, no lone surrogate, not too long."""
    text = str(error).encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return text[:_REASON_LIMIT] or type(error).__name__


def exceeds(parked: Sequence[ParkedAt], *, allowed: int, window: int) -> bool:
    """Return whether any `window` consecutive records hold more than `allowed` parked ones, and of several tenants.

    `parked` is in the order of reading. One tenant's records end nobody's consumer, nor do they beside a stray one of
    another tenant: without the tenant that has the most, more than a tenth of `allowed` has to be left. Records that
    name no tenant count as those of several.
    """
    inside: deque[ParkedAt] = deque()
    counts: Counter[str | None] = Counter()
    for one in parked:
        inside.append(one)
        counts[one.tenant_id] += 1
        while one.ordinal - inside[0].ordinal >= window:
            counts[inside.popleft().tenant_id] -= 1
        if len(inside) > allowed:
            most = max((count for tenant_id, count in counts.items() if tenant_id is not None), default=0)
            if len(inside) - most > allowed // 10:
                return True
    return False


def tell_parked(group: str, faults: Sequence[Fault]) -> None:
    """Log what was parked, the first of many one by one: an operator has to act, and nothing stops for it."""
    for fault in faults[:_TOLD]:
        _log.error(
            "record_parked",
            projection=group,
            tenant=tenant_of(fault.record.headers),
            topic=fault.record.topic,
            partition=fault.record.partition,
            offset=fault.record.offset,
            stage=fault.stage,
            reason=fault.reason,
        )
    if len(faults) > _TOLD:
        _log.error("records_parked", projection=group, count=len(faults))


async def without_discarded(inside: Entered, consumer: RegisteredConsumer, faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults whose records no operator has discarded."""
    places = [(*fault.record.topic_partition, fault.record.offset) for fault in faults]
    rows = await inside.conn.fetch(PARKING.discarded, consumer.service, consumer.name, *as_columns(places, 3))
    gone = {(row["topic"], row["partition"], row["offset"]) for row in rows}
    return [fault for fault, place in zip(faults, places, strict=True) if place not in gone]


async def park(inside: Entered, records: Sequence[StoredRecord], faults: Sequence[Fault], now: datetime) -> int:
    """Keep the records at fault; call before the positions of `records` advance.

    Returns how many records the consumer had read before.
    """
    before: int = await inside.conn.fetchval(inside.sql(POSITIONS.totals))
    place = {(record.topic_partition, record.offset): before + at for at, record in enumerate(records, start=1)}
    rows = [(fault, place[fault.record.topic_partition, fault.record.offset]) for fault in faults]
    await inside.conn.executemany(inside.sql(PARKING.add), [_row(fault, ordinal, now) for fault, ordinal in rows])
    return before


async def recently_parked(inside: Entered, after: int) -> list[ParkedAt]:
    """Return the records parked now that were read after so many, in the order of reading."""
    rows = await inside.conn.fetch(inside.sql(PARKING.recent), after)
    return [ParkedAt(row["ordinal"], row["tenant_id"]) for row in rows]


def _row(fault: Fault, ordinal: int, now: datetime) -> tuple[object, ...]:
    record = fault.record
    return (
        tenant_of(record.headers),
        record.topic,
        record.partition,
        record.offset,
        fault.stage,
        fault.reason,
        now,
        ordinal,
        None if record.key is None else record.key.encode("utf-8", "surrogatepass"),
        record.value,
        pack_headers(record.headers),
        record.timestamp_ms,
    )


def pack_headers(headers: Headers) -> bytes:
    """Return headers as bytes; names may hold what neither text nor jsonb columns take."""
    return orjson.dumps([[name, base64.b64encode(value).decode()] for name, value in headers])


def unpack_headers(packed: bytes) -> Headers:
    """Return the headers that `pack_headers` packed."""
    return tuple((name, base64.b64decode(value)) for name, value in orjson.loads(packed))


def parked_record(row: database.Row) -> StoredRecord:
    """Return the record of a parked row, as it was read."""
    key = row["key"]
    return StoredRecord(
        row["topic"],
        row["partition"],
        row["offset"],
        None if key is None else bytes(key).decode("utf-8", "surrogatepass"),
        row["value"],
        unpack_headers(row["headers"]),
        row["timestamp_ms"],
    )


def dead_letter_topic(topic: str) -> str:
    """Return the topic that takes copies of what was parked from `topic`."""
    return dead_letters(Topic(topic, key="", description="")).name


def dead_letter(row: database.Row, projection: str, *, now_ms: int, limit_bytes: int) -> Record:
    """Return the copy of a parked record: its key, value and headers, with where it came from and what was wrong.

    A value that would make the copy larger than `limit_bytes` is left out, and a header says so.
    """
    record = parked_record(row)
    headers: Headers = (
        *record.headers,
        (dead_letter_headers.PROJECTION, projection.encode()),
        (dead_letter_headers.STAGE, row["stage"].encode()),
        (dead_letter_headers.REASON, row["reason"].encode()),
        (dead_letter_headers.TOPIC, record.topic.encode()),
        (dead_letter_headers.PARTITION, str(record.partition).encode()),
        (dead_letter_headers.OFFSET, str(record.offset).encode()),
    )
    key = record.key or ""
    size = len(key) * 4 + len(record.value or b"") + sum(len(name) * 4 + len(value) for name, value in headers)
    if size > limit_bytes:
        left_out = (dead_letter_headers.VALUE, dead_letter_headers.LEFT_OUT.encode())
        return Record(dead_letter_topic(record.topic), key, None, (*headers, left_out), now_ms)
    return Record(dead_letter_topic(record.topic), key, record.value, headers, now_ms)
