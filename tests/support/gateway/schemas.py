"""Schemas of event types as a gateway has them: made up, or registered in a reference record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from libs.contracts.reference import EVENT_TYPE_SCHEMA, ReferenceRecord, dataschema_of
from services.gateway.replicas.event_schemas import Allowance, FindSchema


class MadeUp:
    """A check by a function of the payload, which returns its `dataschema` or raises."""

    def __init__(self, judge: Callable[[bytes], str]) -> None:
        self._judge = judge

    async def check(self, payload: bytes, allowance: Allowance) -> str:
        return self._judge(payload)


def made_up(judges: Mapping[str, Callable[[bytes], str]]) -> FindSchema:
    """Return the schemas of these event types, whichever the tenant."""
    checks = {event_type: MadeUp(judge) for event_type, judge in judges.items()}
    return lambda _, event_type: checks.get(event_type)


def schema_record(
    event_type: str,
    schema: Any,
    *,
    tenant_id: str = "default",
    revision: int = 1,
    version: int = 1,
    archived: bool = False,
) -> ReferenceRecord:
    """Return the reference record of an event type's schema."""
    data = {
        "eventType": event_type,
        "version": version,
        "schema": schema,
        "dataschema": dataschema_of(event_type, version),
        "forced": False,
        "createdAt": "2026-01-15T10:30:00.000Z",
        "createdBy": "somebody",
    }
    return ReferenceRecord(
        kind=EVENT_TYPE_SCHEMA, tenant_id=tenant_id, id=event_type, version=revision, archived=archived, data=data
    )
