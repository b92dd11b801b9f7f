"""The sessions that the gateway follows, in PostgreSQL: one method, one named query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.gateway.workflow_tasks.model import Followed

SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))
SessionKey: TypeAlias = tuple[str, str]
"""Tenant and session id."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Followed).decode


async def load(conn: Connection, keys: Iterable[SessionKey]) -> dict[SessionKey, Followed]:
    """Return those of the sessions that are followed."""
    rows = await conn.fetch(SQL.load_sessions, *as_columns(keys, 2))
    return {(row["tenant_id"], row["session_id"]): _decode(row["state"]) for row in rows}


async def keep(
    conn: Connection, before: Mapping[SessionKey, Followed], after: Mapping[SessionKey, Followed | None]
) -> None:
    """Store what changed: sessions as they are `after`, None for those that are over for good."""
    kept = [(*key, _encode(one)) for key, one in after.items() if one is not None and one is not before.get(key)]
    if kept:
        await conn.execute(SQL.keep_sessions, *as_columns(kept))
    over = [key for key, one in after.items() if one is None and key in before]
    if over:
        await conn.execute(SQL.forget_sessions, *as_columns(over))
