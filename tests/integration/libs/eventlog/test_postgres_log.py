"""The PostgreSQL log where it is more than the contract: transactions, outages, what may be said of a lost append."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from libs.contracts.topics import MAX_RECORD_BYTES, Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.port import Appended, Record, TopicPartition
from libs.eventlog.postgres.appender import AppendLimits
from libs.eventlog.postgres.fetcher import PostgresFetcher
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.schema import LAYOUT, LOG_ROLE, allow_append, ensure_schema
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.postgres.topics import Topics
from libs.eventlog.postgres.writer import Writer
from libs.eventlog.transactional import TransactionalLog
from libs.pg.database import Database, connect_once
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import MissingRight
from libs.pg.roles import ensure_role, ensure_roles, projector_role
from libs.pg.sql_files import prepare_all
from tests.support.postgres import LASTING_SETTINGS, database_name, embedded_server, with_login
from tests.support.waiting import eventually

TOPIC = Topic("t", key="k", description="d")
PLACE = TopicPartition("one", 0)
ONE = Topic("one", key="k", description="d", partitions=1)


def record(key: str = "k", value: bytes = b"v", *, topic: str = "one", timestamp_ms: int = 1) -> Record:
    return Record(topic, key, value, (), timestamp_ms)


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[PostgresEventLog]:
    log = PostgresEventLog(database_url)
    await log.start()
    await log.ensure_topics([TOPIC, ONE])
    yield log
    await log.stop()


async def values(log: PostgresEventLog) -> list[bytes | None]:
    reader = await log.reader({PLACE: 0})
    return [one.value for one in await reader.poll(timeout_s=0, max_records=1_000)]


# --- the schema ---


async def test_several_starters_make_one_log(database_url: str) -> None:
    logs = [PostgresEventLog(database_url) for _ in range(4)]
    await asyncio.gather(*(log.start() for log in logs))
    assert len({await log.identity() for log in logs}) == 1
    for log in logs:
        await log.stop()


async def test_a_newer_layout_is_refused(log: PostgresEventLog, database_url: str) -> None:
    conn = await connect_once(database_url, application_name="test")
    await conn.execute("UPDATE log.identity SET layout = $1", LAYOUT + 1)
    with pytest.raises(LogMismatch, match="layout 2"):
        await ensure_schema(conn)
    await conn.close()


async def test_a_login_that_may_not_make_the_schema_is_told_so(
    database_url: str,
) -> None:
    conn = await connect_once(database_url, application_name="test")
    login = f"weak_{database_name(database_url)[-8:]}"
    await ensure_role(conn, LOG_ROLE)
    await conn.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'weak'; GRANT {LOG_ROLE} TO {login}")
    weak = PostgresEventLog(with_login(database_url, login, "weak"))
    with pytest.raises(MissingRight, match="schema log"):
        await weak.start()
    await conn.execute(f"DROP ROLE {login}")
    await conn.close()


async def test_every_statement_fits_the_schema(log: PostgresEventLog, database_url: str) -> None:
    conn = await connect_once(database_url, application_name="test")
    assert await prepare_all(conn, [SQL]) == len(SQL)
    await conn.close()


# --- looking for records ---


@pytest.fixture
async def fetcher(log: PostgresEventLog, database_url: str) -> AsyncIterator[PostgresFetcher]:
    async with await Database.connect(database_url, role=LOG_ROLE, application_name="test") as db:
        yield PostgresFetcher(db, Topics(db))


async def test_a_short_answer_says_that_there_is_no_more(log: PostgresEventLog, fetcher: PostgresFetcher) -> None:
    await log.append([record()] * 3)
    await fetcher.fetch({PLACE: 0}, timeout_s=0, max_records=2)
    assert not fetcher.is_level({PLACE: 2}, 60)
    await fetcher.fetch({PLACE: 2}, timeout_s=0, max_records=2)
    assert fetcher.is_level({PLACE: 3}, 60)
    assert not fetcher.is_level({PLACE: 2}, 60)
    assert not fetcher.is_level({PLACE: 3, TopicPartition("t", 0): 0}, 60)
    assert not fetcher.is_level({PLACE: 3}, 0)


async def test_an_answer_says_nothing_of_what_was_announced_meanwhile(fetcher: PostgresFetcher) -> None:
    fetching = asyncio.create_task(fetcher.fetch({PLACE: 0}, timeout_s=0, max_records=2))
    await asyncio.sleep(0)
    fetcher.expect_records()
    await fetching
    assert not fetcher.is_level({PLACE: 0}, 60)


async def test_a_poll_that_does_not_wait_sees_what_was_acknowledged(log: PostgresEventLog) -> None:
    reader = await log.reader({PLACE: 0})
    for number in range(20):
        await log.append([record()])
        assert [one.offset for one in await reader.poll(timeout_s=0, max_records=10)] == [number]


# --- appending inside a caller's transaction ---


@pytest.fixture
async def gateway(log: PostgresEventLog, database_url: str) -> AsyncIterator[Database]:
    """A service's projector role that may append, and a table of its own."""
    conn = await connect_once(database_url, application_name="test")
    await ensure_roles(conn, "gateway")
    await allow_append(conn, projector_role("gateway"))
    await conn.execute(f"CREATE TABLE numbers (n int); GRANT ALL ON numbers TO {projector_role('gateway')}")
    await conn.close()
    async with await Database.connect(database_url, role=projector_role("gateway"), application_name="test") as db:
        yield db


