"""Names that are unique among a tenant's objects of a kind, whatever their case.

A table keeps `fold_name(name)` beside the name, under a unique index. The index says when a name is free again: with
`WHERE deleted_at IS NULL` once its object is deleted; an object that is archived goes on holding its name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg.exceptions import UniqueViolationError

from libs.httpkit.errors import Conflict
from libs.pg.database import Connection


class NameTaken(Conflict):
    """{name!r} is the name of another {noun}"""

    code = "name_taken"


def fold_name(name: str) -> str:
    """Return the form in which names are compared: case folded, composed."""
    return unicodedata.normalize("NFC", name.casefold())


@asynccontextmanager
async def unique(conn: Connection, index: str, taken: Conflict) -> AsyncIterator[None]:
    """Raise `taken` when a write of the block breaks the unique index; the caller's transaction stays usable."""
    try:
        async with conn.transaction():
            yield
    except UniqueViolationError as error:
        if error.constraint_name != index:
            raise
        raise taken from None
