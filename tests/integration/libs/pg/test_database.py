"""The pool: values, transactions, errors, and what happens when the server goes away."""

import asyncio
import socket
from datetime import UTC, timedelta, timezone

import asyncpg
import orjson
import pytest

from libs.contracts.times import EARLIEST, END, EPOCH, LATEST
from libs.pg.database import Connection, Database, connect_once
from libs.pg.errors import DatabaseUnavailable, is_lasting, is_transient
from tests.support.postgres import LASTING_SETTINGS, embedded_server
from tests.support.waiting import eventually


async def connect(url: str, max_size: int = 4, acquire_timeout_s: float = 3.0) -> Database:
    return await Database.connect(
        url,
        role=None,
        application_name="test",
        max_size=max_size,
        acquire_timeout_s=acquire_timeout_s,
        search_path=["public"],
        statement_timeout_s=5,
    )


async def fail_after_an_insert(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO counted VALUES (1)")
        raise ZeroDivisionError


async def test_json_values_travel_as_python_values_in_queries_and_copy(database_url: str) -> None:
    value = {"a": [1, None, "é"], "b": {"c": 1.5}}
    raw = orjson.Fragment(orjson.dumps(value))
    async with await connect(database_url) as database, database.transaction() as connection:
        await connection.execute("CREATE TABLE documents (j json, b jsonb)")
        await connection.execute("INSERT INTO documents VALUES ($1, $2)", value, value)
        await connection.copy_records_to_table("documents", records=[(value, value)])
        await connection.execute("INSERT INTO documents VALUES ($1, $2)", raw, raw)
        rows = await connection.fetch("SELECT j, b FROM documents")
    assert [(row["j"], row["b"]) for row in rows] == [(value, value)] * 3


async def test_the_first_and_the_last_time_are_instants_and_no_infinities(database_url: str) -> None:
    moments = [EARLIEST, EARLIEST + timedelta(microseconds=1), EPOCH, LATEST, END]
    days = [moment.date() for moment in moments]
    offset = timezone(timedelta(hours=-5, minutes=-30))
    async with await connect(database_url) as database, database.transaction() as connection:
        await connection.execute("CREATE TABLE times (at timestamptz, day date)")
        for moment, day in zip(moments, days, strict=True):
            await connection.execute("INSERT INTO times VALUES ($1, $2)", moment, day)
        await connection.copy_records_to_table("times", records=zip(moments, days, strict=True))
        await connection.execute("INSERT INTO times SELECT * FROM unnest($1::timestamptz[], $2::date[])", moments, days)
        rows = await connection.fetch("SELECT at, day, isfinite(at) AND isfinite(day) AS finite FROM times")
        assert [(row["at"], row["day"]) for row in rows] == list(zip(moments, days, strict=True)) * 3
        assert all(row["finite"] and row["at"].tzinfo is UTC for row in rows)
        assert await connection.fetchval("SELECT $1::timestamptz", EPOCH.astimezone(offset)) == EPOCH
        infinite = await connection.fetchrow("SELECT '-infinity'::timestamptz, 'infinity'::timestamptz")
        assert infinite is not None
        assert tuple(infinite) == (EARLIEST, END)
        with pytest.raises(asyncpg.exceptions.DataError):
            await connection.fetchval("SELECT $1::timestamptz", EPOCH.replace(tzinfo=None))


async def test_a_transaction_commits_at_its_end_and_rolls_back_on_an_exception(database_url: str) -> None:
    async with await connect(database_url) as database:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE counted (n int)")
        with pytest.raises(ZeroDivisionError):
            await fail_after_an_insert(database)
        async with database.transaction(isolation="repeatable_read", readonly=True) as connection:
            assert await connection.fetchval("SELECT count(*) FROM counted") == 0
            with pytest.raises(asyncpg.exceptions.ReadOnlySQLTransactionError):
                await connection.execute("INSERT INTO counted VALUES (1)")


async def test_a_statement_by_itself_is_cut_off_like_a_transaction(database_url: str) -> None:
    impatient = await Database.connect(
        database_url, role=None, application_name="test", max_size=1, transaction_timeout_s=0.5
    )
    async with impatient:
        assert [row["n"] for row in await impatient.fetch("SELECT n FROM unnest($1::int[]) AS n", [1, 2])] == [1, 2]
        with pytest.raises(asyncpg.UndefinedTableError):
            await impatient.fetch("SELECT * FROM absent")
        with pytest.raises(DatabaseUnavailable):
            await impatient.fetch("SELECT pg_sleep(30)")
        assert len(await impatient.fetch("SELECT 1")) == 1


async def test_session_settings_hold_and_no_session_state_survives(database_url: str) -> None:
    async with await connect(database_url, max_size=1) as database:
        async with database.acquire() as connection:
            await connection.execute("SET timezone = 'Asia/Tokyo'; SET statement_timeout = 0")
        async with database.tenant_transaction("acme") as connection:
            assert await connection.fetchval("SELECT current_setting('waymark.tenant_id')") == "acme"
        async with database.transaction() as connection:
            settings = await connection.fetchrow(
                "SELECT current_setting('timezone'), current_setting('statement_timeout'),"
                " current_setting('search_path'), current_setting('plan_cache_mode'),"
                " current_setting('waymark.tenant_id')"
            )
    assert settings is not None
    assert tuple(settings) == ("UTC", "5s", '"public"', "force_custom_plan", "")


async def test_statements_that_are_not_kept_are_planned_for_the_table_as_it_is(database_url: str) -> None:
    read = "SELECT n FROM growing WHERE n = 1"
    how = "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'growing'"
    connecting = Database.connect(
        database_url, role=None, application_name="test", max_size=1, search_path=["public"], keep_statements=False
    )
    async with await connecting as database:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE growing (n int PRIMARY KEY); INSERT INTO growing VALUES (1)")
        async with database.transaction() as connection:
            await connection.execute("ANALYZE growing")
            await connection.fetch(read)
            before = await connection.fetchrow(how)
            await connection.execute("INSERT INTO growing SELECT generate_series(2, 50000)")
            await connection.fetch(read)
            after = await connection.fetchrow(how)
    assert before is not None
    assert after is not None
    assert (after["seq_scan"], after["idx_scan"]) == (before["seq_scan"], before["idx_scan"] + 1)


async def test_an_exhausted_pool_is_unavailable_instead_of_waiting_for_ever(database_url: str) -> None:
    async with await connect(database_url, max_size=1, acquire_timeout_s=0.1) as database, database.transaction():
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                pass


async def refusal(connection: Connection, sql: str, *arguments: object) -> Exception:
    """The exception with which the statement fails, its savepoint rolled back."""
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as refused:
        async with connection.transaction():
            await connection.execute(sql, *arguments)
    return refused.value


async def test_errors_are_sorted_into_transient_and_data(database_url: str) -> None:
    async with await connect(database_url) as database, database.acquire() as connection:
        await connection.execute("CREATE TABLE held (n int PRIMARY KEY, t jsonb)")
        insert = "INSERT INTO held (n, t) VALUES ($1, $2)"
        zero_character = await refusal(connection, insert, 1, {"a": "\0"})
        too_large = await refusal(connection, insert, 2**40, None)
        null = await refusal(connection, insert, None, None)
        no_table = await refusal(connection, "SELECT FROM nowhere")
        async with database.transaction() as other:
            await other.execute("LOCK TABLE held")
            await connection.execute("SET lock_timeout = '10ms'")
            locked = await refusal(connection, "SELECT FROM held")
    assert [is_lasting(error) for error in (zero_character, too_large, null, no_table)] == [True] * 4
    assert [is_transient(error) for error in (zero_character, too_large, null, no_table)] == [False] * 4
    assert (is_transient(locked), is_lasting(locked)) == (True, False)


async def test_a_table_that_was_changed_under_a_prepared_statement_is_met_once(database_url: str) -> None:
    other = await connect_once(database_url, application_name="test")
    await other.execute("CREATE TABLE changing (a int)")
    async with await Database.connect(database_url, role=None, application_name="test", max_size=1) as db:
        async with db.transaction() as conn:
            await conn.fetch("SELECT * FROM changing")
        await other.execute("ALTER TABLE changing ADD COLUMN b int")
        with pytest.raises(asyncpg.InvalidCachedStatementError) as met:
            async with db.transaction() as conn:
                await conn.fetch("SELECT * FROM changing")
        assert (is_transient(met.value), is_lasting(met.value)) == (True, False)
        async with db.transaction() as conn:
            assert await conn.fetch("SELECT * FROM changing") == []
    await other.close()


async def test_a_terminated_connection_is_unavailable_and_the_next_one_works(database_url: str) -> None:
    async with await connect(database_url, max_size=1) as database:
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction() as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        async with database.transaction() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_closed_port_and_a_silent_server_are_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DatabaseUnavailable):
            await connect(f"postgresql://nobody@127.0.0.1:{port}/nothing", acquire_timeout_s=0.3)
    with pytest.raises(DatabaseUnavailable):
        await connect(f"postgresql://nobody@127.0.0.1:{port}/nothing")


async def test_a_wrong_role_is_no_outage(database_url: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await Database.connect(database_url, role="no_such_role", application_name="test")
    assert not is_transient(refused.value)


async def test_the_pool_recovers_by_itself_after_the_server_was_killed_and_started() -> None:
    with embedded_server(settings=LASTING_SETTINGS) as server:
        async with await connect(server.url) as database:

            async def ask() -> int:
                async with database.transaction() as connection:
                    return int(await connection.fetchval("SELECT 1"))

            async def sleep_in_the_server() -> None:
                async with database.transaction() as connection:
                    await connection.execute("SELECT pg_sleep(60)")

            async def is_sleeping() -> bool:
                async with database.transaction() as connection:
                    return bool(
                        await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                    )

            assert [await ask() for _ in range(3)] == [1, 1, 1]
            sleeper = asyncio.create_task(sleep_in_the_server())
            await eventually(is_sleeping)
            await asyncio.to_thread(server.stop, immediate=True)
            with pytest.raises(DatabaseUnavailable):
                await sleeper
            for _ in range(5):
                with pytest.raises(DatabaseUnavailable):
                    await ask()
            await asyncio.to_thread(server.start)
            assert await asyncio.gather(*(ask() for _ in range(8))) == [1] * 8
