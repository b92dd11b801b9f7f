"""A pool of PostgreSQL connections under one role, handed out as transactions.

A connection goes back to the pool without session state: transactions set only local values, and `acquire` resets what
its user changed. A server that went away shows up as `DatabaseUnavailable`, and the pool reconnects by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import asyncpg

from libs.pg.codecs import set_codecs
from libs.pg.errors import DatabaseUnavailable, is_unavailable
from libs.pg.identifiers import quote_identifier
from libs.telemetry.metrics import DATABASE_FAILURES

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Row: TypeAlias = "asyncpg.Record"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

DEFAULT_ACQUIRE_TIMEOUT_S = 3.0
_CLOSE_TIMEOUT_S = 5.0
_KEPT_STATEMENTS = 100
_RESET_TIMEOUT_S = 3.0
_unconnected = DATABASE_FAILURES.labels("unconnected")
_lost = DATABASE_FAILURES.labels("lost")
_SET_TENANT = "SELECT set_config('waymark.tenant_id', $1, true)"


class Database:
    """One pool: one server, one role, one search path. Use it as an async context manager, or call `close`."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        *,
        acquire_timeout_s: float,
        transaction_timeout_s: float | None = None,
    ) -> None:
        self._pool = pool
        self._acquire_timeout_s = acquire_timeout_s
        self._transaction_timeout_s = transaction_timeout_s

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        role: str | None,
        application_name: str,
        min_size: int = 1,
        max_size: int = 8,
        search_path: Sequence[str] = (),
        statement_timeout_s: float | None = None,
        acquire_timeout_s: float = DEFAULT_ACQUIRE_TIMEOUT_S,
        keep_statements: bool = True,
        transaction_timeout_s: float | None = None,
        server_settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Open the pool; `role` None keeps the URL's own login.

        A transaction that takes longer than `transaction_timeout_s` is cut off and raises `DatabaseUnavailable`: a
        frozen server, unlike a dead one, gives no other sign.

        `keep_statements` False prepares every statement anew, for writers of tables that grow from nothing: a statement
        without parameters is planned once for as long as it is kept, whatever the settings say, and a plan for an empty
        table reads a full one from end to end.

        Raises `DatabaseUnavailable` when the server does not answer within `acquire_timeout_s`.
        """
        settings = startup_settings(
            role=role,
            application_name=application_name,
            search_path=search_path,
            statement_timeout_s=statement_timeout_s,
        )
        settings.update(server_settings or {})
        with _connecting():
            pool: asyncpg.Pool[asyncpg.Record] = await asyncpg.create_pool(
                url,
                min_size=min(min_size, max_size),
                max_size=max_size,
                timeout=acquire_timeout_s,
                statement_cache_size=_KEPT_STATEMENTS if keep_statements else 0,
                server_settings=settings,
                init=set_codecs,
                reset=_keep_session,
            )
        return cls(pool, acquire_timeout_s=acquire_timeout_s, transaction_timeout_s=transaction_timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait a few seconds for connections in use, then cut them off."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @property
    def most_connections(self) -> int:
        """The most connections the pool may have."""
        return self._pool.get_max_size()

    @property
    def connections(self) -> tuple[int, int]:
        """The numbers of the pool's connections now: idle, and in use."""
        idle = self._pool.get_idle_size()
        return idle, self._pool.get_size() - idle

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Yield a connection outside any transaction, for LISTEN, session locks and the like; reset when given back.

        Raises `DatabaseUnavailable` when none can be had in time or the server goes away meanwhile.
        """
        async with self._connection() as connection:
            try:
                with _translated(connection):
                    yield connection
            finally:
                await _reset(connection)

    @asynccontextmanager
    async def transaction(
        self, *, isolation: Isolation = "read_committed", readonly: bool = False
    ) -> AsyncIterator[Connection]:
        """Yield a connection inside a transaction that commits at the end of the block and rolls back on an exception.

        Raises `DatabaseUnavailable` as `acquire` does, with `outcome_unknown` set when COMMIT got no answer.
        """
        async with self._connection() as connection, _cut_off_after(self._transaction_timeout_s, connection):
            transaction = connection.transaction(isolation=isolation, readonly=readonly)
            with _translated(connection):
                await transaction.start()
                try:
                    yield connection
                except BaseException:
                    if not is_gone(connection):
                        await transaction.rollback()
                    raise
            with _translated(connection, committing=True):
                await transaction.commit()

    async def fetch(self, statement: str, *parameters: object) -> list[Row]:
        """Return the rows of one statement, which is its own transaction: for reads that need no second look.

        Raises `DatabaseUnavailable` as `acquire` does.
        """
        async with self._connection() as connection, _cut_off_after(self._transaction_timeout_s, connection):
            with _translated(connection):
                return await connection.fetch(statement, *parameters)

    @asynccontextmanager
    async def tenant_transaction(
        self, tenant_id: str, *, isolation: Isolation = "read_committed", readonly: bool = False
    ) -> AsyncIterator[Connection]:
        """Yield a connection as `transaction` does, to which row-level security shows `tenant_id`'s rows alone."""
        async with self.transaction(isolation=isolation, readonly=readonly) as connection:
            await connection.execute(_SET_TENANT, tenant_id)
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with _connecting():
            connection = await self._pool.acquire(timeout=self._acquire_timeout_s)
        try:
            yield connection
        finally:
            await self._pool.release(connection)


