"""Reads of one tenant's contact policies and qualification rules for requests."""

from __future__ import annotations

from collections.abc import Sequence

from libs.pg.database import Database
from services.metrics.rules.kinds import RuleKind
from services.metrics.rules.model import CustomerRule, RuleStatus
from services.metrics.rules.rules import identified
from services.metrics.rules.store import CustomerRuleStore, RulePlace


class CustomerRuleReads:
    """Reads rules; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, kind: RuleKind, rule_id: str) -> CustomerRule:
        """Return the rule of that id; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await identified(CustomerRuleStore(conn, tenant_id, kind), kind, rule_id)

    async def page(
        self, tenant_id: str, kind: RuleKind, status: RuleStatus | None, after: RulePlace | None, *, limit: int
    ) -> tuple[Sequence[CustomerRule], int]:
        """Return the rules of a status, or of any, that follow the place, and how many there are of it in all."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = CustomerRuleStore(conn, tenant_id, kind)
            return await store.list(status, after, limit=limit), await store.count(status)
