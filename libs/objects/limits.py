"""A limit on how many objects of a kind a tenant has, exact also when several are made at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from libs.httpkit.errors import Conflict
from libs.objects.kinds import ObjectKind
from libs.pg.database import Connection
from libs.pg.locks import lock_in_transaction


class LimitReached(Conflict):
    """a tenant has at most {limit} {noun}s; delete one that is not needed"""

    code = "limit_reached"


async def require_room(
    conn: Connection,
    kind: ObjectKind[Any],
    tenant_id: str,
    count: Callable[[], Awaitable[int]],
    limit: int,
    full: Conflict,
) -> None:
    """Raise `full` when `count` of the tenant's objects is `limit` or more; until the transaction ends none is added.

    Comes before the insert: a row that waits for this lock must not hold what another insert waits for.
    """
    await lock_in_transaction(conn, f"waymark.{kind.service}.{kind.name}/{tenant_id}")
    if await count() >= limit:
        raise full
