"""A replica on the PostgreSQL log: at its end on demand, and again after the server was gone."""

import asyncio
from collections.abc import Iterator

import pytest

from libs.contracts.topics import REFERENCE
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Appended, Record
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.replica import Replica
from libs.pg.embedded import EmbeddedPostgres
from tests.support.postgres import LASTING_SETTINGS, embedded_server
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A server of this module's own, to be stopped."""
    with embedded_server(settings=LASTING_SETTINGS) as server:
        yield server


async def append(log: PostgresEventLog, key: str) -> bool:
    (outcome,) = await log.append([Record(REFERENCE.name, key, b"{}", (), 1)])
    return isinstance(outcome, Appended)


async def test_it_follows_the_log_over_an_outage(own_server: EmbeddedPostgres) -> None:
    log = PostgresEventLog(own_server.url)
    await log.start()
    await log.ensure_topics([REFERENCE])
    keys: list[str | None] = []
    replica = Replica(log, REFERENCE, lambda record: keys.append(record.key))
    assert await append(log, "before start")
    await replica.start()
    assert keys == ["before start"]
    for number in range(20):
        assert await append(log, f"k{number}")
        await replica.catch_up(timeout_s=5)
        assert keys[-1] == f"k{number}"

    await asyncio.to_thread(own_server.stop, immediate=True)
    with pytest.raises(LogUnavailable):
        await replica.catch_up()
    await asyncio.to_thread(own_server.start)
    await eventually(lambda: append(log, "after"))
    await replica.catch_up(timeout_s=10)
    assert keys[-1] == "after"
    assert replica.lag == 0
    await replica.stop()
    await log.stop()
