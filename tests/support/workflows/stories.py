"""A workflow of nearly everything there is, against a server that counts keys: its definition, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.support.workflows.building import Definition, definition, task

CHILD: Final = "story-child"
EVENT_TYPE: Final = "story.told"
RESOURCE: Final = {"resourceType": "ORDER", "action": "UPDATE", "origin": "WEBAPP"}
STATUSES: Final[Mapping[str, str]] = {
    "Left": "completed",
    "Right": "completed",
    "Join": "completed",
    "Fails": "failed",
    "Handles": "completed",
    "Never": "skipped",
    "Code": "completed",
    "Pause": "completed",
    "Each": "completed",
    "Sub": "completed",
    "Waits": "completed",
    "Emits": "completed",
    "Records": "completed",
    "End": "completed",
}
"""What each task of the story comes to."""
CALLS: Final[Mapping[str, tuple[str, int | None]]] = {
    "/slow/5/left": ("Left", None),
    "/ok/right": ("Right", None),
    "/status/400/fails": ("Fails", None),
    **{f"/ok/each-{item}": ("Each", item) for item in range(3)},
    "/ok/child": ("Ask", None),
}
"""What the server is asked for, and the task or item that asks; the last is the child's."""


def story(url: str) -> Definition:
    """Return the workflow; it waits for an event of `EVENT_TYPE` in its unit of work."""

    def call(path: str, *after: str) -> dict[str, Any]:
        return task("http-request", after, url=f"{url}{path}")

    each = {"type": "http-request", "body": {"url": {"$format": f"{url}/ok/each-{{index}}"}}}
    tasks = {
        "Left": call("/slow/5/left"),
        "Right": call("/ok/right"),
        "Join": task(
            "transform",
            ["Left", "Right"],
            expression="tasks.Left.output.body.calls * 10 + tasks.Right.output.status_code",
        ),
        "Fails": call("/status/400/fails"),
        "Handles": task("transform", {"Fails": ["failed"]}, expression="tasks.Fails.error.code"),
        "Never": task("transform", ["Fails"], expression="1"),
        "Code": task(
            "run-code",
            ["Join"],
            code="def main(inputs):\n    return inputs['n'] + 1\n",
            inputs={"n": {"$ref": "tasks.Join.output.result"}},
        ),
        "Pause": task("delay", ["Join"], seconds=0.02),
        "Each": task("for-each", ["Left"], items=[7, 8, 9], do=each, concurrency=2),
        "Sub": task("call-workflow", ["Pause"], workflow=CHILD, input={"Ask": {"path": "/ok/child"}}),
        "Waits": task("wait-for-event", ["Handles"], eventType=EVENT_TYPE, correlationId={"$ref": "session.uowId"}),
        "Emits": task(
            "emit-event",
            ["Waits"],
            eventType="story.ended",
            resourceType="ORDER",
            resourceId={"$ref": "session.id"},
            payload={"n": {"$ref": "input.n"}},
        ),
        "Records": task("record-interaction", ["Waits"], resourceId="story", interaction={"n": 1}, **RESOURCE),
        "End": task(
            "transform",
            {name: ["completed", "skipped"] for name in ("Code", "Each", "Sub", "Emits", "Records", "Never")},
            expression="tasks.Code.output.result + tasks.Each.output.count",
        ),
    }
    return definition(tasks)


def child(url: str) -> Definition:
    """Return the workflow that the story calls; its caller says what it asks for."""
    tasks = {
        "Ask": task("http-request", url={"$format": f"{url}{{input.Ask.path}}"}),
        "Pause": task("delay", ["Ask"], seconds=0.01),
    }
    return definition(tasks, output={"$ref": "tasks.Ask.output.body.path"})
