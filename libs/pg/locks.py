"""Advisory locks by name.

One place turns a name into PostgreSQL's 64-bit key, so that equal names meet.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

from libs.pg.database import Connection, is_gone


def advisory_key(name: str) -> int:
    """Return the signed 64-bit key of a lock's name; the same in every process and version."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


async def lock_in_transaction(connection: Connection, name: str) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", advisory_key(name))


async def try_session_lock(connection: Connection, name: str) -> bool:
    """Take the lock if nobody else has it, and keep it until the connection goes back or ends."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", advisory_key(name)))


@asynccontextmanager
async def session_lock(connection: Connection, name: str) -> AsyncIterator[None]:
    """Hold the lock for the block; a connection that dies lets it go."""
    await connection.execute("SELECT pg_advisory_lock($1)", advisory_key(name))
    try:
        yield
    finally:
        if not is_gone(connection):
            await connection.execute("SELECT pg_advisory_unlock($1)", advisory_key(name))
