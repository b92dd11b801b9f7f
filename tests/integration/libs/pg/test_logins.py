"""Logins: made once, given their password again, and nothing but a way to act as their roles."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.errors import MissingRight
from libs.pg.login_urls import UnknownLogin, database_of, derived_logins, login_of, logins_text, url_as, without_login
from libs.pg.logins import ensure_login, scram_verifier
from libs.pg.roles import UnsafeRole, ensure_role
from tests.support.postgres import database_name

# Roles belong to the server, which the workers share.
ROLE = f"waymark_logintest_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Connection]:
    """A connection as the owner, with a role of its own and without the logins that tests make."""
    connection = await connect_once(database_url, application_name="test")
    login = login_of("logintest", database_name(database_url))
    await ensure_role(connection, ROLE)
    try:
        yield connection
    finally:
        await connection.execute(f'RESET ROLE; DROP OWNED BY "{ROLE}"; DROP ROLE IF EXISTS "{login}", "{ROLE}"')
        await connection.close()


async def test_a_login_acts_as_its_role_and_has_none_of_its_rights_before(database_url: str, owner: Connection) -> None:
    login = login_of("logintest", database_name(database_url))
    await owner.execute(f"CREATE TABLE things (n int); GRANT SELECT ON things TO {ROLE}")
    for password in ("first", "second"):
        await ensure_login(owner, login, password, roles=[ROLE])
    connection = await connect_once(_url(database_url, login, "second"), application_name="test")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM things")
        await connection.execute(f"SET ROLE {ROLE}")
        assert await connection.fetch("SELECT * FROM things") == []
    finally:
        await connection.close()


async def test_the_password_is_kept_as_postgresql_keeps_it(database_url: str, owner: Connection) -> None:
    login = login_of("logintest", database_name(database_url))
    await ensure_login(owner, login, "pencil", roles=[])
    kept = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", login)
    salt = kept.split("$")[1].partition(":")[2]
    await owner.execute(f"SET password_encryption = 'scram-sha-256'; ALTER ROLE \"{login}\" PASSWORD 'pencil'")
    theirs = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", login)
    assert kept == scram_verifier("pencil", salt=base64.b64decode(salt))
    assert theirs == scram_verifier("pencil", salt=base64.b64decode(theirs.split("$")[1].partition(":")[2]))


async def test_a_login_of_that_name_that_is_more_is_refused(database_url: str, owner: Connection) -> None:
    login = login_of("logintest", database_name(database_url))
    await owner.execute(f'CREATE ROLE "{login}" LOGIN CREATEDB NOINHERIT')
    with pytest.raises(UnsafeRole):
        await ensure_login(owner, login, "secret", roles=[])


async def test_an_owner_that_may_not_is_told(database_url: str, owner: Connection) -> None:
    await owner.execute(f"SET ROLE {ROLE}")
    with pytest.raises(MissingRight, match="may not make login"):
        await ensure_login(owner, login_of("logintest", database_name(database_url)), "secret", roles=[])


def test_each_database_has_logins_of_its_own_that_anybody_with_the_secret_arrives_at() -> None:
    ours, theirs = (derived_logins(["queries"], name, "secret") for name in ("waymark", "other"))
    assert ours.keys().isdisjoint(theirs)
    assert ours == derived_logins(["queries"], "waymark", "secret")
    assert ours != derived_logins(["queries"], "waymark", "another secret")


def test_a_url_gets_the_login_that_the_file_has(tmp_path: Path) -> None:
    path, login = tmp_path / "logins.json", login_of("queries", "waymark")
    path.write_text(logins_text({login: "p@ss/word", "owner": "own"}))
    url = "postgresql://owner:old@host:5432/waymark?host=%2Frun"
    assert url_as(url, "queries", None) == url
    assert url_as(url, "queries", path) == f"postgresql://{login}:p%40ss%2Fword@host:5432/waymark?host=%2Frun"
    assert url_as(url, "traces", path) == "postgresql://owner:own@host:5432/waymark?host=%2Frun"
    assert without_login("postgresql://owner@/waymark?host=%2Frun") == "postgresql:///waymark?host=%2Frun"
    assert database_of(url) == "waymark"
    with pytest.raises(UnknownLogin, match="no login of traces"):
        url_as("postgresql://host/waymark", "traces", path)
    with pytest.raises(UnknownLogin, match="run setup again"):
        url_as(url, "queries", tmp_path / "missing.json")


def _url(database_url: str, login: str, password: str) -> str:
    host = without_login(database_url).removeprefix("postgresql://")
    return f"postgresql://{login}:{password}@{host}"
