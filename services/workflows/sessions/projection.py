"""The read model `sessions`: every session as the fold knows it, and counts of them.

A session's records lie in one partition and are folded in their order, so any split and repetition of them leaves the
same tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.paths import WORKFLOWS
from libs.contracts.topics import WORKFLOW_SESSIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.records.sessions import decode_keyed_record
from services.workflows.sessions import store
from services.workflows.sessions.model import SESSIONS_MODEL, SessionEntry

TABLES = ("sessions", "session_tasks", "session_counts")
_HERE = Path(__file__).parent


class SessionsProjection:
    """The `Projection` of workflows' sessions."""

    service = WORKFLOWS
    name = SESSIONS_MODEL
    version = 1
    topics: tuple[Topic, ...] = (WORKFLOW_SESSIONS,)
    publishes: tuple[Topic, ...] = ()

    @cached_property
    def ddl(self) -> str:
        """Tables with the tenants' policies."""
        tables = (_HERE / "sessions.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, WORKFLOWS) for table in TABLES)
        return tables + policies + grant_tables(TABLES, WORKFLOWS)

    @cached_property
    def finishing_ddl(self) -> str:
        """Counts of what was filled, and the indexes."""
        return f"{store.COUNT_ALL};\n" + (_HERE / "sessions_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> SessionEntry:
        """Return the entry of a record; InvalidRecord names what is wrong with it."""
        tenant_id, key, found = decode_keyed_record(record)
        return SessionEntry(record.partition, record.offset, tenant_id, key, found)

    async def apply(self, conn: Connection, events: Sequence[SessionEntry]) -> None:
        """Fold the records, and count what changed."""
        await store.count(conn, await store.change(conn, events))

    async def fill(self, conn: Connection, events: Sequence[SessionEntry]) -> None:
        """Fold the records, uncounted."""
        await store.change(conn, events)
