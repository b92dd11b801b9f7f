"""The means of task types that only call out, and calls of these types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import pytest

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through
from services.workflows.task_types.model import Completed, Connected, TaskFailed, TaskType
from services.workflows.task_types.tools import Tools
from tests.support.certificates import Authority
from tests.support.far_hosts import Names
from tests.support.workflows.calls import call_of

LOOPBACK: Final = Guard(read_let_through("127.0.0.1/32"))
HERE: Final = [["127.0.0.1"]]


def way_out(authority: Authority | None = None, guard: Guard = LOOPBACK, **names: Sequence[Sequence[str]]) -> Outbound:
    """Return a way out to loopback, where `names` lead to."""
    tls = None if authority is None else authority.client
    return Outbound(guard, "Waymark-Tests/1", resolve=Names(**names), tls=tls)


async def done(
    type_: TaskType, body: Mapping[str, Any], connected: Connected, outbound: Outbound, **more: Any
) -> dict[str, Any]:
    """Return the output of a task that is done."""
    tools = Tools(outbound=outbound, guard=LOOPBACK, expressions=cast(Any, None), code=cast(Any, None))
    outcome = await type_.run(call_of(body, tools, connected=connected, **more))
    assert isinstance(outcome, Completed)
    output: dict[str, Any] = outcome.output
    return output


async def failed(
    type_: TaskType, body: Mapping[str, Any], connected: Connected, outbound: Outbound, **more: Any
) -> TaskFailed:
    """Return how a task fails."""
    with pytest.raises(TaskFailed) as failure:
        await done(type_, body, connected, outbound, **more)
    return failure.value
