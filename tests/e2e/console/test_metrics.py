"""Metrics: made by keyboard with the filter builder, their values and records, and the rules that compare them."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab

_METRIC = "Large orders"
_POLICY = "Has ordered much"
_WRITES = ("New metric", "New contact policy", "Compute", "Edit", "Pause", "Resume", "Delete", "Save")


async def test_a_metric_is_made_by_keyboard_explained_compared_and_kept_while_a_policy_needs_it(editor: Tab) -> None:
    page = editor.page
    editor.watch.allow("status of 4(22|09) .*/behavioral-metrics")
    await editor.open("/metrics")
    await page.get_by_role("button", name="New metric").press("Enter")
    dialog = page.get_by_role("dialog", name="New metric")
    await _describe(page, dialog)
    await _add_condition(page, dialog)
    await _have_sql_refused(editor, dialog)
    await dialog.get_by_role("button", name="Save").press("Enter")
    await editor.shows(_METRIC)
    await _compare_values(page, f"{editor.base_url}/api/v1/behavioral-metrics/{page.url.rpartition('/')[2]}/values")
    await _explain(editor)
    await editor.open("/metrics?tab=contact-policies")
    await _evaluate_a_policy(editor)
    await _be_refused(page)


async def _describe(page: Page, dialog: Locator) -> None:
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await page.keyboard.type(_METRIC)
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(dialog.get_by_label("Source")).to_be_focused()
    await page.keyboard.type("CREATE")


async def _add_condition(page: Page, dialog: Locator) -> None:
    await dialog.get_by_role("button", name="Add condition").press("Enter")
    condition = dialog.get_by_role("group", name="Condition 1")
    await expect(condition.get_by_label("Field")).to_be_focused()
    await page.keyboard.type("total")
    await page.keyboard.press("Tab")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await expect(condition.get_by_label("Operator")).to_have_value("gte")
    await page.keyboard.press("Tab")
    await expect(condition.get_by_label("Type")).to_have_value("number")
    await page.keyboard.press("Tab")
    await page.keyboard.type("20")
    await dialog.get_by_label("As JSON").press("Space")
    text = dialog.get_by_label("Filter conditions")
    await expect(text).to_have_value(re.compile('"field": "total",\\s+"op": "gte",\\s+"value": 20\\s'))
    await dialog.get_by_label("As JSON").press("Space")
    await expect(condition.get_by_label("Value")).to_have_value("20")


async def _have_sql_refused(editor: Tab, dialog: Locator) -> None:
    sql, preview = dialog.get_by_label("SQL filter"), dialog.get_by_role("region", name="Preview")
    await sql.fill("resourceType = 'ORDER'\n  and now() > 1")
    await dialog.get_by_role("button", name="Preview").press("Enter")
    await expect(dialog).to_contain_text("Line 2, column 7: ")
    await expect(sql).to_be_focused()
    assert await sql.evaluate("field => field.value.slice(field.selectionStart)") == "now() > 1"
    await editor.is_accessible()
    await sql.fill("resourceType = 'ORDER'")
    await dialog.get_by_role("button", name="Preview").press("Enter")
    await expect(preview.get_by_role("table", name="Latest records").get_by_role("link").first).to_be_visible()


async def _compare_values(page: Page, url: str) -> None:
    rows = page.get_by_role("table", name="Values").get_by_role("row")
    await expect(rows.nth(1)).to_be_visible(timeout=20_000)
    expected: list[dict[str, Any]] = await (await page.request.get(url)).json()
    shown = [await row.get_by_role("cell").all_inner_texts() for row in (await rows.all())[1:]]
    assert [row[:3] for row in shown] == [
        [one["customerId"], str(one["value"]), str(one["recordCount"])] for one in expected
    ]


async def _explain(editor: Tab) -> None:
    page = editor.page
    figure = page.get_by_role("figure")
    await figure.get_by_role("button", name="Show as table").click()
    await figure.get_by_role("row").last.get_by_role("button").click()
    explanation = page.get_by_role("region", name="Explanation")
    await expect(explanation.get_by_role("heading")).to_contain_text(re.compile(r"^customer-\d+: \d+$"))
    await expect(page).to_have_url(re.compile("asOf=20"))
    await editor.is_accessible()
    await explanation.get_by_role("table").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Interaction "))


async def _evaluate_a_policy(editor: Tab) -> None:
    page = editor.page
    await page.get_by_role("button", name="New contact policy").click()
    dialog = page.get_by_role("dialog", name="New contact policy")
    await dialog.get_by_label("Name").fill(_POLICY)
    await dialog.get_by_label("Metric").select_option(f"{_METRIC} in 30 days")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("A number is expected")
    await dialog.get_by_label("Number").fill("1")
    await dialog.get_by_label("Status").select_option("active")
    await dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("table", name="Contact policies").get_by_role("row", name=_POLICY)
    await expect(row).to_contain_text(f"{_METRIC} in 30 days ≥ 1")
    await page.get_by_role("button", name="Evaluate").click()
    dialog = page.get_by_role("dialog", name="Evaluate contact policies")
    await dialog.get_by_label("Customer", exact=True).fill("customer-1")
    await dialog.get_by_label("Customer", exact=True).press("Enter")
    await expect(dialog).to_contain_text("Blocked: customer-1 is not to be contacted")
    await expect(dialog.get_by_role("row", name=_POLICY)).to_contain_text("holds: blocks")
    await editor.is_accessible()
    await dialog.get_by_label("Customer", exact=True).fill("nobody")
    await dialog.get_by_label("Customer", exact=True).press("Enter")
    await expect(dialog).to_contain_text("Allowed: nobody may be contacted")
    await dialog.get_by_role("button", name="Close").click()


async def _be_refused(page: Page) -> None:
    await page.get_by_role("tab", name="Metrics").click()
    await page.get_by_role("row", name=_METRIC).get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name=f"Delete the metric {_METRIC}?")
    await question.get_by_role("button", name="Delete").click()
    await question.get_by_role("link", name=_POLICY).click()
    dialog = page.get_by_role("dialog", name=f"Edit {_POLICY}")
    await dialog.get_by_label("Status").select_option("archived")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name=_POLICY)).to_contain_text("archived")


async def test_a_viewer_reads_and_evaluates_and_is_offered_no_change(viewer: Tab, site: ConsoleSite) -> None:
    page = viewer.page
    await viewer.open(f"/metrics/{site.shown.metric}")
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    await _is_offered_no_write(page)
    await viewer.open("/metrics?tab=contact-policies")
    await expect(page.get_by_role("button", name="Evaluate")).to_be_visible()
    await _is_offered_no_write(page)
    await page.get_by_role("tab", name="Metrics").click()
    await expect(page.get_by_role("table", name="Metrics")).to_be_visible()
    await _is_offered_no_write(page)


async def _is_offered_no_write(page: Page) -> None:
    for name in _WRITES:
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