async def test_records_and_rows_are_committed_together(log: PostgresEventLog, gateway: Database) -> None:
    assert isinstance(log, TransactionalLog)
    async with gateway.transaction() as conn:
        await conn.execute("INSERT INTO numbers VALUES (1)")
        places = await log.append_in(conn, [record("a"), record("b", topic="t")])
        assert await log.end_offsets([ONE]) == {PLACE: 0}
    assert places[0] == Appended("one", 0, 0)
    assert places[1].topic == "t"
    assert await log.end_offsets([ONE]) == {PLACE: 1}


async def test_a_rolled_back_transaction_leaves_no_gap(log: PostgresEventLog, gateway: Database) -> None:
    async def fail_after_append() -> None:
        async with gateway.transaction() as conn:
            await log.append_in(conn, [record("lost")])
            raise KeyError

    with pytest.raises(KeyError):
        await fail_after_append()
    (outcome,) = await log.append([record("kept")])
    assert outcome == Appended("one", 0, 0)


async def test_a_record_that_cannot_be_taken_refuses_the_whole_call(log: PostgresEventLog, gateway: Database) -> None:
    async with gateway.transaction() as conn:
        with pytest.raises(AppendFailed) as refused:
            await log.append_in(conn, [record(), record(value=b"x" * (MAX_RECORD_BYTES + 1))])
        assert not refused.value.unknown
        await log.append_in(conn, [record()])
    assert await log.end_offsets([ONE]) == {PLACE: 1}


async def test_a_role_that_may_append_may_not_read(log: PostgresEventLog, gateway: Database) -> None:
    async with gateway.transaction() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("SELECT * FROM log.records")


async def test_later_offsets_are_not_seen_before_earlier_ones(log: PostgresEventLog, gateway: Database) -> None:
    reader = await log.reader({PLACE: 0})
    async with gateway.transaction() as conn:
        await log.append_in(conn, [record("first", b"1")])
        later = asyncio.create_task(log.append([record("second", b"2")]))
        assert not await reader.poll(timeout_s=0.2, max_records=10)
        assert not later.done()
    await later
    assert [one.value for one in await reader.poll(timeout_s=5, max_records=10)] == [b"1", b"2"]


# --- bounds of a batch ---


async def test_a_batch_over_its_bounds_is_several_transactions(database_url: str) -> None:
    log = PostgresEventLog(database_url, PostgresLogSettings(append=AppendLimits(batch_bytes=1_000, batch_records=7)))
    await log.start()
    await log.ensure_topics([ONE])
    outcomes = await log.append([record(value=str(n).encode() * 50) for n in range(100)])
    assert [place.offset for place in outcomes if isinstance(place, Appended)] == list(range(100))
    await log.stop()


