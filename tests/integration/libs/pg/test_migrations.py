"""Migrations: applied once, in order, by whoever comes first, and all or nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.errors import MigrationError, SqlFileError
from libs.pg.sql_files import SqlFile, prepare_all
from libs.pg.upgrade import migrate

VERSION = '''"""{message}."""

from libs.pg.migrations import execute_script

revision = "{revision}"
down_revision = {down_revision!r}


def upgrade() -> None:
    execute_script("""{sql}""")
'''
FIRST = "CREATE TABLE things (n int PRIMARY KEY); INSERT INTO things VALUES (1);"
SECOND = "ALTER TABLE things ADD COLUMN name text; INSERT INTO things VALUES (2, 'two');"


def add(directory: Path, revision: str, sql: str, down_revision: str | None = None) -> Path:
    directory.mkdir(exist_ok=True)
    text = VERSION.format(message="Step", revision=revision, down_revision=down_revision, sql=sql)
    (directory / f"{revision}_step.py").write_text(text, encoding="utf-8")
    return directory


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect_once(database_url, application_name="test")
    yield connection
    await connection.close()


async def test_migrations_apply_once_and_in_order(tmp_path: Path, database_url: str, connection: Connection) -> None:
    versions = add(tmp_path / "versions", "0001", FIRST)
    await migrate(database_url, schema="shop", version_locations=[versions])
    await migrate(database_url, schema="shop", version_locations=[versions])
    add(versions, "0002", SECOND, "0001")
    await migrate(database_url, schema="shop", version_locations=[versions])
    rows = await connection.fetch("SELECT * FROM shop.things ORDER BY n")
    assert [tuple(row) for row in rows] == [(1, None), (2, "two")]
    assert [tuple(row) for row in await connection.fetch("SELECT * FROM shop.schema_version")] == [("0002",)]


async def test_an_empty_schema_may_be_made_as_it_was(tmp_path: Path, database_url: str, connection: Connection) -> None:
    add(tmp_path / "versions", "0001", FIRST)
    versions = add(tmp_path / "versions", "0002", SECOND, "0001")
    await migrate(database_url, schema="shop", version_locations=[versions], to="0001")
    assert [tuple(row) for row in await connection.fetch("SELECT * FROM shop.things")] == [(1,)]
    await migrate(database_url, schema="shop", version_locations=[versions])
    assert await connection.fetchval("SELECT count(*) FROM shop.things WHERE name IS NOT NULL") == 1


async def test_a_schema_that_a_newer_version_brought_forward_is_refused_in_words(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    older = add(tmp_path / "older", "0001", FIRST)
    add(tmp_path / "newer", "0001", FIRST)
    newer = add(tmp_path / "newer", "0002", SECOND, "0001")
    await migrate(database_url, schema="shop", version_locations=[newer])
    with pytest.raises(
        MigrationError, match=r"at 0002, this version of Waymark knows it up to 0001.*restore the backup"
    ):
        await migrate(database_url, schema="shop", version_locations=[older])
    assert await connection.fetchval("SELECT version_num FROM shop.schema_version") == "0002"


async def test_starters_that_come_together_take_turns(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    add(tmp_path / "versions", "0001", FIRST)
    versions = add(tmp_path / "versions", "0002", SECOND, "0001")
    program = (
        "import asyncio, sys; from pathlib import Path; from libs.pg.upgrade import migrate;"
        "asyncio.run(migrate(sys.argv[1], schema='shop', version_locations=[Path(sys.argv[2])]))"
    )
    starters = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url, str(versions))
        for _ in range(3)
    ]
    here = [migrate(database_url, schema="shop", version_locations=[versions]) for _ in range(3)]
    await asyncio.gather(*here)
    assert [await starter.wait() for starter in starters] == [0, 0, 0]
    assert await connection.fetchval("SELECT count(*) FROM shop.things") == 2


async def test_two_schemas_have_versions_of_their_own(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    one, two = add(tmp_path / "one", "0001", FIRST), add(tmp_path / "two", "0001", FIRST)
    await asyncio.gather(
        migrate(database_url, schema="one", version_locations=[one]),
        migrate(database_url, schema="two", version_locations=[two]),
    )
    assert (
        await connection.fetchval("SELECT (SELECT count(*) FROM one.things) + (SELECT count(*) FROM two.things)") == 2
    )


async def test_a_failing_migration_leaves_everything_as_it_was(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    add(tmp_path / "versions", "0001", FIRST)
    versions = add(tmp_path / "versions", "0002", SECOND + "SELECT nonsense;", "0001")
    with pytest.raises(MigrationError, match="nonsense"):
        await migrate(database_url, schema="shop", version_locations=[versions])
    assert await connection.fetchval("SELECT to_regclass('shop.things')") is None


async def test_a_schema_newer_than_the_code_is_refused(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    add(tmp_path / "new", "0001", FIRST)
    await migrate(database_url, schema="shop", version_locations=[add(tmp_path / "new", "0002", SECOND, "0001")])
    old = add(tmp_path / "old", "0001", FIRST)
    with pytest.raises(MigrationError, match="0002"):
        await migrate(database_url, schema="shop", version_locations=[old])


async def test_a_table_in_use_fails_the_migration_after_its_lock_timeout(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    versions = add(tmp_path / "versions", "0001", FIRST)
    await migrate(database_url, schema="shop", version_locations=[versions])
    add(versions, "0002", SECOND, "0001")
    async with connection.transaction():
        await connection.execute("SELECT FROM shop.things")
        with pytest.raises(MigrationError, match="lock timeout"):
            await migrate(database_url, schema="shop", version_locations=[versions], lock_timeout_s=0.05)
    await migrate(database_url, schema="shop", version_locations=[versions])


async def test_every_statement_is_prepared_against_the_schema(
    tmp_path: Path, database_url: str, connection: Connection
) -> None:
    versions = add(tmp_path / "versions", "0001", FIRST)
    await migrate(database_url, schema="shop", version_locations=[versions])
    await connection.execute("SET search_path = shop")
    path = tmp_path / "queries.sql"
    path.write_text("-- name: good\n-- Fine.\nSELECT n FROM things WHERE n = $1\n")
    assert await prepare_all(connection, [SqlFile.load(path)]) == 1
    path.write_text(path.read_text() + "-- name: bad\n-- Not fine.\nSELECT m FROM things\n")
    with pytest.raises(SqlFileError, match=r"queries.sql: bad: column \"m\" does not exist"):
        await prepare_all(connection, [SqlFile.load(path)])


async def test_a_schema_that_lacks_nothing_is_left_without_loading_a_migration(
    tmp_path: Path, database_url: str
) -> None:
    versions = add(tmp_path / "versions", "0001", FIRST)
    await migrate(database_url, schema="shop", version_locations=[versions])
    (versions / "0001_step.py").write_text("raise AssertionError('loaded')")
    await migrate(database_url, schema="shop", version_locations=[versions])
