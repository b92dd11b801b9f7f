"""Changes of workflows, each by its rule and within the caller's change.

A version that is saved is without errors; one that is run has tasks, and its integrations. While a workflow is active,
a save is run from then on, unless the maker wants otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from libs.httpkit.errors import Violation, require_found
from libs.httpkit.preconditions import ANY_VERSION, IfMatch
from libs.objects.changes import Change
from libs.objects.limits import LimitReached, require_room
from libs.objects.names import NameTaken, unique
from libs.objects.versions import add_version, get_version, is_same_json
from services.workflows.definitions.checking import Checker, Sound
from services.workflows.definitions.drafts import Draft, new_draft
from services.workflows.definitions.exchange import OWN_TYPES
from services.workflows.definitions.kinds import WORKFLOW_DEFINITIONS
from services.workflows.definitions.model import (
    MAX_WORKFLOWS,
    NOUN,
    VersionHead,
    Workflow,
    WorkflowDefinition,
    version_noun,
)
from services.workflows.definitions.store import WorkflowFilter, WorkflowStore, definition_of, state_of
from services.workflows.own_types.model import OwnTypeDefinition
from services.workflows.own_types.rules import create as create_type
from services.workflows.own_types.store import OwnTypeStore

TYPE_DIFFERS: Final = "type_differs"
OnConflict: TypeAlias = Literal["fail", "version"]


@dataclass(frozen=True, slots=True)
class WorkflowRules:
    """The changes of one tenant's workflows, within one change; `notes` are warnings that came up on the way."""

    change: Change
    checker: Checker
    notes: list[Violation] = field(default_factory=list)

    async def create(self, draft: Draft) -> Workflow:
        """Create a workflow, which is not active. Raises Unprocessable, NameTaken, LimitReached."""
        store = self._store
        full = LimitReached(noun=NOUN, limit=MAX_WORKFLOWS)
        await require_room(
            self.change, WORKFLOW_DEFINITIONS, lambda: store.count(WorkflowFilter()), MAX_WORKFLOWS, full
        )
        sound = await self._require(draft)
        now, by = self.change.now(), self.change.cause.actor.id
        one = Workflow(
            tenant_id=self.change.tenant_id,
            id=self.change.new_id(),
            name=draft.name,
            version=1,
            active=False,
            active_version=None,
            definition=sound.definition,
            created_at=now,
            created_by=by,
            updated_at=now,
            updated_by=by,
        )
        async with unique(self.change.conn, "workflow_names", NameTaken(noun=NOUN, name=draft.name)):
            await store.insert(one)
        await self._keep(one, sound)
        await self._publish(one, "created")
        return one

    async def update(self, draft: Draft, *, match: IfMatch = ANY_VERSION, activate: bool = True) -> Workflow:
        """Save a definition as the next version; one that changes nothing makes none.

        Raises NotFound, PreconditionFailed, Unprocessable; NoTasks, IntegrationMissing where it would be run.
        """
        before = await self._held(draft.name, match)
        sound = await self._require(draft)
        if is_same_json(state_of(sound.definition), state_of(before.definition)):
            return before
        version = before.version + 1
        is_run = before.active and activate
        if is_run:
            sound.require_runnable()
        after = self._after(
            before,
            version=version,
            definition=sound.definition,
            active_version=version if is_run else before.active_version,
        )
        await self._store.update(after)
        await self._keep(after, sound)
        await self._publish(after, "updated")
        return after

    async def activate(self, name: str, version: int | None) -> Workflow:
        """Let `/run` run a version, by default the newest.

        Raises NotFound, VersionUnsound, NoTasks, IntegrationMissing.
        """
        before = await self._held(name)
        wanted = before.version if version is None else version
        definition = before.definition if wanted == before.version else await self._definition(before, wanted)
        sound = await self.checker.require_still(self.change.conn, self.change.tenant_id, definition)
        sound.require_runnable()
        if before.active and before.active_version == wanted:
            return before
        return await self._write(self._after(before, active=True, active_version=wanted), "activated")

    async def deactivate(self, name: str) -> Workflow:
        """Let `/run` answer no more; sessions go on. Raises NotFound."""
        before = await self._held(name)
        if not before.active:
            return before
        return await self._write(self._after(before, active=False, active_version=None), "deactivated")

    async def archive(self, name: str, *, match: IfMatch = ANY_VERSION) -> None:
        """End the workflow: its name is free, its sessions go on. Raises NotFound, PreconditionFailed."""
        before = await self._held(name, match)
        ended = self._after(before, active=False, active_version=None, archived_at=self.change.now())
        await self._write(ended, "archived")

    async def clone(self, name: str, new_name: str) -> Workflow:
        """Create a workflow with the newest definition of another. Raises NotFound and as `create`."""
        source = require_found(await self._store.find(name), NOUN, name)
        return await self.create(new_draft({"name": new_name, **state_of(source.definition)}))

    async def take_in(
        self, draft: Draft, own_types: Mapping[str, OwnTypeDefinition], on_conflict: OnConflict
    ) -> Workflow:
        """Create an imported workflow, or make it the next version of that which has its name, run as before.

        Of the own types those are made that are not there. Raises as `create`, `update` and the creation of a type;
        NameTaken unless `on_conflict` is `version`.
        """
        for name, definition in own_types.items():
            await self._take_in_type(name, definition)
        if on_conflict == "version" and await self._store.find(draft.name) is not None:
            return await self.update(draft, activate=False)
        return await self.create(draft)

    async def _take_in_type(self, name: str, definition: OwnTypeDefinition) -> None:
        there = await OwnTypeStore(self.change.conn, self.change.tenant_id).find(name)
        if there is None:
            await create_type(self.change, self.checker.common, name, definition)
        elif there.definition != definition:
            words = f"the task type {name!r} is there already, and another one: it stays as it is"
            self.notes.append(Violation(("body", OWN_TYPES, name), words, TYPE_DIFFERS))

    @property
    def _store(self) -> WorkflowStore:
        return WorkflowStore(self.change.conn, self.change.tenant_id)

    async def _require(self, draft: Draft) -> Sound:
        return await self.checker.require(self.change.conn, self.change.tenant_id, draft)

    async def _held(self, name: str, match: IfMatch = ANY_VERSION) -> Workflow:
        held = require_found(await self._store.lock(name), NOUN, name)
        match.require(held.version)
        return held

    async def _definition(self, one: Workflow, version: int) -> WorkflowDefinition:
        at = WORKFLOW_DEFINITIONS.identify(one)
        found = await get_version(self.change.conn, WORKFLOW_DEFINITIONS, at, version)
        return definition_of(require_found(found, version_noun(one.name), version).state)

    def _after(self, before: Workflow, **changes: Any) -> Workflow:
        return replace(before, updated_at=self.change.now(), updated_by=self.change.cause.actor.id, **changes)

    async def _write(self, after: Workflow, happened: str) -> Workflow:
        await self._store.update(after)
        await self._publish(after, happened)
        return after

    async def _publish(self, one: Workflow, happened: str) -> None:
        await self.change.publish(WORKFLOW_DEFINITIONS, one, happened)

    async def _keep(self, one: Workflow, sound: Sound) -> None:
        """Keep the newest version with its head."""
        definition, uses = sound.definition, sound.uses
        await add_version(self.change.conn, WORKFLOW_DEFINITIONS, one, one.version, state_of(definition))
        head = VersionHead(
            version=one.version,
            description=definition.description,
            access=definition.access,
            timeout_ms=definition.timeout_ms,
            max_sessions=definition.max_sessions,
            task_count=len(definition.tasks),
            task_types=uses.task_types,
            integrations=uses.integrations,
            event_types=uses.event_types,
            created_by=one.updated_by,
        )
        await self._store.add_head(one.id, head)
