"""`wait-for-event`: waits for an event accepted since the session began, or up to ten minutes before the wait."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, Raw
from msgspec.json import decode, encode

from libs.contracts.workflow_sessions import EventMatched, EventWait
from services.workflows.expressions.reading import MAX_EXPRESSION_CHARS
from services.workflows.task_types.fields import CEL, described, form, outputs, text
from services.workflows.task_types.model import LONGEST_WAIT_S, Arrived, Call, Completed, TaskFailed, TypeFace, Waits

WAIT_FOR_EVENT: Final = "wait-for-event"
EVENT_TYPE: Final = "eventType"
LOOK_BACK_MS: Final = 600_000
"""How long before its beginning a wait may be served by an event."""
WAIT_TIMEOUT: Final = "wait_timeout"
_INPUT: Final = "input"


class WaitForEvent:
    """The type. The event type is literal, so that the events that somebody may wait for are known beforehand."""

    face = TypeFace(
        type=WAIT_FOR_EVENT,
        title="Wait for event",
        description="Waits for an event; the first that matches is the output. One event serves a session once.",
        fields=form(
            {
                EVENT_TYPE: text("Event type", "Literal.", limit=200, **{"x-literal": True}),
                "correlationId": text("Correlation id", "When absent, events of any unit of work.", limit=200),
                "where": text(
                    "Where",
                    "A CEL condition over `event` (as `/api/v1/events` shows it) and `input` (the session's)."
                    " One that takes more than a second is not true.",
                    limit=MAX_EXPRESSION_CHARS,
                    **{"x-code": CEL, "x-variables": ["event", "input"]},
                ),
                "timeoutSeconds": described(
                    {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_WAIT_S},
                    "Timeout in seconds",
                    "When absent, as long as the session may take.",
                ),
            },
            required=(EVENT_TYPE,),
        ),
        outputs=outputs({"event": {"type": "object"}}),
        effect="exactly-once",
    )

    async def run(self, call: Call) -> Waits:
        body = call.body
        timeout_s = body.get("timeoutSeconds")
        where = body.get("where")
        return Waits(
            due=None if timeout_s is None else call.now_ms + round(timeout_s * 1_000),
            event=EventWait(
                event_type=body[EVENT_TYPE],
                since=max(call.session.started_at, call.now_ms - LOOK_BACK_MS),
                correlation_id=body.get("correlationId"),
                where=where,
                input=UNSET if where is None or _INPUT not in where else Raw(encode(call.session.input)),
            ),
        )

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:
        if not isinstance(arrived, EventMatched):
            raise TaskFailed(WAIT_TIMEOUT, f"no event {call.body[EVENT_TYPE]!r} came in time")
        return Completed({"event": decode(arrived.event)})
