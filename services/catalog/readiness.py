"""When the catalog is ready: every tenant's starter set is in the tables and in the log.

Once that was so it stays so: a tenant created later must not take the service away from the others.
"""

from __future__ import annotations

from libs.auth.credentials import CredentialIndex
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from services.catalog.store import tenants_with_system_items


class StarterSetsReady:
    """The check; `db` has the projector role."""

    def __init__(self, db: Database, credentials: CredentialIndex, relay: Relay) -> None:
        self._db = db
        self._credentials = credentials
        self._relay = relay
        self._was_ready = False

    async def __call__(self) -> str | None:
        """None when ready, else what is missing."""
        try:
            reason = await self._missing()
        except DatabaseUnavailable as error:
            return str(error)
        self._was_ready = self._was_ready or reason is None
        return reason

    async def _missing(self) -> str | None:
        async with self._db.transaction(readonly=True) as conn:
            tenant_ids = self._credentials.tenant_ids()
            ready = await tenants_with_system_items(conn, tenant_ids)
        if self._was_ready:
            return None
        if not tenant_ids:
            return "there is no tenant yet"
        if without := [tenant_id for tenant_id in tenant_ids if tenant_id not in ready]:
            return f"{len(without)} tenants have no starter set yet, {without[0]} is one"
        waiting, _ = await self._relay.figures()
        return f"{waiting} records wait to be published" if waiting else None
