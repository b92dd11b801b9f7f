"""Critical interactions: the figures of each, and the way from a point of a chart to the results, a trace, a record."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab
from tests.support.monitoring.defining import body

_ALL = "from=all"


async def _health(tab: Tab, name: str) -> Any:
    """Return the figures of the whole of a critical interaction's results."""
    query = "from=2020-01-01T00:00:00Z&granularity=day"
    answer = await tab.page.request.get(f"{tab.base_url}/v1/interactions/{name}/health?{query}")
    assert answer.ok, await answer.text()
    return (await answer.json())["data"]["total"]


async def test_the_list_shows_the_figures_of_each_and_is_filtered(site: ConsoleSite, viewer: Tab) -> None:
    page, name = viewer.page, site.shown.critical
    await viewer.open(f"/critical-interactions?{_ALL}")
    figures = await _health(viewer, name)
    row = page.get_by_role("table", name="Critical interactions").get_by_role("row", name=re.compile(f"^{name} "))
    for text in (f"{figures['apdex']:.2f}".rstrip("0"), f"{figures['errorRate'] * 100:.1f}".removesuffix(".0") + "%"):
        await expect(row).to_contain_text(text)
    await expect(page.get_by_role("link", name="New critical interaction")).to_have_count(0)
    await page.get_by_role("radiogroup", name="Status").get_by_text("Stopped").click()
    await expect(page.get_by_role("heading", name="No match")).to_be_visible()
    await page.go_back()
    await row.get_by_role("link", name=name, exact=True).click()
    await viewer.shows(name)
    await expect(page.get_by_role("button", name=re.compile("Stop|Delete"))).to_have_count(0)


async def test_a_point_of_a_chart_leads_to_its_results_their_trace_and_the_record(
    site: ConsoleSite, viewer: Tab
) -> None:
    page, name = viewer.page, site.shown.critical
    await viewer.open(f"/critical-interactions/{name}?{_ALL}&figure=errored")
    figures = await _health(viewer, name)
    await expect(page.get_by_role("definition").filter(has_text=f"{figures['total']}").first).to_be_visible()
    figure = page.get_by_role("figure").first
    await expect(figure).to_have_accessible_name("Outcomes")
    await figure.get_by_role("button", name="Show as table").click()
    point = figure.get_by_role("button", name=re.compile("^[1-9][0-9]*, errored,")).first
    count = int((await point.inner_text()).replace(",", ""))
    await point.click()

    await expect(page.get_by_role("tab", name="Results")).to_have_attribute("aria-selected", "true")
    rows = page.get_by_role("table", name="Results").locator("tbody").get_by_role("row")
    await expect(rows).to_have_count(count)
    await expect(rows.filter(has_text="errored")).to_have_count(count)
    await rows.first.get_by_role("link").first.click()
    record = page.get_by_role("region", name="Record")
    await expect(record).to_contain_text("Expected:")
    steps = await record.locator("ol").get_by_role("link").count()
    await rows.first.get_by_role("link", name=re.compile("^Open trace")).first.click()

    await expect(page.get_by_text(re.compile(f"^{steps} records? (is|are) marked"))).to_be_visible()
    marked = page.get_by_role("treegrid", name="Spans").get_by_role("row", name=re.compile("^marked"))
    await expect(marked).to_have_count(steps)
    await marked.first.click()
    await expect(page.get_by_role("region", name="JSON")).to_be_visible()
    await page.get_by_role("button", name="Clear").click()
    await expect(marked).to_have_count(0)


async def test_results_are_filtered_in_the_address_and_back_undoes_it(site: ConsoleSite, viewer: Tab) -> None:
    page, name = viewer.page, site.shown.critical
    await viewer.open(f"/critical-interactions/{name}?{_ALL}&tab=results")
    rows = page.get_by_role("table", name="Results").locator("tbody").get_by_role("row")
    before = await rows.count()
    await page.get_by_label("Outcome").select_option("errored")
    await expect(page).to_have_url(re.compile("outcome=errored"))
    await expect(rows.filter(has_text="completed")).to_have_count(0)
    await page.go_back()
    await expect(rows).to_have_count(before)
    await page.get_by_role("tab", name="Versions").click()
    await page.get_by_role("table", name="Versions").get_by_role("link", name="1", exact=True).click()
    await expect(page.get_by_role("region", name="JSON")).to_contain_text("ORDER.CREATE")


async def test_an_editor_stops_one_and_deletes_it_when_asked(editor: Tab) -> None:
    page, name = editor.page, "Refunds of the test"
    await _create(page, editor.base_url, name)
    await editor.open(f"/critical-interactions/{name}")
    await page.get_by_role("button", name="Stop").click()
    await page.get_by_role("dialog", name=f"Stop {name}?").get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("version 2, by")).to_be_visible()
    await expect(page.get_by_role("button", name="Start")).to_be_visible()
    await page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name=f"Delete the critical interaction {name}?")
    await expect(question).to_contain_text("Its 0 SLOs and its 0 alert rules go along with it.")
    await question.get_by_role("button", name="Delete").click()
    await editor.shows("Critical interactions")
    await expect(page.get_by_role("link", name=name)).to_have_count(0)


async def _create(page: Page, base_url: str, name: str) -> None:
    me = await (await page.request.get(f"{base_url}/api/v1/auth/me")).json()
    headers = {"user-email": me["email"], "origin": base_url}
    answer = await page.request.post(f"{base_url}/v1/interactions", data=body(name), headers=headers)
    assert answer.status == 201, await answer.text()
