"""The smallest complete projection: how many interactions of each origin a tenant has.

A service that names it among its `consumers` has a read model that is filled from the log's beginning, kept up to date
exactly once whatever is killed, and rebuilt while it serves. `docs/services.md` says what a service has besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.roles import tenant_policies
from libs.records.interactions import RecordedRow, decode_change

SERVICE = "origins"
# `seen` is the ledger: an interaction that comes again, at another place of the log, counts once.
_TABLES = """
CREATE TABLE seen (tenant_id text, id uuid, origin text NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE counts (tenant_id text, origin text, n bigint NOT NULL, PRIMARY KEY (tenant_id, origin));
"""
_ADD_NEW = """
INSERT INTO seen SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[])
ON CONFLICT DO NOTHING RETURNING tenant_id, origin
"""
_COUNT = """
INSERT INTO counts SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (tenant_id, origin) DO UPDATE SET n = counts.n + excluded.n
"""


class OriginCounts:
    """The projection; the runner owns its transactions and its positions."""

    service, name, version, topics, publishes = SERVICE, "counts", 1, (INTERACTIONS,), ()
    ddl = _TABLES + tenant_policies("seen", SERVICE) + tenant_policies("counts", SERVICE)
    finishing_ddl = "INSERT INTO counts SELECT tenant_id, origin, count(*) FROM seen GROUP BY 1, 2;"

    def decode(self, record: StoredRecord) -> RecordedRow | None:
        change = decode_change(record)
        return change if isinstance(change, RecordedRow) else None

    async def apply(self, conn: Connection, events: Sequence[RecordedRow]) -> None:
        counts = Counter((row["tenant_id"], row["origin"]) for row in await self._add(conn, events))
        # In the order of their keys: two writers that met the same rows in different orders would wait for each other.
        rows = [(tenant_id, origin, n) for (tenant_id, origin), n in sorted(counts.items())]
        if rows:
            await conn.execute(_COUNT, *as_columns(rows))

    async def fill(self, conn: Connection, events: Sequence[RecordedRow]) -> None:
        await self._add(conn, events)

    async def _add(self, conn: Connection, events: Sequence[RecordedRow]) -> list[dict[str, str]]:
        """Return tenant and origin of the interactions that no batch has had before."""
        rows = [(event.tenant_id, event.interaction_id, event.origin) for event in events]
        return [dict(row) for row in await conn.fetch(_ADD_NEW, *as_columns(rows))] if rows else []
