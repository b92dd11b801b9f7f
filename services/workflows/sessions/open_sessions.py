"""Open sessions for those who act on them: an executor loads its partitions' and reads the log on from there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from libs.contracts.paths import WORKFLOWS
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import Positions, TopicPartition
from libs.pg.database import Connection, Database
from libs.pg.sql_files import SqlFile
from libs.projections.consumer import MODEL_TABLES
from libs.projections.generations import ReadModel
from libs.projections.registry import POSITIONS
from services.workflows.engine.session import SessionState
from services.workflows.sessions.model import SESSIONS_MODEL, SessionKey
from services.workflows.sessions.store import load

_SQL = SqlFile.load(Path(__file__).with_name("open.sql"))
_ALL_TENANTS = ""
_PAGE: Final = 200


class LoadedSessions(NamedTuple):
    """Sessions, and the offsets from which the log has more of them."""

    states: list[SessionState]
    positions: Positions


class OpenedSessions:
    """The open sessions of partitions in one snapshot, read a page at a time.

    A partition without a position is to be read from its beginning: all are before the model is built.
    """

    def __init__(self, conn: Connection, keys: Sequence[SessionKey], positions: Positions) -> None:
        self._conn = conn
        self._keys = keys
        self.positions: Final = positions

    async def pages(self) -> AsyncIterator[Sequence[SessionState]]:
        """Yield the sessions, oldest first."""
        for start in range(0, len(self._keys), _PAGE):
            keys = self._keys[start : start + _PAGE]
            found = await load(self._conn, keys)
            yield [found[key] for key in keys]


class OpenSessions:
    """Reads the sessions of every tenant; `db` has the projector role."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._model = ReadModel(db, WORKFLOWS, SESSIONS_MODEL)

    @asynccontextmanager
    async def opened(self, partitions: Collection[int]) -> AsyncIterator[OpenedSessions]:
        """Yield the open sessions of partitions, to be read within the block."""
        async with self._db.transaction(isolation="repeatable_read", readonly=True) as conn:
            try:
                is_of_this_log = await self._model.enter(conn, _ALL_TENANTS)
            except ModelBehind:
                is_of_this_log = False
            if not is_of_this_log:
                yield OpenedSessions(conn, (), {})
                return
            rows = await conn.fetch(_SQL.of_partitions, sorted(partitions))
            keys = [SessionKey(row["tenant_id"], row["session_id"]) for row in rows]
            yield OpenedSessions(conn, keys, await positions_of(conn, partitions))

    async def load_some(self, sessions: Collection[tuple[str, str]]) -> LoadedSessions:
        """Return sessions, open or not, by tenant and id, and where the model stands, in one snapshot.

        Raises ModelBehind before the model is built.
        """
        keys = [SessionKey(*one) for one in sorted(sessions)]
        async with self._model.transaction(_ALL_TENANTS) as conn:
            found = await load(conn, keys)
            return LoadedSessions(list(found.values()), await positions_of(conn, None))


async def positions_of(conn: Connection, partitions: Collection[int] | None) -> Positions:
    """Return where the model stands in partitions of the sessions' topic, or in all; `conn` has entered it."""
    return {
        TopicPartition(row["topic"], row["partition"]): row["next_offset"]
        for row in await conn.fetch(MODEL_TABLES.sql(POSITIONS.all))
        if row["topic"] == WORKFLOW_SESSIONS.name and (partitions is None or row["partition"] in partitions)
    }
