"""The schedule of the toy service of `tests.support.notes`, as its projector sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.pg.database import Database
from libs.pg.roles import projector_role
from tests.support.notes import SERVICE, shop_url

__all__ = ["shop_url"]


@pytest.fixture
async def db(shop_url: str) -> AsyncIterator[Database]:
    """The toy service's database as its projector role."""
    async with await Database.connect(shop_url, role=projector_role(SERVICE), application_name="test") as db:
        yield db
