"""Traces: from the list to one of them, its records as a waterfall by mouse and keys, and its other tabs."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab


async def test_the_list_of_traces_is_filtered_and_leads_to_each(admin: Tab, site: ConsoleSite) -> None:
    page = admin.page
    await admin.open("/traces")
    await expect(page.get_by_role("figure", name="Duration by start")).to_be_visible()
    await page.get_by_label("With errors").check()
    await expect(page).to_have_url(re.compile(r"error=true"))
    table = page.get_by_role("table", name="Traces")
    await table.get_by_role("link", name=site.shown.trace).click()
    await admin.shows(f"Trace {site.shown.trace}")
    await expect(page).to_have_url(re.compile(r"from=\d{4}-.+&to=\d{4}-"))
    await page.go_back()
    await page.get_by_label("Shortest (ms)").fill("9999999999")
    await expect(page.get_by_role("heading", name="No match")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(table).to_be_visible()


async def test_a_waterfall_is_walked_by_keys_and_opens_records(admin: Tab, site: ConsoleSite) -> None:
    page = admin.page
    await admin.open(f"/traces/{site.shown.trace}")
    await expect(_row(admin, "POST /checkout")).to_have_attribute("aria-expanded", "true")
    await expect(_row(admin, "POST /charges")).to_have_attribute("aria-level", "3")
    await expect(_row(admin, "audit")).to_contain_text(re.compile(r"missing parent [0-9a-f-]{36}"))
    await expect(_row(admin, "mail")).to_contain_text("error")
    await _row(admin, "POST /checkout").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(_row(admin, "payment")).to_be_hidden()
    await expect(_spans(admin)).to_have_attribute("aria-rowcount", "3")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(_row(admin, "reserve")).to_be_focused()
    await page.keyboard.press("Enter")
    record = page.get_by_role("region", name="Record")
    await expect(record.get_by_role("region", name="JSON")).to_contain_text('"reserve"')
    await expect(page).to_have_url(re.compile(r"open="))
    await admin.is_accessible()
    await page.reload()
    await expect(record).to_contain_text("reserve")
    await record.get_by_role("button", name="Close").click()
    await expect(record).to_be_hidden()


async def test_a_waterfall_marks_leaves_out_and_finds(admin: Tab, site: ConsoleSite) -> None:
    page = admin.page
    await admin.open(f"/traces/{site.shown.trace}")
    await page.get_by_role("button", name="Only critical path").click()
    await expect(_row(admin, "payment")).to_be_visible()
    await expect(_row(admin, "audit")).to_be_hidden()
    await page.go_back()
    await expect(_row(admin, "audit")).to_be_visible()
    await page.get_by_role("button", name="Errors", exact=True).click()
    await expect(_row(admin, "mail")).to_be_visible()
    await expect(_row(admin, "reserve")).to_be_hidden()
    await page.get_by_role("button", name="Errors", exact=True).click()
    await page.get_by_role("button", name="Collapse all").click()
    await expect(_row(admin, "mail")).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"fold="))
    await page.keyboard.press("f")
    await expect(page.get_by_label("Find in trace")).to_be_focused()
    await page.keyboard.type("no address")
    await expect(page.get_by_role("status").filter(has_text="1 found")).to_be_visible()
    await page.get_by_role("button", name="Next match").click()
    await expect(_row(admin, "mail")).to_be_visible()
    await page.get_by_role("button", name="Next on path").click()
    await admin.is_accessible()


async def test_records_without_spans_are_points_in_every_tab(admin: Tab, site: ConsoleSite) -> None:
    page = admin.page
    await admin.open(f"/traces/{site.shown.parallel}")
    await expect(_row(admin, "picture-1.png")).to_contain_text("parallel")
    await expect(_row(admin, "picture-3.png")).to_contain_text("+780 ms")
    await page.get_by_role("tab", name="Table").click()
    await expect(page.get_by_role("table", name="Records of the trace").get_by_role("row")).to_have_count(5)
    await page.get_by_role("tab", name="Graph").click()
    await expect(page.get_by_role("table", name="Services and resource types")).to_contain_text("FILE")
    await admin.is_accessible()
    await page.get_by_role("tab", name="JSON").click()
    await expect(page.get_by_role("region", name="JSON")).to_contain_text("picture-2.png")
    await expect(page).to_have_url(re.compile(r"tab=json"))


def _spans(tab: Tab) -> Locator:
    return tab.page.get_by_role("treegrid", name="Spans")


def _row(tab: Tab, name: str) -> Locator:
    return _spans(tab).get_by_role("row").filter(has=tab.page.get_by_text(name, exact=True))
