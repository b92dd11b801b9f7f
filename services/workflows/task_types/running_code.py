"""The running of code for a task, and its failures as the task's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.workflows.code.runner import CodeFailed
from services.workflows.definitions.model import RetryPolicy
from services.workflows.task_types.model import Call, Completed, Json, TaskFailed

TIMEOUT_MS: Final = 5_000
MAX_TIMEOUT_MS: Final = 30_000
# The rest of an attempt's time is for telling that the code took too long, and what it had printed.
_SHARE: Final = 0.95
ONCE: Final = RetryPolicy(max_attempts=1)
"""The same code fails again with the same inputs."""


async def run_code(call: Call, code: str, inputs: Mapping[str, Json]) -> Completed:
    """Return what `main(inputs)` of the code returns, as `result`. Raises TaskFailed."""
    try:
        result = await call.tools.code.run(code, inputs, timeout_s=_SHARE * call.timeout_s)
    except CodeFailed as failure:
        detail = None if failure.line is None else {"line": failure.line}
        raise TaskFailed(failure.code, failure.message, detail=detail, log=failure.log or None) from None
    return Completed({"result": result.value}, log=result.log or None)
