"""`postgresql`: a database, reached at judged addresses and verified under its server's name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Final, Literal, TypeAlias, cast

import asyncpg
from pydantic import Field, StringConstraints

from libs.httpkit.camel import CamelBody
from libs.outbound.addresses import IPAddress
from libs.outbound.client import Outbound
from libs.outbound.connecting import first_connected
from libs.outbound.errors import CallFailed
from libs.outbound.named_tls import expecting, named
from libs.pg.errors import is_unavailable, sqlstate_of
from services.workflows.integrations.types.form import (
    PROBE_S,
    AccountForm,
    Host,
    IntegrationType,
    Port,
    SecretKey,
)
from services.workflows.task_types.http_failures import failure_of
from services.workflows.task_types.model import Connected, TaskFailed

POSTGRESQL: Final = "postgresql"
SQL_ERROR: Final = "sql_error"
CONNECT_S: Final = 10.0
MAX_RECEIVED_BYTES: Final = 16 * 1024 * 1024
"""What a session may bring, all of it: a task's output is a sixteenth of that."""
DISABLE: Final = "disable"
VERIFY_FULL: Final = "verify-full"
_SERIALIZATION: Final = "40"

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PostgresqlSettings(CamelBody):
    """The database and its user."""

    host: Host = Field(title="Host")
    port: Port = Field(default=5432, title="Port")
    database: _Name = Field(title="Database")
    user: _Name = Field(title="User")
    sslmode: Literal["disable", "require", "verify-full"] = Field(
        default=VERIFY_FULL,
        title="SSL mode",
        description="`require` encrypts without asking who the server is; `disable` only where the operator lets the"
        " server through.",
    )


@asynccontextmanager
async def sql_session(connected: Connected, outbound: Outbound, *, timeout_s: float) -> AsyncIterator[Session]:
    """Yield a connection to the database, within `timeout_s`. Raises TaskFailed."""
    settings = connected.settings
    plain = settings["sslmode"] == DISABLE
    try:
        addresses = await outbound.addresses(settings["host"], settings["port"], plain=plain)
    except CallFailed as failure:
        raise failure_of(failure) from None
    tls = None if plain else _tls(outbound.tls, settings["sslmode"] == VERIFY_FULL)

    async def connect(address: IPAddress) -> Session:
        return await asyncpg.connect(
            host=str(address),
            port=settings["port"],
            user=settings["user"],
            database=settings["database"],
            password=connected.secrets.get("PASSWORD", ""),
            ssl=tls or False,
            timeout=min(CONNECT_S, timeout_s),
            command_timeout=timeout_s,
            statement_cache_size=0,
            server_settings={"application_name": "Waymark"},
        )

    with sql_failures(is_undone=True), expecting(settings["host"]):
        conn = await first_connected(addresses, connect)
    try:
        _bound(conn)
        yield conn
    finally:
        conn.terminate()


@contextmanager
def sql_failures(*, is_undone: bool) -> Iterator[None]:
    """Raise what goes wrong within as TaskFailed; `is_undone`: nothing was changed by then."""
    try:
        yield
    except asyncpg.PostgresError as error:
        state = sqlstate_of(error) or ""
        passes = is_unavailable(error) or state.startswith(_SERIALIZATION)
        detail = {"state": state}
        raise TaskFailed(SQL_ERROR, str(error), retryable=passes, is_undone=passes, detail=detail) from None
    except ssl.SSLCertVerificationError as error:
        raise TaskFailed(SQL_ERROR, f"the certificate does not verify: {error.verify_message}") from None
    except TimeoutError:
        raise TaskFailed("timeout", "the database took too long", retryable=True, is_undone=is_undone) from None
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if isinstance(error, ValueError):
            raise TaskFailed(SQL_ERROR, str(error)) from None
        raise TaskFailed(SQL_ERROR, "the connection broke off", retryable=True, is_undone=is_undone) from None


@lru_cache(maxsize=8)
def _tls(trusting: ssl.SSLContext, verifies: bool) -> ssl.SSLContext:  # lru_cache
    return named(trusting, verifies=verifies)


class _Bounded(asyncio.Protocol):
    """The connection's own protocol, which loses its connection once it was given more than `limit_bytes`."""

    def __init__(self, inner: asyncio.Protocol, transport: asyncio.Transport, limit_bytes: int) -> None:
        self._inner = inner
        self._transport = transport
        self._left_bytes = limit_bytes

    def data_received(self, data: bytes) -> None:
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            self._transport.abort()
        else:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


def _bound(conn: Session) -> None:
    # asyncpg bounds nothing and shows no transport: its own stub does not know this member.
    transport: asyncio.Transport = attrgetter("_transport")(conn)
    transport.set_protocol(_Bounded(cast(asyncio.Protocol, transport.get_protocol()), transport, MAX_RECEIVED_BYTES))


async def _probe(connected: Connected, outbound: Outbound) -> str:
    async with sql_session(connected, outbound, timeout_s=PROBE_S) as conn:
        with sql_failures(is_undone=True):
            version: str = await conn.fetchval("SHOW server_version")
    return f"signed in to PostgreSQL {version}"


TYPE: Final = IntegrationType(
    type=POSTGRESQL,
    title="PostgreSQL",
    description="A PostgreSQL database.",
    account=AccountForm(
        settings=PostgresqlSettings,
        secrets=(SecretKey(key="PASSWORD", title="Password", required=False),),
    ),
    probe=_probe,
)
