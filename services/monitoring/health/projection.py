"""The read model `health`: every result once, and counts of them by definition, dimension and span of time.

A result that was seen before changes nothing, and counts are sums: any split, repetition and interleaving of partitions
leaves the same tables. Only the order within a partition matters, which every reading of the log keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.paths import MONITORING
from libs.contracts.topics import CRITICAL_INTERACTIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.rollups import histogram
from services.monitoring.health import fold
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.records import ResultEntry, decode_entry

TABLES = ("results", "series", "rollups")
_HERE = Path(__file__).parent


class HealthProjection:
    """The `Projection` of critical interactions' results."""

    service = MONITORING
    name = HEALTH_MODEL
    version = 1
    topics: tuple[Topic, ...] = (CRITICAL_INTERACTIONS,)
    publishes: tuple[Topic, ...] = ()

    @cached_property
    def ddl(self) -> str:
        """Tables and ledger, with the tenants' policies."""
        tables = (_HERE / "health.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, MONITORING) for table in TABLES)
        return f"{tables}\n{histogram.functions()}" + policies + grant_tables(TABLES, MONITORING)

    @cached_property
    def finishing_ddl(self) -> str:
        """Counts of what was filled, and the indexes."""
        return f"{fold.COUNT_ALL};\n" + (_HERE / "health_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> ResultEntry:
        """Return the row of a result."""
        return decode_entry(record)

    async def apply(self, conn: Connection, events: Sequence[ResultEntry]) -> None:
        """Add what is new, and count it."""
        await fold.add(conn, events)

    async def fill(self, conn: Connection, events: Sequence[ResultEntry]) -> None:
        """Add what is new, uncounted."""
        await fold.add_rows(conn, events)
