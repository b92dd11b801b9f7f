"""Limits of time that PostgreSQL keeps for one transaction."""

from __future__ import annotations

from libs.pg.database import Connection


async def bound_time(conn: Connection, timeout_s: float) -> None:
    """Let every further statement of the transaction take so long at most."""
    await conn.execute("SELECT set_config('statement_timeout', $1, true)", str(int(timeout_s * 1000)))


async def let_go_when_idle(conn: Connection, idle_s: float) -> None:
    """Have PostgreSQL end the transaction after `idle_s` without a statement: a frozen process lets go of its rows."""
    idle_ms = str(int(idle_s * 1_000))
    await conn.execute("SELECT set_config('idle_in_transaction_session_timeout', $1, true)", idle_ms)
