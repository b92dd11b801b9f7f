"""The types of events that a version may wait for are known, however its definition writes them."""

from __future__ import annotations

import msgspec

from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.definitions.uses import uses_in
from services.workflows.own_types.known import KnownTypes
from services.workflows.task_types.registry import built_in_types


def test_events_are_waited_for_by_tasks_and_by_tasks_within_them() -> None:
    inner = {"type": "Wait for event", "body": {"eventType": "inner"}}
    tasks = {
        "A": {"type": "wait-for-event", "body": {"eventType": "plain"}},
        "B": {"type": "wait-for-event", "body": {"eventType": {"$value": "wrapped"}}},
        "C": {"type": "for-each", "body": {"items": [], "do": inner}},
        "D": {"type": "emit-event", "body": {"eventType": "emitted"}},
    }
    definition = msgspec.convert({"tasks": tasks}, WorkflowDefinition)
    assert uses_in(definition, KnownTypes(built_in_types())).event_types == ["inner", "plain", "wrapped"]
