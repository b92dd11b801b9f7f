"""What surrounds single records: origins, activity, the history of a resource, the system."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab


async def test_an_arrow_between_origins_opens_its_traces(viewer: Tab) -> None:
    await viewer.open("/origins?from=now-7d")
    await expect(viewer.page.get_by_role("table", name="Origins")).to_be_visible()
    arrow = viewer.page.get_by_role("figure").get_by_role("link", name=re.compile("^WEBAPP to API, "))
    await arrow.focus()
    await viewer.page.keyboard.press("Enter")
    await viewer.shows("Traces")
    await expect(viewer.page).to_have_url(re.compile(r"/console/traces\?from=now-7d&origin=API$"))


async def test_activity_leads_from_a_type_to_a_trace(viewer: Tab) -> None:
    await viewer.open("/activity?from=now-7d")
    await viewer.page.get_by_role("button", name="ORDER", exact=True).click()
    rows = viewer.page.get_by_role("table", name="Activity").get_by_role("row")
    await rows.nth(1).get_by_role("link").first.click()
    await expect(viewer.page.get_by_role("heading", level=1)).to_have_text(re.compile("^Trace .+"))


async def test_a_resource_has_one_history_of_both_kinds(viewer: Tab, site: ConsoleSite) -> None:
    resource = site.shown.resource
    await viewer.open(f"/resources/ORDER/{resource}")
    table = viewer.page.get_by_role("table", name=f"ORDER {resource}")
    await expect(table.get_by_role("link", name=re.compile(r"^Interaction \d+"))).not_to_have_count(0)
    await expect(table.get_by_text("the first interaction")).to_be_visible()
    await expect(table.get_by_text(re.compile("removed|added|changed")).first).to_be_visible()
    times = await table.get_by_role("row").locator("time").evaluate_all("all => all.map((it) => it.dateTime)")
    assert times == sorted(times, reverse=True)


async def test_the_system_says_that_it_is_ready_and_how_its_projections_are(viewer: Tab) -> None:
    await viewer.open("/system")
    await expect(viewer.page.get_by_role("status").filter(has_text="Ready")).to_be_visible()
    await expect(viewer.page.get_by_role("main")).to_contain_text(re.compile("Projections|Grafana"))
