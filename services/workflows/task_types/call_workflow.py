"""`call-workflow`: a session of another workflow, started once, under an id made from the task's key."""

from __future__ import annotations

from typing import Final

from libs.contracts.workflow_sessions import ChildEnded, child_session_id, error_facts, value_of
from services.workflows.definitions.model import NAME_PATTERN
from services.workflows.task_types.fields import described, form, nullable, outputs, text
from services.workflows.task_types.model import Arrived, Call, ChildStart, Completed, Json, TaskFailed, TypeFace, Waits

CALL_WORKFLOW: Final = "call-workflow"
MAX_DEPTH: Final = 8
_DEFAULT_WAIT: Final = True


class CallWorkflow:
    """The type. With `wait` false the task is done once the child's start is in the log."""

    face = TypeFace(
        type=CALL_WORKFLOW,
        title="Call workflow",
        description="Runs another workflow in a session of its own, in the same unit of work.",
        fields=form(
            {
                "workflow": text("Workflow", "The name of an active workflow.", pattern=f"^{NAME_PATTERN}$"),
                "input": described({"type": "object", "default": {}}, "Input", "The body, as a caller sends it."),
                "wait": described({"type": "boolean", "default": _DEFAULT_WAIT}, "Wait for its end"),
            },
            required=("workflow",),
        ),
        outputs=outputs(
            {
                "sessionId": {"type": "string", "format": "uuid"},
                "status": {"type": "string"},
                "output": {},
                "outputs": nullable({"type": "object"}),
            }
        ),
        effect="exactly-once",
    )

    async def run(self, call: Call) -> Waits:
        if call.session.depth >= MAX_DEPTH:
            raise TaskFailed("too_deep", f"workflows call each other at most {MAX_DEPTH} deep")
        body = call.body
        waits = body.get("wait", _DEFAULT_WAIT)
        return Waits(child=ChildStart(workflow=body["workflow"], input=body.get("input", {}), waits=waits))

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:
        """Return the child's end, or, where nothing is waited for, that it runs. Raises TaskFailed."""
        if not isinstance(arrived, ChildEnded):
            return Completed(_output(child_session_id(call.key), "running", None, None))
        if arrived.status == "completed":
            return Completed(
                _output(arrived.child, arrived.status, value_of(arrived.output), value_of(arrived.outputs))
            )
        error = None if arrived.error is None else error_facts(arrived.error)
        detail = {"sessionId": arrived.child, "status": arrived.status, "error": error}
        raise TaskFailed("child_failed", f"session {arrived.child} ended {arrived.status}", detail=detail)


def _output(session_id: str, status: str, output: Json, outputs_: Json) -> Json:
    return {"sessionId": session_id, "status": status, "output": output, "outputs": outputs_}
