"""Reads of the types of tasks that a tenant may use, for requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from libs.httpkit.errors import require_found
from libs.pg.database import Database
from services.workflows.own_types.kinds import own_type_json
from services.workflows.own_types.known import own_type
from services.workflows.own_types.model import NOUN, OwnTaskType
from services.workflows.own_types.store import OwnTypeStore
from services.workflows.task_types.faces import face_json
from services.workflows.task_types.model import TaskType, TypeFace
from services.workflows.task_types.registry import BuiltInTypes


@dataclass(frozen=True, slots=True)
class TypeReads:
    """Reads types; `db` connects as the request role, `common` are the types that every tenant has."""

    db: Database
    common: BuiltInTypes

    async def every(self, tenant_id: str) -> Sequence[dict[str, Any]]:
        """Return all types, the tenant's own last."""
        async with self.db.tenant_transaction(tenant_id, readonly=True) as conn:
            own = await OwnTypeStore(conn, tenant_id).every()
        return [*(_common_json(one.face) for one in self.common), *map(own_type_json, own)]

    async def get(self, tenant_id: str, text: str) -> tuple[dict[str, Any], int | None]:
        """Return the type of an id or title, and the version of one of the tenant's own; raises NotFound."""
        found = self.common.find(text)
        if found is not None:
            return _common_json(found.face), None
        own = await self._own(tenant_id, text)
        return own_type_json(own), own.version

    async def find(self, tenant_id: str, text: str) -> TaskType:
        """Return the type of an id or title, as tasks are run by it; raises NotFound."""
        found = self.common.find(text)
        if found is not None:
            return found
        own = await self._own(tenant_id, text)
        return own_type(own.type, own.definition)

    async def _own(self, tenant_id: str, text: str) -> OwnTaskType:
        async with self.db.tenant_transaction(tenant_id, readonly=True) as conn:
            return require_found(await OwnTypeStore(conn, tenant_id).find(text), NOUN, text)


def _common_json(face: TypeFace) -> dict[str, Any]:
    return face_json(face) | {"own": False}
