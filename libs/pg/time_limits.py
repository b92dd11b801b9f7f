"""Limits of time that PostgreSQL keeps for one transaction."""

from __future__ import annotations

from libs.pg.database import Connection


async def bound_time(conn: Connection, timeout_s: float) -> None:
    """Let every further statement of the transaction take so long at most."""
    await _limit(conn, "statement_timeout", timeout_s)


async def wait_for_locks(conn: Connection, timeout_s: float) -> None:
    """Let the transaction wait so long at most for each further lock, then raise LockNotAvailableError."""
    await _limit(conn, "lock_timeout", timeout_s)


async def let_go_when_idle(conn: Connection, idle_s: float) -> None:
    """Have PostgreSQL end the transaction after `idle_s` without a statement: a frozen process lets go of its rows."""
    await _limit(conn, "idle_in_transaction_session_timeout", idle_s)


async def _limit(conn: Connection, setting: str, limit_s: float) -> None:
    await conn.execute("SELECT set_config($1, $2, true)", setting, str(int(limit_s * 1_000)))
