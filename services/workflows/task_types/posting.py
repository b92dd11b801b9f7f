"""Tasks that have the gateway record a body: the waits that they begin, and what comes of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.contracts.workflow_sessions import Posted, PostingKind, value_of
from services.workflows.task_types.model import Arrived, Call, Completed, PostingStart, TaskFailed, Waits


def post(kind: PostingKind, body: Mapping[str, Any], defaults: Mapping[str, Any]) -> Waits:
    """Return the wait for the gateway's answer to a body, whose absent and null members have the defaults."""
    given = {name: value for name, value in body.items() if value is not None}
    return Waits(posting=PostingStart(kind=kind, body={**defaults, **given}))


def after_posting(call: Call, arrived: Arrived | None, id_field: str) -> Completed:
    """Return the id under which the gateway recorded the body. Raises TaskFailed with the reason that it refused it."""
    if not isinstance(arrived, Posted):
        raise TaskFailed("not_recorded", "the body was not recorded in time", retryable=True)
    refused = arrived.error
    if refused is not None:
        raise TaskFailed(refused.code, refused.message, retryable=refused.retryable, detail=value_of(refused.detail))
    return Completed({id_field: call.key})
