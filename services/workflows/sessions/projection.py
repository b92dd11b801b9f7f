"""The read model `sessions`: every session as the fold knows it, and counts of them.

A session's records lie in one partition and are folded in their order, so any split and repetition of them leaves the
same tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.envelope import decode_headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import EARLIEST_MS, LATEST_MS
from libs.contracts.topics import WORKFLOW_SESSIONS, Topic
from libs.contracts.workflow_sessions import AnyRecord, SessionStarted, decode_session_record
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.records.checks import uuid_of
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
        tenant_id = decode_headers(record.headers).tenant_id
        if record.key is None or not record.key.startswith(f"{tenant_id}:"):
            raise InvalidRecord(f"the key is not one of tenant {tenant_id}")
        found = decode_session_record(record.value)
        _check(found)
        return SessionEntry(record.partition, record.offset, tenant_id, record.key, found)

    async def apply(self, conn: Connection, events: Sequence[SessionEntry]) -> None:
        """Fold the records, and count what changed."""
        await store.count(conn, await store.change(conn, events))

    async def fill(self, conn: Connection, events: Sequence[SessionEntry]) -> None:
        """Fold the records, uncounted."""
        await store.change(conn, events)


def _check(record: AnyRecord) -> None:
    """Refuse what could not become a row."""
    if uuid_of("sessionId", record.session_id) != record.session_id:
        raise InvalidRecord(f"sessionId is {record.session_id!r}, expected a UUID in its canonical form")
    if not EARLIEST_MS <= record.at <= LATEST_MS:
        raise InvalidRecord(f"at is {record.at}, beyond the years 1 to 9999")
    if isinstance(record, SessionStarted):
        uuid_of("workflowId", record.workflow_id)
        if record.parent is not None:
            uuid_of("parent.sessionId", record.parent.session_id)
