"""A trace of ten thousand spans: found whole, of which the document holds what is seen."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.async_api import expect

from tests.support.console.large_trace import LARGE_TRACE, SPANS, send_large_trace
from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab

ROWS = 200


async def test_a_trace_of_ten_thousand_spans_has_few_rows_in_the_document(admin: Tab, site: ConsoleSite) -> None:
    async with site.installation.user_client() as client:
        await send_large_trace(client, datetime.now(UTC))
    await admin.open(f"/traces/{LARGE_TRACE}")
    spans = admin.page.get_by_role("treegrid", name="Spans")
    rows = spans.get_by_role("row")
    await expect(spans.get_by_role("row", name="POST /import")).to_be_visible()
    assert int(await spans.get_attribute("aria-rowcount") or 0) >= SPANS
    assert await rows.count() <= ROWS
    await spans.get_by_role("row", name="POST /import").focus()
    await admin.page.keyboard.press("End")
    await expect(spans.get_by_role("row", name="POST /import")).to_be_hidden()
    assert await rows.count() <= ROWS
