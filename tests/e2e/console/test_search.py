"""The search: whatever is pasted leads to the one thing of that name, or to a choice."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab

PASTED = [
    ("{interaction}", "Interaction {number}"),
    ("{uow}", "Trace {uow}"),
    ("{number}", "Interaction {number}"),
    ("{event}", "parcel.shipped"),
    ("00-{trace}-0000000000000001-01", "Trace {trace}"),
    ("ORDER:{resource}", "ORDER {resource}"),
    ("{parallel}", "Trace {parallel}"),
    ("activity", "Activity"),
    ("{critical}", "{critical}"),
    ("{metric_name}", "{metric_name}"),
]


@pytest.fixture
def names(site: ConsoleSite) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(site.shown).items()}


async def test_it_goes_to_the_one_thing_of_a_name(viewer: Tab, names: dict[str, str]) -> None:
    await viewer.open("/system")
    for text, heading in PASTED:
        await viewer.page.keyboard.press("Control+k")
        await viewer.page.get_by_role("dialog", name="Search").get_by_role("textbox").fill(text.format(**names))
        await viewer.page.keyboard.press("Enter")
        await viewer.shows(heading.format(**names))
        await expect(viewer.page.get_by_role("dialog")).to_have_count(0)
        await expect(viewer.page.get_by_role("heading", level=1)).to_be_focused()


async def test_a_workflow_is_found_beside_its_records_and_a_session_beside_its_trace(
    viewer: Tab, site: ConsoleSite
) -> None:
    await viewer.open("/system")
    await viewer.page.keyboard.press("/")
    dialog = viewer.page.get_by_role("dialog", name="Search")
    await dialog.get_by_role("textbox").fill(site.shown.workflow)
    await expect(dialog.get_by_role("link", name=f"Workflow {site.shown.workflow}", exact=True)).to_be_visible()
    await dialog.get_by_role("textbox").fill(site.shown.session)
    await expect(dialog.get_by_role("link", name=re.compile("^Trace"))).to_be_visible()
    await dialog.get_by_role("link", name=f"Session {site.shown.workflow}, completed").click()
    await viewer.shows(f"Session {site.shown.session}")


async def test_several_things_of_a_name_are_chosen_from_by_keys(viewer: Tab) -> None:
    await viewer.open("/system")
    await viewer.page.keyboard.press("/")
    dialog = viewer.page.get_by_role("dialog", name="Search")
    await dialog.get_by_role("textbox").fill("customer-1")
    await expect(dialog.get_by_role("link", name="interactions of customer-1")).to_be_visible()
    await viewer.is_accessible()
    await viewer.page.keyboard.press("ArrowDown")
    await viewer.page.keyboard.press("ArrowUp")
    await expect(dialog.get_by_role("textbox")).to_be_focused()
    while await dialog.get_by_role("link", name="interactions of").evaluate("it => it !== document.activeElement"):
        await viewer.page.keyboard.press("ArrowDown")
    await viewer.page.keyboard.press("Enter")
    await viewer.shows("Interactions")
    await expect(viewer.page).to_have_url(re.compile("userId=customer-1"))
