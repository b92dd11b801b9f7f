"""The toy service of `tests.support.notes` on a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.notes import Shop, create_schema, open_shop
from tests.support.postgres import TestServer


@pytest.fixture
async def shop_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """The URL of a database with the toy service's schema."""
    template = await postgres_server.template("notes", create_schema)
    async with postgres_server.database(template=template) as url:
        yield url


@pytest.fixture
async def notes(shop_url: str) -> AsyncIterator[Shop]:
    """The toy service, running."""
    async with open_shop(shop_url) as shop:
        yield shop
