"""Looks at a service's parts every few seconds and sets the gauges that nobody else keeps."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from libs.background.loops import Periodic
from libs.eventlog.replica import Replica
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.telemetry.metrics import (
    OUTBOX_BACKLOG_ROWS,
    OUTBOX_OLDEST_SECONDS,
    POOL_CONNECTIONS,
    POOL_CONNECTIONS_LIMIT,
    REPLICA_LAG_RECORDS,
)

_INTERVAL_S = 5.0
Look = Callable[[], Awaitable[None]]


class Observer(Periodic):
    """A part that cannot be looked at now keeps its last figures."""

    def __init__(self, *, interval_s: float = _INTERVAL_S) -> None:
        super().__init__("observer", interval_s, self._look_at_all, at_once=True, grace_s=0)
        self._looks: list[Look] = []

    def add(self, look: Look) -> None:
        """Look at one more part from now on."""
        self._looks.append(look)

    async def _look_at_all(self) -> None:
        for look in self._looks:
            with contextlib.suppress(DatabaseUnavailable):
                await look()


def at_outbox(service: str, relay: Relay) -> Look:
    """Return a look at the outbox: how many rows wait, and for how long the oldest has."""

    async def look() -> None:
        rows, oldest_s = await relay.figures()
        OUTBOX_BACKLOG_ROWS.labels(service).set(rows)
        OUTBOX_OLDEST_SECONDS.labels(service).set(oldest_s)

    return look


def at_replica(topic: str, replica: Replica) -> Look:
    """Return a look at how far the replica is behind."""

    async def look() -> None:
        if replica.lag is not None:
            REPLICA_LAG_RECORDS.labels(topic).set(replica.lag)

    return look


def at_pool(name: str, database: Database) -> Look:
    """Return a look at how many of the pool's connections are in use, of how many."""

    async def look() -> None:
        idle, used = database.connections
        POOL_CONNECTIONS.labels(name, "idle").set(idle)
        POOL_CONNECTIONS.labels(name, "used").set(used)
        POOL_CONNECTIONS_LIMIT.labels(name).set(database.most_connections)

    return look
