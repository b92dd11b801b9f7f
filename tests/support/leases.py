"""Leases of rows of a schedule, in a machine's database."""

from __future__ import annotations

from libs.pg.database import Connection


async def let_leases_lapse(conn: Connection, service: str, kind: str) -> None:
    """Let all leases of a kind end now, whether their owners are dead or late."""
    await conn.execute(
        f"UPDATE {service}.schedule SET due_at = now() WHERE kind = '{kind}' AND claim IS NOT NULL;"
        f" NOTIFY waymark_schedule_{service}, '{kind}'"
    )
