"""Alerts: rules made, snoozed, changed and deleted; webhooks tried out; nothing for who may not."""

from __future__ import annotations

import re
from typing import Any

import httpx
from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab
from tests.support.monitoring.rules import RULES_URL, create_rule
from tests.support.waiting import eventually
from tests.support.webhooks import NO_CONTENT, receiving

ALWAYS: dict[str, Any] = {"metric": "errored", "operator": "GREATER_THAN_EQUAL", "threshold": 0}


async def _rule(client: httpx.AsyncClient, rule_id: str) -> Any:
    return (await client.get(f"{RULES_URL}/{rule_id}")).json()["data"]


async def _fires(client: httpx.AsyncClient, rule_id: str) -> bool:
    return bool((await _rule(client, rule_id))["state"] == "FIRING")


async def test_a_rule_is_made_of_a_form_that_says_what_it_will_do(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    await editor.open("/alerts")
    await page.get_by_role("button", name="New alert rule").click()
    dialog = page.get_by_role("dialog", name="New alert rule")
    name, threshold = dialog.get_by_label("Name"), dialog.get_by_label("Threshold")
    await threshold.fill("5")
    await dialog.get_by_role("button", name="Save").click()
    await expect(name).to_be_focused()
    await expect(dialog).to_contain_text("A number from 0 to 1 is expected")
    await name.fill("Checkouts fail")
    await dialog.get_by_label("Critical interaction").select_option(site.shown.critical)
    await dialog.get_by_label("Metric").select_option("p95")
    await dialog.get_by_label("Threshold").fill("1500")
    await expect(dialog).to_contain_text("Fires when the p95 of the last 5 min is above 1.5 s.")
    editor.watch.allow("status of 409 .*/v1/alert-rules")
    await dialog.get_by_role("button", name="Save").click()
    await expect(name).to_have_accessible_description(re.compile("there is an alert rule named 'Checkouts fail'"))
    await editor.is_accessible()
    await name.fill("Checkouts are slow")
    await dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("table", name="Alerts").get_by_role("row", name="Checkouts are slow")
    await expect(row).to_contain_text("> 1.5 s")
    async with site.installation.client() as client:
        made = (await client.get(RULES_URL, params={"size": 500})).json()["data"]["alertRules"]
        rule = next(one for one in made if one["name"] == "Checkouts are slow")
        assert (rule["metric"], rule["threshold"], rule["interactionName"]) == ("p95", 1500.0, site.shown.critical)


async def test_a_firing_rule_is_snoozed_changed_by_one_at_a_time_and_deleted(editor: Tab, site: ConsoleSite) -> None:
    page = editor.page
    editor.watch.allow("status of 412 .*/v1/alert-rules")
    async with site.installation.client() as client:
        rule_id = await create_rule(client, "Checkouts fail again", **ALWAYS)
        await eventually(lambda: _fires(client, rule_id))
        await editor.open("/alerts")
        await page.get_by_role("link", name="Checkouts fail again").click()
        await expect(page).to_have_url(re.compile(f"/alerts\\?open={rule_id}$"))
        record = page.get_by_role("region", name="Record")
        await expect(record).to_contain_text("Fires when the errored results of the last 5 min are at least 0.")
        await expect(record.get_by_role("table", name="History")).to_contain_text("No data → Firing")
        await editor.is_accessible()
        await record.get_by_role("button", name="Snooze").click()
        dialog = page.get_by_role("dialog", name="Snooze Checkouts fail again")
        await dialog.get_by_label("Until a time").check()
        await dialog.get_by_label("Until", exact=True).fill("2020-01-15")
        await dialog.get_by_role("button", name="Snooze").click()
        await expect(dialog).to_contain_text("A time to come is expected")
        await dialog.get_by_label("4 hours").check()
        await dialog.get_by_role("button", name="Snooze").click()
        await expect(record.get_by_text("Snoozed until")).to_be_visible()
        snoozed = await _rule(client, rule_id)
        assert (snoozed["state"], snoozed["underlyingState"]) == ("SNOOZED", "FIRING")
        await record.get_by_role("button", name="End snooze").click()
        await expect(record.get_by_text("Snoozed until")).to_have_count(0)
        await record.get_by_role("button", name="Edit").click()
        form = page.get_by_role("dialog", name="Edit Checkouts fail again")
        await form.get_by_label("Severity").select_option("critical")
        assert (await client.patch(f"{RULES_URL}/{rule_id}", json={"forSeconds": 5})).is_success
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_role("alert")).to_contain_text("Changed meanwhile")
        await form.get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Refresh").click()
        await expect(record).to_contain_text("and have been for 5 s")
        await record.get_by_role("button", name="Disable").click()
        await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        await expect(record).to_contain_text("the rule was disabled")
        await record.get_by_role("button", name="Delete").click()
        question = page.get_by_role("dialog", name="Delete the alert rule Checkouts fail again?")
        await question.get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("link", name="Checkouts fail again")).to_have_count(0)
        assert (await client.get(f"{RULES_URL}/{rule_id}")).status_code == 404


