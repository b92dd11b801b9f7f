"""Reads of one tenant's workflows for requests, which see no other tenant."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from libs.contracts.times import format_time, to_ms
from libs.httpkit.errors import Violation, require_found
from libs.httpkit.paging import Page, Pagination
from libs.objects.changes import utc_now
from libs.objects.names import fold_name
from libs.objects.versions import ObjectVersion, get_version, list_versions
from libs.pg.database import Connection
from libs.projections.generations import ReadModel, as_of_snapshot
from libs.service.reading import Answer, reading
from services.workflows.definitions.checking import Checker
from services.workflows.definitions.endpoint import Endpoint
from services.workflows.definitions.exchange import own_types_json
from services.workflows.definitions.kinds import WORKFLOW_DEFINITIONS, definition_json, summary_json, workflow_json
from services.workflows.definitions.model import NOUN, VersionHead, Workflow, version_noun
from services.workflows.definitions.store import WorkflowFilter, WorkflowStore, definition_of, state_of
from services.workflows.definitions.validation import Checked
from services.workflows.own_types.store import OwnTypeStore
from services.workflows.sessions.counts import SessionCounts
from services.workflows.values.nodes import Blank


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowReads:
    """Reads workflows; `model` is the read model of sessions as the request role sees it."""

    model: ReadModel
    checker: Checker
    counts: SessionCounts
    now: Callable[[], datetime] = utc_now

    async def get(self, tenant_id: str, name: str) -> tuple[Workflow, Sequence[Violation]]:
        """Return the workflow of that name, and what it is warned of; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            one = await _named(conn, tenant_id, name)
            return one, await self.warnings(conn, one)

    async def warnings(self, conn: Connection, one: Workflow) -> Sequence[Violation]:
        """Return what the newest version is warned of, in the caller's transaction."""
        return (await self.checker.check(conn, one.tenant_id, state_of(one.definition))).warnings

    async def page(self, tenant_id: str, wanted: WorkflowFilter, page: Page) -> Answer:
        """Return a page of the workflows that match the filter, by name, with their sessions of the last 24 hours."""
        async with reading(self.model, tenant_id) as conn:
            store = WorkflowStore(conn, tenant_id)
            found = await store.list(wanted, limit=page.limit, offset=page.offset)
            total = await store.count(wanted)
            as_of = await as_of_snapshot(conn)
        sessions = await self.counts.last_day(tenant_id, to_ms(self.now()))
        shown = [summary_json(one) | {"sessions24h": dict(sessions.get(fold_name(one.name), {}))} for one in found]
        return Answer({"data": shown, "pagination": Pagination.of(page, total).as_json()}, as_of)

    async def judge(self, tenant_id: str, document: Mapping[str, Any]) -> Checked:
        """Return what is right and wrong with a definition that nobody saves."""
        async with reading(self.model, tenant_id) as conn:
            return await self.checker.check(conn, tenant_id, document)

    async def versions(self, tenant_id: str, name: str, page: Page) -> dict[str, Any]:
        """Return a page of a workflow's versions without their tasks, newest first; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            one = await _named(conn, tenant_id, name)
            at = WORKFLOW_DEFINITIONS.identify(one)
            found, total = await list_versions(conn, WORKFLOW_DEFINITIONS, at, limit=page.limit, offset=page.offset)
            heads = await WorkflowStore(conn, tenant_id).heads(one.id, [version.version for version in found])
        shown = [_head_json(one, version, heads[version.version]) for version in found]
        return {"data": shown, "pagination": Pagination.of(page, total).as_json()}

    async def version(self, tenant_id: str, name: str, number: int) -> dict[str, Any]:
        """Return one version; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            one = await _named(conn, tenant_id, name)
            found = await _version(conn, one, number)
            heads = await WorkflowStore(conn, tenant_id).heads(one.id, [number])
        head = _head_json(one, found, heads[number])
        return {"name": one.name, **definition_json(definition_of(found.state)), **head}

    async def export(self, tenant_id: str, name: str) -> dict[str, Any]:
        """Return the newest version with the own types that it uses; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            one = await _named(conn, tenant_id, name)
            head = (await WorkflowStore(conn, tenant_id).heads(one.id, [one.version]))[one.version]
            own = await OwnTypeStore(conn, tenant_id).named(head.task_types) if head.task_types else ()
        return {"name": one.name, **definition_json(one.definition), **own_types_json(own)}

    async def endpoint(self, tenant_id: str, name: str, base_url: str) -> Endpoint:
        """Return how the active version is run, of a workflow that is not active the newest; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            one = await _named(conn, tenant_id, name)
            number = one.active_version or one.version
            if number != one.version:
                one = replace(one, definition=definition_of((await _version(conn, one, number)).state))
            checked = await self.checker.check(conn, tenant_id, state_of(one.definition))
        return Endpoint(one, number, checked.blanks, base_url)


def shown(one: Workflow, warnings: Sequence[Violation]) -> dict[str, Any]:
    """Return a workflow as answers have it."""
    return workflow_json(one, [violation_json(warning) for warning in warnings])


def judged_json(checked: Checked, errors: Sequence[Violation]) -> dict[str, Any]:
    """Return what is right and wrong with a definition; `errors` are those of its name."""
    return {
        "valid": checked.definition is not None and not errors,
        "errors": [violation_json(error) for error in (*errors, *checked.errors)],
        "warnings": [violation_json(warning) for warning in checked.warnings],
        "blanks": [_blank_json(blank) for blank in checked.blanks],
        "order": list(checked.order),
    }


def violation_json(violation: Violation) -> dict[str, Any]:
    """Return an error or a warning as answers have it."""
    return {"loc": list(violation.loc), "msg": violation.msg, "type": violation.type}


async def identified(conn: Connection, tenant_id: str, workflow_id: str) -> Workflow:
    """Return the workflow of that id, archived or not; raises NotFound."""
    return require_found(await WorkflowStore(conn, tenant_id).get(uuid.UUID(workflow_id)), NOUN, workflow_id)


async def _named(conn: Connection, tenant_id: str, name: str) -> Workflow:
    return require_found(await WorkflowStore(conn, tenant_id).find(name), NOUN, name)


async def _version(conn: Connection, one: Workflow, number: int) -> ObjectVersion:
    found = await get_version(conn, WORKFLOW_DEFINITIONS, WORKFLOW_DEFINITIONS.identify(one), number)
    return require_found(found, version_noun(one.name), number)


def _blank_json(blank: Blank) -> dict[str, Any]:
    return {
        "place": list(blank.place),
        "pointer": blank.pointer,
        "schema": dict(blank.schema),
        "required": blank.required,
        "secret": blank.secret,
    } | ({} if blank.default is msgspec.UNSET else {"default": blank.default})


def _head_json(one: Workflow, version: ObjectVersion, head: VersionHead) -> dict[str, Any]:
    return {
        "version": head.version,
        "active": one.active and one.active_version == head.version,
        "description": head.description,
        "access": head.access,
        "timeoutMs": head.timeout_ms,
        "maxSessions": head.max_sessions,
        "taskCount": head.task_count,
        "changed": list(version.changed),
        "createdDate": format_time(version.in_force_from),
        "createdBy": head.created_by,
    }
