"""PostgreSQL for tests: one server for each test process, one fresh database for each test.

The server is embedded, unless `WAYMARK_TEST_DATABASE_URL` names one. It ends with the test process, however that ends.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from libs.pg.database import connect_once
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.identifiers import quote_identifier

FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}
LASTING_SETTINGS: Mapping[str, str] = {**FAST_SETTINGS, "synchronous_commit": "on"}
"""As fast as that is without losing what was committed when the server is stopped at once."""


class TestServer:
    """A running server that gives out databases; `url` is its administration database."""

    __test__ = False

    def __init__(self, url: str) -> None:
        self.url = url
        self._templates: dict[str, str] = {}

    async def create_database(self, *, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template` (the name of a database without connections)."""
        name = f"test_{uuid4().hex}"
        await self._administer(f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {quote_identifier(template)}")
        return with_database(self.url, name)

    async def drop_database(self, url: str) -> None:
        """Drop the database, cutting off whoever is still connected."""
        await self._administer(f"DROP DATABASE IF EXISTS {quote_identifier(database_name(url))} WITH (FORCE)")

    async def template(self, key: str, build: Callable[[str], Awaitable[None]]) -> str:
        """The name of a database that `build(url)` filled; built once for each key and test process."""
        if key not in self._templates:
            url = await self.create_database()
            await build(url)
            self._templates[key] = database_name(url)
        return self._templates[key]

    @asynccontextmanager
    async def database(self, *, template: str = "template0") -> AsyncIterator[str]:
        """The URL of a new database, dropped at the end of the block."""
        url = await self.create_database(template=template)
        try:
            yield url
        finally:
            await self.drop_database(url)

    async def close(self) -> None:
        """Drop the templates."""
        for name in self._templates.values():
            await self.drop_database(with_database(self.url, name))
        self._templates.clear()

    async def _administer(self, sql: str) -> None:
        connection = await connect_once(self.url, application_name="waymark-tests", timeout_s=10.0)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


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
def embedded_server(*, settings: Mapping[str, str] = FAST_SETTINGS) -> Iterator[EmbeddedPostgres]:
    """An embedded server in a directory of its own, gone at the end of the block or with this process."""
    data_dir = Path(tempfile.mkdtemp(prefix="waymark-test-"))
    server = EmbeddedPostgres(data_dir, settings=settings)
    try:
        server.start()
        with _ended_with_us(data_dir):
            yield server
    finally:
        server.stop(immediate=True)
        shutil.rmtree(data_dir, ignore_errors=True)


@contextmanager
def _ended_with_us(data_dir: Path) -> Iterator[None]:
    """A helper that stops the server and removes its directory when this process dies without doing so itself."""
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    script = 'read -r _; read -r pid < "$1" && kill -QUIT "$pid"; sleep 1; rm -rf "$2"'
    watcher = subprocess.Popen(
        ["sh", "-c", script, "sh", str(pid_file), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        watcher.kill()
        watcher.communicate()


@pytest.fixture(scope="session")
async def postgres_server() -> AsyncIterator[TestServer]:
    """The test process's PostgreSQL."""
    url = os.environ.get("WAYMARK_TEST_DATABASE_URL")
    if url:
        server = TestServer(url)
        yield server
        await server.close()
        return
    with embedded_server() as embedded:
        yield TestServer(embedded.url)


@pytest.fixture
async def database_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """An empty database for one test."""
    async with postgres_server.database() as url:
        yield url
