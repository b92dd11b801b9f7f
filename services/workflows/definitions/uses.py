"""What the versions of workflows use by name: own task types, integrations, and the types of events they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.objects.names import fold_name
from libs.pg.database import Connection
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.definitions.store import QUERIES
from services.workflows.own_types.known import KnownTypes
from services.workflows.task_types.for_each import FOR_EACH
from services.workflows.task_types.wait_for_event import EVENT_TYPE, WAIT_FOR_EVENT
from services.workflows.values.reading import VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The names that a version uses, each once, sorted; those of integrations folded."""

    task_types: Sequence[str]
    integrations: Sequence[str]
    event_types: Sequence[str]


def uses_in(definition: WorkflowDefinition, types: KnownTypes) -> Uses:
    """Return what the tasks of a definition use, and the tasks within its tasks."""
    task_types: set[str] = set()
    integrations: set[str] = set()
    event_types: set[str] = set()
    for type_text, body, integration in _tasks(definition, types):
        found = types.find(type_text)
        if integration is not None:
            integrations.add(fold_name(integration))
        if found is None:
            continue
        if types.is_own(found):
            task_types.add(found.face.type)
        if found.face.type == WAIT_FOR_EVENT and isinstance(event_type := _literal(body.get(EVENT_TYPE)), str):
            event_types.add(event_type)
    return Uses(task_types=sorted(task_types), integrations=sorted(integrations), event_types=sorted(event_types))


async def uses_of(conn: Connection, tenant_id: str, integration: str) -> Sequence[str]:
    """Return the names of the active workflows whose active version uses the integration, sorted."""
    rows = await conn.fetch(QUERIES.active_users_of_integration, tenant_id, fold_name(integration))
    return [row["name"] for row in rows]


def _literal(value: Any) -> Any:
    return value.get(VALUE) if isinstance(value, Mapping) else value


def _tasks(definition: WorkflowDefinition, types: KnownTypes) -> Iterator[tuple[str, Mapping[str, Any], str | None]]:
    """Yield type, body and integration of each task, also of those that a `for-each` has for its items."""
    for task in definition.tasks.values():
        yield task.type, task.body, task.integration
        found = types.find(task.type)
        do = task.body.get("do")
        if found is not None and found.face.type == FOR_EACH and isinstance(do, Mapping):
            yield do.get("type", ""), do.get("body") or {}, do.get("integration")
