"""The toy service of `tests.support.notes` on a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.notes import Shop, open_shop, shop_url

__all__ = ["shop_url"]


@pytest.fixture
async def notes(shop_url: str) -> AsyncIterator[Shop]:
    """The toy service, running."""
    async with open_shop(shop_url) as shop:
        yield shop
