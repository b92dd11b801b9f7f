"""Statements in a real PostgreSQL database, reached as a tenant's own would be."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import asyncpg
import pytest

from libs.outbound.guard import Guard
from services.workflows.integrations.types import postgresql
from services.workflows.integrations.types.postgresql import TYPE
from services.workflows.task_types.model import Connected
from services.workflows.task_types.sql_query import SqlQuery
from tests.support.certificates import Authority
from tests.support.far_hosts import far_host, silent
from tests.support.workflows.ways_out import HERE, done, failed, way_out

QUERY = SqlQuery()


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Connected]:
    """The test's database with five orders, at a port of loopback wherever its server listens."""
    conn = await asyncpg.connect(database_url)
    await conn.execute("CREATE TABLE orders (id int PRIMARY KEY, total numeric, at timestamptz, note jsonb, key uuid)")
    await conn.execute("INSERT INTO orders SELECT n, n * 1.5, 'epoch', '{\"n\": [1]}' FROM generate_series(1, 5) n")
    await conn.close()
    url = urlsplit(database_url)
    async with relay(url) as port:
        yield Connected(
            name="shop",
            type="postgresql",
            settings={
                "host": "db.example",
                "port": port,
                "database": url.path[1:],
                "user": url.username or "postgres",
                "sslmode": "disable",
            },
            secrets={"PASSWORD": url.password} if url.password else {},
        )


@asynccontextmanager
async def relay(url: SplitResult) -> AsyncIterator[int]:
    """Pass on what comes in at a port of 127.0.0.1 to the server of a database URL; yield the port."""
    folder = parse_qs(url.query).get("host", [""])[0]

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = url.port or 5432
        opening = (
            asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
            if folder.startswith("/")
            else asyncio.open_connection(url.hostname, port)
        )
        far_reader, far_writer = await opening
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


OUT = way_out(db_example=HERE)
_WANTS_PASSWORD = b"R\x00\x00\x00\x08\x00\x00\x00\x03"
_SSL_REQUEST_BYTES = 8


@asynccontextmanager
async def pretender(tls: ssl.SSLContext | None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve what asks for the password in plain text, and hangs up; yield its port and all that it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if tls is not None:
                await reader.readexactly(_SSL_REQUEST_BYTES)
                writer.write(b"S")
                await writer.start_tls(tls)
            heard.append(await reader.read(4_096))
            writer.write(_WANTS_PASSWORD)
            heard.append(await reader.read(4_096))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heard


async def test_a_query_gives_rows_and_columns(shop: Connected) -> None:
    body = {"sql": "SELECT id, total, at, note FROM orders WHERE id <= :most ORDER BY id", "parameters": {"most": 1}}
    assert await done(QUERY, body, shop, OUT) == {
        "rows": [{"id": 1, "total": 1.5, "at": "1970-01-01T00:00:00.000Z", "note": {"n": [1]}}],
        "rowCount": 1,
        "columns": [
            {"name": "id", "type": "int4"},
            {"name": "total", "type": "numeric"},
            {"name": "at", "type": "timestamptz"},
            {"name": "note", "type": "jsonb"},
        ],
        "truncated": False,
    }


async def test_values_of_many_types_go_in_and_come_back(shop: Connected) -> None:
    values = {
        "a_uuid": "0199439c-0440-70db-8d54-f9add9ea5f62",
        "a_time": "2026-01-15T10:30:00.250Z",
        "a_date": "2026-01-15",
        "money": "12345678901234567890.25",
        "bytes": "AP8=",
        "json": {"a": [None, "ä"]},
        "list": [1, 2, None],
        "text": "it's :text",
    }
    sql = (
        "SELECT :a_uuid::uuid AS a_uuid, :a_time::timestamptz AS a_time, :a_date::date AS a_date,"
        " :money::numeric AS money, :bytes::bytea AS bytes, :json::jsonb AS json, :list::int[] AS list,"
        " :text::text AS text -- :not_one\n, ':none' AS literal, 'infinity'::float8 AS inf"
    )
    (row,) = (await done(QUERY, {"sql": sql, "parameters": values}, shop, OUT))["rows"]
    assert row == {**values, "literal": ":none", "inf": "inf"}


async def test_rows_beyond_the_limit_are_cut_off(shop: Connected) -> None:
    output = await done(QUERY, {"sql": "SELECT id FROM orders", "maxRows": 2}, shop, OUT)
    assert (len(output["rows"]), output["rowCount"], output["truncated"]) == (2, 2, True)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone",
        "DO $$ BEGIN DELETE FROM orders; END $$",
        "CREATE TABLE other (id int)",
    ],
)
async def test_nothing_is_written_unless_the_task_says_so(shop: Connected, sql: str) -> None:
    failure = await failed(QUERY, {"sql": sql}, shop, OUT)
    assert (failure.code, failure.detail) == ("sql_error", {"state": "25006"})


