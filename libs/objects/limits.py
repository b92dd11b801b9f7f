"""A limit on how many objects of a kind a tenant has, exact also when several are made at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from libs.httpkit.errors import Conflict
from libs.objects.changes import Change
from libs.objects.kinds import ObjectKind
from libs.pg.locks import lock_in_transaction


class LimitReached(Conflict):
    """a tenant has at most {limit} {noun}s; delete one that is not needed"""

    code = "limit_reached"


async def require_room(
    change: Change, kind: ObjectKind[Any], count: Callable[[], Awaitable[int]], limit: int, full: Conflict
) -> None:
    """Raise `full` when `count` of the tenant's objects is `limit` or more; until the transaction ends none is added.

    Inserts of a kind all come after this call or all before it: else one that waits here for the lock may hold a name
    that the lock's holder waits for.
    """
    await lock_in_transaction(change.conn, f"waymark.{kind.service}.{kind.name}/{change.tenant_id}")
    if await count() >= limit:
        raise full
