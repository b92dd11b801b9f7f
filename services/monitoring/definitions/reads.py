"""Reads of one tenant's critical interactions for requests, which see no other tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from libs.httpkit.errors import require_found
from libs.objects.versions import ObjectVersion, list_versions
from libs.pg.database import Database
from services.monitoring.definitions.kinds import CRITICAL_INTERACTIONS
from services.monitoring.definitions.model import CriticalInteraction
from services.monitoring.definitions.store import InteractionFilter, InteractionStore, definition_of

NOUN: Final = "critical interaction"


class DefinitionReads:
    """Reads critical interactions; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, name: str) -> CriticalInteraction:
        """Return the critical interaction of that name; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await named(InteractionStore(conn, tenant_id), name)

    async def page(
        self, tenant_id: str, wanted: InteractionFilter, *, limit: int, offset: int
    ) -> tuple[Sequence[CriticalInteraction], int]:
        """Return a part of the critical interactions that match the filter, by name, and how many do in all."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = InteractionStore(conn, tenant_id)
            return await store.list(wanted, limit=limit, offset=offset), await store.count(wanted)

    async def versions(
        self, tenant_id: str, name: str, *, limit: int, offset: int
    ) -> tuple[Sequence[tuple[CriticalInteraction, ObjectVersion]], int]:
        """Return a part of the versions, newest first, and how many there are; raises NotFound.

        Each comes with the critical interaction as it was from that version on.
        """
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = InteractionStore(conn, tenant_id)
            one = await named(store, name)
            at = CRITICAL_INTERACTIONS.identify(one)
            versions, total = await list_versions(conn, CRITICAL_INTERACTIONS, at, limit=limit, offset=offset)
            authors = await store.authors(one.id)
        return [(_as_of(one, version, authors[version.version]), version) for version in versions], total

    async def creators(self, tenant_id: str) -> Sequence[str]:
        """Return who has created the tenant's critical interactions, sorted."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await InteractionStore(conn, tenant_id).creators()


async def named(store: InteractionStore, name: str) -> CriticalInteraction:
    """Return the critical interaction of that name; raises NotFound."""
    return require_found(await store.find(name), NOUN, name)


async def identified(store: InteractionStore, interaction_id: str) -> CriticalInteraction:
    """Return the critical interaction of that id, deleted or not; raises NotFound."""
    return require_found(await store.get(int(interaction_id)), NOUN, interaction_id)


def _as_of(one: CriticalInteraction, version: ObjectVersion, author: str) -> CriticalInteraction:
    """Return the critical interaction as one of its versions left it."""
    return replace(
        one,
        version=version.version,
        definition=definition_of(version.state),
        updated_at=version.in_force_from,
        updated_by=author,
    )
