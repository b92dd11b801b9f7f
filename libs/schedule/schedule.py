"""The schedule of a service: rows that say what is due, and from when on, by the database's clock.

Whoever holds a row does what is due and, in the same transaction, puts it again or removes it: a row that is neither is
due still. `take_due` holds rows for short work inside the transaction; `lease` claims them for long work outside one,
whose end is written behind `fence`. Whoever changes an object that is scheduled holds its row before the object's own,
as takers do, unless these pass over objects that are held: the two must not wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.pg.sql_files import SqlFile, interpolate
from libs.pg.time_limits import let_go_when_idle

_sql = SqlFile.load(Path(__file__).with_name("schedule.sql"))
_TABLE = Path(__file__).with_name("schedule_table.sql")

HOLDER_IDLE_S = 10.0
LONGEST_SLEEP_S = 10.0
"""The time after which a loop looks although no hint came; what is due later than that is put without one."""


def schedule_ddl(service: str) -> str:
    """Return SQL that creates the schedule in the service's schema: requests see their own tenant's rows."""
    table = f"{service}.schedule"
    return (
        interpolate(_TABLE.read_text(encoding="utf-8"), schema=service)
        + tenant_policies(table, service)
        + grant_tables([table], service, request="SELECT, INSERT, UPDATE, DELETE")
    )


class Overtaken(Exception):
    """The lease is lost: another leased the row, or it was put anew or removed; its former owner writes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """A row to put: due at `due_at`, else `due_in_s` seconds from now; `attempt` counts the attempts so far.

    Rows of one `lane` use the same thing, such as a receiver: a leaser has few of them at a time (`Lanes`).
    """

    tenant_id: str
    id: str
    due_in_s: float = 0.0
    due_at: datetime | None = None
    attempt: int = 0
    lane: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The bounds of one leaser: rows at a time of one lane, of one tenant and in all; and the rows that it has now."""

    of_lane: int
    of_tenant: int
    in_all: int
    leased: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By tenant and lane."""

    @property
    def room(self) -> int:
        """How many more rows there is room for in all."""
        return self.in_all - self.leased.total()

    @property
    def by_lane(self) -> Counter[str]:
        """How many rows the leaser has of each lane."""
        return _summed((lane, count) for (_, lane), count in self.leased.items())

    @property
    def by_tenant(self) -> Counter[str]:
        """How many rows the leaser has of each tenant."""
        return _summed((tenant_id, count) for (tenant_id, _), count in self.leased.items())

    @property
    def full(self) -> tuple[list[str], list[str]]:
        """The lanes, and the tenants, that there is no room for."""
        return _full(self.by_lane, self.of_lane), _full(self.by_tenant, self.of_tenant)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row that is held by the transaction; `attempt` is what it was put with, or counted by leases."""

    tenant_id: str
    id: str
    due_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Leased(DueRow):
    """A row that is leased under a claim; `attempt` counts this one."""

    claim: UUID
    lane: str


class Schedule:
    """The rows of one kind in a service's schedule. Every method runs inside the caller's transaction."""

    def __init__(self, service: str, kind: str) -> None:
        self.service = service
        self.kind = kind

    async def put(
        self,
        conn: Connection,
        tenant_id: str,
        id: str,  # noqa: A002  # the column's name
        *,
        due_in_s: float = 0.0,
        due_at: datetime | None = None,
        attempt: int = 0,
    ) -> None:
        """Make one row due, new or not, as `put_all` does."""
        entry = ScheduleEntry(tenant_id=tenant_id, id=id, due_in_s=due_in_s, due_at=due_at, attempt=attempt)
        await self.put_all(conn, [entry])

    async def put_all(self, conn: Connection, entries: Collection[ScheduleEntry]) -> None:
        """Make rows due, new or not; a lease of one is over. Loops are woken when one is due soon."""
        ordered = sorted(entries, key=lambda entry: (entry.tenant_id, entry.id))
        rows = [
            (entry.tenant_id, entry.id, entry.due_at, entry.due_in_s, entry.attempt, entry.lane) for entry in ordered
        ]
        await conn.execute(self._in_schema(_sql.put), self.kind, *as_columns(rows, 6), LONGEST_SLEEP_S)

    async def remove(self, conn: Connection, tenant_id: str, id: str) -> None:  # noqa: A002
        """Take a row off the schedule, if it is on it; a lease of it is over."""
        await conn.execute(self._in_schema(_sql.remove), tenant_id, self.kind, id)

    async def hold(self, conn: Connection, tenant_id: str, id: str) -> bool:  # noqa: A002
        """Wait for whoever holds the row, then hold it until the transaction ends; False when there is none."""
        return bool(await conn.fetchval(self._in_schema(_sql.hold), tenant_id, self.kind, id))

    async def take_due(self, conn: Connection, *, limit: int) -> list[DueRow]:
        """Hold at most `limit` rows that are due, the longest due first, leaving out those that others hold.

        PostgreSQL ends the transaction after `HOLDER_IDLE_S` without a statement: a frozen process lets go of its rows.
        """
        rows = await conn.fetch(self._in_schema(_sql.take_due), self.kind, limit)
        if rows:
            await let_go_when_idle(conn, HOLDER_IDLE_S)
        return [DueRow(*row) for row in rows]

    async def lease(self, conn: Connection, *, limit: int, for_s: float, lanes: Lanes | None = None) -> list[Leased]:
        """Claim at most `limit` rows that are due for `for_s` seconds, the longest due first, and count the attempt.

        Commit before the work begins. A lease that nobody renews or settles makes its row due again at its end. Of a
        lane or tenant no more is claimed than there is room for in `lanes`: what takes long in one holds up no other.
        """
        if lanes is None:
            rows = await conn.fetch(self._in_schema(_sql.lease), self.kind, limit, for_s)
        else:
            (full_lanes, full_tenants), by_lane, by_tenant = lanes.full, lanes.by_lane, lanes.by_tenant
            rows = await conn.fetch(
                self._in_schema(_sql.lease_in_lanes),
                *(self.kind, min(limit, lanes.room), for_s),
                *(lanes.of_lane, list(by_lane), list(by_lane.values()), full_lanes),
                *(lanes.of_tenant, list(by_tenant), list(by_tenant.values()), full_tenants),
            )
        return sorted((Leased(*row) for row in rows), key=lambda leased: leased.due_at)

    async def renew(self, conn: Connection, leases: Collection[Leased], *, for_s: float) -> list[Leased]:
        """Let the leases end `for_s` seconds from now; return those that are lost instead."""
        keys = sorted((leased.tenant_id, leased.id, leased.claim) for leased in leases)
        rows = await conn.fetch(self._in_schema(_sql.renew), self.kind, *as_columns(keys, 3), for_s)
        held = {row["claim"] for row in rows}
        return [leased for leased in leases if leased.claim not in held]

    async def release(self, conn: Connection, leased: Leased) -> None:
        """Give a row back as it was before the lease, the attempt not counted; nothing happens if the lease is lost."""
        await conn.execute(self._in_schema(_sql.release), *self._key(leased), leased.due_at)

    async def fence(self, conn: Connection, leased: Leased) -> None:
        """Hold the leased row until the transaction ends, to write what came of the work.

        Raises Overtaken when the lease is lost. One that is over and that nobody took since is still the owner's.
        """
        if not await conn.fetchval(self._in_schema(_sql.fence), *self._key(leased)):
            raise Overtaken(f"{self.kind} {leased.id} of tenant {leased.tenant_id}")

    async def next_due_s(self, conn: Connection, lanes: Lanes | None = None) -> float | None:
        """Return in how many seconds the next row is due, negative when it is overdue; None when there is no row.

        Rows that there is no room for in `lanes` do not count.
        """
        seconds: float | None = None
        if lanes is None:
            seconds = await conn.fetchval(self._in_schema(_sql.next_due), self.kind)
        elif lanes.room > 0:
            seconds = await conn.fetchval(self._in_schema(_sql.next_due_elsewhere), self.kind, *lanes.full)
        return seconds

    async def overdue_s(self, conn: Connection) -> float:
        """Return for how many seconds the row has been due that has been for longest; 0 when none is."""
        return max(0.0, -(await self.next_due_s(conn) or 0.0))

    def _key(self, leased: Leased) -> Sequence[object]:
        return (leased.tenant_id, self.kind, leased.id, leased.claim)

    def _in_schema(self, statement: str) -> str:
        return interpolate(statement, schema=self.service)


def _summed(counts: Iterable[tuple[str, int]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for name, count in counts:
        sums[name] += count
    return sums


def _full(counts: Counter[str], most: int) -> list[str]:
    return [name for name, count in counts.items() if count >= most]
