"""The canvas: a workflow drawn with a real mouse and by keyboard alone, undone, refused at its place, and activated."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from playwright.async_api import FloatRect, Locator, Page, Route, expect

from services.workflows.family import WORKFLOWS_PATH
from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, Tab

_DELAY: Any = {"type": "delay", "body": {"seconds": 0}}
_AT_LEFT: Any = {"x": 0, "y": 0}


async def _created(site: ConsoleSite, name: str, tasks: Any) -> None:
    async with site.installation.user_client() as client:
        answer = await client.post(WORKFLOWS_PATH, json={"name": name, "tasks": tasks})
        assert answer.status_code == 201, answer.text


async def _saved(site: ConsoleSite, name: str) -> Any:
    async with site.installation.user_client() as client:
        return (await client.get(f"{WORKFLOWS_PATH}/{name}")).json()


async def _box(one: Locator) -> FloatRect:
    box = await one.bounding_box()
    assert box is not None
    return box


async def _drag(page: Page, one: Locator, x: float, y: float) -> None:
    box = await _box(one)
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(x - 10, y - 10, steps=4)
    await page.mouse.move(x, y, steps=2)
    await page.mouse.up()


async def _link(page: Page, before: str, after: str) -> None:
    to = await _box(page.get_by_role("button", name=f"Connect to {after}", exact=True))
    handle = page.get_by_role("button", name=f"Connect from {before}", exact=True)
    await _drag(page, handle, to["x"] + to["width"] / 2, to["y"] + to["height"] / 2)


def _task(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"task-{name}")


def _link_between(page: Page, ends: str) -> Locator:
    return page.get_by_test_id(f"link-{ends}")


async def _read_after(event: asyncio.Event, route: Route) -> None:
    """Hold back a read, but no write, until something has happened."""
    if route.request.method == "GET":
        await event.wait()
    await route.continue_()


async def test_a_workflow_is_drawn_with_the_mouse(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    await _created(site, "drawn", {"A": {**_DELAY, "position": _AT_LEFT}})
    await editor.open("/workflows/drawn")
    task, link = partial(_task, page), partial(_link_between, page)
    surface = await _box(page.locator(".react-flow"))
    delay = page.get_by_role("region", name="Task types").get_by_role("button", name="Delay", exact=True)
    await _drag(page, delay, surface["x"] + 150, surface["y"] + 440)
    await _drag(page, delay, surface["x"] + 800, surface["y"] + 400)
    await expect(task("delay-2")).to_be_visible()
    await _link(page, "A", "delay-2")
    await _link(page, "delay-1", "delay-2")
    await expect(link("A-delay-2")).to_have_text("completed")
    await expect(link("delay-1-delay-2")).to_have_text("completed")

    await _link(page, "delay-2", "A")
    refusal = page.get_by_role("alert").filter(has_text="A → delay-2 → A")
    await expect(refusal).to_contain_text("A cannot run after delay-2")
    await expect(link("delay-2-A")).to_have_count(0)

    await page.get_by_role("button", name="Condition of delay-1 to delay-2").click()
    dialog = page.get_by_role("dialog", name="Condition")
    await dialog.get_by_role("checkbox", name="completed").uncheck()
    await dialog.get_by_role("checkbox", name="failed").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(link("delay-1-delay-2")).to_have_text("failed")
    await page.get_by_role("button", name="Undo").click()
    await expect(link("delay-1-delay-2")).to_have_text("completed")
    await page.get_by_role("button", name="Redo").click()

    before = await _box(task("delay-1"))
    await _drag(page, task("delay-1"), before["x"] + 160, before["y"] + 30)
    moved = await _box(task("delay-1"))
    assert moved["x"] > before["x"] + 20
    await page.keyboard.press("Control+z")
    await expect(page.get_by_role("button", name="Redo")).to_have_attribute("aria-disabled", "false")
    assert abs((await _box(task("delay-1")))["x"] - before["x"]) < 2

    await task("A").click(button="right")
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(task("A")).to_have_count(0)
    await expect(link("A-delay-2")).to_have_count(0)
    await page.keyboard.press("Control+z")
    await expect(link("A-delay-2")).to_be_visible()

    is_activated = asyncio.Event()
    await page.route("**/api/v1/workflows/drawn", partial(_read_after, is_activated))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Version 2, saved")).to_be_visible()
    await page.get_by_role("switch", name="Active").click()
    is_activated.set()
    await expect(page.get_by_text("Version 2, shown here, answers calls.")).to_be_visible()
    tasks = (await _saved(site, "drawn"))["tasks"]
    assert tasks["delay-2"]["executeAfter"] == {"A": ["completed"], "delay-1": ["failed"]}
    await task("delay-2").click()
    await expect(page.get_by_role("region", name="Task settings")).to_be_visible()
    await editor.settle()
    await editor.is_accessible()
    await editor.fits(PHONE)


async def test_a_workflow_is_drawn_by_keyboard_alone(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    await _created(site, "typed", {"A": {**_DELAY, "position": _AT_LEFT}})
    await editor.open("/workflows/typed")
    await page.get_by_role("button", name="Delay", exact=True).press("Enter")
    new = page.get_by_test_id("task-delay-1")
    await expect(new).to_be_visible()
    await page.get_by_role("button", name="Connect from A").press("Enter")
    await page.get_by_role("button", name="Connect to delay-1").press("Enter")
    await page.get_by_role("button", name="Condition of A to delay-1").press("Enter")
    dialog = page.get_by_role("dialog", name="Condition")
    await expect(dialog.get_by_role("checkbox", name="completed")).to_be_focused()
    await dialog.get_by_role("checkbox", name="failed").press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("link-A-delay-1")).to_have_text("completed or failed")

    await new.press("Space")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Control+c")
    await page.keyboard.press("Control+v")
    copy = page.get_by_test_id("task-delay-2")
    await expect(copy).to_be_visible()
    await copy.press("Delete")
    await expect(copy).to_have_count(0)
    await new.press("ContextMenu")
    await expect(page.get_by_role("menuitem", name="Settings")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(new).to_be_focused()
    await new.press("Enter")
    name = page.get_by_role("region", name="Task settings").get_by_label("Name", exact=True)
    await expect(name).to_be_focused()
    await name.fill("last")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_text("Version 2, saved")).to_be_visible()
    saved = (await _saved(site, "typed"))["tasks"]
    assert list(saved) == ["A", "last"]
    assert saved["last"]["executeAfter"] == {"A": ["completed", "failed"]}


async def test_what_a_save_is_refused_for_stands_at_its_place_and_leaving_asks(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    editor.watch.allow("status of 422 .*/api/v1/workflows/refused")
    await _created(site, "refused", {"A": _DELAY, "C": {**_DELAY, "executeAfter": {"A": ["completed"]}}})
    await editor.open("/workflows/refused")
    await page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import")
    wrong = '{"tasks": {"C": {"type": "transform", "body": {"expression": "tasks.X.output"}}}}'
    await dialog.get_by_role("textbox", name="Definition").fill(wrong)
    await dialog.get_by_role("button", name="Import").click()
    await expect(page.get_by_test_id("task-A")).to_have_count(0)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert").get_by_role("button", name="C, expression")).to_be_visible()
    await expect(page.get_by_test_id("task-C")).to_contain_text("there is no task 'X'")

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Overview").click()
    question = page.get_by_role("dialog", name="Leave without saving the workflow?")
    await question.get_by_role("button", name="Cancel").click()
    await page.keyboard.press("Control+z")
    await expect(page.get_by_test_id("task-A")).to_be_visible()
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Overview").click()
    await editor.shows("Overview")


async def test_a_viewer_looks_at_a_canvas_and_is_offered_no_change(viewer: Tab, site: ConsoleSite) -> None:
    page = viewer.page
    await viewer.open(f"/workflows/{site.shown.workflow}")
    await expect(page.locator(".react-flow__node").first).to_be_visible()
    await viewer.is_accessible()
    for name in ("Save", "Undo", "Import", "Delete", "Clone", "Arrange", "Delay", "Connect"):
        await expect(page.get_by_role("button", name=name, exact=name != "Connect")).to_have_count(0)
