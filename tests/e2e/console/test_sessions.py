"""Workflows and their sessions: begun by name, watched as they happen, ended and run again, found later."""

from __future__ import annotations

import re
from typing import Any, Final

import httpx
from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, Tab
from tests.support.workflows.over_http import EVENTS_URL, WORKFLOWS_URL, activate, create_workflow
from tests.support.workflows.running import reached, started

_NAME: Final = "parcel-watch"
_EVENT: Final = "parcel.found"
_TASKS: Final[dict[str, Any]] = {
    "Sum": {"type": "transform", "body": {"expression": "1 + 1"}, "position": {"x": 0, "y": 0}},
    "Found": {
        "type": "wait-for-event",
        "body": {"eventType": _EVENT, "correlationId": "parcel-watch-1"},
        "executeAfter": {"Sum": ["completed"]},
        "position": {"x": 280, "y": 0},
    },
    "Thank": {
        "type": "transform",
        "body": {"expression": "'found by ' + tasks.Found.output.event.payload.by"},
        "executeAfter": {"Found": ["completed"]},
        "position": {"x": 560, "y": 0},
    },
}


async def test_a_workflow_is_begun_by_keyboard(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    editor.watch.allow("status of 409 .*/api/v1/workflows")
    await editor.open("/workflows")
    await page.get_by_role("button", name="New workflow").press("Enter")
    dialog = page.get_by_role("dialog", name="New workflow")
    name = dialog.get_by_label("Name")
    await expect(name).to_be_focused()
    await page.keyboard.type(site.shown.workflow)
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("is the name of another workflow")
    await expect(name).to_be_focused()
    await editor.is_accessible()
    await name.fill("parcels-lost")
    await page.keyboard.press("Enter")
    await editor.shows("parcels-lost")


async def test_a_session_is_watched_cancelled_and_run_again(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    async with site.installation.user_client() as client:
        await create_workflow(client, _NAME, tasks=_TASKS)
        await activate(client, _NAME)
        session = (await started(client, _NAME, {}))["sessionId"]
        await reached(client, session, "Found", "waiting")
        await editor.open(f"/sessions/{session}")
        await editor.shows(f"Session {session}")
        await page.evaluate("window.isTheSame = true")
        await _stands(editor, "Found", "waiting")
        await page.get_by_role("table", name="Tasks").get_by_role("link", name="Found").press("Enter")
        task = page.get_by_role("region", name="Task", exact=True)
        await expect(task).to_be_focused()
        await expect(task).to_contain_text(f"the event {_EVENT} of parcel-watch-1")
        await editor.is_accessible()

        await page.get_by_role("button", name="Cancel session").click()
        question = page.get_by_role("dialog", name=re.compile("Cancel session"))
        await question.get_by_role("button", name="Cancel session").click()
        await _stands(editor, "Found", "cancelled")
        await page.get_by_role("button", name="Retry from here").click()
        await _stands(editor, "Found", "waiting")
        await _post_event(client)
        await _stands(editor, "Found", "completed")
        await _stands(editor, "Thank", "completed")
        await expect(task.get_by_role("region", name="Output of the task")).to_contain_text("Ada")
        await expect(page.get_by_role("status", name="Changes")).to_contain_text("The session is completed.")
        assert await page.evaluate("window.isTheSame")
    trace = page.get_by_role("link", name="Open trace")
    await expect(trace).to_have_attribute("href", re.compile(f"/traces/{session}[?]from=.*&to="))
    await editor.fits(PHONE)


async def test_an_unknown_session_is_said_to_be_none(viewer: Tab) -> None:
    viewer.watch.allow("status of 404 .*/workflow-sessions/")
    unknown = "00000000-0000-4000-8000-000000000000"
    await viewer.open(f"/sessions/{unknown}")
    await viewer.shows(f"Session {unknown}")
    await expect(viewer.page.get_by_role("alert")).to_contain_text("Not found")


async def test_sessions_are_filtered_and_a_version_is_opened(viewer: Tab, site: ConsoleSite) -> None:
    page, name = viewer.page, "parcel-counts"
    async with site.installation.user_client() as client:
        await create_workflow(client, name, tasks={"Sum": _TASKS["Sum"]})
        await activate(client, name)
        ran = await client.post(f"/run/{name}", json={})
        changed = {"Sum": {"type": "transform", "body": {"expression": "2 + 2"}}}
        assert (await client.put(f"{WORKFLOWS_URL}/{name}", json={"tasks": changed})).status_code == 200
    await viewer.open(f"/workflows/{name}?tab=sessions")
    table = page.get_by_role("table", name=f"Sessions of {name}")
    await expect(table.get_by_role("link", name=ran.json()["sessionId"])).to_be_visible()
    await page.get_by_label("Status").select_option("failed")
    await expect(page.get_by_role("heading", name="No match")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(table).to_contain_text("completed")

    await viewer.open(f"/workflows/{name}?tab=versions")
    await page.get_by_role("table", name=f"Versions of {name}").get_by_role("link", name="Version 2").click()
    dialog = page.get_by_role("dialog", name=f"Version 2 of {name}")
    await expect(dialog).to_contain_text('changed tasks.Sum.body.expression "1 + 1" → "2 + 2"')
    await expect(dialog.get_by_test_id("task-Sum")).to_be_visible()
    await viewer.is_accessible()
    await expect(dialog.get_by_role("button", name="Activate")).to_have_count(0)


async def _stands(tab: Tab, task: str, status: str) -> None:
    """Assert that a task has a status, on the canvas and in the table."""
    await expect(tab.page.get_by_test_id(f"task-{task}")).to_have_attribute("data-status", status)
    row = tab.page.get_by_role("table", name="Tasks").get_by_role("row", name=task)
    await expect(row).to_contain_text(status)


async def _post_event(client: httpx.AsyncClient) -> None:
    event = {
        "eventType": _EVENT,
        "resourceType": "ORDER",
        "resourceId": "parcel-1",
        "correlationId": "parcel-watch-1",
        "payload": {"by": "Ada"},
    }
    answer = await client.post(EVENTS_URL, json=event)
    assert answer.status_code < 300, answer.text
