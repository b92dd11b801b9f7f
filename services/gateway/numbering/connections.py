"""The number store's connections: a few, kept open, each with a watch on it.

A server that stays silent for too long is given up by cutting the connection, which needs nothing from that server;
cancelling a statement would wait for it. So no caller waits longer on a frozen database than on one that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeAlias

import asyncpg

from libs.pg.database import Row, startup_settings
from libs.pg.errors import is_unavailable
from services.gateway.numbering.numbers import LeaseLost, NumbersUnavailable

RawConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_SET_TENANTS = "SELECT set_config('waymark.tenant_ids', $1, false)"
# An operation on a connection that was cut just before ends in an AttributeError of the driver; a server that ends an
# idle session leaves its protocol in a state nothing can be sent from, which is an InternalClientError.
_FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    AttributeError,
)
# Errors that end a block in order. After any other the connection is cut, which undoes the block's work as well.
_ENDS = (*_FAILURES, NumbersUnavailable, LeaseLost)


class Watched:
    """One connection. `watch` cuts it when the block takes longer than allowed."""

    def __init__(self, raw: RawConnection, timeout_s: float) -> None:
        self.raw = raw
        self._timeout_s = timeout_s
        self._tenants = ""

    async def see(self, tenants: Collection[str]) -> None:
        """Let row-level security show these tenants' rows, and no others, from now on."""
        wanted = ",".join(sorted(tenants))
        if wanted != self._tenants:
            await self.execute(_SET_TENANTS, wanted)
            self._tenants = wanted

    @contextmanager
    def watch(self, extra_s: float = 0.0) -> Iterator[RawConnection]:
        """Yield the connection for one exchange with the server."""
        cut = asyncio.get_running_loop().call_later(self._timeout_s + extra_s, self.raw.terminate)
        try:
            yield self.raw
        finally:
            cut.cancel()

    async def execute(self, statement: str, *arguments: object) -> None:
        """Run one watched statement."""
        with self.watch() as raw:
            await raw.execute(statement, *arguments)

    async def fetch(self, statement: str, *arguments: object) -> list[Row]:
        """Return the rows of one watched statement."""
        with self.watch() as raw:
            return await raw.fetch(statement, *arguments)


class Connections:
    """Connections under one role, opened when needed; those that broke are not used again.

    The request role sees the rows of the `tenants` of a block.
    """

    def __init__(self, url: str, *, role: str, application_name: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._settings = startup_settings(role=role, application_name=application_name, force_custom_plan=False)
        # A counter that a crash could set back would give numbers twice, whatever the server's own default is.
        self._settings["synchronous_commit"] = "on"
        self._idle: list[Watched] = []

    @asynccontextmanager
    async def statement(self, tenants: Collection[str] = ()) -> AsyncIterator[Watched]:
        """Yield a connection for one statement that commits by itself. Raises NumbersUnavailable."""
        async with self._borrowed(tenants) as conn:
            with _translated(conn, committing=True):
                yield conn

    @asynccontextmanager
    async def transaction(self, tenants: Collection[str] = ()) -> AsyncIterator[Watched]:
        """Yield a connection inside a transaction that commits at the end of the block. Raises NumbersUnavailable."""
        async with self._borrowed(tenants) as conn:
            with _translated(conn, committing=False):
                await conn.execute("BEGIN")
                try:
                    yield conn
                except _ENDS:
                    await _roll_back(conn)
                    raise
            with _translated(conn, committing=True):
                await conn.execute("COMMIT")

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            with suppress(*_FAILURES):
                await self._idle.pop().raw.close(timeout=self._timeout_s)

    @asynccontextmanager
    async def _borrowed(self, tenants: Collection[str]) -> AsyncIterator[Watched]:
        conn = self._pop() or await self._connect()
        fit = False
        try:
            with _translated(conn, committing=False):
                await conn.see(tenants)
            yield conn
            fit = True
        except _ENDS:
            fit = not conn.raw.is_closed() and not conn.raw.is_in_transaction()
            raise
        finally:
            if fit and not conn.raw.is_closed():
                self._idle.append(conn)
            else:
                conn.raw.terminate()

    def _pop(self) -> Watched | None:
        while self._idle:
            conn = self._idle.pop()
            if not conn.raw.is_closed():
                return conn
        return None

    async def _connect(self) -> Watched:
        try:
            raw: RawConnection = await asyncpg.connect(
                self._url, timeout=self._timeout_s, server_settings=self._settings
            )
        except _FAILURES as error:
            raise NumbersUnavailable(f"cannot connect to the database: {error}") from error
        return Watched(raw, self._timeout_s)


def gateway_connections(url: str, role: str, *, timeout_s: float) -> Connections:
    """Return connections to the gateway's schema under one of its roles."""
    return Connections(url, role=role, application_name="waymark-gateway", timeout_s=timeout_s)


@contextmanager
def _translated(conn: Watched, *, committing: bool) -> Iterator[None]:
    """Raise NumbersUnavailable for a failure; a commit that was not answered has an unknown outcome."""
    try:
        yield
    except _FAILURES as error:
        if isinstance(error, asyncpg.InternalClientError):
            conn.raw.terminate()
        lost = conn.raw.is_closed() or is_unavailable(error)
        if not lost and isinstance(error, AttributeError):
            raise
        words = "the database connection was lost" if lost else "the database refused"
        raise NumbersUnavailable(f"{words}: {error}", outcome_unknown=lost and committing) from error


async def _roll_back(conn: Watched) -> None:
    if conn.raw.is_closed():
        return
    with suppress(*_FAILURES):
        await conn.execute("ROLLBACK")