async def test_filters_stand_in_the_address_and_a_viewer_is_offered_no_change(viewer: Tab, site: ConsoleSite) -> None:
    page = viewer.page
    await viewer.open("/alerts?state=FIRING")
    await page.get_by_label("Critical interaction").select_option(site.shown.critical)
    await expect(page).to_have_url(re.compile(rf"state=FIRING&interactionName={site.shown.critical}$"))
    rules = page.get_by_role("table", name="Alerts")
    await expect(rules).to_contain_text("Checkouts fail")
    await page.get_by_label("State").select_option("PENDING")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(re.compile("/alerts$"))
    await rules.get_by_role("link", name="Checkouts fail", exact=True).click()
    record = page.get_by_role("region", name="Record")
    await expect(record.get_by_role("link", name="Open figure")).to_have_attribute(
        "href", re.compile(rf"/critical-interactions/{site.shown.critical}\?figure=errored&from=2.*&to=2")
    )
    await expect(record.get_by_role("button")).to_have_text(["Close"])
    await expect(page.get_by_role("button", name="New alert rule")).to_have_count(0)
    await rules.get_by_role("link", name=site.shown.slo_name).first.click()
    await expect(record.get_by_role("link", name=f"objectives of {site.shown.critical}")).to_have_attribute(
        "href", re.compile(rf"/critical-interactions/{site.shown.critical}\?tab=slo$")
    )


async def test_a_webhook_is_made_tried_until_it_answers_rotated_and_deleted(editor: Tab) -> None:
    page = editor.page
    editor.watch.allow("status of 422 .*/v1/webhooks")
    async with receiving("503 Service Unavailable", NO_CONTENT) as receiver:
        await editor.open("/alerts?tab=webhooks")
        await page.get_by_role("button", name="New webhook").click()
        dialog = page.get_by_role("dialog", name="New webhook")
        await dialog.get_by_label("URL").fill("http://192.168.0.1/")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_label("URL")).to_be_focused()
        await editor.is_accessible()
        await dialog.get_by_label("URL").fill(receiver.url)
        await dialog.get_by_label("Description").fill("Pager")
        await dialog.get_by_role("button", name="Save").click()
        secret = await dialog.get_by_label("New secret").input_value()
        await dialog.get_by_role("button", name="Close").last.click()
        await page.get_by_role("link", name="Pager").click()
        record = page.get_by_role("region", name="Record")
        await record.get_by_role("button", name="Test").click()
        deliveries = record.get_by_role("table", name="Deliveries")
        await expect(deliveries).to_contain_text("answered 503")
        await expect(deliveries).to_contain_text("answered 204")
        receiver.received[-1].verify(secret)
        await editor.is_accessible()
        await record.get_by_role("button", name="Rotate secret").click()
        rotation = page.get_by_role("dialog", name="Rotate secret of Pager?")
        await rotation.get_by_role("button", name="Rotate secret").click()
        await expect(rotation).to_contain_text("The one before signs too for 24 hours")
        rotated = await rotation.get_by_label("New secret").input_value()
        await rotation.get_by_role("button", name="Close").last.click()
        await record.get_by_role("button", name="Test").click()
        await eventually(lambda: len(receiver.received) == 3)
        for one in (secret, rotated):
            receiver.received[-1].verify(one)
        await expect(deliveries).not_to_contain_text("Pending")
        await record.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("link", name="Pager")).to_have_count(0)
