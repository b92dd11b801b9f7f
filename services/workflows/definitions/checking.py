"""Checks definitions against what their tenant has: its own task types and its integrations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.httpkit.errors import Unprocessable, Violation
from libs.pg.database import Connection
from services.workflows.definitions.drafts import Draft
from services.workflows.definitions.errors import IntegrationMissing, NoTasks, VersionUnsound, sentence_of
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.definitions.store import state_of
from services.workflows.definitions.types import Types
from services.workflows.definitions.uses import Uses, uses_in
from services.workflows.definitions.validation import INTEGRATION_MISSING, Checked, validate
from services.workflows.integrations.store import known_integrations
from services.workflows.own_types.known import KnownTypes, own_type
from services.workflows.own_types.store import OwnTypeStore


@dataclass(frozen=True, slots=True)
class Sound:
    """A definition without errors, what it uses, and what it is warned of."""

    definition: WorkflowDefinition
    uses: Uses
    warnings: Sequence[Violation]

    def require_runnable(self) -> None:
        """Raise NoTasks unless there is a task, IntegrationMissing unless all integrations are there."""
        if not self.definition.tasks:
            raise NoTasks
        missing = [one for one in self.warnings if one.type == INTEGRATION_MISSING]
        if missing:
            raise IntegrationMissing(missing)


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks definitions; `common` are the types that every tenant has."""

    common: Types

    async def check(self, conn: Connection, tenant_id: str, document: Mapping[str, Any]) -> Checked:
        """Return what is right and wrong with a definition as it was sent."""
        checked, _ = await self._checked(conn, tenant_id, document, held=False)
        return checked

    async def require(self, conn: Connection, tenant_id: str, draft: Draft) -> Sound:
        """Return a definition that is to be saved; until the transaction ends nobody removes what it uses.

        Raises Unprocessable naming every error.
        """
        checked, types = await self._checked(conn, tenant_id, draft.document, held=True)
        if checked.definition is None or draft.errors:
            raise Unprocessable(*draft.errors, *checked.errors)
        return Sound(checked.definition, uses_in(checked.definition, types), checked.warnings)

    async def require_still(self, conn: Connection, tenant_id: str, definition: WorkflowDefinition) -> Sound:
        """Return a definition that was saved, as `require` does. Raises VersionUnsound where a type has changed."""
        try:
            return await self.require(conn, tenant_id, Draft("", state_of(definition)))
        except Unprocessable as refused:
            raise VersionUnsound(reasons=sentence_of(refused.violations), violations=refused.violations) from None

    async def _checked(
        self, conn: Connection, tenant_id: str, document: Mapping[str, Any], *, held: bool
    ) -> tuple[Checked, KnownTypes]:
        """Return what is right and wrong with a definition, and the types that it may name.

        When `held`, nobody removes what it uses until the transaction ends.
        """
        types = await self._types(conn, tenant_id, document, held=held)
        names = _texts(document, "integration")
        integrations = await known_integrations(conn, tenant_id, names, held=held) if names else {}
        return validate(document, types, integrations), types

    async def _types(self, conn: Connection, tenant_id: str, document: Mapping[str, Any], *, held: bool) -> KnownTypes:
        """Return the types that a definition may name, of the tenant's own those that it does."""
        others = [text for text in _texts(document, "type") if self.common.find(text) is None]
        found = await OwnTypeStore(conn, tenant_id).named(others, held=held) if others else ()
        return KnownTypes(self.common, [own_type(one.type, one.definition) for one in found])


def _texts(document: Mapping[str, Any], member: str) -> set[str]:
    """Return the texts that tasks have as a member, in a definition that may be anything."""
    return {found for task in _tasks(document) if isinstance(found := task.get(member), str)}


def _tasks(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the tasks, and the tasks within them."""
    tasks = document.get("tasks")
    for task in tasks.values() if isinstance(tasks, Mapping) else ():
        if isinstance(task, Mapping):
            yield task
            body = task.get("body")
            if isinstance(body, Mapping) and isinstance(body.get("do"), Mapping):
                yield body["do"]