async def test_a_poll_does_not_return_more_bytes_than_it_should(
    log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.eventlog.postgres.fetcher.MAX_FETCH_BYTES", 1_000)
    await log.append([record(value=b"x" * 400) for _ in range(10)])
    reader = await log.reader({PLACE: 0})
    counts = [len(await reader.poll(timeout_s=0, max_records=100)) for _ in range(5)]
    assert counts == [3, 3, 3, 1, 0]


# --- outages ---


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A server of this module's own, to be stopped."""
    with embedded_server(settings=LASTING_SETTINGS) as server:
        yield server


@pytest.fixture
async def fragile(own_server: EmbeddedPostgres) -> AsyncIterator[PostgresEventLog]:
    log = PostgresEventLog(own_server.url, PostgresLogSettings(append=AppendLimits(timeout_s=1.0)))
    await log.start()
    await log.ensure_topics([ONE])
    yield log
    await log.stop()


async def test_stopped_and_started_again_it_recovers_by_itself(
    fragile: PostgresEventLog, own_server: EmbeddedPostgres
) -> None:
    before = (await fragile.end_offsets([ONE]))[PLACE]
    reader = await fragile.reader({PLACE: before})
    await fragile.append([record(value=b"before")])
    await asyncio.to_thread(own_server.stop, immediate=True)
    (outcome,) = await fragile.append([record(value=b"meanwhile")])
    assert isinstance(outcome, AppendFailed)
    with pytest.raises(LogUnavailable):
        await reader.poll(timeout_s=0, max_records=10)
    await asyncio.to_thread(own_server.start)
    await eventually(lambda: _acknowledged(fragile, b"after"))
    records = await eventually(lambda: reader.poll(timeout_s=0.1, max_records=10))
    assert [one.value for one in records if one.value != b"meanwhile"] == [b"before", b"after"]


async def test_a_member_goes_on_after_an_outage(fragile: PostgresEventLog, own_server: EmbeddedPostgres) -> None:
    async def at_end(places: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        return dict(await fragile.end_offsets([ONE]))

    member = await fragile.subscribe("g", [ONE], member="a", on_assigned=at_end)
    await member.poll(timeout_s=0, max_records=10)
    await asyncio.to_thread(own_server.stop, immediate=True)
    with pytest.raises(LogUnavailable):
        await member.poll(timeout_s=0, max_records=10)
    await asyncio.to_thread(own_server.start)
    await eventually(lambda: _acknowledged(fragile, b"after"))
    records = await eventually(lambda: member.poll(timeout_s=0.1, max_records=10))
    assert [one.value for one in records] == [b"after"]
    await member.stop()


async def _acknowledged(log: PostgresEventLog, value: bytes) -> bool:
    (outcome,) = await log.append([record(value=value)])
    return isinstance(outcome, Appended)


@pytest.mark.parametrize(("count", "unknown"), [(1, True), (100, False)])
async def test_a_connection_lost_before_commit_appends_nothing(
    log: PostgresEventLog, gateway: Database, count: int, unknown: bool
) -> None:
    """A single statement commits by itself, so of that nobody can say when it was cut off."""
    async with gateway.transaction() as conn:
        await log.append_in(conn, [record()])  # holds the partition's head, so that the writer waits in its statement
        waiting = asyncio.create_task(log.append([record(value=b"lost")] * count))
        await _cut_writer(conn_wait="Lock", log=log)
        outcomes = await waiting
    assert [isinstance(one, AppendFailed) and one.unknown for one in outcomes] == [unknown] * count
    assert await values(log) == [b"v"]


async def test_a_connection_lost_during_commit_is_unknown(log: PostgresEventLog, database_url: str) -> None:
    conn = await connect_once(database_url, application_name="test")
    await conn.execute(
        "CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON log.records DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION wait_at_commit();"
        "SELECT pg_advisory_lock(77)"
    )
    waiting = asyncio.create_task(log.append([record(value=b"in doubt")]))
    await _cut_writer(conn_wait="Lock", log=log)
    (outcome,) = await waiting
    assert isinstance(outcome, AppendFailed)
    assert outcome.unknown
    await conn.close()


async def test_a_hanging_transaction_is_cut_and_answered(database_url: str, log: PostgresEventLog) -> None:
    impatient = PostgresEventLog(database_url, PostgresLogSettings(append=AppendLimits(timeout_s=0.3)))
    await impatient.start()
    conn = await connect_once(database_url, application_name="test")
    async with conn.transaction():
        await conn.execute("LOCK TABLE log.heads")
        async with asyncio.timeout(20):
            outcomes = await asyncio.gather(
                *(impatient.append([record(value=b"late %d" % number)]) for number in range(3))
            )
        assert all(isinstance(one, AppendFailed) for (one,) in outcomes)
    await conn.close()
    (outcome,) = await impatient.append([record(value=b"in time")])
    assert isinstance(outcome, Appended)
    await impatient.stop()
    # A single statement that was cut off may still commit, once.
    found = await values(log)
    assert b"in time" in found
    assert len(set(found)) == len(found)


async def test_an_end_of_the_writer_nobody_planned_is_told(
    log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_writer: Writer, _records: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Writer, "write", fail)
    (outcome,) = await log.append([record()])
    assert isinstance(outcome, AppendFailed)
    assert outcome.unknown
    with pytest.raises(KeyError):
        await eventually_raises(log)


async def eventually_raises(log: PostgresEventLog) -> None:
    """Append until the writer's own error comes out."""
    async with asyncio.timeout(5):
        while True:
            await log.append([record()])


async def _cut_writer(*, conn_wait: str, log: PostgresEventLog) -> None:
    """End the server's side of the writing connection once it waits."""
    conn = await connect_once(log._url, application_name="test")
    sql = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waymark-log-writer'"
        " AND datname = current_database() AND wait_event_type = $1"
    )
    await eventually(lambda: conn.fetchval(sql, conn_wait))
    await conn.close()
