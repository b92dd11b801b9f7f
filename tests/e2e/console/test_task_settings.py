"""Settings of tasks: each field in a mode, as definitions have it; the copied command; a run from the blanks."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from playwright.async_api import Locator, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, Tab

_WORKFLOWS = "/api/v1/workflows"
_TASKS: dict[str, Any] = {
    "Price": {"type": "transform", "body": {"expression": "{'total': 7}"}, "position": {"x": 0, "y": 0}},
    "Call": {"type": "http-request", "position": {"x": 520, "y": 0}},
}
_GREETING: dict[str, Any] = {
    "Greet": {
        "type": "run-code",
        "body": {
            "code": "def main(inputs):\n    return inputs\n",
            "inputs": {
                "who": {"$blank": {"type": "string", "default": "it's $HOME"}},
                "count": {"$blank": {"type": "integer"}},
            },
        },
    }
}


async def test_each_mode_is_saved_as_definitions_have_it(site: ConsoleSite, editor: Tab) -> None:
    await _make(site, "settings-modes", _TASKS)
    page = editor.page
    await editor.open("/workflows/settings-modes")
    await page.get_by_test_id("task-Call").click()
    settings = page.get_by_role("region", name="Task settings")
    await expect(settings.get_by_role("radiogroup", name="Mode of URL").get_by_label("Blank")).to_be_checked()
    await settings.get_by_label("Method", exact=True).select_option("POST")

    await settings.get_by_role("combobox", name="Runs after").click()
    await page.get_by_role("option", name="Price").click()
    await page.keyboard.press("Escape")
    await _choose(settings, "Query", "Reference")
    query = settings.get_by_role("combobox", name="Query")
    await query.fill("tasks.Other.output")
    await expect(settings.get_by_text("There is no task “Other”")).to_be_visible()
    await query.fill("tasks.Price.output.res")
    await page.get_by_role("option", name="tasks.Price.output.result").click()
    await _choose(settings, "Body", "Text")
    await settings.get_by_role("textbox", name="Body", exact=True).fill("Hi {session.id|upper}, {{you}}")
    await _choose(settings, "Headers", "JSON")
    headers = settings.get_by_role("textbox", name="Headers", exact=True)
    await headers.fill('{"x-session": {"$ref": "session.id"}')
    await expect(settings.get_by_text("a comma or } is expected")).to_be_visible()
    await headers.fill('{"x-session": {"$ref": "session.id"}}')
    await editor.is_accessible()
    await editor.fits(PHONE)

    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Version 2")).to_be_visible()
    async with site.installation.user_client() as client:
        saved = (await client.get(f"{_WORKFLOWS}/settings-modes")).json()["tasks"]["Call"]
    assert saved["executeAfter"] == {"Price": ["completed"]}
    assert saved["body"] == {
        "method": "POST",
        "query": {"$ref": "tasks.Price.output.result"},
        "body": {"$format": "Hi {session.id|upper}, {{you}}"},
        "headers": {"x-session": {"$ref": "session.id"}},
    }


async def test_the_copied_command_runs_and_the_form_leads_to_the_session(site: ConsoleSite, editor: Tab) -> None:
    await _make(site, "settings-greet", _GREETING, active=True)
    page = editor.page
    await editor.open("/workflows/settings-greet")
    await page.get_by_role("button", name="Endpoint", exact=True).click()
    dialog = page.get_by_role("dialog", name="Endpoint")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await dialog.get_by_role("button", name="Copy curl").click()
    command = await page.evaluate("navigator.clipboard.readText()")
    session = await _shell(command, site.installation.credentials["apiKey"])
    assert session["status"] == "completed"
    assert session["outputs"]["Greet"]["result"] == {"who": "it's $HOME", "count": 0}
    await editor.is_accessible()
    await dialog.get_by_role("button", name="Close").click()

    await page.get_by_role("button", name="Run", exact=True).click()
    form = page.get_by_role("dialog", name="Run settings-greet")
    await expect(form.get_by_label("Greet: inputs.who")).to_have_value("it's $HOME")
    await form.get_by_label("Greet: inputs.count").fill("many")
    await form.get_by_role("button", name="Run", exact=True).click()
    await expect(form.get_by_text("A whole number")).to_be_visible()
    await form.get_by_label("Greet: inputs.count").fill("3")
    await form.get_by_role("button", name="Run", exact=True).click()
    await page.wait_for_url("**/console/sessions/*")


async def _make(site: ConsoleSite, name: str, tasks: dict[str, Any], *, active: bool = False) -> None:
    async with site.installation.user_client() as client:
        (await client.post(_WORKFLOWS, json={"name": name, "tasks": tasks})).raise_for_status()
        if active:
            (await client.post(f"{_WORKFLOWS}/{name}/activate")).raise_for_status()


async def _choose(settings: Locator, field: str, mode: str) -> None:
    # The radio itself is hidden beneath its label.
    await settings.get_by_role("radiogroup", name=f"Mode of {field}", exact=True).get_by_text(mode, exact=True).click()


async def _shell(command: str, key: str) -> dict[str, Any]:
    """Run a command as it was copied, with a key in the environment, and return the JSON that it prints."""
    environment = {**os.environ, "WAYMARK_API_KEY": key}
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    found: dict[str, Any] = json.loads(out)
    return found
