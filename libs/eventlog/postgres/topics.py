"""The topics of the PostgreSQL log: made, checked, and remembered by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from libs.contracts.topics import Topic
from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import TopicPartition
from libs.eventlog.postgres.rows import TopicRow
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.topic_check import check_partitions, check_topic
from libs.pg.database import Connection, Database
from libs.pg.locks import lock_in_transaction


class Topics:
    """The known topics; looked up again when a name is not among them, for others may have made it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, TopicRow] = {}

    async def known(self, names: Iterable[str]) -> Mapping[str, TopicRow]:
        """Return the topics by name, those of `names` among them as far as they exist."""
        if not self._known.keys() >= set(names):
            await self.refresh()
        return self._known

    async def rows(self, topics: Sequence[Topic]) -> list[TopicRow]:
        """Return the topics as rows; raises LogMismatch naming those that do not exist."""
        known = await self.known(topic.name for topic in topics)
        if missing := [topic.name for topic in topics if topic.name not in known]:
            raise LogMismatch(f"unknown topics: {', '.join(missing)}")
        return [known[topic.name] for topic in topics]

    async def refresh(self) -> None:
        """Read them again."""
        async with self._db.transaction(readonly=True) as conn:
            rows = await conn.fetch(SQL.topics)
        self._known = {row["name"]: TopicRow(**row) for row in rows}

    async def ensure(self, topics: Sequence[Topic]) -> None:
        """Create or adjust the topics, all of them or none."""
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, "waymark.log.topics")
            for topic in topics:
                await _ensure(conn, topic)
        await self.refresh()

    async def check(self, topics: Sequence[Topic]) -> None:
        await self.refresh()
        found = {name: _as_topic(row) for name, row in self._known.items()}
        if problems := [problem for topic in topics if (problem := check_topic(topic, found.get(topic.name)))]:
            raise LogMismatch("; ".join(problems))


async def _ensure(conn: Connection, topic: Topic) -> None:
    row = await conn.fetchrow(SQL.put_topic, topic.name, topic.partitions, topic.compacted, topic.retention_ms)
    assert row is not None
    check_partitions(topic, row["partitions"])
    await conn.execute(SQL.put_heads, row["id"], topic.partitions)


def _as_topic(row: TopicRow) -> Topic:
    return Topic(row.name, "", "", partitions=row.partitions, compacted=row.compacted, retention_ms=row.retention_ms)


def partitions_of(rows: Iterable[TopicRow]) -> list[TopicPartition]:
    """Return every partition of the topics."""
    return [TopicPartition(row.name, number) for row in rows for number in range(row.partitions)]
