"""The read model `matches`: what is open, held and decided of every key, and the results that come of it.

A step that comes again is known by the ledger. A key has its partition's records in the order of the log, and time
passes by the ticks among them, so the tables and the results are what the topic says, whoever reads it, however often.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.critical_interactions import Result
from libs.contracts.monitoring_steps import decode_step_record, split_key
from libs.contracts.paths import MONITORING
from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS, Topic
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.projections.long_work import LongWork
from services.monitoring.matches.matcher import Ended
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.results import result_of, result_record
from services.monitoring.matches.store import Known, load, only_new, store
from services.monitoring.matches.versions import Versions
from services.monitoring.matches.walk import Arrived, MatchKey, PartitionWalk

_HERE = Path(__file__).parent
_TENANT_TABLES = ("seen", "keys", "closings", "open_matches", "counts")
_SHOWN_TABLES = ("open_matches", "counts")


class MatchesProjection:
    """The `Projection` of steps; `open_matches_max` is how many matches of a definition may be open at once."""

    service = MONITORING
    name = MATCHES_MODEL
    version = 1
    topics: tuple[Topic, ...] = (MONITORING_STEPS,)
    publishes: tuple[Topic, ...] = (CRITICAL_INTERACTIONS,)
    finishing_ddl = ""

    def __init__(self, *, open_matches_max: int, partitions: int) -> None:
        self._room = max(1, open_matches_max // partitions)
        self._versions = Versions()

    def forget(self) -> None:
        self._versions = Versions()

    @cached_property
    def ddl(self) -> str:
        """Tables with the tenants' policies."""
        tables = (_HERE / "matches.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, MONITORING) for table in _TENANT_TABLES)
        return tables + policies + grant_tables(_SHOWN_TABLES, MONITORING)

    def decode(self, record: StoredRecord) -> Arrived:
        """Return a step, a tick or a closing; InvalidRecord says what is wrong with it."""
        return Arrived(record.partition, record.offset, *split_key(record.key), decode_step_record(record.value))

    async def apply(self, conn: Connection, events: Sequence[Arrived]) -> Sequence[Record]:
        """Walk the events, and return the results that come of them."""
        walks, known = await self._fold(conn, events)
        return [
            result_record(key, _result(key, end, known), timestamp_ms=end.decided_at)
            for walk in walks
            for key, end in walk.ended
        ]

    async def fill(self, conn: Connection, events: Sequence[Arrived]) -> None:
        """Walk the events; their results are there already."""
        await self._fold(conn, events)

    async def _fold(self, conn: Connection, events: Sequence[Arrived]) -> tuple[Sequence[PartitionWalk], Known]:
        parts: dict[int, list[Arrived]] = {}
        for arrived in await only_new(conn, events):
            parts.setdefault(arrived.partition, []).append(arrived)
        if not parts:
            return (), {}
        walks, known = await load(conn, parts, self._versions, room=self._room)
        work = LongWork(conn)
        for walk in walks:
            for arrived in parts[walk.partition]:
                walk.take(arrived)
                await work.pause()
        await store(conn, walks)
        return walks, known


def _result(key: MatchKey, end: Ended, known: Known) -> Result:
    return result_of(key, end, known[key.tenant_id, key.definition_id, end.match.version].definition)