def startup_settings(
    *,
    role: str | None,
    application_name: str,
    search_path: Sequence[str] = (),
    statement_timeout_s: float | None = None,
    force_custom_plan: bool = True,
) -> dict[str, str]:
    """Return the session settings that a connection starts with and that a reset restores."""
    # Compiling a statement takes longer than any of ours runs for.
    settings = {"application_name": application_name, "timezone": "UTC", "jit": "off"}
    if role is not None:
        settings["role"] = role
    if search_path:
        settings["search_path"] = ", ".join(quote_identifier(schema) for schema in search_path)
    if statement_timeout_s is not None:
        settings["statement_timeout"] = str(int(statement_timeout_s * 1000))
    if force_custom_plan:
        settings["plan_cache_mode"] = "force_custom_plan"
    return settings


async def connect_once(
    url: str, *, application_name: str, timeout_s: float = 3.0
) -> asyncpg.Connection[asyncpg.Record]:
    """Return one connection as the URL's login, for set-up work; the caller closes it.

    Raises `DatabaseUnavailable`.
    """
    settings = startup_settings(role=None, application_name=application_name, force_custom_plan=False)
    with _connecting():
        connection = await asyncpg.connect(url, timeout=timeout_s, server_settings=settings)
        await set_codecs(connection)
    return connection


@asynccontextmanager
async def connected_once(url: str, *, application_name: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Connect as `connect_once` does, for the block. Raises `DatabaseUnavailable`."""
    connection = await connect_once(url, application_name=application_name)
    try:
        yield connection
    finally:
        await connection.close()


def is_gone(connection: Connection) -> bool:
    """Return whether the connection is closed; the pool may have taken a closed one back while it was still in use."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


@asynccontextmanager
async def _cut_off_after(limit_s: float | None, connection: Connection) -> AsyncIterator[None]:
    if limit_s is None:
        yield
        return
    watchdog = asyncio.get_running_loop().call_later(limit_s, connection.terminate)
    try:
        yield
    finally:
        watchdog.cancel()


async def _keep_session(_connection: Connection) -> None:
    """Reset nothing after a transaction, which spares a round trip; `acquire` resets for itself."""


async def _reset(connection: Connection) -> None:
    if is_gone(connection):
        return
    with _translated(connection):
        try:
            await connection.reset(timeout=_RESET_TIMEOUT_S)
        except TimeoutError:
            connection.terminate()


@contextmanager
def _connecting() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        _unconnected.inc()
        raise DatabaseUnavailable("no database connection within the time allowed") from error
    except OSError as error:
        _unconnected.inc()
        raise DatabaseUnavailable(f"cannot connect to the database: {error}") from error
    except asyncpg.PostgresError as error:
        if not is_unavailable(error):
            raise
        _unconnected.inc()
        raise DatabaseUnavailable(f"the database refuses connections: {error}") from error


@contextmanager
def _translated(connection: Connection, *, committing: bool = False) -> Iterator[None]:
    try:
        yield
    except asyncpg.InternalClientError as error:
        # A server that ends an idle session leaves asyncpg's protocol in a state nothing can be sent from.
        if not is_gone(connection):
            connection.terminate()
        _lost.inc()
        raise DatabaseUnavailable(f"the database connection broke: {error}", outcome_unknown=committing) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        lost = is_unavailable(error) or is_gone(connection)
        if not lost or isinstance(error, DatabaseUnavailable):
            raise
        _lost.inc()
        raise DatabaseUnavailable(f"the database connection was lost: {error}", outcome_unknown=committing) from error
