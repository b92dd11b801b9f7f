"""Reads of one tenant's alert rules for requests, which see no other tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from libs.httpkit.errors import require_found
from libs.pg.database import Database
from services.monitoring.alerts.alert_states import HistoryEntry
from services.monitoring.alerts.model import AlertRule
from services.monitoring.alerts.store import RuleFilter, RuleStore

NOUN: Final = "alert rule"


class RuleReads:
    """Reads alert rules; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, rule_id: uuid.UUID) -> AlertRule:
        """Return the rule of that id; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await identified(RuleStore(conn, tenant_id), rule_id)

    async def page(
        self, tenant_id: str, wanted: RuleFilter, *, limit: int, offset: int
    ) -> tuple[Sequence[AlertRule], int]:
        """Return a part of the rules that match the filter, by name, and how many do in all."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = RuleStore(conn, tenant_id)
            return await store.list(wanted, limit=limit, offset=offset), await store.count(wanted)

    async def history(self, tenant_id: str, rule_id: uuid.UUID, *, before: int, limit: int) -> Sequence[HistoryEntry]:
        """Return up to `limit` entries of a rule's history before its `before`th, newest first; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = RuleStore(conn, tenant_id)
            await identified(store, rule_id)
            return await store.history(rule_id, before=before, limit=limit)


async def identified(store: RuleStore, rule_id: uuid.UUID) -> AlertRule:
    """Return the rule of that id; raises NotFound."""
    return require_found(await store.get(rule_id), NOUN, rule_id)
