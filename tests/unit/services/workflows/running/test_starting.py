"""The record that begins a session: under which key it lies, and whether it waits for its turn."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.workflow_sessions import StartedBy
from services.workflows.definitions.compiling import compile_workflow
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.running.starting import RunVersion, Start, start_record
from services.workflows.task_types.registry import built_in_types

OWN, COUNTED = "acme:s", "acme:w"


@pytest.mark.parametrize(
    ("max_sessions", "settled", "key"),
    [(None, None, OWN), (2, None, COUNTED), (None, COUNTED, COUNTED), (2, OWN, OWN)],
)
def test_a_session_that_may_have_begun_keeps_its_key_though_its_workflow_counts_otherwise_now(
    max_sessions: int | None, settled: str | None, key: str
) -> None:
    task: dict[str, Any] = {"type": "transform", "body": {"expression": "1"}}
    definition = msgspec.convert({"tasks": {"A": task}, "maxSessions": max_sessions}, WorkflowDefinition)
    version = RunVersion(
        tenant_id="acme",
        workflow_id="w",
        workflow="w",
        version=1,
        task_types={},
        compiled=compile_workflow(definition, built_in_types()),
    )
    by = StartedBy(id="ann", type="user")
    start = Start(session_id="s", at_ms=1, input=msgspec.Raw(b"{}"), secrets={}, uow_id="u", by=by, key=settled)
    found, record = start_record(version, start)
    assert (found, record.queues, bool(record.started)) == (key, key == COUNTED, key == OWN)
