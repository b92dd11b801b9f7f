"""The list of interactions: filters in the address, conditions on JSON, a record beside it, its own page, gaps."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, Tab


async def test_filters_stand_in_the_address_and_back_undoes_a_choice(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open("/interactions?from=all&page=2")
    await page.get_by_label("Action").fill("READ")
    await expect(page).to_have_url(re.compile("action=READ"))
    await page.get_by_role("button", name="Add JSON filter").click()
    await page.get_by_label("Path").fill("page")
    await page.get_by_label("Operator").select_option("exists")
    await expect(page).to_have_url(re.compile("jsonFilters="))
    asked = _asked(page)
    assert "page" not in asked
    assert json.loads(asked["jsonFilters"]) == [{"path": "page", "operator": "exists", "value": True}]
    await expect(page.get_by_text("The chart leaves out: JSON filters.")).to_be_visible()
    await page.get_by_role("radiogroup", name="Time of").get_by_text("happened").click()
    await expect(page).to_have_url(re.compile("dateField=eventTime"))
    await page.go_back()
    await expect(page.get_by_role("radio", name="accepted")).to_be_checked()
    await expect(page.get_by_label("Path")).to_have_value("page")
    rows = page.get_by_role("table", name="Interactions").get_by_role("row")
    await expect(rows.filter(has_text="READ").first).to_be_visible()
    await expect(rows.filter(has_text="CREATE")).to_have_count(0)


async def test_a_record_opens_beside_the_list_and_on_its_own_page(viewer: Tab, site: ConsoleSite) -> None:
    page, shown = viewer.page, site.shown
    await viewer.open(f"/interactions?from=all&interactionNumber={shown.number}")
    opener = page.get_by_role("button", name=f"Open {shown.number}")
    await opener.click()
    record = page.get_by_role("region", name="Record")
    await expect(record.get_by_role("region", name="JSON")).to_contain_text("{")
    assert _asked(page)["open"] == shown.interaction
    await viewer.is_accessible()
    await page.keyboard.press("Escape")
    await expect(record).to_have_count(0)
    await expect(opener).to_be_focused()
    await page.get_by_role("table", name="Interactions").get_by_role("link", name=str(shown.number), exact=True).click()
    await viewer.shows(f"Interaction {shown.number}")
    await expect(page.get_by_role("link", name="Open trace")).to_have_attribute("href", re.compile(shown.uow))
    await expect(page.get_by_role("link", name="Resource history")).to_have_attribute(
        "href", re.compile(shown.resource)
    )


async def test_a_list_without_a_match_says_how_to_look_further(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open("/interactions?action=NEVER")
    await expect(page.get_by_role("heading", name="No match")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.get_by_role("table", name="Interactions")).to_be_visible()
    await page.get_by_role("tab", name="Gaps").click()
    await expect(page.get_by_text("No gaps")).to_be_visible()


async def test_a_phone_shows_filters_when_they_are_asked_for(viewer: Tab) -> None:
    page = viewer.page
    await page.set_viewport_size(PHONE)
    await viewer.open("/interactions?from=all&action=READ")
    await expect(page.get_by_label("Action")).to_be_hidden()
    await page.get_by_role("button", name="Filters (1 set)").click()
    await expect(page.get_by_label("Action")).to_have_value("READ")
    await viewer.is_accessible()


def _asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
