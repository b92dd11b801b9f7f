"""Events: breakdowns and actors that filter the list, and an event with the chain of its causes."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab


async def test_a_part_of_a_breakdown_filters_the_list_and_an_actor_too(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open("/events")
    part = page.get_by_role("table", name="Events by resource type").get_by_role("button", name="ORDER")
    await part.click()
    await expect(page).to_have_url(re.compile("resource_type=ORDER"))
    await expect(page.get_by_label("Resource type")).to_have_value("ORDER")
    await expect(part).to_have_attribute("aria-pressed", "true")
    await part.click()
    await expect(page).not_to_have_url(re.compile("resource_type"))
    await page.get_by_role("tab", name="Actors").click()
    await page.get_by_role("table", name="Actors").get_by_role("button", name="packer-1").click()
    await expect(page.get_by_label("Actor", exact=True)).to_have_value("packer-1")
    events = page.get_by_role("table", name="Events", exact=True)
    await expect(events.get_by_role("row").nth(1)).to_contain_text("packer-1")


async def test_an_event_shows_its_payload_and_leads_along_its_causes_to_where_it_began(
    viewer: Tab, site: ConsoleSite
) -> None:
    page = viewer.page
    await viewer.open(f"/events/{site.shown.event}")
    await viewer.shows("parcel.shipped")
    await expect(page.get_by_role("region", name="JSON")).to_contain_text('"carrier": "DHL"')
    causes = page.get_by_role("region", name="Causes")
    await expect(causes.get_by_role("listitem")).to_have_count(2)
    await causes.get_by_role("link", name="order.placed").click()
    await viewer.shows("order.placed")
    await expect(causes).to_contain_text("It names no cause.")
    await page.get_by_role("link", name="Open trace").click()
    await viewer.shows("Trace parcel-19")
