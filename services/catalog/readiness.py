"""The check that the catalog is ready: every tenant's starter set is in the tables and in the log."""

from __future__ import annotations

from libs.auth.credentials import CredentialIndex
from libs.httpkit.health import Check
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.service.readiness import outbox_drained
from services.catalog.starter_set import SYSTEM_MNEMONICS
from services.catalog.store import tenants_with


def starter_sets_published(db: Database, credentials: CredentialIndex, relay: Relay) -> Check:
    """Make a check that names a tenant without a starter set; `db` has the projector role."""
    is_drained = outbox_drained(relay)

    async def published() -> str | None:
        tenant_ids = credentials.tenant_ids()
        if not tenant_ids:
            return "there is no tenant yet"
        async with db.transaction(readonly=True) as conn:
            ready = await tenants_with(conn, SYSTEM_MNEMONICS, tenant_ids)
        if without := [tenant_id for tenant_id in tenant_ids if not ready.get(tenant_id)]:
            return f"{len(without)} tenants have no starter set yet, {without[0]} is one"
        return await is_drained()

    return published
