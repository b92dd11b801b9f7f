"""Reads of one tenant's critical interactions for requests, which see no other tenant."""

from __future__ import annotations

from collections.abc import Sequence

from libs.pg.database import Database
from services.monitoring.definitions.store import InteractionStore


class DefinitionReads:
    """Reads critical interactions; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def creators(self, tenant_id: str) -> Sequence[str]:
        """Return who has created the tenant's critical interactions, sorted."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await InteractionStore(conn, tenant_id).creators()
