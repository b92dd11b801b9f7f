"""Purges of tables: a database that is away, or ends one, is tried again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from libs.pg.database import Connection, Database
from libs.pg.errors import PASSING
from libs.pg.purges import TablePurge
from tests.support.waiting import eventually


class FakeDatabase:
    """Counts the transactions that came to their end."""

    def __init__(self) -> None:
        self.committed = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield
        self.committed += 1


@pytest.mark.parametrize("error", PASSING)
async def test_a_purge_goes_on_over_what_passes(error: type[Exception]) -> None:
    failures = [error("passing")]

    async def purge(_: Connection) -> None:
        if failures:
            raise failures.pop()

    db = FakeDatabase()
    part = TablePurge("purge", cast(Database, db), purge, interval_s=0.001)
    await part.start()
    await eventually(lambda: db.committed > 1)
    assert await part.check() is None
    await part.stop()
