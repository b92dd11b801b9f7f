"""`client.resource_types`, `client.actions`, `client.origins`: the names that interactions use."""

from __future__ import annotations

from datetime import date
from typing import Unpack

from waymark.client import calls
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.filters import CatalogFields
from waymark.client.models import CatalogItem, OriginGraph
from waymark.client.positions import After


class AsyncCatalogItems:
    """`client.resource_types` and `client.actions`."""

    def __init__(self, driver: AsyncDriver, kind: str) -> None:
        self._driver = driver
        self._kind = kind

    async def list(self, *, search: str | None = None, mnemonic: str | None = None) -> list[CatalogItem]:
        """Read all items that are not archived."""
        return await self._driver.send(calls.list_catalog(self._kind, {"search": search, "mnemonic": mnemonic}))

    async def get(self, item_id: str) -> CatalogItem:
        """Read one item. Raises NotFound."""
        return await self._driver.send(calls.get_catalog_item(self._kind, item_id))

    async def create(
        self, title: str, mnemonic: str, *, idempotency_key: str | None = None, **fields: Unpack[CatalogFields]
    ) -> CatalogItem:
        """Define an item. Raises Conflict when the mnemonic is taken."""
        call = calls.create_catalog_item(self._kind, {"title": title, "mnemonic": mnemonic, **fields}, idempotency_key)
        return await self._driver.send(call)

    async def update(self, item_id: str, title: str, mnemonic: str, **fields: Unpack[CatalogFields]) -> CatalogItem:
        """Replace an item's fields by these."""
        changed = {"title": title, "mnemonic": mnemonic, **fields}
        return await self._driver.send(calls.update_catalog_item(self._kind, item_id, changed))

    async def archive(self, item_id: str) -> None:
        """Archive an item: history keeps its badge, new records with it are refused."""
        await self._driver.send(calls.archive_catalog_item(self._kind, item_id))


class AsyncOrigins(AsyncCatalogItems):
    """`client.origins`: as the other two, and the graph of origins."""

    async def graph(
        self, *, start_date: date | str | None = None, end_date: date | str | None = None, after: After | None = None
    ) -> OriginGraph:
        """Read how often and how soon an interaction of one origin is followed by one of another in a unit of work.

        The days are UTC and both included; the default is the last 30.
        """
        days = {"start_date": start_date, "end_date": end_date}
        return await self._driver.send(calls.origin_graph(days), after)
