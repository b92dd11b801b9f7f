"""The tail of both streams: what is sent is seen, pausing keeps it back, a hidden tab goes on where it was."""

from __future__ import annotations

import uuid

import httpx
from playwright.async_api import Locator, Page, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab
from tests.support.sending import EVENTS_URL, INTERACTIONS_URL, send_items

_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_both_kinds_are_seen_as_they_happen_and_wait_while_paused(viewer: Tab, site: ConsoleSite) -> None:
    page, work = viewer.page, str(uuid.uuid4())
    async with site.installation.user_client() as client:
        await viewer.open(f"/live?uowId={work}")
        records = page.get_by_role("table", name="Records")
        await expect(records).to_be_visible()
        await _send(client, work, 1)
        await expect(_rows(records)).to_have_count(2)
        await expect(records.get_by_role("link", name="order.shipped")).to_be_visible()
        await viewer.is_accessible()
        await page.get_by_role("button", name="Pause").click()
        await _send(client, work, 2)
        await expect(page.get_by_text("2 waiting")).to_be_visible()
        await expect(_rows(records)).to_have_count(2)
        await page.get_by_role("button", name="Resume").click()
        await expect(_rows(records)).to_have_count(4)
        await page.get_by_role("button", name="Clear").click()
        await expect(_rows(records)).to_have_count(0)
        await page.get_by_role("button", name="Pause").click()
        async with page.expect_response("**/api/v1/events/stream?*event_type=*"):
            await page.get_by_label("Event type").fill("order.shipped")
        await _send(client, work, 3)
        await expect(_rows(records)).to_have_count(1)
        await expect(page.get_by_role("button", name="Pause")).to_be_visible()


async def test_a_tab_hidden_for_long_closes_its_streams_and_goes_on_where_it_was(
    viewer: Tab, site: ConsoleSite
) -> None:
    page, work = viewer.page, str(uuid.uuid4())
    await page.clock.install()
    async with site.installation.user_client() as client:
        await viewer.open(f"/live?uowId={work}&kind=interactions")
        records = page.get_by_role("table", name="Records")
        await expect(records).to_be_visible()
        async with page.expect_event("requestfailed") as closed:
            await page.evaluate(_HIDE, True)
            await page.clock.run_for(61_000)
        assert "/api/interactions/stream" in (await closed.value).url
        await _send(client, work, 1)
        await _show(page)
        await expect(_rows(records)).to_have_count(1)


async def _show(page: Page) -> None:
    async with page.expect_request("**/api/interactions/stream*") as again:
        await page.evaluate(_HIDE, False)
    assert "last-event-id" in (await again.value).headers


def _rows(table: Locator) -> Locator:
    return table.locator("tbody tr[data-index]")


async def _send(client: httpx.AsyncClient, work: str, number: int) -> None:
    """Record one interaction and one event of a unit of work."""
    order = {"resourceType": "ORDER", "resourceId": f"order-{number}"}
    interaction = {**order, "action": "CREATE", "origin": "API", "uowId": work, "interaction": {"total": number}}
    event = {**order, "eventType": "order.shipped", "correlationId": work, "payload": {"carrier": "DHL"}}
    await send_items(client, INTERACTIONS_URL, [interaction])
    await send_items(client, EVENTS_URL, [event])
