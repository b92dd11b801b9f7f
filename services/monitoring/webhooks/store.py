"""Reads and writes of webhooks; each function is one statement of `queries.sql`.

Every statement for requests names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.monitoring.webhooks.model import Webhook

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class HeldSecrets:
    """The encrypted secrets of a webhook whose row is held, the newest first."""

    tenant_id: str
    webhook_id: uuid.UUID
    secrets: list[bytes]


class WebhookStore:
    """One tenant's webhooks, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, one: Webhook) -> None:
        """Insert a webhook."""
        values = (one.id, one.version, one.url, one.description, one.enabled, one.secret, one.created_at)
        await self._conn.execute(QUERIES.insert_webhook, self._tenant_id, *values)

    async def update(self, one: Webhook) -> None:
        """Make the row as `one` is."""
        values = (one.url, one.description, one.enabled, one.secret, one.previous_secret, one.rotated_at)
        await self._conn.execute(QUERIES.update_webhook, self._tenant_id, one.id, one.version, *values, one.updated_at)

    async def delete(self, webhook_id: uuid.UUID) -> None:
        """Remove the webhook."""
        await self._conn.execute(QUERIES.delete_webhook, self._tenant_id, webhook_id)

    async def get(self, webhook_id: uuid.UUID) -> Webhook | None:
        """Return the webhook of that id."""
        return await self._one(QUERIES.get_webhook, webhook_id)

    async def lock(self, webhook_id: uuid.UUID) -> Webhook | None:
        """Hold the webhook of that id against other writers, and return it."""
        return await self._one(QUERIES.lock_webhook, webhook_id)

    async def list(self, *, limit: int, offset: int) -> Sequence[Webhook]:
        """Return a part of the webhooks, the first made first."""
        rows = await self._conn.fetch(QUERIES.list_webhooks, self._tenant_id, limit, offset)
        return [Webhook(**row) for row in rows]

    async def count(self) -> int:
        """Return how many webhooks there are."""
        found: int = await self._conn.fetchval(QUERIES.count_webhooks, self._tenant_id)
        return found

    async def known(self, webhook_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, bool]:
        """Return those of the ids that are webhooks, and whether they are enabled."""
        rows = await self._conn.fetch(QUERIES.known_webhooks, self._tenant_id, list(webhook_ids))
        return {row["id"]: row["enabled"] for row in rows}

    async def _one(self, statement: str, webhook_id: uuid.UUID) -> Webhook | None:
        row = await self._conn.fetchrow(statement, self._tenant_id, webhook_id)
        return None if row is None else Webhook(**row)


async def lock_secrets(conn: Connection) -> Sequence[HeldSecrets]:
    """Hold the webhooks of all tenants against other writers, and return their secrets (projector role)."""
    rows = await conn.fetch(QUERIES.lock_secrets)
    return [
        HeldSecrets(row["tenant_id"], row["id"], [one for one in (row["secret"], row["previous_secret"]) if one])
        for row in rows
    ]


async def encrypt_secrets(conn: Connection, held: HeldSecrets, renewed: Sequence[bytes]) -> None:
    """Replace the secrets of a held webhook by the same ones, encrypted anew (projector role)."""
    newest, *previous = renewed
    await conn.execute(
        QUERIES.encrypt_secrets, held.tenant_id, held.webhook_id, newest, previous[0] if previous else None
    )
