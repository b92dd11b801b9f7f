"""The read model `events`: every event once, with the counters that make its lists and figures cheap.

The first record of an id stays and a repeat changes nothing; only rows that were really new reach a counter. So any
split, order or repetition of the records leaves the same tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.paths import QUERIES
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.contracts.topics import Topic
from libs.eventlog.port import StoredRecord
from libs.pg.columns import keyed_columns
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.pg.sql_files import SqlFile
from services.queries.events.model import EVENTS
from services.queries.events.outcomes import Outcomes
from services.queries.events.records import EventEntry, decode_entry

TABLES = ("events", "texts", "day_counts", "hour_counts", "actor_counts")
STRUCTURE = 4
"""Raised when the tables or the meaning of rows change."""
REVISIONS = 10_000
"""The number of revisions of the outcomes' words that one structure has room for."""
_HERE = Path(__file__).parent
_SQL = SqlFile.load(_HERE / "fold.sql")
_MAKE_ROOM = (_HERE / "arriving.sql").read_text(encoding="utf-8")
_STORED_COLUMNS = EventEntry._fields.index("long_texts")


class EventsProjection:
    """The `Projection` of the events topic. What counts as an outcome is part of its version."""

    service = QUERIES
    name = EVENTS
    topics: tuple[Topic, ...] = (EVENTS_TOPIC,)
    publishes: tuple[Topic, ...] = ()

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self.version = STRUCTURE * REVISIONS + outcomes.revision

    @cached_property
    def ddl(self) -> str:
        """The tables and the ledger, with the tenants' policies."""
        tables = (_HERE / "events.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, QUERIES) for table in TABLES)
        words = self._outcomes.text.replace("'", "''")
        return tables + policies + grant_tables(TABLES, QUERIES) + f"COMMENT ON TABLE events IS '{words}';\n"

    @cached_property
    def finishing_ddl(self) -> str:
        """The counters over the filled tables, and the indexes."""
        return (_HERE / "events_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> EventEntry:
        """Return the row of an event; InvalidRecord says what is wrong with it."""
        return decode_entry(record, self._outcomes)

    async def apply(self, conn: Connection, events: Sequence[EventEntry]) -> None:
        """Add what is new, to rows and counters."""
        await self._check_words(conn)
        await _fold(conn, events, _SQL.add_rows_and_counts)

    async def fill(self, conn: Connection, events: Sequence[EventEntry]) -> None:
        """Add what is new, to rows only."""
        await self._check_words(conn)
        await _fold(conn, events, _SQL.add_rows)

    async def _check_words(self, conn: Connection) -> None:
        """Raise RuntimeError when the generation's outcomes were told by other words: those are another version."""
        words = await conn.fetchval(_SQL.outcome_words)
        if words != self._outcomes.text:
            raise RuntimeError(
                f"the words for outcomes were {words!r} and are {self._outcomes.text!r}: raise"
                " WAYMARK_QUERIES_EVENT_OUTCOMES_REVISION, which asks for a rebuild"
            )


async def _fold(conn: Connection, events: Sequence[EventEntry], add: str) -> None:
    """Fold the first of the records with the same id, the one that stays when each comes in its own batch."""
    rows: dict[tuple[str, str], EventEntry] = {}
    for event in events:
        rows.setdefault((event.tenant_id, event.event_id), event)
    if not rows:
        return
    texts = {(row.tenant_id, key): text for row in rows.values() for key, text in row.long_texts.items()}
    if texts:
        await conn.execute(_SQL.add_texts, *keyed_columns(texts.items()))
    await conn.execute(_MAKE_ROOM)
    await conn.copy_records_to_table(
        "events_arriving", schema_name="pg_temp", records=(row[:_STORED_COLUMNS] for row in rows.values())
    )
    await conn.execute(add)
