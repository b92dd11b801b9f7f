"""`delay`: waits for a time, kept in the log and not in a process."""

from __future__ import annotations

from typing import Any, Final

from libs.contracts.times import format_ms, parse_time, to_ms
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.model import LONGEST_WAIT_S, Arrived, Call, Completed, TaskFailed, TypeFace, Waits

SECONDS: Final = "seconds"
UNTIL: Final = "until"


class Delay:
    """The type. A time that has passed ends it at once."""

    face: Final = TypeFace(
        type="delay",
        title="Delay",
        description="Waits for so many seconds or until a time, at most 365 days.",
        fields={
            **form(
                {
                    SECONDS: described({"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S}, "Seconds"),
                    UNTIL: text("Until", "A time (RFC 3339), in place of seconds.", format="date-time"),
                }
            ),
            "oneOf": [{"required": [SECONDS]}, {"required": [UNTIL]}],
        },
        outputs=outputs({"endedAt": {"type": "string", "format": "date-time"}}),
        effect="exactly-once",
    )

    async def run(self, call: Call) -> Waits:
        return Waits(due=_due(call))

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:  # noqa: ARG002  # nothing arrives but the time
        return Completed({"endedAt": format_ms(_due(call))})


def _due(call: Call) -> int:
    seconds, until = call.body.get(SECONDS), call.body.get(UNTIL)
    if (seconds is None) == (until is None):
        raise TaskFailed("type_error", f"one of `{SECONDS}` and `{UNTIL}` is expected")
    due = max(_read_time(until), call.now_ms) if seconds is None else call.now_ms + round(seconds * 1_000)
    if due - call.now_ms > LONGEST_WAIT_S * 1_000:
        raise TaskFailed("limit", "a delay is at most 365 days")
    return due


def _read_time(text: Any) -> int:
    try:
        return to_ms(parse_time(text))
    except (ValueError, OverflowError):
        raise TaskFailed("type_error", f"`{UNTIL}`: a time of RFC 3339 is expected") from None
