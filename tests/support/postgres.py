"""PostgreSQL for tests: one server for a run, shared by all workers, and one fresh database for each test.

The server is embedded, unless `WAYMARK_TEST_DATABASE_URL` names one. It ends with the run, however that ends.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.identifiers import quote_identifier
from tests.support.scratch import scratch_directory
from tests.support.shared import shared_server

FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
}
LASTING_SETTINGS: Mapping[str, str] = {**FAST_SETTINGS, "synchronous_commit": "on"}
"""As fast as that is without losing what was committed when the server is stopped at once."""


class TestServer:
    """A running server that gives out databases; `url` is its administration database.

    Templates are shared by all who use the server under the same `owner`.
    """

    __test__ = False

    def __init__(self, url: str, *, owner: str = "all") -> None:
        self.url = url
        self._owner = owner

    async def create_database(self, *, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template` (the name of a database without connections)."""
        name = f"test_{uuid4().hex}"
        async with self._administration() as conn:
            # Copied as files: a server for tests writes no checkpoint worth avoiding.
            await conn.execute(
                f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {quote_identifier(template)} STRATEGY FILE_COPY"
            )
        return with_database(self.url, name)

    async def drop_database(self, url: str) -> None:
        """Drop the database, cutting off whoever is still connected."""
        async with self._administration() as conn:
            await conn.execute(f"DROP DATABASE IF EXISTS {quote_identifier(database_name(url))} WITH (FORCE)")

    async def replace_database(self, url: str, *, template: str) -> None:
        """Put a copy of the database `template` in place of the one at `url`, cutting off whoever is connected."""
        await self.drop_database(url)
        async with self._administration() as conn:
            names = (quote_identifier(database_name(each)) for each in (url, template))
            await conn.execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY".format(*names))

    async def template(self, key: str, build: Callable[[str], Awaitable[None]]) -> str:
        """The name of a database that `build(url)` filled; built once for each key."""
        name = f"template_{self._owner}_{key}"
        async with self._administration() as conn:
            await conn.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
            if not await conn.fetchval("SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate", name):
                quoted = quote_identifier(name)
                await conn.execute(f"DROP DATABASE IF EXISTS {quoted}")
                await conn.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
                await build(with_database(self.url, name))
                await conn.execute(f"ALTER DATABASE {quoted} IS_TEMPLATE true")
        return name

    @asynccontextmanager
    async def database(self, *, template: str = "template0") -> AsyncIterator[str]:
        """The URL of a new database, dropped at the end of the block."""
        url = await self.create_database(template=template)
        try:
            yield url
        finally:
            await self.drop_database(url)

    async def drop_templates(self) -> None:
        """Drop the owner's templates."""
        async with self._administration() as conn:
            found = await conn.fetch(
                "SELECT datname FROM pg_database WHERE datistemplate AND starts_with(datname, $1)",
                f"template_{self._owner}_",
            )
            for (name,) in found:
                await conn.execute(f"ALTER DATABASE {quote_identifier(name)} IS_TEMPLATE false")
                await conn.execute(f"DROP DATABASE {quote_identifier(name)}")

    @asynccontextmanager
    async def _administration(self) -> AsyncIterator[Connection]:
        connection = await connect_once(self.url, application_name="waymark-tests", timeout_s=10.0)
        try:
            yield connection
        finally:
            await connection.close()


_WAITING = """
SELECT count(*) FROM pg_locks AS waiting WHERE NOT granted AND EXISTS (
    SELECT FROM pg_locks AS held JOIN pg_database AS d ON d.oid = held.database
    WHERE held.pid = waiting.pid AND d.datname = current_database())
"""


async def a_session_waits(conn: Connection) -> bool:
    """Whether a session of this database waits for a lock that another holds."""
    return bool(await conn.fetchval(_WAITING))


def with_database(url: str, name: str) -> str:
    """The same server and login, another database."""
    # Put together by hand: urlunsplit drops the slashes before the empty host of a Unix socket.
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def with_login(url: str, login: str, password: str = "") -> str:
    """The same server and database, another login."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    credentials = f"{login}:{password}" if password else login
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{credentials}@{host}{parts.path}{query}"


def database_name(url: str) -> str:
    """The database part of a URL."""
    return urlsplit(url).path.removeprefix("/")


@contextmanager
def embedded_server(
    *, settings: Mapping[str, str] = FAST_SETTINGS, on_disk: bool = False
) -> Iterator[EmbeddedPostgres]:
    """An embedded server in a directory of its own, gone at the end of the block or with this process."""
    with scratch_directory("waymark-test-", on_disk=on_disk) as data_dir:
        server = EmbeddedPostgres(data_dir, settings=settings)
        try:
            server.start()
            yield server
        finally:
            server.stop(immediate=True)


@contextmanager
def run_server() -> Iterator[str]:
    """The administration database of a server for a whole run."""
    with embedded_server(settings={**FAST_SETTINGS, "max_connections": "400"}) as server:
        yield server.url


@pytest.fixture(scope="session")
async def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestServer]:
    """The run's PostgreSQL."""
    if url := os.environ.get("WAYMARK_TEST_DATABASE_URL"):
        server = TestServer(url, owner=uuid4().hex[:8])
        yield server
        await server.drop_templates()
        return
    with shared_server("postgres", tmp_path_factory) as url:
        yield TestServer(url)


@pytest.fixture
async def database_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """An empty database for one test."""
    async with postgres_server.database() as url:
        yield url
