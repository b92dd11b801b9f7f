"""The editor of critical interactions by keyboard: preview, refusals at their fields, a conflict; objectives."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, Tab
from tests.support.monitoring.defining import create

_STEPS = [{"name": "ORDER.CREATE"}, {"name": "PAYMENT.UPDATE"}, {"name": "ORDER.UPDATE"}]
_LIMITS = {"uptimeLowerLimitInMs": 10_000, "uptimeMidLimitInMs": 20_000, "uptimeUpperLimitInMs": 30_000}


async def test_one_is_made_by_keyboard_tried_and_saved(editor: Tab) -> None:
    page = editor.page
    await editor.open("/critical-interactions/new")
    await page.get_by_label("Name", exact=True).fill("Paid orders")
    await _event(page, 1).fill("PAYMENT.UPDATE")
    await _event(page, 2).fill("ORDER.CREATE")
    await _step(page, 2).get_by_role("button", name="Move up").press("Enter")
    await expect(_step(page, 1).get_by_role("button", name="Move up")).to_be_focused()
    await page.get_by_role("button", name="Add step").press("Enter")
    await expect(_event(page, 3)).to_be_focused()
    await page.keyboard.type("ORDER.UPDATE")
    assert [await _event(page, number).input_value() for number in (1, 2, 3)] == [one["name"] for one in _STEPS]
    await page.get_by_role("button", name="Preview", exact=True).click()
    counts = page.get_by_role("table", name="Preview")
    await expect(counts.get_by_role("row", name="Completed")).to_contain_text(re.compile("[1-9]"))
    trace = page.get_by_role("table", name="Examples").get_by_role("link").first
    await expect(trace).to_have_attribute("href", re.compile("/console/traces/.*mark="))
    await page.get_by_role("button", name="Suggest limits").click()
    await page.get_by_role("button", name="Use these limits").click()
    assert await page.get_by_label("Upper limit (ms)").input_value() != "4000"
    await editor.is_accessible()
    await editor.fits(PHONE)
    await page.get_by_role("link", name="Waymark").first.click()
    question = page.get_by_role("dialog", name="Leave without saving the critical interaction?")
    await question.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Save").click()
    await editor.shows("Paid orders")


async def test_what_is_refused_stands_at_its_field_and_a_conflict_shows_both(editor: Tab, site: ConsoleSite) -> None:
    editor.watch.allow("status of (412|422) .*/v1/interactions/Edited")
    page = editor.page
    async with site.installation.user_client() as client:
        await create(client, "Edited", events=_STEPS, thresholdInMs=60_000, **_LIMITS)
        await editor.open("/critical-interactions/Edited/edit")
        await page.get_by_label("Description").fill("mine")
        await client.patch("/v1/interactions/Edited", json={"description": "theirs"})
    await _step(page, 2).get_by_role("button", name="Add condition").click()
    name = _step(page, 2).get_by_label("Property")
    await page.get_by_role("button", name="Save").click()
    await expect(name).to_have_accessible_description("The name of a property")
    await name.fill("x" * 201)
    await page.get_by_role("button", name="Save").click()
    await expect(name).to_have_accessible_description("at most 200 characters are expected")
    await expect(name).to_be_focused()
    await name.fill("origin")
    await page.get_by_role("button", name="Preview", exact=True).click()
    await expect(page.get_by_role("table", name="Preview").get_by_role("row", name="Completed")).to_contain_text("→ 0")
    await page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert").filter(has_text="Changed meanwhile")
    await expect(conflict).to_contain_text('description "theirs" → "mine"')
    await editor.is_accessible()
    await conflict.get_by_role("button", name="Overwrite").click()
    await editor.shows("Edited")
    await expect(page.get_by_text("mine", exact=True)).to_be_visible()


async def test_an_objective_is_made_and_its_windows_are_told_in_words(editor: Tab, site: ConsoleSite) -> None:
    editor.watch.allow("status of 422 .*/v1/slos")
    page = editor.page
    await editor.open(f"/critical-interactions/{site.shown.critical}?tab=slo")
    await page.get_by_role("button", name="New SLO").click()
    dialog = page.get_by_role("dialog", name="New SLO")
    await dialog.get_by_label("Name").fill("Nearly all are paid")
    await dialog.get_by_label("Target (%)").fill("99.95")
    await dialog.get_by_label("Window (minutes)").fill("1440")
    await dialog.get_by_label("Default burn rules").uncheck()
    first = dialog.get_by_role("group", name="Burn rule 1")
    await first.get_by_label("Long window (minutes)").fill("1441")
    await dialog.get_by_role("button", name="Save").click()
    await expect(first.get_by_label("Long window (minutes)")).to_have_accessible_description(
        "at most windowMinutes, 1440, is expected"
    )
    await editor.is_accessible()
    await dialog.get_by_label("Default burn rules").check()
    await dialog.get_by_role("button", name="Save").click()
    shown = page.get_by_role("region", name="Nearly all are paid")
    await expect(shown.get_by_role("progressbar", name="Budget left of Nearly all are paid")).to_have_count(1)
    await expect(shown).to_contain_text("99.95% of 1 d")
    pairs = shown.get_by_role("table", name="Burn rules of Nearly all are paid")
    await expect(pairs.get_by_role("row")).to_have_count(5)
    await expect(pairs.get_by_role("row").nth(1)).to_contain_text("burn")
    await expect(pairs.get_by_role("link").first).to_have_attribute("href", re.compile(r"/console/alerts\?open="))
    await editor.is_accessible()
    await editor.fits(PHONE)
    await shown.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name="Delete the SLO Nearly all are paid?")
    await question.get_by_role("button", name="Delete").click()
    await expect(shown).to_have_count(0)


def _step(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Step {number}", exact=True)


def _event(page: Page, number: int) -> Locator:
    return _step(page, number).get_by_label("Event name")
