"""Definitions of workflows as a client sends them, and workflows that are active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.support.workflows.over_http import activate, create_workflow

Definition = dict[str, Any]


def task(type_: str, after: Mapping[str, Sequence[str]] | Sequence[str] = (), **body: Any) -> dict[str, Any]:
    """A task; `after` are those before it, which have to be completed where no statuses are given."""
    links = dict(after) if isinstance(after, Mapping) else {name: ["completed"] for name in after}
    return {"type": type_, "body": body, "executeAfter": links}


def definition(tasks: Mapping[str, Any], **more: Any) -> Definition:
    """A workflow without its name."""
    return {"tasks": dict(tasks), **more}


def chain(count: int) -> Definition:
    """Tasks in a row, each of which adds one to the result of the one before."""
    tasks = {"T1": task("transform", expression="1")}
    for number in range(2, count + 1):
        before = f"T{number - 1}"
        tasks[f"T{number}"] = task("transform", [before], expression=f"tasks.{before}.output.result + 1")
    return definition(tasks)


def pausing(seconds: float = 3) -> Definition:
    """A task, a delay, another task."""
    tasks = {
        "Before": task("transform", expression="1"),
        "Pause": task("delay", ["Before"], seconds=seconds),
        "After": task("transform", ["Pause"], expression="tasks.Before.output.result + 1"),
    }
    return definition(tasks)


async def active(client: httpx.AsyncClient, name: str, body: Definition) -> dict[str, Any]:
    """Create a workflow and activate it; return it."""
    await create_workflow(client, name, **body)
    return await activate(client, name)
