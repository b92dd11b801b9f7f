"""The overview: a chart whose bars and brush lead on, and parts that live on when another fails."""

from __future__ import annotations

import re

from playwright.async_api import Page, Route, expect

from tests.support.console.tab import Tab

CHART = "Interactions by action"
RANGE = re.compile(r"[?&]from=2\d{3}-.*&to=2\d{3}-")


async def _drag_over(page: Page, name: str) -> None:
    plot = page.get_by_role("figure", name=name).locator(".u-over")
    box = await plot.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 50, steps=3)
    await page.mouse.up()


async def test_dragging_over_a_chart_zooms_the_page_and_back_undoes_it(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open()
    await expect(page.get_by_role("figure", name=CHART)).to_contain_text(re.compile(r"[\d,]+ interactions, most at"))
    await _drag_over(page, CHART)
    await expect(page).to_have_url(RANGE)
    await page.go_back()
    await expect(page).to_have_url(f"{viewer.base_url}/console/")


async def test_the_table_of_a_chart_leads_where_its_bars_do_by_keys_too(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open()
    await page.get_by_role("group", name=CHART).focus()
    await page.keyboard.press("End")
    await expect(page.locator(".chart-readout")).to_contain_text("CREATE")
    await page.get_by_role("figure", name=CHART).get_by_role("button", name="Show as table").click()
    figures = page.get_by_role("table", name=CHART).get_by_role("button", name=re.compile(r"^[1-9].*CREATE"))
    count = re.match(r"[\d,]+", await figures.last.inner_text())
    assert count is not None
    await figures.last.click()
    await viewer.shows("Interactions")
    await expect(page).to_have_url(re.compile("action=CREATE"))
    await expect(page).to_have_url(RANGE)
    await expect(page.get_by_role("status").filter(has_text=re.compile(rf"of {count[0]}$"))).to_be_visible()


async def test_a_refresh_asks_each_question_once(viewer: Tab) -> None:
    page, asked = viewer.page, list[str]()
    await viewer.open()
    await expect(page.get_by_role("table", name="Most frequent event types")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    async with page.expect_response("**/api/v1/events/aggregate*"):
        await page.get_by_role("button", name="Refresh").click()
    assert sum("/aggregate" in url for url in asked) == 1


async def test_what_fires_stands_there_and_one_failing_part_leaves_the_others(viewer: Tab) -> None:
    page = viewer.page
    viewer.watch.allow(r"500\b.*/aggregate")

    async def fail(route: Route) -> None:
        await route.fulfill(status=500, json={"title": "Internal Server Error", "detail": "the table is gone"})

    await page.route("**/api/v1/events/aggregate*", fail)
    await viewer.open()
    await expect(page.get_by_role("table", name="Firing alerts")).to_contain_text("Checkouts fail")
    await expect(page.get_by_role("table", name="Critical interactions")).to_contain_text("Checkout")
    await expect(page.get_by_role("region", name="Events").get_by_role("alert")).to_contain_text("the table is gone")
    await expect(page.get_by_role("region", name="Health")).to_contain_text("Ready")
