"""Results of a consumer's events within a batch: rows in its tables, and records for the log.

`batch.py` has the steps, the same for every consumer; what differs between consumers is here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.appending import append_all
from libs.eventlog.limits import record_bytes
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.objects import outbox
from libs.pg.database import Connection
from libs.pg.time_limits import let_go_when_idle
from libs.projections.consumer import Consumer, RegisteredConsumer
from libs.projections.generations import Generation
from libs.projections.parking import Fold
from libs.projections.projection import Projection
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import RegisteredReactor

E = TypeVar("E")

Emit = Callable[[Connection, Sequence[Record]], Awaitable[object]]
"""Hand over the records that came of a batch, inside its transaction."""


@dataclass(frozen=True, slots=True)
class Work(Generic[E]):
    """A registered consumer's events: how they are decoded and folded, and how what comes of them is emitted."""

    consumer: RegisteredConsumer
    decode: Callable[[StoredRecord], E | None]
    fold: Fold[E]
    emit: Emit


def projecting(projection: Projection[E], generation: Generation) -> Work[E]:
    """Return the work on a generation. Its records are emitted while it serves: until then the one before it does."""
    fold: Fold[E] = projection.fill if generation.state == "filling" else projection.apply
    emit = into_outbox(generation.service) if generation.state == "serving" else _drop
    return Work(generation, projection.decode, _checked(fold, projection), emit)


def reacting(reactor: Reactor[E], registered: RegisteredReactor, log: EventLog, *, append_idle_s: float) -> Work[E]:
    """Return the work of a reactor; `append_idle_s` as in `RunnerSettings`."""
    emit = into_log(log, idle_s=append_idle_s) if reactor.emission == "append" else into_outbox(registered.service)
    return Work(registered, reactor.decode, _checked(reactor.react, reactor), emit)


def into_log(log: EventLog, *, idle_s: float) -> Emit:
    """Return what appends records, and waits until all are acknowledged. Raises AppendFailed when one is not.

    PostgreSQL ends the transaction after `idle_s` without a statement, so that a frozen process lets go of its rows.
    """

    async def append(conn: Connection, records: Sequence[Record]) -> None:
        await let_go_when_idle(conn, idle_s)
        await append_all(log, records)

    return append


def into_outbox(service: str) -> Emit:
    """Return what adds records to the service's outbox; those of one key are appended in their order, unless their
    topic is `unordered`.
    """
    return lambda conn, records: outbox.add(conn, service, records)


def _checked(fold: Fold[E], consumer: Consumer[E]) -> Fold[E]:
    """Return `fold` with a look at its records: one that no log would take is the fault of the event it comes of."""
    topics = {topic.name for topic in consumer.publishes}

    async def checked(conn: Connection, events: Sequence[E]) -> Sequence[Record] | None:
        records = await fold(conn, events)
        for record in records or ():
            if record.topic not in topics:
                raise ValueError(f"{consumer.service}.{consumer.name} does not publish to {record.topic}")
            if (size := record_bytes(record)) > MAX_RECORD_BYTES:
                raise InvalidRecord(f"{size} bytes come of it for {record.topic}, which takes {MAX_RECORD_BYTES}")
        return records

    return checked


async def _drop(_conn: Connection, _records: Sequence[Record]) -> None:
    """Emit nothing."""