async def test_only_one_statement_is_run(shop: Connected) -> None:
    failure = await failed(QUERY, {"sql": "COMMIT; DELETE FROM orders", "write": True}, shop, OUT)
    assert (failure.code, failure.detail) == ("sql_error", {"state": "42601"})
    assert (await done(QUERY, {"sql": "SELECT count(*) FROM orders"}, shop, OUT))["rows"] == [{"count": 5}]


async def test_the_key_lets_a_statement_be_written_once(shop: Connected) -> None:
    sql = "INSERT INTO orders (id, key) SELECT 9, :key::uuid WHERE NOT EXISTS (SELECT FROM orders WHERE key = :key)"
    first = await done(QUERY, {"sql": sql, "write": True}, shop, OUT)
    again = await done(QUERY, {"sql": sql, "write": True}, shop, OUT)
    assert (first["rowCount"], again["rowCount"], first["rows"]) == (1, 0, [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sql": "SELECT nothing"}, "sql_error"),
        ({"sql": "SELECT :a"}, "invalid_input"),
        ({"sql": "SELECT $1::int", "parameters": ["x"]}, "invalid_input"),
        ({"sql": "SELECT $1::int", "parameters": []}, "invalid_input"),
        ({"sql": "SELECT repeat('x', 2000000)"}, "output_too_large"),
    ],
)
async def test_what_does_not_work_says_why(shop: Connected, body: dict[str, Any], code: str) -> None:
    failure = await failed(QUERY, body, shop, OUT)
    assert (failure.code, failure.retryable) == (code, False)


async def test_a_statement_ends_with_its_time(shop: Connected) -> None:
    failure = await failed(QUERY, {"sql": "SELECT pg_sleep(60)"}, shop, OUT, timeout_ms=200)
    assert failure.code in ("sql_error", "timeout")


async def test_a_session_brings_no_more_than_it_may(shop: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "MAX_RECEIVED_BYTES", 100_000)
    failure = await failed(QUERY, {"sql": "SELECT repeat('x', 900000)"}, shop, OUT)
    assert (failure.code, failure.message) == ("sql_error", "the connection broke off")


async def test_no_database_is_reached_where_the_operator_does_not_let_it(shop: Connected) -> None:
    closed = way_out(guard=Guard(), db_example=HERE)
    for sslmode in ("disable", "require", "verify-full"):
        connected = Connected(
            name="shop", type="postgresql", settings={**shop.settings, "sslmode": sslmode}, secrets={}
        )
        assert (await failed(QUERY, {"sql": "SELECT 1"}, connected, closed)).code == "address_refused"


async def test_the_password_of_this_process_is_not_given_away(
    shop: Connected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passwords = tmp_path / "pgpass"
    passwords.write_text("*:*:*:*:of-this-process\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSWORD", "of-this-process")
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    async with pretender(None) as (port, heard):
        connected = Connected(name="x", type="postgresql", settings={**shop.settings, "port": port}, secrets={})
        failure = await failed(QUERY, {"sql": "SELECT 1"}, connected, OUT)
    assert failure.code == "sql_error"
    assert b"of-this-process" not in b"".join(heard)


async def test_a_certificate_is_verified_for_the_servers_name(shop: Connected, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    out = way_out(authority, db_example=HERE)
    for name, is_trusted in (("db.example", True), ("other.example", False)):
        async with pretender(authority.server(name)) as (port, heard):
            settings = {**shop.settings, "port": port, "sslmode": "verify-full"}
            connected = Connected(name="x", type="postgresql", settings=settings, secrets={"PASSWORD": "hidden-one"})
            failure = await failed(QUERY, {"sql": "SELECT 1"}, connected, out)
        assert ("certificate does not verify" in failure.message) is not is_trusted
        assert (b"hidden-one" in b"".join(heard)) is is_trusted


async def test_the_probe_signs_in(shop: Connected) -> None:
    assert (await TYPE.probe(shop, OUT)).startswith("signed in to PostgreSQL ")


async def test_a_silent_server_takes_no_longer_than_the_task(shop: Connected) -> None:
    async with far_host(silent) as host:
        connected = Connected(name="x", type="postgresql", settings={**shop.settings, "port": host.port}, secrets={})
        failure = await failed(QUERY, {"sql": "SELECT 1"}, connected, OUT, timeout_ms=200)
    assert (failure.code, failure.retryable, failure.is_undone) == ("timeout", True, True)
