"""Reads and writes of the catalog's items; each method is one statement of `queries.sql`.

Every statement names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asyncpg.exceptions import UniqueViolationError

from libs.contracts.reference import CatalogItem, ReferenceRecord, decode_data
from libs.contracts.times import parse_time
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.catalog.model import KIND_OF_NAME, Draft, Item, Kind, fold

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """A list's filters. `archived` None shows both kinds; `search` is a part of mnemonic or title."""

    archived: bool | None = False
    mnemonic: str | None = None
    search: str | None = None


class ItemStore:
    """The items of one kind and tenant, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str, kind: Kind) -> None:
        self._conn = conn
        self.tenant_id = tenant_id
        self.kind = kind

    async def insert(self, item_id: uuid.UUID, draft: Draft, *, is_system: bool, at: datetime) -> Item | None:
        """Insert an item and return it; None when its id or mnemonic is taken."""
        row = await self._conn.fetchrow(
            QUERIES.insert_item,
            *(self.tenant_id, self.kind.name, item_id, draft.title, draft.mnemonic, draft.description),
            *(draft.icon, draft.font_color_hex, draft.bg_color_hex, is_system, at),
        )
        return _item_or_none(row)

    async def get(self, item_id: uuid.UUID) -> Item | None:
        """Return the item, archived or not."""
        return await self._one(QUERIES.get_item, item_id)

    async def lock(self, item_id: uuid.UUID) -> Item | None:
        """Hold the item against other writers until the transaction ends, and return it."""
        return await self._one(QUERIES.lock_item, item_id)

    async def holder_of(self, mnemonic: str) -> Item | None:
        """Return the item that has a mnemonic, in any case."""
        return await self._one(QUERIES.find_mnemonic, mnemonic)

    async def update(self, item_id: uuid.UUID, draft: Draft, *, at: datetime) -> Item | None:
        """Update the item and return it; None when the mnemonic is taken."""
        values = (draft.title, draft.mnemonic, draft.description, draft.icon, draft.font_color_hex, draft.bg_color_hex)
        try:
            async with self._conn.transaction():
                return await self._one(QUERIES.update_item, item_id, *values, at)
        except UniqueViolationError:
            return None

    async def archive(self, item_id: uuid.UUID, *, at: datetime) -> Item | None:
        """Archive the item and return it."""
        return await self._one(QUERIES.archive_item, item_id, at)

    async def list(self, wanted: ItemFilter, *, limit: int | None = None, offset: int = 0) -> Sequence[Item]:
        """Return the items that match the filter, by mnemonic; all of them when `limit` is None."""
        rows = await self._conn.fetch(
            QUERIES.list_items, self.tenant_id, self.kind.name, *_arguments(wanted), limit, offset
        )
        return [_item(row) for row in rows]

    async def count(self, wanted: ItemFilter) -> int:
        """Return how many items match the filter."""
        count: int = await self._conn.fetchval(QUERIES.count_items, self.tenant_id, self.kind.name, *_arguments(wanted))
        return count

    async def _one(self, statement: str, *arguments: object) -> Item | None:
        return _item_or_none(await self._conn.fetchrow(statement, self.tenant_id, self.kind.name, *arguments))


async def tenants_with(
    conn: Connection, mnemonics: Sequence[tuple[Kind, str]], tenant_ids: Sequence[str] | None = None
) -> dict[str, bool]:
    """Return whether tenants with system items, all or those of `tenant_ids`, have an item of each mnemonic.

    `conn` has the projector role.
    """
    kinds, folded = as_columns((kind.name, fold(mnemonic)) for kind, mnemonic in mnemonics)
    rows = await conn.fetch(QUERIES.tenants_with, tenant_ids, kinds, folded)
    return {row["tenant_id"]: row["has_all"] for row in rows}


async def every_item(conn: Connection, kind: Kind) -> AsyncIterator[Item]:
    """Yield the items of a kind of all tenants (projector role), by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_item, kind.name, prefetch=500):
        yield _item(row)


async def lock_item(conn: Connection, item: Item) -> Item | None:
    """Hold the item against other writers until the transaction ends, and return it as it is now."""
    return await ItemStore(conn, item.tenant_id, item.kind).lock(item.item_id)


async def take_up_items(conn: Connection, found: Sequence[OnLog[ReferenceRecord]]) -> int:
    """Make items as records have them, where there is none or an older version; return how many (projector role)."""
    rows = [_row_of(one.record) for one in found]
    keys = [(*row[:3], one.record.version) for row, one in zip(rows, found, strict=True)]
    await conn.execute(QUERIES.free_mnemonics, *as_columns(keys))
    return len(await conn.fetch(QUERIES.take_up_items, *as_columns(rows)))


def _row_of(record: ReferenceRecord) -> tuple[object, ...]:
    item = decode_data(record, CatalogItem)
    modified_at = parse_time(item.modified_date)
    return (
        *(record.tenant_id, record.kind, uuid.UUID(record.id), item.title, item.mnemonic, item.description),
        *(item.icon, item.font_color_hex, item.bg_color_hex, item.is_system, record.version),
        *(parse_time(item.created_date), modified_at, modified_at if record.archived else None),
    )


def _arguments(wanted: ItemFilter) -> tuple[bool | None, str | None, str | None]:
    return wanted.archived, wanted.mnemonic, wanted.search


def _item_or_none(row: Row | None) -> Item | None:
    return None if row is None else _item(row)


def _item(row: Row) -> Item:
    draft = Draft(
        title=row["title"],
        mnemonic=row["mnemonic"],
        description=row["description"],
        icon=row["icon"],
        font_color_hex=row["font_color_hex"],
        bg_color_hex=row["bg_color_hex"],
    )
    return Item(
        tenant_id=row["tenant_id"],
        kind=KIND_OF_NAME[row["kind"]],
        item_id=row["item_id"],
        draft=draft,
        is_system=row["is_system"],
        version=row["version"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        archived_at=row["archived_at"],
    )
