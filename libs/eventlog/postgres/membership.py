"""Membership in a group by lease rows: who is alive, and who holds which partition.

A membership belongs to a session; a later process of the same name takes it over, partitions and all. What a member
holds is its own until its lease is over by its own clock, which started before the database's did.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from libs.background.loops import Periodic
from libs.eventlog.port import Positions, TopicPartition
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.sharing import Share, share_of
from libs.pg.columns import as_columns, keyed_columns
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.locks import lock_in_transaction


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """The times a silent member keeps its place: `session_timeout_s` when its process is gone, `max_poll_interval_s`
    when it lives but does not poll."""

    session_timeout_s: float = 10.0
    max_poll_interval_s: float = 60.0


class Membership:
    """One member of one group. `partitions` counts those of every topic it reads."""

    def __init__(
        self, db: Database, group: str, member: str, partitions: Mapping[str, int], settings: GroupSettings
    ) -> None:
        self._db = db
        self._group = group
        self._member = member
        self._partitions = dict(partitions)
        self._topics = sorted(partitions)
        self._settings = settings
        self._lease = timedelta(seconds=settings.session_timeout_s)
        self._session = uuid.uuid4()
        self._leased_until = 0.0
        self._polled_at = time.monotonic()
        self._renewing = Periodic(
            f"lease of {member} in {group}", self.heartbeat_s, self._keep_lease, survives=DatabaseUnavailable, grace_s=0
        )
        # Settling in the middle of leaving would make a member of a process that is gone.
        self._one_at_a_time = asyncio.Lock()
        self._left = False
        self.is_replaced = False
        self.held: frozenset[TopicPartition] = frozenset()

    @property
    def heartbeat_s(self) -> float:
        """The interval at which the lease is renewed and the group looked at."""
        return self._settings.session_timeout_s / 3

    @property
    def has_lease(self) -> bool:
        """Whether nobody else can have taken what is held."""
        return not (self.is_replaced or self._left) and time.monotonic() < self._leased_until

    async def join(self) -> None:
        """Take the name, and begin to renew the lease. Raises DatabaseUnavailable."""
        asked_at = time.monotonic()
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, self._lock)
            await conn.execute(SQL.join_group, *self._self_row())
            await conn.execute(SQL.announce_group, self._group)
        self._leased_until = asked_at + self._settings.session_timeout_s
        await self._renewing.start()

    async def settle(self) -> None:
        """Renew the lease, end others' that are over, give up and take what is due. Raises DatabaseUnavailable."""
        async with self._one_at_a_time:
            if not self._left:
                await self._settle_once()

    def note_poll(self) -> None:
        """Note that the caller polls and is not stuck. Raises what ended the renewing of the lease, if anything did."""
        self._renewing.raise_failure()
        self._polled_at = time.monotonic()

    async def leave(self) -> None:
        """Free everything at once; when the database is gone the lease runs out instead. Idempotent."""
        self._left = True
        await self._renewing.stop()
        async with self._one_at_a_time:
            self.held = frozenset()
            with contextlib.suppress(DatabaseUnavailable):
                await self._leave()

    async def note_offsets(self, positions: Positions) -> None:
        """Keep how far the group is. Raises DatabaseUnavailable."""
        if positions:
            async with self._db.transaction() as conn:
                await conn.execute(SQL.note_group_offsets, self._group, *keyed_columns(positions.items()))

    @property
    def _lock(self) -> str:
        return f"waymark.log.group.{self._group}"

    def _self_row(self) -> tuple[object, ...]:
        return (self._group, self._member, self._session, self._topics, self._lease)

    async def _leave(self) -> None:
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, self._lock)
            await conn.execute(SQL.leave_group, self._group, self._member, self._session)
            await conn.execute(SQL.announce_group, self._group)

    async def _settle_once(self) -> None:
        self._polled_at = asked_at = time.monotonic()
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, self._lock)
            if not await conn.fetchval(SQL.stay_in_group, *self._self_row()):
                self.is_replaced = True
                self.held = frozenset()
                return
            held = await self._settle(conn)
        self.held = held
        self._leased_until = asked_at + self._settings.session_timeout_s

    async def _settle(self, conn: Connection) -> frozenset[TopicPartition]:
        await conn.execute(SQL.drop_expired, self._group)
        await conn.execute(SQL.free_unowned, self._group)
        members = {row["member"]: row["topics"] for row in await conn.fetch(SQL.members, self._group)}
        rows = await conn.fetch(SQL.holders, self._group)
        holders = {TopicPartition(row["topic"], row["partition"]): row["member"] for row in rows}
        share = share_of(self._member, members, self._partitions, holders)
        await self._change(conn, share)
        held = {place for place, holder in holders.items() if holder == self._member}
        return frozenset((held - share.give_up) | share.take)

    async def _change(self, conn: Connection, share: Share) -> None:
        if share.give_up:
            await conn.execute(SQL.give_up, self._group, *as_columns(share.give_up))
        if share.take:
            await conn.execute(SQL.take, self._group, *as_columns(share.take), self._member)
        if share.give_up or share.take:
            await conn.execute(SQL.announce_group, self._group)

    async def _keep_lease(self) -> None:
        """Renew while the caller works on a batch; a caller that is stuck loses its place."""
        is_stuck = time.monotonic() - self._polled_at >= self._settings.max_poll_interval_s
        if not (self.is_replaced or is_stuck):
            await self._renew()

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        async with self._db.transaction() as conn:
            renewed = await conn.fetchval(SQL.renew_lease, self._group, self._member, self._session, self._lease)
        self._leased_until = asked_at + self._settings.session_timeout_s if renewed else 0.0
